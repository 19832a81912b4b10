import { describe, expect, test } from "vitest";
import type { Log } from "../../src/model/log.ts";
import type { ServiceCheck } from "../../src/model/note.ts";
import { epochMillis, millis, seconds } from "../../src/model/time.ts";
import { adoptStore } from "../../src/store/adoption.ts";
import { encodeEvent } from "../../src/store/event-record.ts";
import { epochKey, eventKey, noteKey, SPACE } from "../../src/store/keys.ts";
import { openLevelLog } from "../../src/store/level-log.ts";
import { encodeServiceCheck } from "../../src/store/service-check-record.ts";
import { eventOf } from "../conformance/event-suite.ts";
import { appendRows, deliver } from "../conformance/log-suite.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";
import { LOG_OPTIONS } from "../support/log-options.ts";

const VOLTAGE = { metric: "voltage", tags: [], kind: "gauge", unit: "V" } as const;
const CHECK: Omit<ServiceCheck, "at"> = { name: "can_connect", status: 2, tags: ["unit:1"], message: "It is silent." };

/** A board without a clock module: each boot starts in 1970 and may come to know the time. */
class Board {
  readonly disk = new FakeDisk();
  readonly clock = new FakeClock();
  readonly setBy: number;
  notices: string[] = [];
  log!: Log;

  constructor(startsAt = 0) {
    this.setBy = this.clock.now() - startsAt;
    this.clock.setTrusted(false);
    this.clock.jumpWall(millis(-this.setBy));
  }

  async boot(): Promise<void> {
    this.log = await openLevelLog(this.disk.open(), this.clock, LOG_OPTIONS, (what) => this.notices.push(what));
  }

  /** The clock is set, as a time server does. */
  setClock(): void {
    this.clock.jumpWall(millis(this.setBy));
    this.clock.setTrusted(true);
  }

  /** Cuts the power, and starts anew in 1970. */
  async reboot(): Promise<void> {
    this.disk.crash(1);
    if (this.clock.isTrusted()) this.clock.jumpWall(millis(-this.setBy));
    this.clock.setTrusted(false);
    this.clock.reboot();
    await this.boot();
  }

  async raise(title: string): Promise<void> {
    await Promise.all([this.log.events.put({ ...eventOf(title), at: this.clock.now() }), this.log.sync()]);
  }

  async say(): Promise<void> {
    await Promise.all([this.log.putServiceCheck({ ...CHECK, at: this.clock.now() }), this.log.sync()]);
  }

  /** What a reader is given, once everything is placed. */
  async read(): Promise<readonly { title: string; at: number; isFlagged: boolean }[]> {
    const reader = await this.log.events.reader("intake");
    reader.read(1);
    await this.clock.advance(millis(0));
    return reader.read(100).map(({ event: { title, at, tags } }) => ({
      title,
      at,
      isFlagged: tags.includes("clock:untrusted"),
    }));
  }
}

