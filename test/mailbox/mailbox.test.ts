import { describe, expect, test } from "vitest";
import { describeDrops } from "../../src/mailbox/drop-faults.ts";
import { Mailbox } from "../../src/mailbox/mailbox.ts";
import { PointList } from "../../src/mailbox/point-list.ts";
import { voltagePoint } from "../support/fake-input.ts";

/** The rows of a mailbox, taken out. */
function rowsOf(mailbox: Mailbox) {
  const { readings, dropped } = mailbox.drain();
  const { point, at, value, flags, count } = readings;
  const rows = Array.from({ length: count }, (_, row) => [point[row], at[row], value[row], flags[row]]);
  return { rows, dropped };
}

describe("a mailbox", () => {
  test("gives what was put in, in order, once", () => {
    const mailbox = new Mailbox();
    mailbox.put(1, 1000, 2.5);
    mailbox.put(0, 999, -1, 4);
    expect(mailbox.count).toBe(2);
    expect(rowsOf(mailbox)).toEqual({
      rows: [
        [1, 1000, 2.5, 0],
        [0, 999, -1, 4],
      ],
      dropped: {},
    });
    expect(rowsOf(mailbox)).toEqual({ rows: [], dropped: {} });
  });

  test("drops and counts what finds no room, and takes again once it was emptied", () => {
    const mailbox = new Mailbox(100);
    const taken = Array.from({ length: 250 }, (_, index) => mailbox.put(0, index, index));
    expect(taken.filter(Boolean)).toHaveLength(100);
    mailbox.drop("series-limit");
    const { rows, dropped } = rowsOf(mailbox);
    expect([rows.length, rows[0]?.[2], rows.at(-1)?.[2]]).toEqual([100, 0, 99]);
    expect(dropped).toEqual({ backpressure: 150, "series-limit": 1 });
    expect(mailbox.put(0, 0, 7)).toBe(true);
    expect(rowsOf(mailbox)).toEqual({ rows: [[0, 0, 7, 0]], dropped: {} });
  });

  test("does not change what a poll was given while the next readings come", () => {
    const mailbox = new Mailbox();
    mailbox.put(0, 1, 10);
    const { readings } = mailbox.drain();
    mailbox.put(0, 2, 20);
    expect([readings.count, readings.value[0]]).toEqual([1, 10]);
  });
});

describe("a list of points", () => {
  test("finds a point by its key, and refuses further ones beyond its limit", () => {
    const list = new PointList(2);
    const indexOf = (key: string): number | undefined => list.indexOf(key, () => voltagePoint(key));
    expect(["a", "b", "a", "c", "b"].map(indexOf)).toEqual([0, 1, 0, undefined, 1]);
    expect(list.points.map(({ name }) => name)).toEqual(["a", "b"]);
  });
});

describe("what is said of drops", () => {
  test("is nothing where nothing was dropped, and else one fault for each reason, with the limit", () => {
    const limits = { countMax: 100, seriesMax: 5 };
    expect(describeDrops({}, "mqtt://floor", limits)).toEqual([]);
    const faults = describeDrops({ backpressure: 1, "series-limit": 9 }, "mqtt://floor", limits);
    expect(faults.map(({ code }) => code)).toEqual(["INPUT_FLOODED", "INPUT_SERIES_LIMIT"]);
    expect(faults[0]?.message).toMatch(/^mqtt:\/\/floor sent more than 100 readings/u);
    expect(faults[1]?.message).toMatch(/more than 5 series/u);
  });
});
