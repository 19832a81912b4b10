import { describe, expect, test } from "vitest";
import { seconds } from "../../src/model/time.ts";
import { decodeRefusedEvent } from "../../src/store/event-record.ts";
import { eventKey, eventPlaceKey, LIFE_KEY, refusedEventKey, SPACE } from "../../src/store/keys.ts";
import { eventOf, titlesOf } from "../conformance/event-suite.ts";
import { LogOnDisk } from "../support/log-on-disk.ts";

class World extends LogOnDisk {
  /** Five events of which a reader has passed two; then the plug is pulled. */
  async fill(): Promise<void> {
    const log = await this.open();
    const reader = await log.events.reader("intake");
    const titles = ["one", "two", "three", "four", "five"];
    await Promise.all([...titles.map((title) => log.events.put(eventOf(title))), log.sync()]);
    await reader.pass(reader.read(2), { kind: "delivered" });
    this.disk.crash();
  }
}

describe("events on a disk", () => {
  test("are all there after a crash, and nothing is said", async () => {
    const world = new World();
    await world.fill();
    const log = await world.open();
    const reader = await log.events.reader("intake");
    expect(titlesOf(reader)).toEqual(["three", "four", "five"]);
    expect(world.notices).toEqual([]);
    expect(world.disk.keys(SPACE.event)).toHaveLength(3);
  });

  test("that are damaged are said, and count as lost once their reader comes past", async () => {
    const world = new World();
    await world.fill();
    world.disk.flipBit(eventKey(2), 77);
    world.disk.lose(eventKey(3));
    const log = await world.open();
    const reader = await log.events.reader("intake");
    expect(world.notices).toEqual(["Records of events are damaged: 1 lost."]);
    expect([titlesOf(reader), reader.counts.lost]).toEqual([["five"], 2]);
    await reader.pass(reader.read(1), { kind: "delivered" });
    expect(reader.counts).toEqual({ delivered: 3, expired: 0, rejected: 0, lost: 2 });
  });

  test("that are missing between others count as lost when their reader passes them", async () => {
    const world = new World();
    await world.fill();
    world.disk.lose(eventKey(3));
    const log = await world.open();
    const reader = await log.events.reader("intake");
    await reader.pass(reader.read(2), { kind: "delivered" });
    expect([reader.waiting, reader.counts.delivered, reader.counts.lost]).toEqual([0, 4, 1]);
  });

  test("start again at the oldest for a reader whose place is damaged", async () => {
    const world = new World();
    await world.fill();
    world.disk.flipBit(eventPlaceKey("intake"), 50);
    const log = await world.open();
    expect(world.notices).toHaveLength(1);
    expect(titlesOf(await log.events.reader("intake"))).toEqual(["three", "four", "five"]);
  });

  test("come once, with one number, from a disk that takes them and says that it did not", async () => {
    const world = new World();
    const log = await world.open({ heldBytesMax: 0 });
    const reader = await log.events.reader("intake");
    const raised = log.events.put(eventOf("one"));
    world.disk.faults.push("succeeds-but-says-not");
    await log.sync().catch(() => undefined);
    await world.clock.advance(seconds(1));
    await raised;
    await Promise.all([log.events.put(eventOf("two")), log.sync()]);
    expect(reader.read(9).map(({ number, event }) => [number, event.title])).toEqual([
      [0, "one"],
      [1, "two"],
    ]);
    world.disk.faults.push("succeeds-but-says-not");
    await expect(reader.pass(reader.read(1), { kind: "delivered" })).rejects.toMatchObject({ code: "STORE_FAILED" });
    await reader.pass(reader.read(1), { kind: "delivered" });
    expect([titlesOf(reader), reader.counts.delivered]).toEqual([["two"], 1]);
  });

  test("that were refused are kept with the answer", async () => {
    const world = new World();
    await world.fill();
    const log = await world.open();
    const reader = await log.events.reader("intake");
    await reader.pass(reader.read(1), { kind: "rejected", answer: "400: no" });
    const record = world.disk.read(refusedEventKey("intake", 0));
    expect(record && decodeRefusedEvent(record)).toEqual({ number: 2, answer: "400: no", event: eventOf("three") });
  });
});

describe("the run before", () => {
  test("that was cut off is known by when it last wrote", async () => {
    const world = new World();
    await world.fill();
    const at = world.clock.now();
    await world.clock.advance(seconds(60));
    expect((await world.open()).earlier).toEqual({ aliveAt: at, isClean: false, findings: [] });
  });

  test("counts as cut off where what tells of it is damaged, and what is found damaged is told", async () => {
    const world = new World();
    await world.fill();
    world.disk.flipBit(LIFE_KEY, 80);
    world.disk.flipBit(eventKey(4), 80);
    const { earlier } = await world.open();
    expect(earlier).toEqual({ aliveAt: undefined, isClean: false, findings: world.notices });
    expect(world.notices).toHaveLength(1);
  });

  test("that could not write its last samples counts as cut off", async () => {
    const world = new World();
    const log = await world.open();
    await Promise.all([log.events.put(eventOf("one")), log.sync()]);
    log.events.put(eventOf("two")).catch(() => undefined);
    world.disk.isFull = true;
    await expect(log.close()).rejects.toMatchObject({ code: "STORE_FAILED" });
    world.disk.isFull = false;
    expect((await world.open()).earlier?.isClean).toBe(false);
  });

  test("with a clock that was never set tells no moment", async () => {
    const world = new World();
    world.clock.setTrusted(false);
    await world.fill();
    expect((await world.open()).earlier?.aliveAt).toBeUndefined();
  });
});
