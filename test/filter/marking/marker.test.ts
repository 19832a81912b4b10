import { describe, expect, test } from "vitest";
import { FLAG, SampleBuilder } from "../../../src/model/samples.ts";
import { epochMillis, millis, seconds } from "../../../src/model/time.ts";
import { batchOf, rowsOf } from "../../support/samples.ts";
import { ANOMALY, BEGIN, createLearned, createMarker, HIGH, LEAD, LOW, momentOf, passOne, specOf } from "./watching.ts";

const HOUR_ROWS = 360;

describe("a marker", () => {
  test("leaves alone what it does not watch", () => {
    const { marker } = createMarker();
    const batch = batchOf([1, BEGIN, 5], [2, BEGIN, Number.NaN, FLAG.suspect]);
    const target = new SampleBuilder();
    expect(marker.pass(batch, target, momentOf(BEGIN))).toBe(0);
    marker.watch(specOf(3), momentOf(BEGIN));
    expect(marker.pass(batch, target, momentOf(BEGIN))).toBe(0);
    expect(rowsOf(target)).toEqual([...rowsOf(batch), ...rowsOf(batch)]);
  });

  test("calls nothing odd while it learns", () => {
    const { marker, began } = createMarker();
    marker.watch(specOf(1), momentOf(BEGIN));
    expect(rowsOf(passOne(marker, [1, BEGIN, 10]))).toEqual([[1, BEGIN, 10, 0]]);
    expect(began).toEqual([]);
  });

  test("begins a stretch at the operating point, and ends it at the last row that is worth a look", () => {
    const { pass, began, ended } = createLearned({ post: seconds(20) });
    for (const value of [8, 9, 6, 5, 4, 0, 0, 0]) pass(value);
    expect(began).toEqual([BEGIN + 50_000]);
    expect(ended).toMatchObject([{ begunAt: BEGIN + 50_000, lastOddAt: BEGIN + 70_000, peakScore: 0.9, peakValue: 9 }]);
  });

  test("begins one at a lower score where it is to watch", () => {
    const { marks, began } = createLearned({ sensitivity: "watch", post: seconds(0) });
    expect(marks(4, 5, 5, 2.5, 0)).toEqual([".", "onset", "odd", ".", "."]);
    expect(began).toEqual([BEGIN + 50_000]);
  });

  test("gives in full what is worth a look, at whatever point people are told of it", () => {
    const { marks, pass, began, ended } = createLearned({ post: seconds(20) });
    expect(marks(4, 5, 6, 2, 0, 0, 8, 0)).toEqual([".", "onset", "odd", "context", "context", ".", "onset", "context"]);
    pass(9.5);
    expect([began, ended]).toEqual([[BEGIN + 120_000], []]);
  });

  test("goes on with a stretch where something is odd again within the time after it", () => {
    const { marks, began, ended } = createLearned({ post: seconds(20) });
    expect(marks(10, 0, 6, 0, 0, 0)).toEqual(["onset", "context", "odd", "context", "context", "."]);
    expect(began).toHaveLength(1);
    expect(ended).toMatchObject([{ lastOddAt: BEGIN + 60_000 }]);
  });

  test("begins another stretch where that time is over", () => {
    const { marks, ended } = createLearned({ post: seconds(20) });
    expect(marks(10, 0, 0, 0, 10)).toEqual(["onset", "context", "context", ".", "onset"]);
    expect(ended).toHaveLength(1);
  });

  test("gives context for exactly as long as it is told, the last moment included", () => {
    const { pass, marks, skip } = createLearned({ post: seconds(20) });
    pass(10);
    skip(10_000);
    expect(marks(0)).toEqual(["context"]);
    skip(-9_999);
    expect(marks(0)).toEqual(["."]);
  });

  test("goes on with a stretch after a silence of hours, and not of more than a day", () => {
    const one = createLearned();
    one.pass(10);
    one.skip(20 * 3_600_000);
    expect(one.marks(6)).toEqual(["."]);
    expect(one.began).toHaveLength(1);
    expect(one.ended).toEqual([]);
    one.skip(25 * 3_600_000);
    expect(one.marks(6)).toEqual(["."]);
    expect(one.ended).toHaveLength(1);
  });

  test("ends the stretch of a series that is silent: after the time of context, or after a day where it was odd", () => {
    const { marker, pass, now, ended } = createLearned({ post: seconds(20) });
    pass(10);
    marker.lapse(momentOf(now() + 3_600_000));
    expect(ended).toEqual([]);
    pass(0);
    marker.lapse(momentOf(now() + 9_000));
    expect(ended).toEqual([]);
    marker.lapse(momentOf(now() + 11_000));
    expect(ended).toMatchObject([{ lastOddAt: BEGIN + 40_000 }]);
  });

  test("gives a stretch in full for an hour, and for another where the score is reached anew", () => {
    const { marks } = createLearned({ post: seconds(20) });
    expect(marks(9.1)).toEqual(["onset"]);
    const hour = marks(...Array.from({ length: HOUR_ROWS }, () => 6));
    expect(new Set(hour)).toEqual(new Set(["odd"]));
    expect(marks(6, 6, 6, 6)).toEqual(["context", "context", ".", "."]);
    expect(marks(9.2, 6, 0)).toEqual(["onset", "odd", "context"]);
  });

  test("takes no part of what is stale or suspect within the limits, from the past or late", () => {
    const { pass, marks, now, marker } = createLearned({ post: seconds(0) });
    for (const flag of [FLAG.stale, FLAG.suspect, FLAG.historical]) {
      expect(rowsOf(pass(10, flag))).toEqual([[1, now() - 10_000, 10, flag]]);
    }
    marks(0);
    expect(rowsOf(passOne(marker, [1, now() - 15_000, 10]))).toEqual([[1, now() - 15_000, 10, 0]]);
    expect(marks(10)).toEqual(["onset"]);
  });

  test("holds what is suspect or stale to the limits, and learns nothing of it", () => {
    for (const flag of [FLAG.suspect, FLAG.stale]) {
      const { marker, marks, pass, now, began, ended } = createLearned({ limits: [-5, 15], post: seconds(20) });
      const before = marker.get(1)?.save(epochMillis(BEGIN)).detector;
      const marked = rowsOf(pass(16, flag));
      expect(marked).toEqual([
        [1, now() - 10_000, 16, flag | FLAG.anomalous | FLAG.onset],
        [ANOMALY, now() - 10_000, 1, 0],
      ]);
      expect(marker.get(1)?.save(epochMillis(BEGIN)).detector).toEqual(before);
      expect(began).toEqual([now() - 10_000]);
      expect(marker.get(1)?.stretch.facts).toMatchObject({ peakValue: 16, isBeyond: true });
      expect(marks(0, 0, 0)).toEqual(["context", "context", "."]);
      expect(ended).toMatchObject([{ peakValue: 16, peakScore: 1, wasBeyond: true }]);
    }
  });

  test("does not take what is suspect and within the limits for the end of what is beyond them", () => {
    const { marker, pass, now, ended } = createLearned({ limits: [-5, 15], post: seconds(0) });
    pass(16);
    expect(rowsOf(pass(0, FLAG.suspect))).toEqual([[1, now() - 10_000, 0, FLAG.suspect]]);
    expect(marker.get(1)?.stretch.facts.isBeyond).toBe(true);
    expect(ended).toEqual([]);
  });

  test("holds to no limit what is from the past or late, or no number", () => {
    const { pass, now, marker, began } = createLearned({ limits: [-5, 15], post: seconds(0) });
    pass(16, FLAG.historical);
    pass(Number.NaN, FLAG.suspect);
    passOne(marker, [1, now() - 35_000, 16, FLAG.suspect]);
    expect(began).toEqual([]);
  });

  test("tells once of a stretch whose first row is followed by one that is not believed", () => {
    const { pass, began } = createLearned();
    pass(10);
    pass(10, FLAG.suspect);
    expect(began).toHaveLength(1);
  });

  test("finds what crosses a limit odd at once, while it learns too, and gives each crossing in full", () => {
    const { marker, ended } = createMarker();
    marker.watch(specOf(1, { limits: [-5, 5], post: seconds(0) }), momentOf(BEGIN));
    const flags = [5, 5.1, 6, 4, 0].map((value, row) => rowsOf(passOne(marker, [1, BEGIN + row * 1000, value])));
    expect(flags.map(([row]) => row?.[3])).toEqual([0, FLAG.anomalous | FLAG.onset, FLAG.anomalous, 0, 0]);
    expect(flags[1]?.[1]).toEqual([ANOMALY, BEGIN + 1000, 1, 0]);
    expect(ended).toMatchObject([{ peakValue: 6, peakScore: 1, wasBeyond: true, isBeyond: true }]);
  });

  test("gives the crossings of a limit in full when the hour is over, and no more of what flaps around it", () => {
    const { marks, pass } = createLearned({ limits: [-3, 3], post: seconds(60) });
    pass(4);
    for (let row = 0; row < 2 * HOUR_ROWS; row += 1) pass(4);
    expect(marks(4, 2.9, 2.9, 3.1, 3.2)).toEqual([".", "context", ".", "odd", "context"]);
  });

  test("goes on where the clock was set, and knows the moments by it", () => {
    const { marker, pass, now, ended } = createLearned({ post: seconds(20) });
    pass(10);
    const by = millis(365 * 86_400_000);
    const moment = { ...momentOf(now()), wall: momentOf(now() + by).wall };
    const target = new SampleBuilder();
    marker.pass(batchOf([1, now() + by, 6], [1, now() + by + 20_000, 0]), target, moment);
    const own = rowsOf(target).filter(([series]) => series === 1);
    expect(own.map(([, , , flags]) => flags)).toEqual([FLAG.anomalous, FLAG.context]);
    expect(ended).toEqual([]);
    expect(marker.get(1)?.stretch.facts.begunAt).toBe(now() + by - 10_000);
  });
});

