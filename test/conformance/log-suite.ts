/** What every log keeps to, whatever it is made of. */

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CursorStep, Log, LogSlice } from "../../src/model/log.ts";
import { SERVICE_STATUS, type ServiceCheck } from "../../src/model/note.ts";
import { FLAG, SampleBuilder } from "../../src/model/samples.ts";
import type { Series } from "../../src/model/series.ts";
import { millis, seconds } from "../../src/model/time.ts";
import type { LogOptions } from "../../src/store/group-commit-log.ts";
import { type FakeClock, settle } from "../support/fake-clock.ts";
import { countMissing, LOG_OPTIONS } from "../support/log-options.ts";
import { batchOf, rowsOf } from "../support/samples.ts";

/** The world around a log under test. */
export interface LogHarness {
  readonly clock: FakeClock;
  /** Opens the log on what an earlier one of this harness left. */
  open(options: LogOptions): Promise<Log>;
  /** Cleans up, with or without an open log. */
  dispose(): Promise<void>;
}

const VOLTAGE: Series = { metric: "voltage", tags: ["phase:l1", "site:north"], kind: "gauge", unit: "V" };
const POWER: Series = { metric: "power.active", tags: [], kind: "gauge", unit: "W" };

/** Appends rows of which none was dropped. */
export function appendRows(log: Log, rows: readonly (readonly [number, number, number, number?])[]): Promise<void> {
  return log.append(batchOf(...rows), { sampled: rows.length, dropped: {} });
}

/** The step that counts a whole slice as delivered. */
export function deliver(slice: LogSlice, to = slice.to): CursorStep {
  const delivered = slice.batch.count - (slice.to - to);
  const missing = to - slice.from - delivered;
  return { to, counts: { delivered, [slice.missing]: missing }, moments: new Map(), setAside: [] };
}

