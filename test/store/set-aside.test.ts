import { describe, expect, test } from "vitest";
import type { Log } from "../../src/model/log.ts";
import type { Series } from "../../src/model/series.ts";
import { decodeSetAside, SET_ASIDE_MAX } from "../../src/store/cursor-record.ts";
import { SPACE, setAsideKey } from "../../src/store/keys.ts";
import { openLevelLog } from "../../src/store/level-log.ts";
import { appendRows } from "../conformance/log-suite.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";
import { LOG_OPTIONS } from "../support/log-options.ts";

const VOLTAGE: Series = { metric: "voltage", tags: [], kind: "gauge", unit: "V" };

/** A disk on which logs are opened one after the other. */
class World {
  readonly disk = new FakeDisk();
  readonly clock = new FakeClock();
  notices: string[] = [];

  async open(): Promise<Log> {
    this.notices = [];
    return await openLevelLog(this.disk.open(), this.clock, LOG_OPTIONS, (what) => this.notices.push(what));
  }
}

describe("samples set aside", () => {
  test("are kept with the answer, the newest ten thousand of each cursor", async () => {
    const world = new World();
    const log = await world.open();
    const series = log.defineSeries(VOLTAGE);
    const count = SET_ASIDE_MAX + 1;
    const rows = Array.from({ length: count }, (_, at) => [series, at, at] as const);
    await Promise.all([appendRows(log, rows), log.sync()]);
    const cursor = await log.cursor("intake");
    const refused = (sequence: number) => ({ sequence, series, at: sequence, value: sequence, answer: "400 bad" });
    const setAside = rows.map(([, sequence]) => refused(sequence));
    await cursor.read(1);
    await cursor.commit({ to: 1, counts: { rejected: 1 }, moments: new Map(), setAside: setAside.slice(0, 1) });
    await cursor.commit({
      to: count,
      counts: { rejected: count - 1 },
      moments: new Map(),
      setAside: setAside.slice(1),
    });
    expect(world.disk.keys(SPACE.setAside)).toHaveLength(SET_ASIDE_MAX);
    const held = (slot: number) => decodeSetAside(world.disk.read(setAsideKey("intake", slot)) ?? new Uint8Array());
    expect([held(0), held(1)]).toEqual([refused(SET_ASIDE_MAX), refused(1)]);
    expect(cursor.setAsideHeld).toBe(SET_ASIDE_MAX);
    await log.care.dropSetAside("intake", new Set([1, 7]));
    await log.close();
    const again = await (await world.open()).cursor("intake");
    const left = (await again.readSetAside()).map(({ sequence }) => sequence);
    expect([again.setAsideHeld, ...left.slice(0, 6)]).toEqual([SET_ASIDE_MAX - 2, 2, 3, 4, 5, 6, 8]);
  });

  test("that cannot be read are told once and forgotten; the others are held", async () => {
    const world = new World();
    const log = await world.open();
    const series = log.defineSeries(VOLTAGE);
    await Promise.all([
      appendRows(log, [
        [series, 1, 1],
        [series, 2, 2],
      ]),
      log.sync(),
    ]);
    const cursor = await log.cursor("intake");
    const setAside = [0, 1].map((sequence) => ({ sequence, series, at: sequence + 1, value: 1, answer: "400 bad" }));
    await cursor.read(2);
    await cursor.commit({ to: 2, counts: { rejected: 2 }, moments: new Map(), setAside });
    await log.close();
    world.disk.flipBit(setAsideKey("intake", 0), 50);
    const second = await world.open();
    expect(world.notices).toEqual([
      expect.stringContaining("Of what intake refused and was set aside, 1 sample cannot"),
    ]);
    expect(await second.care.setAside("intake")).toEqual(setAside.slice(1));
    await second.close();
    await world.open();
    expect(world.notices).toEqual([]);
  });
});