describe("an event that a wrong clock stamped", () => {
  test.each([
    ["in 1970", 0],
    ["a year ahead", Date.UTC(2027, 10, 22)],
  ])("%s is read at its moment once its boot knows the time, and nothing is read before", async (_when, startsAt) => {
    const board = new Board(startsAt);
    await board.boot();
    await board.raise("early");
    const reader = await board.log.events.reader("intake");
    await board.clock.advance(seconds(3600));
    board.setClock();
    const raisedAt = board.clock.now() - 3_600_000;
    expect([reader.read(10), reader.waiting]).toEqual([[], 1]);
    await board.raise("later");
    expect(await board.read()).toEqual([
      { title: "early", at: raisedAt, isFlagged: false },
      { title: "later", at: raisedAt + 3_600_000, isFlagged: false },
    ]);
  });

  test("of a boot that never knew the time lies between its neighbours, in order, and says so", async () => {
    const board = new Board();
    await board.boot();
    board.setClock();
    await board.raise("before");
    const beforeAt = board.clock.now();
    await board.clock.advance(seconds(10));
    await board.reboot();
    for (const title of ["one", "two"]) {
      await board.clock.advance(seconds(100));
      await board.raise(title);
    }
    await board.clock.advance(seconds(50));
    await board.reboot();
    board.setClock();
    const now = board.clock.now();
    await board.raise("after");
    const found = await board.read();
    expect(found.map(({ title, isFlagged }) => [title, isFlagged])).toEqual([
      ["before", false],
      ["one", true],
      ["two", true],
      ["after", false],
    ]);
    const [, one, two] = found;
    expect((two?.at ?? 0) - (one?.at ?? 0)).toBe(100_000);
    expect(one?.at).toBeGreaterThanOrEqual(beforeAt);
    expect(two?.at).toBeLessThanOrEqual(now);
  });

  test("keeps the epoch of its clock when no sample of it is left, until it is gone itself", async () => {
    const board = new Board();
    await board.boot();
    const reader = await board.log.events.reader("intake");
    const cursor = await board.log.cursor("intake");
    await board.raise("early");
    await board.clock.advance(seconds(60));
    board.setClock();
    const raisedAt = board.clock.now() - 60_000;
    const series = board.log.defineSeries(VOLTAGE);
    const pass = async (): Promise<void> => {
      await Promise.all([appendRows(board.log, [[series, board.clock.now(), 1]]), board.log.sync()]);
      await cursor.commit(deliver(await cursor.read(10)));
    };
    await pass();
    await board.reboot();
    board.setClock();
    expect(await board.read()).toEqual([{ title: "early", at: raisedAt, isFlagged: false }]);
    expect(board.disk.read(epochKey(0))).toBeDefined();
    expect(reader.name).toBe("intake");
    const again = await board.log.events.reader("intake");
    await again.pass(again.read(1), { kind: "delivered" });
    const next = await board.log.cursor("intake");
    const id = board.log.defineSeries(VOLTAGE);
    await Promise.all([appendRows(board.log, [[id, board.clock.now(), 1]]), board.log.sync()]);
    await next.commit(deliver(await next.read(10)));
    expect(board.disk.read(epochKey(0))).toBeUndefined();
    expect(board.disk.keys(SPACE.event)).toEqual([]);
  });

  test("is placed by the log that takes it over from the store that stood in", async () => {
    const board = new Board();
    await board.boot();
    await board.raise("early");
    await board.say();
    await board.clock.advance(seconds(60));
    await board.log.close();
    const main = new FakeDisk();
    await adoptStore(main.open(), board.disk.open(), "stand-in", () => undefined);
    const log = await openLevelLog(main.open(), board.clock, LOG_OPTIONS, () => undefined);
    board.log = log;
    board.setClock();
    const raisedAt = board.clock.now() - 60_000;
    expect(await board.read()).toEqual([{ title: "early", at: raisedAt, isFlagged: false }]);
    expect(log.serviceChecks()).toEqual([{ ...CHECK, at: raisedAt }]);
  });

  test("of an earlier version, which noted no epoch, keeps the moment it has", async () => {
    const board = new Board();
    const event = { ...eventOf("old"), at: epochMillis(1_000) };
    board.disk.put(eventKey(0), encodeEvent({ event, epoch: undefined }));
    const check = { ...CHECK, at: epochMillis(1_000) };
    board.disk.put(noteKey(CHECK.name, CHECK.tags), encodeServiceCheck({ check, epoch: undefined }));
    await board.boot();
    board.setClock();
    expect(await board.read()).toEqual([{ title: "old", at: 1_000, isFlagged: false }]);
    expect(board.log.serviceChecks()).toEqual([check]);
  });
});

describe("a service check that a wrong clock stamped", () => {
  test("has its moment once its boot knows the time", async () => {
    const board = new Board();
    await board.boot();
    await board.say();
    await board.clock.advance(seconds(60));
    board.setClock();
    expect(board.log.arePlaced()).toBe(false);
    await board.clock.advance(millis(0));
    expect(board.log.arePlaced()).toBe(true);
    expect(board.log.serviceChecks()).toEqual([{ ...CHECK, at: board.clock.now() - 60_000 }]);
  });

  test("of a boot that never knew the time is in the past and says so", async () => {
    const board = new Board();
    await board.boot();
    await board.say();
    await board.clock.advance(seconds(60));
    await board.reboot();
    board.setClock();
    const now = board.clock.now();
    board.log.arePlaced();
    await board.clock.advance(millis(0));
    const [check] = board.log.serviceChecks();
    expect(check?.message).toBe("It is silent. (about then: the clock was not set)");
    expect(check?.at).toBeLessThanOrEqual(now);
    expect(check?.at).toBeGreaterThan(now - 3_600_000);
  });
});
