import { describe, expect, test } from "vitest";
import { joinStates, packSeries, readStates, unpackSeries } from "../../../src/filter/marking/saved-states.ts";
import { type SavedSeries, SERIES_SLOTS } from "../../../src/filter/marking/watched-series.ts";
import { epochMillis } from "../../../src/model/time.ts";

function savedOf(seed: number): SavedSeries {
  return {
    settings: "ensemble||",
    savedAt: epochMillis(1_795_327_200_000 + seed),
    slots: Float64Array.from({ length: SERIES_SLOTS }, (_, index) => (index === 3 ? Number.NaN : seed / (index + 1))),
    detector: Uint8Array.from({ length: 500 }, (_, index) => (seed * index) % 251),
  };
}

const FILE = joinStates([packSeries("température\nroom:1", savedOf(1)), packSeries("b", savedOf(2))]);

describe("the file of what detectors have learned", () => {
  test("gives back what was written, series by series", () => {
    const { series, fault } = readStates(FILE);
    expect(fault).toBeUndefined();
    expect(series.map(({ name, savedAt }) => [name, savedAt])).toEqual([
      ["température\nroom:1", savedOf(1).savedAt],
      ["b", savedOf(2).savedAt],
    ]);
    expect(series.map(unpackSeries)).toEqual([savedOf(1), savedOf(2)]);
    expect(joinStates(series)).toEqual(FILE);
  });

  test("holds no series where there are none", () => {
    expect(readStates(joinStates([]))).toEqual({ series: [] });
  });

  test("is refused with any bit turned over, and cut off anywhere", () => {
    for (let place = 0; place < FILE.length; place += 7) {
      const turned = Uint8Array.from(FILE);
      turned[place] = (turned[place] ?? 0) ^ (1 << (place % 8));
      expect(readStates(turned).fault).toBeDefined();
      expect(readStates(FILE.subarray(0, place)).fault).toBeDefined();
    }
  });

  test("says which version it is of, where that is another one", () => {
    const later = Uint8Array.from(FILE);
    later[4] = 9;
    expect(readStates(later).fault).toBe("is of version 9, where 2 was expected");
  });

  test("gives nothing for a state that is of no use, and no more room than a state can need", () => {
    const [packed] = readStates(FILE).series;
    if (packed === undefined) throw new Error("it holds two");
    expect(unpackSeries({ ...packed, bytes: packed.bytes.subarray(0, packed.bytes.length - 9) })).toBeUndefined();
    const bomb = packSeries("a", { ...savedOf(1), detector: new Uint8Array(2 ** 21) });
    expect(unpackSeries(bomb)).toBeUndefined();
  });
});
