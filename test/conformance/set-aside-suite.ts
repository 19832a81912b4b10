/** What every log keeps to with samples that an intake refused, whatever it is made of. */

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Cursor, Log, SetAside } from "../../src/model/log.ts";
import type { Series } from "../../src/model/series.ts";
import { seconds } from "../../src/model/time.ts";
import { LOG_OPTIONS } from "../support/log-options.ts";
import { appendRows, type LogHarness } from "./log-suite.ts";

const LOAD: Series = { metric: "load", tags: [], kind: "gauge", unit: "%" };

/** Registers the tests. */
export function setAsideSuite(name: string, openHarness: () => Promise<LogHarness>): void {
  describe(`what a log ${name} sets aside`, () => {
    let harness: LogHarness;
    let log: Log;
    let cursor: Cursor;

    beforeEach(async () => {
      harness = await openHarness();
      await open();
    });

    afterEach(async () => {
      await log.close();
      await harness.dispose();
    });

    async function open(): Promise<void> {
      log = await harness.open({ ...LOG_OPTIONS, history: seconds(1e10) });
      log.defineSeries(LOAD);
      cursor = await log.cursor("intake");
    }

    async function reopen(): Promise<void> {
      await log.close();
      await open();
    }

    function refused(sequence: number, answer = "400 bad"): SetAside {
      return { sequence, series: 0, at: 1000 * sequence, value: sequence / 4, answer };
    }

    /** Appends samples of which the cursor's intake refuses every one. */
    async function refuse(count: number): Promise<void> {
      const from = log.stats().end;
      const all = Array.from({ length: count }, (_, row) => refused(from + row));
      await Promise.all([
        appendRows(
          log,
          all.map(({ at, value }) => [0, at, value]),
        ),
        log.sync(),
      ]);
      await cursor.read(count);
      await cursor.commit({ to: from + count, counts: { rejected: count }, moments: new Map(), setAside: all });
    }

    const sequences = async (): Promise<readonly number[]> =>
      (await cursor.readSetAside()).map(({ sequence }) => sequence);

    test("cannot be read or changed once it is closed", async () => {
      await refuse(1);
      await log.close();
      await expect(cursor.readSetAside()).rejects.toMatchObject({ code: "STORE_CLOSED" });
      await expect(log.care.setAside("intake")).rejects.toMatchObject({ code: "STORE_CLOSED" });
      await expect(log.care.dropSetAside("intake", new Set([0]))).rejects.toMatchObject({ code: "STORE_CLOSED" });
      const step = { delivered: [0], collapsed: [], refused: [] };
      await expect(cursor.settleSetAside(step)).rejects.toMatchObject({ code: "STORE_CLOSED" });
    });

    test("is nothing at first, and of a cursor that does not exist", async () => {
      expect([cursor.setAsideHeld, await cursor.readSetAside()]).toEqual([0, []]);
      expect(await log.care.setAside("nobody")).toEqual([]);
      expect(await log.care.dropSetAside("nobody", new Set([0]))).toBe(0);
      expect(log.care.cursors()).toMatchObject([{ name: "intake", setAside: 0 }]);
    });

    test("is held with its answer beyond a restart, for its own cursor alone", async () => {
      await log.cursor("other");
      await refuse(3);
      await reopen();
      expect(await cursor.readSetAside()).toEqual([0, 1, 2].map((sequence) => refused(sequence)));
      expect(await log.care.setAside("intake")).toEqual(await cursor.readSetAside());
      expect(await log.care.setAside("other")).toEqual([]);
      expect(cursor.setAsideHeld).toBe(3);
      const [other, intake] = [...log.care.cursors()].sort((one, next) => (one.name < next.name ? 1 : -1));
      expect([other?.setAside, intake?.setAside]).toEqual([0, 3]);
    });

    test("leaves when it is settled, and the books follow", async () => {
      await refuse(5);
      await cursor.settleSetAside({ delivered: [1, 3], collapsed: [0], refused: [refused(2, "422 still bad")] });
      const held = [refused(2, "422 still bad"), refused(4)];
      expect(await cursor.readSetAside()).toEqual(held);
      expect(cursor.counts).toMatchObject({ delivered: 2, collapsed: 1, rejected: 2 });
      await reopen();
      expect(await cursor.readSetAside()).toEqual(held);
      expect([cursor.setAsideHeld, cursor.position]).toEqual([2, 5]);
      expect(cursor.counts).toMatchObject({ delivered: 2, collapsed: 1, rejected: 2 });
      expect((await log.care.inspect(0)).findings).toEqual([]);
    });

    test("is settled once, and not when it was dropped meanwhile", async () => {
      await refuse(3);
      const step = { delivered: [0], collapsed: [], refused: [] };
      await cursor.settleSetAside(step);
      await cursor.settleSetAside(step);
      await log.care.dropSetAside("intake", new Set([1]));
      await cursor.settleSetAside({ delivered: [1], collapsed: [77], refused: [refused(1)] });
      expect([await sequences(), cursor.counts]).toMatchObject([[2], { delivered: 1, collapsed: 0, rejected: 2 }]);
    });

    test("stays counted as rejected when it is dropped, for good", async () => {
      await refuse(4);
      expect(await log.care.dropSetAside("intake", new Set([0, 2, 99]))).toBe(2);
      expect([await sequences(), cursor.setAsideHeld]).toEqual([[1, 3], 2]);
      await reopen();
      expect([await sequences(), cursor.counts.rejected]).toEqual([[1, 3], 4]);
      await refuse(1);
      expect([await sequences(), cursor.counts.rejected]).toEqual([[1, 3, 4], 5]);
    });

    test("is forgotten with its cursor", async () => {
      await refuse(2);
      log.keepFor([]);
      await log.care.dropCursor("intake");
      cursor = await log.cursor("intake");
      expect([cursor.setAsideHeld, await sequences()]).toEqual([0, []]);
    });

    test("is found by the log again with the sequence of each row of a page", async () => {
      await refuse(3);
      const page = await log.care.page({ from: 1, fromAt: 0, toAt: 1500 });
      expect([page.sequences, [...page.batch.at.subarray(0, page.batch.count)]]).toEqual([[1], [1000]]);
    });
  });
}