/** Registers the tests. */
export function logSuite(name: string, openHarness: () => Promise<LogHarness>): void {
  describe(`a log ${name}`, () => {
    let harness: LogHarness;
    let log: Log;

    beforeEach(async () => {
      harness = await openHarness();
      log = await harness.open(LOG_OPTIONS);
    });

    afterEach(async () => {
      await log.close();
      await harness.dispose();
    });

    async function reopen(options = LOG_OPTIONS): Promise<void> {
      await log.close();
      log = await harness.open(options);
    }

    function check(message: string, tags: readonly string[]): ServiceCheck {
      const status = message === "" ? SERVICE_STATUS.ok : SERVICE_STATUS.critical;
      return { name: "tidegate.can_connect", status, tags, message, at: harness.clock.now() };
    }

    test("an append after close is refused", async () => {
      const series = log.defineSeries(VOLTAGE);
      await log.close();
      await expect(appendRows(log, [[series, 1, 2]])).rejects.toMatchObject({ code: "STORE_CLOSED" });
      await expect(log.sync()).rejects.toMatchObject({ code: "STORE_CLOSED" });
      await expect(log.cursor("intake")).rejects.toMatchObject({ code: "STORE_CLOSED" });
      await expect(log.putServiceCheck(check("", []))).rejects.toMatchObject({ code: "STORE_CLOSED" });
    });

    test("a cursor of a closed log is refused", async () => {
      const cursor = await log.cursor("intake");
      await log.close();
      await expect(cursor.read(1)).rejects.toMatchObject({ code: "STORE_CLOSED" });
      await expect(cursor.commit({ to: 0, counts: {}, moments: new Map(), setAside: [] })).rejects.toMatchObject({
        code: "STORE_CLOSED",
      });
    });

    test("a series that was never defined is a bug", async () => {
      await expect(appendRows(log, [[7, 1, 2]])).rejects.toThrow("series 7 was never defined");
      expect(() => log.seriesOf(7)).toThrow("series 7 was never defined");
    });

    test("a tally that does not fit its batch is a bug", async () => {
      const series = log.defineSeries(VOLTAGE);
      const batch = batchOf([series, 1, 2]);
      await expect(log.append(batch, { sampled: 3, dropped: { "not-a-number": 1 } })).rejects.toThrow("was sampled");
    });

    test("a step whose counts do not add up to its distance is a bug", async () => {
      const series = log.defineSeries(VOLTAGE);
      await Promise.all([appendRows(log, [[series, 1, 2]]), log.sync()]);
      const cursor = await log.cursor("intake");
      await expect(
        cursor.commit({ to: 1, counts: { delivered: 2 }, moments: new Map(), setAside: [] }),
      ).rejects.toThrow("add up");
      await expect(
        cursor.commit({ to: 2, counts: { delivered: 2 }, moments: new Map(), setAside: [] }),
      ).rejects.toThrow("written");
      expect(cursor.position).toBe(0);
    });

    test("the same series has the same id, also after the log was opened again", async () => {
      const voltage = log.defineSeries(VOLTAGE);
      const power = log.defineSeries(POWER);
      expect(log.defineSeries({ ...VOLTAGE, tags: [...VOLTAGE.tags] })).toBe(voltage);
      expect(power).not.toBe(voltage);
      await Promise.all([appendRows(log, [[power, 1, 2]]), log.sync()]);
      await reopen();
      expect(log.defineSeries(POWER)).toBe(power);
      expect(log.seriesOf(voltage)).toEqual(VOLTAGE);
    });

    test("a series that changes its unit is a new one", () => {
      const volts = log.defineSeries(VOLTAGE);
      expect(log.defineSeries({ ...VOLTAGE, unit: "kV" })).not.toBe(volts);
    });

    test("samples are at risk until the interval is over, and durable then", async () => {
      const series = log.defineSeries(VOLTAGE);
      const appended = appendRows(log, [
        [series, 1_000, 230.1],
        [series, 2_000, 230.2],
      ]);
      await harness.clock.advance(millis(999));
      expect(log.stats()).toMatchObject({ durable: 0, gathering: 2, atRisk: 2, tally: { sampled: 2 } });
      await harness.clock.advance(millis(1));
      await appended;
      expect(log.stats()).toMatchObject({ durable: 2, atRisk: 0, tally: { sampled: 2 }, failure: undefined });
    });

    test("sync makes durable at once what was appended, and leaves no timer behind", async () => {
      const series = log.defineSeries(VOLTAGE);
      const appended = appendRows(log, [[series, 1, 2]]);
      await log.sync();
      await appended;
      expect(log.stats().durable).toBe(1);
      expect(harness.clock.pending()).toEqual([]);
    });

    test("close makes durable what was appended and may be called again", async () => {
      const series = log.defineSeries(VOLTAGE);
      const appended = appendRows(log, [[series, 1, 2]]);
      await Promise.all([log.close(), log.close()]);
      await appended;
      log = await harness.open(LOG_OPTIONS);
      expect(log.stats()).toMatchObject({ head: 0, durable: 1, tally: { sampled: 1 } });
    });

    test("the caller may reuse its batch as soon as append has returned", async () => {
      const series = log.defineSeries(VOLTAGE);
      const batch = new SampleBuilder();
      batch.push(series, 1_000, 1.5, FLAG.stale);
      const appended = log.append(batch, { sampled: 1, dropped: {} });
      batch.clear();
      batch.push(series, 9_000, 9.5, 0);
      await Promise.all([log.sync(), appended]);
      const slice = await (await log.cursor("intake")).read(10);
      expect(rowsOf(slice.batch)).toEqual([[series, 1_000, 1.5, FLAG.stale]]);
    });

    test("drops count without samples, and survive", async () => {
      const dropped = { "out-of-range": 2, backpressure: 1 };
      await Promise.all([log.append(new SampleBuilder(), { sampled: 3, dropped }), log.sync()]);
      await reopen();
      expect(log.stats()).toMatchObject({ durable: 0, tally: { sampled: 3, dropped } });
    });

    test("an append larger than a block is one run of sequences", async () => {
      const series = log.defineSeries(VOLTAGE);
      const batch = new SampleBuilder();
      for (let row = 0; row < 40_000; row += 1) batch.push(series, row, row / 10, 0);
      await Promise.all([log.append(batch, { sampled: 40_003, dropped: { "not-a-number": 3 } }), log.sync()]);
      expect(log.stats()).toMatchObject({ durable: 40_000, atRisk: 0, tally: { sampled: 40_003 } });
      const slice = await (await log.cursor("intake")).read(100_000);
      expect(slice).toMatchObject({ from: 0, to: 40_000, batch: { count: 40_000 } });
      expect(slice.sequences).toHaveLength(40_000);
      expect(slice.sequences.findIndex((sequence, row) => sequence !== row)).toBe(-1);
      expect(slice.batch.value.subarray(0, 40_000).findIndex((value, row) => value !== row / 10)).toBe(-1);
    });

    test("a cursor reads durable samples only", async () => {
      const series = log.defineSeries(VOLTAGE);
      const cursor = await log.cursor("intake");
      const appended = appendRows(log, [[series, 1, 2]]);
      expect(await cursor.read(10)).toMatchObject({ from: 0, to: 0, batch: { count: 0 } });
      await Promise.all([log.sync(), appended]);
      expect(await cursor.read(10)).toMatchObject({ from: 0, to: 1, batch: { count: 1 } });
    });

    test("a cursor reads on from where it committed, across and inside blocks", async () => {
      const series = log.defineSeries(VOLTAGE);
      const cursor = await log.cursor("intake");
      for (const start of [0, 3, 6]) {
        const rows = [0, 1, 2].map((step) => [series, start + step, (start + step) / 2] as const);
        await Promise.all([appendRows(log, rows), log.sync()]);
      }
      const first = await cursor.read(4);
      expect([first.from, first.to, [...first.sequences]]).toEqual([0, 4, [0, 1, 2, 3]]);
      await cursor.commit(deliver(first, 2));
      const second = await cursor.read(100);
      expect([second.from, second.to]).toEqual([2, 9]);
      expect(rowsOf(second.batch).map(([, at]) => at)).toEqual([2, 3, 4, 5, 6, 7, 8]);
      expect(cursor.counts.delivered).toBe(2);
    });

    test("a cursor keeps its place, counts, seconds and opening when the log is opened again", async () => {
      const series = log.defineSeries(VOLTAGE);
      const dropped = { "out-of-range": 4 };
      await Promise.all([log.append(batchOf([series, 1, 2]), { sampled: 5, dropped }), log.sync()]);
      const other = await log.cursor("other");
      await other.commit(deliver(await other.read(1)));
      await Promise.all([
        appendRows(
          log,
          [2, 3, 4].map((at) => [series, at, 0]),
        ),
        log.sync(),
      ]);
      const cursor = await log.cursor("intake");
      expect(cursor.opening).toEqual({ sequence: 1, tally: { sampled: 5, dropped } });
      const spent = { dayAt: 86_400_000, dayBytes: 5, monthAt: 0, monthBytes: 7 };
      const moments = new Map([[series, 77]]);
      await cursor.commit({ to: 2, counts: { heldBack: 1 }, moments, setAside: [], spent });
      await cursor.commit({ to: 3, counts: { delivered: 1 }, moments, setAside: [] });
      const counts = { delivered: 1, heldBack: 1 };
      await reopen();
      const again = await log.cursor("intake");
      expect(again.position).toBe(3);
      expect(again.counts).toEqual({ ...cursor.counts, ...counts });
      expect(again.moments).toEqual(moments);
      expect(again.spent).toEqual(spent);
      expect(again.opening).toEqual(cursor.opening);
    });

    test("what every cursor has passed is let go, and nothing before", async () => {
      const series = log.defineSeries(VOLTAGE);
      const fast = await log.cursor("fast");
      const slow = await log.cursor("slow");
      for (const at of [1_000, 2_000, 3_000]) await Promise.all([appendRows(log, [[series, at, 1]]), log.sync()]);
      await fast.commit(deliver(await fast.read(10)));
      expect(log.stats()).toMatchObject({ head: 0, oldestAt: 1_000 });
      await slow.commit(deliver(await slow.read(2)));
      expect(log.stats()).toMatchObject({ head: 2, oldestAt: 3_000 });
      await slow.commit(deliver(await slow.read(2)));
      expect(log.stats()).toMatchObject({ head: 3, durable: 3, bytes: 0, oldestAt: undefined });
      await reopen();
      expect(log.stats()).toMatchObject({ head: 3, durable: 3, bytes: 0 });
    });

    test("without a cursor everything is kept for the first one", async () => {
      const series = log.defineSeries(VOLTAGE);
      for (const at of [1, 2]) await Promise.all([appendRows(log, [[series, at, 1]]), log.sync()]);
      expect((await (await log.cursor("first")).read(10)).sequences).toEqual(Float64Array.of(0, 1));
    });

    test("over the size limit the oldest blocks go, and cursors that had not passed them count the loss", async () => {
      await reopen({ ...LOG_OPTIONS, maxBytes: 200 });
      const series = log.defineSeries(VOLTAGE);
      const ahead = await log.cursor("ahead");
      const behind = await log.cursor("behind");
      const rows = (start: number) =>
        [0, 1, 2, 3].map((step) => [series, start + step, Math.PI * (start + step)] as const);
      await Promise.all([appendRows(log, rows(0)), log.sync()]);
      await ahead.commit(deliver(await ahead.read(3)));
      for (let start = 4; start < 40; start += 4) {
        await Promise.all([appendRows(log, rows(start)), log.sync()]);
        expect(log.stats().bytes).toBeLessThanOrEqual(200);
      }
      const { head, durable } = log.stats();
      expect(durable).toBe(40);
      expect(head).toBeGreaterThan(4);
      expect([behind.position, behind.counts.logFull]).toEqual([head, head]);
      expect([ahead.position, ahead.counts.logFull]).toEqual([head, head - 3]);
      expect(countMissing(await behind.read(100))).toBe(0);
      await reopen({ ...LOG_OPTIONS, maxBytes: 200 });
      expect((await log.cursor("behind")).counts.logFull).toBe(head);
    });

    test("what the size limit took while its reader was sending it counts as delivered, not as lost", async () => {
      await reopen({ ...LOG_OPTIONS, maxBytes: 200 });
      const series = log.defineSeries(VOLTAGE);
      const cursor = await log.cursor("intake");
      const noise = (start: number) =>
        [0, 1, 2, 3].map((step) => [series, start + step, Math.E * (start + step)] as const);
      await Promise.all([appendRows(log, noise(0)), log.sync()]);
      const inFlight = await cursor.read(2);
      for (let start = 4; start < 40; start += 4) await Promise.all([appendRows(log, noise(start)), log.sync()]);
      const { head } = log.stats();
      expect(cursor.position).toBe(head);
      await cursor.commit(deliver(inFlight));
      expect(cursor.position).toBe(head);
      expect(cursor.counts).toMatchObject({ delivered: 2, logFull: head - 2 });
    });

    test("a range gives one series between two moments, both inclusive, oldest first", async () => {
      const voltage = log.defineSeries(VOLTAGE);
      const power = log.defineSeries(POWER);
      const rows = [
        [voltage, 1_000, 1],
        [power, 1_000, 9],
        [voltage, 3_000, 3],
      ] as const;
      await Promise.all([appendRows(log, rows), log.sync()]);
      await Promise.all([appendRows(log, [[voltage, 2_000, 2]]), log.sync()]);
      await Promise.all([appendRows(log, [[voltage, 4_000, 4]]), log.sync()]);
      expect(rowsOf(await log.range(voltage, 1_000, 3_000)).map(([, at]) => at)).toEqual([1_000, 2_000, 3_000]);
      expect(rowsOf(await log.range(voltage, 1_001, 2_999)).map(([, at]) => at)).toEqual([2_000]);
      expect((await log.range(power, 2_000, 9_000)).count).toBe(0);
    });

    test("what every cursor has passed stays as history, can be asked for, and goes for what is new", async () => {
      await reopen({ ...LOG_OPTIONS, history: seconds(3_600), maxBytes: 300 });
      const series = log.defineSeries(VOLTAGE);
      const cursor = await log.cursor("intake");
      const now = harness.clock.now();
      await Promise.all([appendRows(log, [[series, now, 1]]), log.sync()]);
      await cursor.commit(deliver(await cursor.read(10)));
      expect(log.stats()).toMatchObject({ head: 0, end: 1, blockCount: 1 });
      expect((await log.range(series, now, now)).count).toBe(1);
      for (let step = 1; step < 20; step += 1) {
        await Promise.all([appendRows(log, [[series, now + step, Math.PI * step]]), log.sync()]);
        await cursor.commit(deliver(await cursor.read(10)));
        expect(log.stats().bytes).toBeLessThanOrEqual(300);
      }
      expect(log.stats().head).toBeGreaterThan(0);
      expect([cursor.counts.delivered, cursor.counts.logFull, log.losses()]).toEqual([20, 0, []]);
    });

    test("only the cursors it keeps for keep samples from going", async () => {
      const series = log.defineSeries(VOLTAGE);
      const wanted = await log.cursor("wanted");
      const retired = await log.cursor("retired");
      log.keepFor(["wanted"]);
      await Promise.all([appendRows(log, [[series, 1, 1]]), log.sync()]);
      expect(log.stats().atRisk).toBe(0);
      await wanted.commit(deliver(await wanted.read(10)));
      expect(log.stats().head).toBe(1);
      expect([retired.position, retired.counts.logFull]).toEqual([1, 1]);
    });

    test("a log that keeps the oldest refuses the newest and counts them as dropped", async () => {
      await reopen({ ...LOG_OPTIONS, maxBytes: 200, whenFull: "drop-newest" });
      const series = log.defineSeries(VOLTAGE);
      for (let at = 0; at < 20; at += 1) await Promise.all([appendRows(log, [[series, at, Math.PI * at]]), log.sync()]);
      const { head, end, tally } = log.stats();
      expect([head, tally]).toEqual([0, { sampled: 20, dropped: { "log-full": 20 - end } }]);
      expect((await (await log.cursor("intake")).read(100)).batch.count).toBe(end);
    });

    test("a log that thins keeps its books: what is there, what was thinned and what went are all there was", async () => {
      await reopen({ ...LOG_OPTIONS, maxBytes: 3_000, whenFull: "thin" });
      const series = log.defineSeries(VOLTAGE);
      const cursor = await log.cursor("intake");
      for (let epoch = 0; epoch < 30; epoch += 1) {
        const rows = Array.from(
          { length: 20 },
          (_, row) => [series, 1_000 * epoch + row, Math.sin(epoch + row)] as const,
        );
        await Promise.all([appendRows(log, rows), log.sync()]);
        harness.clock.jumpWall(seconds(10));
        await settle();
      }
      const losses = log.losses();
      expect(losses.map(({ reason }) => reason)).toEqual(["log-full", "thinned"]);
      const { count } = await log.range(series, 0, 1e13);
      expect(losses.reduce((sum, loss) => sum + loss.count, count)).toBe(600);
      let slice = await cursor.read(7);
      for (; slice.to > slice.from; slice = await cursor.read(7)) {
        expect([...slice.sequences].every((sequence) => sequence >= slice.from && sequence < slice.to)).toBe(true);
        await cursor.commit(deliver(slice));
      }
      const { delivered, thinned, logFull } = cursor.counts;
      expect([delivered, delivered + thinned + logFull]).toEqual([count, 600]);
    });

    test("about when a sample was stamped is known while it is held", async () => {
      const series = log.defineSeries(VOLTAGE);
      expect(log.momentOf(0)).toBeUndefined();
      const rows = [0, 1, 2, 3].map((step) => [series, 1_000 * step, 1] as const);
      await Promise.all([appendRows(log, rows), log.sync()]);
      expect([log.momentOf(0), log.momentOf(4)]).toEqual([0, undefined]);
      expect(log.momentOf(2)).toBeGreaterThan(log.momentOf(1) ?? Number.NaN);
    });

    test("a service check replaces the earlier one of its name and tags, and survives", async () => {
      const kept = [
        log.putServiceCheck(check("cable?", ["instance:a", "unit:1"])),
        log.putServiceCheck(check("", ["unit:1", "instance:a"])),
        log.putServiceCheck(check("no answer", ["instance:b", "unit:2"])),
      ];
      await Promise.all([...kept, log.sync()]);
      await reopen();
      expect(log.serviceChecks().map(({ tags, message }) => [tags, message])).toEqual([
        [["unit:1", "instance:a"], ""],
        [["instance:b", "unit:2"], "no answer"],
      ]);
    });

    test("listeners hear of samples that were written until they leave", async () => {
      const series = log.defineSeries(VOLTAGE);
      const heard: number[] = [];
      const leave = log.onWritten(() => heard.push(log.stats().end));
      await Promise.all([appendRows(log, [[series, 1, 2]]), log.sync()]);
      await Promise.all([log.putServiceCheck(check("", [])), log.sync()]);
      leave();
      await Promise.all([appendRows(log, [[series, 2, 2]]), log.sync()]);
      expect(heard).toEqual([1]);
    });
  });
}
