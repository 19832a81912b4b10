/** What the lanes of every cursor keep to, whatever the log is made of. */

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Cursor, CursorStep, Lane, Log, LogSlice } from "../../src/model/log.ts";
import type { Series } from "../../src/model/series.ts";
import { GAPS_MAX } from "../../src/store/gaps.ts";
import { LOG_OPTIONS } from "../support/log-options.ts";
import { appendRows, deliver, type LogHarness } from "./log-suite.ts";

const LOAD: Series = { metric: "load", tags: [], kind: "gauge", unit: "%" };

/** Registers the tests. */
export function laneSuite(name: string, openHarness: () => Promise<LogHarness>): void {
  describe(`the lanes of a log ${name}`, () => {
    let harness: LogHarness;
    let log: Log;
    let cursor: Cursor;
    let options = LOG_OPTIONS;

    beforeEach(async () => {
      options = LOG_OPTIONS;
      harness = await openHarness();
      await open();
    });

    afterEach(async () => {
      await log.close();
      await harness.dispose();
    });

    async function open(): Promise<void> {
      log = await harness.open(options);
      log.defineSeries(LOAD);
      log.defineSeries({ ...LOAD, metric: "speed" });
      cursor = await log.cursor("intake");
    }

    async function reopen(changed = options): Promise<void> {
      await log.close();
      options = changed;
      await open();
    }

    /** Appends rows, one block for each hundred, of which each is a second later. */
    async function fill(count: number, series = 0): Promise<void> {
      const { end } = log.stats();
      for (let from = 0; from < count; from += 100) {
        const rows = Array.from({ length: Math.min(100, count - from) }, (_, row) => {
          const sequence = end + from + row;
          return [series, 1000 * sequence, Math.sin(sequence)] as const;
        });
        await Promise.all([appendRows(log, rows), log.sync()]);
      }
    }

    /** The step that delivers a slice, of which each row is a point. */
    function deliverPoints(lane: Lane, slice: LogSlice): CursorStep {
      const { batch } = slice;
      const moments = new Map(lane.moments);
      const earliest = new Map<number, number>();
      for (let row = 0; row < batch.count; row += 1) {
        const series = batch.series[row] ?? 0;
        const at = batch.at[row] ?? 0;
        moments.set(series, at);
        if (!earliest.has(series)) earliest.set(series, at);
      }
      return { ...deliver(slice), moments, earliest };
    }

    async function pass(lane: Lane | undefined, count: number): Promise<void> {
      if (lane === undefined) expect.unreachable("there is no such lane");
      await lane.commit(deliverPoints(lane, await lane.read(count)));
    }

    const places = (): readonly unknown[] => [
      cursor.position,
      ...cursor.gaps.map(({ position, end }) => [position, end]),
    ];
    const isBalanced = (): boolean => {
      const { counts, waiting, opening } = cursor;
      const passed = Object.values(counts).reduce((sum, count) => sum + count, 0);
      return opening.sequence + passed + waiting === log.stats().end;
    };

    test("a cursor that has left nothing has one lane, and needs what it has not passed", async () => {
      await fill(10);
      await pass(cursor, 4);
      expect([places(), cursor.needed, cursor.waiting, cursor.end]).toEqual([[4], 4, 6, 10]);
      expect(await cursor.leave(4)).toBe(true);
      expect(places()).toEqual([4]);
    });

    test("leaving what is not written is a bug", async () => {
      await fill(10);
      await expect(cursor.leave(11)).rejects.toThrow("leaves only what is written");
      await pass(cursor, 4);
      await expect(cursor.leave(3)).rejects.toThrow("leaves what lies ahead");
      expect(places()).toEqual([4]);
    });

    test("what is left waits in a gap of its own, is read from there, and is passed once", async () => {
      await fill(10);
      await pass(cursor, 2);
      await cursor.leave(7);
      expect([places(), cursor.needed, cursor.waiting]).toEqual([[7, [2, 7]], 2, 8]);
      await pass(cursor, 100);
      const slice = await cursor.gaps[0]?.read(100);
      expect([slice?.from, slice?.to, [...(slice?.sequences ?? [])]]).toEqual([2, 7, [2, 3, 4, 5, 6]]);
      await pass(cursor.gaps[0], 3);
      expect([places(), cursor.waiting, isBalanced()]).toEqual([[10, [5, 7]], 2, true]);
      await pass(cursor.gaps[0], 100);
      expect([places(), cursor.waiting, cursor.needed, cursor.counts.delivered]).toEqual([[10], 0, 10, 10]);
    });

    test("a step that goes past the end of its gap is a bug", async () => {
      await fill(10);
      await cursor.leave(5);
      const [gap] = cursor.gaps;
      await gap?.read(100);
      const step = { to: 6, counts: { delivered: 6 }, moments: new Map(), setAside: [] };
      await expect(gap?.commit(step)).rejects.toThrow("a step in a gap ends with it");
    });

    test("leaving again with nothing passed between makes the gap longer", async () => {
      await fill(10);
      await cursor.leave(4);
      await cursor.leave(9);
      expect(places()).toEqual([9, [0, 9]]);
      await pass(cursor, 1);
      await fill(5);
      await cursor.leave(12);
      expect(places()).toEqual([12, [0, 9], [10, 12]]);
    });

    test(`has ${GAPS_MAX} gaps at most, and goes on in order then`, async () => {
      await fill(100);
      for (let gap = 0; gap < GAPS_MAX; gap += 1) {
        expect(await cursor.leave(cursor.position + 2)).toBe(true);
        await pass(cursor, 1);
      }
      const { position } = cursor;
      expect(await cursor.leave(position + 2)).toBe(false);
      expect([cursor.position, cursor.gaps.length, isBalanced()]).toEqual([position, GAPS_MAX, true]);
      expect(await cursor.divide(1)).toBe(false);
      await pass(cursor.gaps[0], 100);
      expect(await cursor.leave(position + 2)).toBe(true);
    });

    test("a gap knows what the intake held before it and from where on it holds what came after", async () => {
      await fill(3);
      await pass(cursor, 3);
      await fill(5);
      await fill(5, 1);
      await cursor.leave(10);
      expect(cursor.gaps.map(({ moments, ceilings }) => [[...moments], [...ceilings]])).toEqual([[[[0, 2000]], []]]);
      await pass(cursor, 2);
      await pass(cursor, 100);
      expect([...(cursor.gaps[0]?.ceilings ?? [])]).toEqual([[1, 10_000]]);
      await pass(cursor.gaps[0], 100);
      expect(new Map(cursor.moments)).toEqual(
        new Map([
          [0, 7000],
          [1, 12_000],
        ]),
      );
    });

    test("the lowest moment is the ceiling, though a clock that was put back brought it later", async () => {
      await fill(10);
      await cursor.leave(5);
      for (const earliest of [new Map([[0, 9000]]), new Map([[0, 6000]]), new Map([[0, 8000]])]) {
        const { to, from } = await cursor.read(1);
        await cursor.commit({ to, counts: { delivered: to - from }, moments: earliest, earliest, setAside: [] });
      }
      expect(cursor.gaps[0]?.ceilings.get(0)).toBe(6000);
    });

    test("what one gap delivers is known to those before and after it", async () => {
      await fill(5);
      await cursor.leave(5);
      await fill(1, 1);
      await pass(cursor, 100);
      await fill(5);
      await cursor.leave(11);
      await pass(cursor.gaps[1], 2);
      expect(cursor.gaps[0]?.ceilings.get(0)).toBe(6000);
      expect([cursor.gaps[1]?.moments.get(0), cursor.moments.get(0)]).toEqual([7000, 7000]);
      await pass(cursor.gaps[0], 5);
      expect(cursor.gaps[0]?.moments.get(0)).toBe(7000);
      await pass(cursor.gaps[0], 100);
      expect(cursor.gaps).toEqual([]);
    });

    test("a gap is divided where it is asked to be, and what follows joins what is divided off before it", async () => {
      await fill(10);
      await cursor.leave(8);
      await cursor.divide(3);
      expect(places()).toEqual([8, [0, 3], [3, 8]]);
      await cursor.divide(5);
      expect(places()).toEqual([8, [0, 5], [5, 8]]);
      await pass(cursor.gaps[1], 1);
      await cursor.divide(7);
      expect(places()).toEqual([8, [0, 5], [6, 7], [7, 8]]);
      expect(isBalanced()).toBe(true);
    });

    test("gaps, their bounds and the books are there again when the log was opened anew, after each commit", async () => {
      await fill(40);
      const moves = [
        () => cursor.leave(10),
        () => pass(cursor, 5),
        () => pass(cursor.gaps[0], 3),
        () => cursor.leave(20),
        () => pass(cursor, 4),
        () => cursor.divide(18),
        () => pass(cursor.gaps[0], 100),
        () => pass(cursor.gaps[1], 1),
        () => pass(cursor, 100),
      ];
      for (const move of moves) {
        await move();
        const seen = [places(), cursor.counts, cursor.moments, cursor.gaps.map(({ ceilings }) => new Map(ceilings))];
        const floors = cursor.gaps.map(({ moments }) => new Map(moments));
        await reopen();
        expect([places(), cursor.counts, cursor.moments, cursor.gaps.map(({ ceilings }) => new Map(ceilings))]).toEqual(
          seen,
        );
        expect(cursor.gaps.map(({ moments }) => new Map(moments))).toEqual(floors);
        expect(isBalanced()).toBe(true);
      }
    });

    test("what a gap still needs is kept, and goes when it is passed", async () => {
      await fill(300);
      await cursor.leave(200);
      await pass(cursor, 100);
      expect(log.stats().head).toBe(0);
      await pass(cursor.gaps[0], 100);
      expect(log.stats().head).toBe(100);
      await pass(cursor.gaps[0], 100);
      expect(log.stats()).toMatchObject({ head: 300, atRisk: 0 });
    });

    test("the size limit takes from the oldest gap on, and counts what it took, and only that", async () => {
      await reopen({ ...LOG_OPTIONS, maxBytes: 4_500 });
      await fill(200);
      await cursor.leave(100);
      await pass(cursor, 50);
      await cursor.leave(200);
      for (let more = 0; log.stats().head < 200 && more < 20; more += 1) {
        const { logFull } = cursor.counts;
        const waiting = cursor.waiting;
        await fill(100);
        const lost = cursor.counts.logFull - logFull;
        expect(cursor.waiting).toBe(waiting + 100 - lost);
        expect(isBalanced()).toBe(true);
      }
      expect([cursor.counts.logFull, cursor.gaps.length]).toEqual([cursor.position - 50, 0]);
      expect(log.losses().reduce((sum, { count }) => sum + count, 0)).toBe(cursor.counts.logFull);
      await reopen();
      expect(isBalanced()).toBe(true);
    });

    test("what the size limit took of a gap while it was sent counts as delivered, not as lost", async () => {
      await reopen({ ...LOG_OPTIONS, maxBytes: 4_500 });
      await fill(200);
      await cursor.leave(150);
      const [gap] = cursor.gaps;
      if (gap === undefined) return expect.unreachable("there is a gap");
      const slice = await gap.read(120);
      while (log.stats().head < 100) await fill(100);
      await gap.commit(deliverPoints(gap, slice));
      expect(cursor.counts.delivered).toBe(120);
      expect(cursor.counts.logFull).toBe(Math.max(0, Math.max(log.stats().head, 120) - 120));
      expect(isBalanced()).toBe(true);
    });

    test("a gap that is gone when its step comes has its samples counted as delivered, and later lanes know of them", async () => {
      await reopen({ ...LOG_OPTIONS, maxBytes: 4_500 });
      await fill(200);
      await cursor.leave(50);
      const [gap] = cursor.gaps;
      if (gap === undefined) return expect.unreachable("there is a gap");
      const slice = await gap.read(50);
      while (log.stats().head < 100) await fill(100);
      expect(cursor.gaps).toEqual([]);
      await gap.commit(deliverPoints(gap, slice));
      expect([cursor.counts.delivered, cursor.moments.get(0), isBalanced()]).toEqual([50, 49_000, true]);
      expect(await gap.read(10)).toMatchObject({ from: 50, to: 50 });
    });

    test("what was to be left is no gap where the size limit took it meanwhile", async () => {
      await reopen({ ...LOG_OPTIONS, maxBytes: 4_500 });
      await fill(200);
      while (log.stats().head < 100) await fill(100);
      const { position } = cursor;
      expect(position).toBeGreaterThan(50);
      expect(await cursor.leave(50)).toBe(true);
      expect([cursor.position, cursor.gaps, isBalanced()]).toEqual([position, [], true]);
    });

    test("what waits in gaps is told with the cursor", async () => {
      await fill(30);
      await cursor.leave(20);
      await pass(cursor, 5);
      const found = log.care.cursors().map(({ position, gaps, lag, nextAt }) => ({ position, gaps, lag, nextAt }));
      expect(found).toEqual([{ position: 25, gaps: [{ from: 0, to: 20 }], lag: 25, nextAt: 0 }]);
      expect((await log.care.inspect(0)).findings).toEqual([]);
    });
  });
}
