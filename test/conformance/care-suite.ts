/** What whoever looks after a log can rely on, whatever it is made of. */

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Log } from "../../src/model/log.ts";
import type { Series } from "../../src/model/series.ts";
import { seconds } from "../../src/model/time.ts";
import type { LogOptions } from "../../src/store/group-commit-log.ts";
import { LOG_OPTIONS } from "../support/log-options.ts";
import { rowsOf } from "../support/samples.ts";
import { appendRows, deliver, type LogHarness } from "./log-suite.ts";

const VOLTAGE: Series = { metric: "voltage", tags: ["phase:l1"], kind: "gauge", unit: "V" };
const POWER: Series = { metric: "power.active", tags: [], kind: "gauge", unit: "W" };
const KEEPING: LogOptions = { ...LOG_OPTIONS, history: seconds(1e10) };
const ALL = { from: 0, fromAt: Number.NEGATIVE_INFINITY, toAt: Number.POSITIVE_INFINITY };

/** Registers the tests. */
export function careSuite(name: string, openHarness: () => Promise<LogHarness>): void {
  describe(`looking after a log ${name}`, () => {
    let harness: LogHarness;
    let log: Log;

    beforeEach(async () => {
      harness = await openHarness();
      log = await harness.open(KEEPING);
    });

    afterEach(async () => {
      await log.close();
      await harness.dispose();
    });

    async function write(rows: Parameters<typeof appendRows>[1]): Promise<void> {
      await Promise.all([appendRows(log, rows), log.sync()]);
    }

    test("is refused once it is closed", async () => {
      await log.close();
      await expect(log.care.page(ALL)).rejects.toMatchObject({ code: "STORE_CLOSED" });
      await expect(log.care.inspect(0)).rejects.toMatchObject({ code: "STORE_CLOSED" });
      await expect(log.care.dropCursor("intake")).rejects.toMatchObject({ code: "STORE_CLOSED" });
    });

    test("does not drop a cursor that keeps samples", async () => {
      await log.cursor("intake");
      await expect(log.care.dropCursor("intake")).rejects.toThrow("keeps samples");
      expect(log.care.cursors()).toHaveLength(1);
    });

    test("finds nothing in an empty log", async () => {
      expect(log.care.survey()).toEqual([]);
      expect(log.care.cursors()).toEqual([]);
      expect(await log.care.page(ALL)).toMatchObject({ batch: { count: 0 }, next: undefined });
      const nothing = { blockCount: 0, sampleCount: 0, findings: [], next: undefined };
      expect(await log.care.inspect(0)).toEqual(nothing);
      expect(await log.care.repair(0)).toEqual(nothing);
    });

    test("adds up blocks, and names series and cursors", async () => {
      const voltage = log.defineSeries(VOLTAGE);
      const intake = await log.cursor("intake");
      await log.cursor("retired");
      log.keepFor(["intake"]);
      await write([[voltage, 5_000, 230]]);
      await write([
        [voltage, 3_000, 231],
        [voltage, 9_000, 232],
      ]);
      await intake.commit(deliver(await intake.read(1)));
      expect(log.care.survey()).toMatchObject([
        { level: 0, blockCount: 2, sampleCount: 3, bytes: log.stats().bytes, fromAt: 3_000, toAt: 9_000 },
      ]);
      expect(log.care.series()).toEqual([[voltage, VOLTAGE]]);
      expect(log.care.cursors()).toMatchObject([
        { name: "intake", position: 1, lag: 2, keepsSamples: true, counts: { delivered: 1 } },
        { name: "retired", position: 0, lag: 3, keepsSamples: false, nextAt: 5_000 },
      ]);
    });

    test("drops a cursor that keeps nothing, for good", async () => {
      const series = log.defineSeries(VOLTAGE);
      for (const name of ["intake", "retired"]) await log.cursor(name);
      await write([[series, 1, 2]]);
      log.keepFor(["intake"]);
      await log.care.dropCursor("retired");
      await log.care.dropCursor("nobody");
      expect(log.care.cursors().map(({ name: of }) => of)).toEqual(["intake"]);
      await log.close();
      log = await harness.open(KEEPING);
      expect(log.care.cursors().map(({ name: of }) => of)).toEqual(["intake"]);
    });

    test("reads what is between two moments, both inclusive, of the series asked for", async () => {
      const voltage = log.defineSeries(VOLTAGE);
      const power = log.defineSeries(POWER);
      await write([
        [voltage, 1_000, 1],
        [power, 1_000, 9],
        [voltage, 3_000, 3, 2],
      ]);
      await write([[voltage, 2_000, 2]]);
      await write([[voltage, 4_000, 4]]);
      const page = await log.care.page({ from: 0, fromAt: 2_000, toAt: 3_000, series: new Set([voltage]) });
      expect(page.next).toBeUndefined();
      expect(rowsOf(page.batch)).toEqual([
        [voltage, 3_000, 3, 2],
        [voltage, 2_000, 2, 0],
      ]);
      expect((await log.care.page(ALL)).batch.count).toBe(5);
    });

    test("reads a long log in pages that leave out and repeat nothing", async () => {
      const series = log.defineSeries(VOLTAGE);
      const rows = Array.from({ length: 25_000 }, (_, row) => [series, row, row] as const);
      await write(rows);
      const found: number[] = [];
      const sizes: number[] = [];
      for (let next: number | undefined = 0; next !== undefined; ) {
        const page = await log.care.page({ ...ALL, from: next });
        found.push(...page.batch.value.subarray(0, page.batch.count));
        sizes.push(page.batch.count);
        next = page.next;
      }
      expect(found).toEqual(rows.map(([, at]) => at));
      expect(sizes).toEqual([10_000, 10_000, 5_000]);
    });
  });
}
