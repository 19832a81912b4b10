import { describe, expect, test } from "vitest";
import { GatewayError } from "../../src/model/errors.ts";
import { seconds, sleep } from "../../src/model/time.ts";
import { answer } from "./fake-intake.ts";
import { API_KEY } from "./forwarding.ts";
import { ROUTES, Uplinking } from "./uplinking.ts";

const NEXT_KEY = "fedcba9876543210fedcba9876543210";
const FORBIDDEN = answer(403, '{"errors":["Forbidden"]}');

describe("an invalid key", () => {
  test("holds, and says what to do, before any payload had to fail", async () => {
    const world = new Uplinking();
    world.goodKey = NEXT_KEY;
    world.reactions.set(ROUTES.host, "silence");
    world.uplink.start();
    await world.clock.advance(seconds(1));
    expect(world.to("series")).toHaveLength(0);
    expect(world.uplink.state()).toMatchObject({
      state: "holding",
      reason: "the intake refuses the API key; correct `api_key` in tidegate.yaml",
    });
    expect(world.logger.lines.filter((line) => line.includes("refuses the API key"))).toHaveLength(1);
    await world.uplink.stop(seconds(1));
  });

  test("that payloads are taken with all the same is no invalid key", async () => {
    const world = new Uplinking();
    world.reactions.set(ROUTES.key, FORBIDDEN);
    world.reactions.set(ROUTES.host, "silence");
    world.uplink.start();
    await world.clock.advance(seconds(1));
    expect(world.uplink.state().state).toBe("holding");
    world.sample();
    await world.clock.advance(seconds(10));
    expect(world.uplink.state().state).toBe("delivering");
    await world.uplink.stop(seconds(1));
  });
});

describe("the question about the key", () => {
  test("is asked at the start and every hour", async () => {
    const world = new Uplinking();
    world.uplink.start();
    await world.clock.advance(seconds(3599));
    expect(world.to("key")).toHaveLength(1);
    await world.clock.advance(seconds(1));
    expect(world.to("key")).toHaveLength(2);
    expect(world.uplink.state()).toMatchObject({ state: "idle", reason: "" });
    await world.uplink.stop(seconds(1));
  });

  test.each([
    ["out of reach", "unreachable"],
    ["a portal", answer(200, "<html>Sign in</html>")],
    ["a proxy that forbids", answer(403, "<html>No</html>")],
    ["in trouble", answer(503, "")],
  ] as const)("means nothing while the intake is %s, and is asked again", async (_, reaction) => {
    const world = new Uplinking();
    world.reactions.set(ROUTES.key, reaction);
    world.uplink.start();
    await world.clock.advance(seconds(60));
    expect(world.uplink.state().state).not.toBe("holding");
    expect(world.to("key").length).toBeGreaterThan(1);
    expect(world.readCount).toBe(0);
    await world.uplink.stop(seconds(1));
  });
});

