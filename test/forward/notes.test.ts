import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { composeIntake } from "../../src/forward/compose-intake.ts";
import { seconds } from "../../src/model/time.ts";
import { answer } from "./fake-intake.ts";
import { ROUTES, Uplinking } from "./uplinking.ts";

const TOO_BIG = answer(413, '{"errors":["Payload too large"]}');
const TAKEN = answer(202, '{"status":"ok"}');
const REFUSAL = answer(400, '{"errors":["Bad Request"]}');

describe("an intake that takes series only", () => {
  test("gets series and nothing else, and is asked no question", async () => {
    const seriesOnly: typeof composeIntake = (...sides) => ({ ...composeIntake(...sides), notes: undefined });
    const world = new Uplinking(undefined, seriesOnly);
    const { uplink, clock, http } = world;
    world.say("one", "ok");
    world.raise("Something happened");
    world.sample();
    uplink.start();
    await clock.advance(seconds(60));
    expect(http.requests.map(({ url }) => url.pathname)).toEqual([ROUTES.series]);
    expect(uplink.state()).toMatchObject({ state: "delivering", payloads: 1 });
    expect(uplink.state()).not.toHaveProperty("notes");
    await uplink.stop(seconds(1));
  });
});

describe("service checks", () => {
  test("that are ten minutes old are not sent, and neither are those from ahead", async () => {
    const { uplink, clock, checks, to, ...world } = started();
    world.say("old", "critical");
    await clock.advance(seconds(600));
    clock.jumpWall(seconds(700));
    world.say("ahead", "ok");
    clock.jumpWall(seconds(-700));
    uplink.start();
    await clock.advance(seconds(60));
    expect(checks.size).toBe(2);
    expect(to("serviceChecks")).toHaveLength(0);
    await uplink.stop(seconds(1));
  });

  test("go at the pace of the flush, as one list, and once for each time they were said", async () => {
    const { uplink, clock, say, sentChecks } = started();
    say("one", "ok");
    say("two", "critical");
    uplink.start();
    await clock.advance(seconds(60));
    expect(sentChecks()).toEqual([["one:0", "two:2"]]);
    say("two", "ok");
    await clock.advance(seconds(10));
    say("one", "ok");
    await clock.advance(seconds(60));
    expect(sentChecks().slice(1)).toEqual([["two:0"], ["one:0"]]);
    await uplink.stop(seconds(1));
  });

  test("wait while the clock is not set", async () => {
    const { uplink, clock, say, sentChecks } = started();
    clock.setTrusted(false);
    say("one", "ok");
    uplink.start();
    await clock.advance(seconds(60));
    expect(sentChecks()).toEqual([]);
    clock.setTrusted(true);
    await clock.advance(seconds(10));
    expect(sentChecks()).toEqual([["one:0"]]);
    await uplink.stop(seconds(1));
  });

  test("more than a thousand go in several requests", async () => {
    const { uplink, clock, say, sentChecks } = started();
    for (let count = 0; count < 1001; count += 1) say(`i${count}`, "ok");
    uplink.start();
    await clock.advance(seconds(30));
    expect(sentChecks().map((checks) => checks.length)).toEqual([1000, 1]);
    await uplink.stop(seconds(1));
  });

  test("that are too big for one request are halved until they fit, and all of them arrive at once", async () => {
    const { uplink, clock, say, sentChecks, reactions, to } = started();
    reactions.set(ROUTES.serviceChecks, ({ body }) => (checksIn(body) > 3 ? TOO_BIG : TAKEN));
    for (let count = 0; count < 10; count += 1) say(`i${count}`, "ok");
    uplink.start();
    await clock.advance(seconds(1));
    expect(sentChecks().map((checks) => checks.length)).toEqual([10, 5, 2, 3, 4, 2, 3]);
    expect(uplink.state().notes?.service_checks).toMatchObject({ reason: "" });
    expect(to("series")).toHaveLength(0);
    await uplink.stop(seconds(1));
  });

  test("of which one is too big by itself go past it", async () => {
    const { uplink, clock, say, sentChecks, reactions, lines } = started();
    reactions.set(ROUTES.serviceChecks, ({ body }) => (inflateSync(body ?? "").includes("big") ? TOO_BIG : TAKEN));
    say("big", "critical");
    say("small", "ok");
    uplink.start();
    await clock.advance(seconds(120));
    expect(sentChecks()).toEqual([["big:2", "small:0"], ["big:2"], ["small:0"]]);
    expect(lines().filter((line) => line.includes("service checks"))).toHaveLength(1);
    await uplink.stop(seconds(1));
  });

  test("that failed are tried again as they stand then, and never the overtaken ones", async () => {
    const { uplink, clock, say, sentChecks, reactions, to } = started();
    reactions.set(ROUTES.serviceChecks, "unreachable");
    say("one", "critical");
    uplink.start();
    await clock.advance(seconds(1));
    say("one", "ok");
    reactions.delete(ROUTES.serviceChecks);
    await clock.advance(seconds(60));
    expect(sentChecks()).toEqual([["one:2"], ["one:0"]]);
    expect(to("serviceChecks")).toHaveLength(2);
    expect(uplink.state().notes?.service_checks).toMatchObject({ sent: 1, failed: 1, reason: "" });
    await uplink.stop(seconds(1));
  });

  test("through an outage of an hour are not queued up: one request follows, of what stands", async () => {
    const { uplink, clock, say, sentChecks, reactions } = started();
    reactions.set(ROUTES.serviceChecks, "unreachable");
    uplink.start();
    for (let minute = 0; minute < 60; minute += 1) {
      say("one", minute % 2 === 0 ? "critical" : "ok");
      await clock.advance(seconds(60));
    }
    const failed = sentChecks().length;
    reactions.delete(ROUTES.serviceChecks);
    await clock.advance(seconds(120));
    expect(sentChecks().slice(failed)).toEqual([["one:0"]]);
    await uplink.stop(seconds(1));
  });

  test("that are refused or never answered delay no series", async () => {
    const { uplink, clock, say, sample, cursor, reactions, lines } = started();
    reactions.set(ROUTES.serviceChecks, REFUSAL);
    reactions.set(ROUTES.host, "silence");
    uplink.start();
    for (let count = 0; count < 12; count += 1) {
      say("one", "critical");
      sample();
      await clock.advance(seconds(10));
    }
    expect(cursor.waiting).toBe(0);
    expect(uplink.state()).toMatchObject({
      state: "delivering",
      notes: { service_checks: { sent: 0, reason: expect.stringContaining("Bad Request") }, host: { sent: 0 } },
    });
    expect(lines().filter((line) => line.includes("service checks"))).toHaveLength(1);
    await uplink.stop(seconds(1));
  });
});