describe("the companions of a series", () => {
  test("tell of the score at once where a stretch begins and ends", () => {
    const { companions } = createLearned({ post: seconds(10) });
    expect(companions(ANOMALY, 0, 9.5, 6, 0, 0)).toEqual([
      [50, 0.95],
      [80, 0],
    ]);
  });

  test("tell of a window where it changed, or when the heartbeat is due", () => {
    const { companions } = createLearned({ window: seconds(60), heartbeat: seconds(600) });
    const calm = companions(ANOMALY, ...Array.from({ length: 130 }, () => 0));
    expect(calm).toEqual([
      [60, 0],
      [660, 0],
      [1260, 0],
    ]);
    const uneasy = companions(ANOMALY, ...Array.from({ length: 12 }, () => 3));
    expect(uneasy).toEqual([[1380, 0.3]]);
  });

  test("tell nothing while the series learns", () => {
    const { marker } = createMarker();
    marker.watch(specOf(1, { window: seconds(1) }), momentOf(BEGIN));
    const rows = [0, 1, 2].flatMap((row) => rowsOf(passOne(marker, [1, BEGIN + row * 1000, 0])));
    expect(rows.map(([series]) => series)).toEqual([1, 1, 1]);
  });

  test("tell the expected range of each window where it is asked for", () => {
    const { companions } = createLearned({ hasExpected: true });
    expect(companions(LOW, ...Array.from({ length: 10 }, () => 0))).toEqual([
      [60, -2],
      [120, -2],
    ]);
    expect(companions(HIGH, ...Array.from({ length: 6 }, () => 0))).toEqual([[180, 2]]);
  });

  test("tell a reader that thins, right before the row from which on it goes in full, how long it has lasted", () => {
    const { pass, marker, now } = createLearned({ mode: "reduce", detector: "basic" });
    for (const value of [3, 4, 4]) pass(value);
    const target = new SampleBuilder();
    const rows = [5, 6].map((value, row) => [1, now() + 10_000 * row, value, FLAG.clockUntrusted] as const);
    expect(marker.pass(batchOf(...rows), target, momentOf(now()))).toBe(1);
    expect(rowsOf(target)).toEqual([
      [LEAD, now(), 60, FLAG.clockUntrusted],
      [1, now(), 5, FLAG.clockUntrusted | FLAG.anomalous | FLAG.onset],
      [1, now() + 10_000, 6, FLAG.clockUntrusted | FLAG.anomalous],
    ]);
  });

  test("are counted among what was made, and say where the clock was not sure", () => {
    const { marker, now } = createLearned();
    const target = new SampleBuilder();
    const batch = batchOf([1, now(), 10, FLAG.clockUntrusted]);
    expect(marker.pass(batch, target, momentOf(now()))).toBe(1);
    expect(rowsOf(target)).toEqual([
      [1, now(), 10, FLAG.clockUntrusted | FLAG.anomalous | FLAG.onset],
      [ANOMALY, now(), 1, FLAG.clockUntrusted],
    ]);
  });
});