describe("a key that is changed while the gateway runs", () => {
  test("is read within 30 s of the change, and everything goes with it at once", async () => {
    const world = new Uplinking();
    world.uplink.start();
    await world.clock.advance(seconds(60));
    world.goodKey = NEXT_KEY;
    world.sample();
    world.say("one", "ok");
    await world.clock.advance(seconds(120));
    expect(world.uplink.state().state).toBe("holding");
    expect(world.cursor.waiting).toBe(1);
    world.readKey = () => Promise.resolve(NEXT_KEY);
    await world.clock.advance(seconds(30));
    expect(world.cursor.waiting).toBe(0);
    expect(world.sentChecks.at(-1)).toEqual(["one:0"]);
    expect(world.uplink.state()).toMatchObject({ state: "delivering", notes: { service_checks: { reason: "" } } });
    expect(world.to("series").at(-1)?.headers["dd-api-key"]).toBe(NEXT_KEY);
    await world.uplink.stop(seconds(1));
  });

  test("is used for the very next attempt where it was changed before the first refusal", async () => {
    const world = new Uplinking();
    world.uplink.start();
    await world.clock.advance(seconds(60));
    world.goodKey = NEXT_KEY;
    world.readKey = () => Promise.resolve(NEXT_KEY);
    world.sample();
    await world.clock.advance(seconds(1));
    expect(world.cursor.waiting).toBe(0);
    await world.uplink.stop(seconds(1));
  });

  test("is read although the question about it is answered with yes", async () => {
    const world = new Uplinking();
    world.reactions.set(ROUTES.series, FORBIDDEN);
    world.uplink.start();
    world.sample();
    await world.clock.advance(seconds(300));
    expect(world.readCount).toBeGreaterThan(1);
    await world.uplink.stop(seconds(1));
  });

  test("is read every 30 s at most, while it stays as it was", async () => {
    const world = new Uplinking();
    world.goodKey = NEXT_KEY;
    world.uplink.start();
    world.sample();
    await world.clock.advance(seconds(3600));
    expect(world.readCount).toBeLessThanOrEqual(120);
    expect(world.readCount).toBeGreaterThanOrEqual(100);
    expect(world.to("series").length).toBeLessThan(40);
    await world.uplink.stop(seconds(1));
  });

  test("is not read again at once where reading it takes long", async () => {
    const world = new Uplinking();
    world.goodKey = NEXT_KEY;
    world.readKey = () => sleep(world.clock, "the secret backend", seconds(30)).then(() => API_KEY);
    world.uplink.start();
    await world.clock.advance(seconds(600));
    expect(world.readCount).toBeLessThanOrEqual(11);
    expect(world.readCount).toBeGreaterThan(1);
    await world.clock.until(world.uplink.stop(seconds(1)));
  });

  test.each([undefined, "", API_KEY])("counts as unchanged when reading it gives %j", async (key) => {
    const world = new Uplinking();
    world.goodKey = NEXT_KEY;
    world.readKey = () => Promise.resolve(key);
    world.uplink.start();
    await world.clock.advance(seconds(60));
    expect(world.uplink.state().state).toBe("holding");
    expect(new Set(world.http.requests.map(({ headers }) => headers["dd-api-key"]))).toEqual(new Set([API_KEY]));
    await world.uplink.stop(seconds(1));
  });
});

describe("a key that cannot be read again", () => {
  test("is told once, and the one in use is kept", async () => {
    const world = new Uplinking();
    world.goodKey = NEXT_KEY;
    world.readKey = () => Promise.reject(new GatewayError("CONFIG_INVALID", "the file is gone"));
    world.uplink.start();
    await world.clock.advance(seconds(300));
    expect(world.logger.lines.filter((line) => line.includes("the file is gone"))).toHaveLength(1);
    await world.uplink.stop(seconds(1));
  });

  test("is told again where it cannot be read for another reason", async () => {
    const world = new Uplinking();
    world.goodKey = NEXT_KEY;
    world.readKey = () => Promise.reject(new GatewayError("CONFIG_INVALID", `mistake ${world.readCount > 2 ? 2 : 1}`));
    world.uplink.start();
    await world.clock.advance(seconds(300));
    expect(world.logger.lines.filter((line) => line.includes("mistake"))).toEqual([
      "warn The API key could not be read again: mistake 1",
      "warn The API key could not be read again: mistake 2",
    ]);
    await world.uplink.stop(seconds(1));
  });

  test("does not keep the gateway from stopping when reading it never ends", async () => {
    const world = new Uplinking();
    world.goodKey = NEXT_KEY;
    world.readKey = () => new Promise(() => undefined);
    world.uplink.start();
    await world.clock.advance(seconds(60));
    await world.clock.until(world.uplink.stop(seconds(1)));
    expect(world.clock.pending()).toEqual([]);
  });

  test("appears in no line and no state", async () => {
    const world = new Uplinking();
    world.goodKey = NEXT_KEY;
    world.reactions.set(ROUTES.serviceChecks, answer(400, `{"errors":["${API_KEY}"]}`));
    world.say("one", "ok");
    world.sample();
    world.uplink.start();
    await world.clock.advance(seconds(300));
    expect(`${world.logger.lines.join()}${JSON.stringify(world.uplink.state())}`).not.toContain(API_KEY);
    await world.uplink.stop(seconds(1));
  });
});