describe("the description of the host", () => {
  test("goes at the start and every half hour", async () => {
    const { uplink, clock, to } = started();
    uplink.start();
    await clock.advance(seconds(1799));
    expect(to("host")).toHaveLength(1);
    await clock.advance(seconds(3601));
    expect(to("host")).toHaveLength(4);
    expect(uplink.state().notes?.host).toMatchObject({ sent: 4, failed: 0 });
    await uplink.stop(seconds(1));
  });

  test("is tried again, less and less often, until it is taken", async () => {
    const { uplink, clock, to, reactions } = started();
    reactions.set(ROUTES.host, "unreachable");
    uplink.start();
    await clock.advance(seconds(600));
    const failed = to("host").length;
    expect(failed).toBeGreaterThan(8);
    expect(failed).toBeLessThan(25);
    reactions.delete(ROUTES.host);
    await clock.advance(seconds(64));
    expect(to("host")).toHaveLength(failed + 1);
    expect(uplink.state().notes?.host).toMatchObject({ sent: 1, failed, reason: "" });
    await uplink.stop(seconds(1));
  });
});

describe("notes that stop", () => {
  test("give up a request in flight at once and leave no timer behind", async () => {
    const { uplink, clock, say, reactions } = started();
    for (const route of Object.values(ROUTES)) reactions.set(route, "silence");
    say("one", "ok");
    uplink.start();
    await clock.advance(seconds(1));
    const before = clock.monotonic();
    await clock.until(uplink.stop(seconds(1)));
    expect(clock.monotonic() - before).toBeLessThanOrEqual(1000);
    expect(clock.pending()).toEqual([]);
  });

  test("add what they cost to the bytes on the wire", async () => {
    const { uplink, clock, say, to } = started();
    say("one", "ok");
    uplink.start();
    await clock.advance(seconds(1));
    const bytes = [...to("host"), ...to("serviceChecks")].reduce((sum, { body }) => sum + (body?.byteLength ?? 0), 0);
    expect(uplink.state().wire_bytes).toBe(bytes);
    expect(bytes).toBeGreaterThan(100);
    await uplink.stop(seconds(1));
  });
});

/** An uplinking taken apart into what the tests use of it. */
function started(world = new Uplinking()) {
  const { uplink, clock, checks, cursor, reactions } = world;
  return {
    uplink,
    clock,
    checks,
    cursor,
    reactions,
    say: world.say.bind(world),
    sample: world.sample.bind(world),
    to: world.to.bind(world),
    sentChecks: () => world.sentChecks,
    lines: () => world.logger.lines,
  };
}

function checksIn(body: Uint8Array | undefined): number {
  return JSON.parse(inflateSync(body ?? "").toString("utf8")).length;
}
