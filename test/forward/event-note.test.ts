import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { seconds } from "../../src/model/time.ts";
import { answer } from "./fake-intake.ts";
import { ROUTES, Uplinking } from "./uplinking.ts";

const HOUR = seconds(3600);
const TAKEN = answer(202, '{"status":"ok"}');
const TOO_BIG = answer(413, '{"errors":["Payload too large"]}');
const REFUSAL = answer(400, '{"errors":["no such alert_type"]}');
const PORTAL = answer(200, "<html>Please sign in</html>");

function textOf(body: Uint8Array | undefined): string {
  return JSON.parse(inflateSync(body ?? "").toString("utf8")).text;
}

describe("events", () => {
  test("that an intake refuses again and again are set aside and said, and those behind them arrive", async () => {
    const world = new Uplinking();
    const { uplink, clock, reactions, logger } = world;
    reactions.set(ROUTES.events, ({ body }) => (inflateSync(body ?? "").includes("bad") ? REFUSAL : TAKEN));
    for (const title of ["first", "bad", "last"]) world.raise(title);
    uplink.start();
    await clock.advance(HOUR);
    expect(world.sentEvents).toEqual(["first", "bad", "bad", "bad", "last"]);
    expect(uplink.state().notes?.events).toMatchObject({ delivered: 2, rejected: 1, waiting: 0, reason: "" });
    expect(logger.lines.filter((line) => line.includes('refused the event "bad"'))).toHaveLength(1);
    await uplink.stop(seconds(1));
  });

  test("go one by one in the order they were raised, with their own date, and are then gone", async () => {
    const world = new Uplinking();
    const { uplink, clock } = world;
    for (const title of ["one", "two", "three"]) {
      world.raise(title);
      await clock.advance(seconds(60));
    }
    uplink.start();
    await clock.advance(seconds(1));
    expect(world.sentEvents).toEqual(["one", "two", "three"]);
    const dates = world.to("events").map(({ body }) => JSON.parse(inflateSync(body ?? "").toString()).date_happened);
    expect([dates[1] - dates[0], dates[2] - dates[1]]).toEqual([60, 60]);
    expect(uplink.state().notes?.events).toMatchObject({ delivered: 3, waiting: 0, sent: 3, failed: 0 });
    await uplink.stop(seconds(1));
  });

  test("raised later go within the pace of the flush", async () => {
    const world = new Uplinking();
    world.uplink.start();
    await world.clock.advance(seconds(15));
    world.raise("late");
    await world.clock.advance(seconds(10));
    expect(world.sentEvents).toEqual(["late"]);
    await world.uplink.stop(seconds(1));
  });

  test("through an outage wait in order, and those older than 18 hours expire and are said", async () => {
    const world = new Uplinking();
    const { uplink, clock, reactions, logger } = world;
    reactions.set(ROUTES.events, "unreachable");
    uplink.start();
    for (let hour = 0; hour < 20; hour += 1) {
      world.raise(`hour ${hour}`);
      await clock.advance(HOUR);
    }
    reactions.delete(ROUTES.events);
    const tried = world.sentEvents.length;
    await clock.advance(seconds(64));
    const arrived = Array.from({ length: 17 }, (_, index) => `hour ${index + 3}`);
    expect(world.sentEvents.slice(tried)).toEqual(arrived);
    expect(uplink.state().notes?.events).toMatchObject({ delivered: 17, expired: 3, lost: 0, waiting: 0 });
    expect(logger.lines.filter((line) => line.endsWith("older than it takes: 1 event."))).toHaveLength(3);
    await uplink.stop(seconds(1));
  });

  test("behind a portal are kept, and no series is delayed by them", async () => {
    const world = new Uplinking();
    const { uplink, clock, reactions, cursor } = world;
    reactions.set(ROUTES.events, PORTAL);
    world.raise("kept");
    uplink.start();
    for (let count = 0; count < 12; count += 1) {
      world.sample();
      await clock.advance(seconds(10));
    }
    expect(cursor.waiting).toBe(0);
    expect(uplink.state()).toMatchObject({ state: "delivering", notes: { events: { waiting: 1, rejected: 0 } } });
    reactions.delete(ROUTES.events);
    await clock.advance(seconds(300));
    expect(uplink.state().notes?.events).toMatchObject({ delivered: 1, waiting: 0 });
    await uplink.stop(seconds(1));
  });

  test("that are too big go again at once without their length", async () => {
    const world = new Uplinking();
    const { uplink, clock, reactions } = world;
    reactions.set(ROUTES.events, ({ body }) => (textOf(body).length > 500 ? TOO_BIG : TAKEN));
    world.raise("long", { text: "x".repeat(3000) });
    world.raise("short");
    uplink.start();
    await clock.advance(seconds(1));
    expect(world.sentEvents).toEqual(["long", "long", "short"]);
    expect(textOf(world.to("events")[1]?.body)).toMatch(/^x+ \.\.\. \(\d+ more characters\)$/);
    await uplink.stop(seconds(1));
  });

  test("are not given up where even little is too big, for then it is not the event", async () => {
    const world = new Uplinking();
    const { uplink, clock, reactions } = world;
    reactions.set(ROUTES.events, TOO_BIG);
    world.raise("kept");
    uplink.start();
    await clock.advance(seconds(900));
    const tried = world.sentEvents.length;
    expect(tried).toBeGreaterThan(3);
    expect(tried).toBeLessThan(20);
    expect(uplink.state().notes?.events).toMatchObject({ waiting: 1, rejected: 0 });
    await uplink.stop(seconds(1));
  });

  test("wait while the clock is not set, and one from far ahead holds nothing up", async () => {
    const world = new Uplinking();
    const { uplink, clock } = world;
    clock.setTrusted(false);
    world.raise("ahead", { at: (clock.now() + 10 * HOUR) as never });
    world.raise("now");
    uplink.start();
    await clock.advance(seconds(60));
    expect(world.sentEvents).toEqual([]);
    clock.setTrusted(true);
    await clock.advance(seconds(10));
    expect(world.sentEvents).toEqual(["ahead", "now"]);
    const [ahead] = world.to("events").map(({ body }) => JSON.parse(inflateSync(body ?? "").toString()).date_happened);
    expect(Math.abs(ahead - clock.now() / 1000)).toBeLessThan(11);
    await uplink.stop(seconds(1));
  });

  test("are sent again where the disk did not take that they are delivered", async () => {
    const world = new Uplinking();
    world.failingEventWrites = 1;
    world.raise("twice");
    world.uplink.start();
    await world.clock.advance(seconds(30));
    expect(world.sentEvents).toEqual(["twice", "twice"]);
    expect(world.uplink.state().notes?.events).toMatchObject({ delivered: 1, waiting: 0 });
    await world.uplink.stop(seconds(1));
  });

  test("that too many waited for are said to be lost", async () => {
    const world = new Uplinking({ countMax: 3, bytesMax: 100_000 });
    for (let count = 0; count < 10; count += 1) world.raise(`event ${count}`);
    const { logger, clock, uplink } = world;
    uplink.start();
    world.reactions.set(ROUTES.events, "unreachable");
    for (let count = 10; count < 14; count += 1) world.raise(`event ${count}`);
    await clock.advance(seconds(60));
    world.reactions.delete(ROUTES.events);
    await clock.advance(seconds(64));
    expect(uplink.state().notes?.events).toMatchObject({ lost: 11, delivered: 3, waiting: 0 });
    expect(logger.lines.filter((line) => line.endsWith("because too much waited: 11 events."))).toHaveLength(1);
    await uplink.stop(seconds(1));
  });
});

describe("events that wait when the gateway stops", () => {
  test("still go, within the deadline", async () => {
    const world = new Uplinking();
    world.uplink.start();
    await world.clock.advance(seconds(1));
    for (const title of ["last", "very last"]) world.raise(title);
    await world.clock.until(world.uplink.stop(seconds(5)));
    expect(world.sentEvents).toEqual(["last", "very last"]);
    expect(world.clock.pending()).toEqual([]);
  });

  test("do not keep it longer than that from an intake that is silent", async () => {
    const world = new Uplinking();
    world.uplink.start();
    await world.clock.advance(seconds(1));
    world.reactions.set(ROUTES.events, "silence");
    world.raise("unheard");
    const before = world.clock.monotonic();
    await world.clock.until(world.uplink.stop(seconds(5)));
    expect(world.clock.monotonic() - before).toBeLessThanOrEqual(5_000);
    expect(world.events.waiting).toBe(1);
    expect(world.clock.pending()).toEqual([]);
  });
});
