import { describe, expect, test } from "vitest";
import { Chance } from "./chance.ts";
import { FAULT_KINDS, type Fault, type FaultKind, FaultySignal } from "./faults.ts";
import { judgeSeries, measureWidth, type Plan, type SeriesOutcome } from "./judging.ts";
import { SIGNAL_TYPES, type SignalType } from "./plant-signals.ts";
import { boundMean } from "./poisson-bound.ts";
import { SELDOM_TYPES } from "./seldom-signals.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
const BEGIN = Date.UTC(2026, 6, 1);

const ORDINARY: Plan = {
  kind: "ensemble",
  seed: 1,
  interval: MINUTE,
  span: 3 * DAY,
  faultEvery: Number.POSITIVE_INFINITY,
  sizes: [1],
};

function findType(name: string): SignalType {
  const type = SIGNAL_TYPES.find((each) => each.name === name);
  if (type === undefined) throw new RangeError(`no signal ${name}`);
  return type;
}

/** Judges some series of one type, in which faults of one kind happen. */
function judgeFaults(name: string, kind: FaultKind, plan: Partial<Plan>): SeriesOutcome[] {
  const types = [{ ...findType(name), kinds: [kind] }];
  return [0, 1].map((index) => judgeSeries({ ...ORDINARY, faultEvery: 3 * DAY, ...plan }, index, types));
}

/** Reads a signal by the minute, with a fault and without. */
function readBoth(name: string, fault: Fault): { plain: number[]; faulty: number[] } {
  const read = (label: Fault | undefined): number[] => {
    const signal = new FaultySignal(findType(name).create(new Chance(7), MINUTE), new Chance(8), MINUTE);
    return Array.from({ length: 600 }, (_, index) => {
      const at = BEGIN + index * MINUTE;
      return signal.read(at, label !== undefined && at >= label.from && at < label.until ? label : undefined);
    });
  };
  return { plain: read(undefined), faulty: read(fault) };
}

test("the bound of a mean is that of published tables", () => {
  for (const [count, bound] of [
    [0, 2.9957],
    [1, 4.7439],
    [5, 10.513],
    [20, 29.062],
  ] as const)
    expect(boundMean(count)).toBeCloseTo(bound, 3);
});

describe("a planted fault", () => {
  test.each(FAULT_KINDS)("of kind %s is where its label says, and nowhere else", (kind) => {
    const [from, until] = [BEGIN + 300 * MINUTE, BEGIN + 400 * MINUTE];
    const name = kind === "lost" ? "tank level" : "set point";
    const { plain, faulty } = readBoth(name, { kind, size: 1, from, until, height: 50, period: 7 * MINUTE });
    expect(faulty.slice(0, 300)).toEqual(plain.slice(0, 300));
    expect(faulty.slice(400)).toEqual(plain.slice(400));
    const added = faulty.slice(300, 400).map((value, index) => value - (plain[300 + index] ?? 0));
    expect(added.filter((each) => Math.abs(each) > 1e-9).length).toBeGreaterThanOrEqual(10);
    const most = Math.max(...added.map(Math.abs));
    if (kind === "step" || kind === "burst" || kind === "drift") expect(most).toBeCloseTo(50, 6);
    if (kind === "oscillation") expect(Math.abs(most - 25)).toBeLessThan(1);
    if (kind === "stuck") expect(new Set(faulty.slice(299, 400)).size).toBe(1);
    if (kind === "lost")
      expect(Math.max(...faulty.slice(300, 400)) - Math.min(...faulty.slice(300, 400))).toBeLessThan(2);
  });

  test("is as wide as what its signal keeps to", () => {
    const quiet = { ...findType("set point") };
    const create = (chance: Chance) => ({
      course: () => 5,
      noise: () => 2 * chance.normal(),
      report: (x: number) => x,
    });
    expect(measureWidth({ ...quiet, create }, 3) / 2).toBeCloseTo(5.94, 0);
  });
});

describe("the judge", () => {
  test("counts a stretch once, however many of its values are odd, and nothing in what a fault leaves behind", () => {
    let from = Number.NaN;
    const create = (chance: Chance) => ({
      course: (at: number) => {
        if (Number.isNaN(from)) from = at + 8 * DAY;
        return at >= from && at < from + 30 * MINUTE ? 900 : 20;
      },
      noise: () => chance.normal(),
      report: (value: number) => value,
    });
    const { points } = judgeSeries({ ...ORDINARY, span: 9 * DAY }, 0, [{ name: "noise", kinds: [], create }]);
    expect(points.alarm.falseAt.length).toBe(1);
    expect(points.alarm.falseAt[0] ?? 0).toBeGreaterThanOrEqual(from);
    expect(points.alarm.oddSpan).toBeGreaterThanOrEqual(5 * MINUTE);
  });
});

test.each([
  ["quantised", 0],
  ["sent on change", 0],
  ["counter rate", 0],
  // While a valve is new to the detector, staying as it is for longer than ever is odd: rare, and not nothing.
  ["valve", 2],
])("a signal of type %s raises no flood", (name, alarmsMax) => {
  const outcomes = [1, 2, 3].map((seed) => judgeSeries({ ...ORDINARY, seed }, 0, [findType(name)]));
  expect(outcomes.flatMap(({ points }) => points.alarm.falseAt).length).toBeLessThanOrEqual(alarmsMax);
  const watched = outcomes.flatMap(({ points }) => points.watch.falseAt);
  // Nine days of a series, each of which looks odd once in ten days.
  expect(watched.length).toBeLessThanOrEqual(6);
});

test("a machine that seldom runs is news at first, and after some weeks no more", () => {
  const [batch] = SELDOM_TYPES.filter(({ name }) => name === "batch");
  if (batch === undefined) throw new RangeError("no such signal");
  const outcomes = [1, 2, 3].map((seed) => judgeSeries({ ...ORDINARY, seed, span: 42 * DAY }, 0, [batch]));
  const ages = outcomes.flatMap(({ from, points }) => points.alarm.falseAt.map((at) => (at - from) / DAY));
  expect(ages.length).toBeGreaterThan(0);
  expect(ages.filter((age) => age > 21)).toEqual([]);
});

describe("a fault that nobody overlooks", () => {
  test.each([
    ["step", "slow walk"],
    ["burst", "sent on change"],
    ["drift", "pump pressure"],
    ["oscillation", "tank level"],
    ["stuck", "motor current"],
    ["lost", "tank level"],
  ] as const)(
    "of kind %s raises an alarm while it lasts, once a week is known, and ordinary days raise none",
    (kind, name) => {
      const outcomes = judgeFaults(name, kind, { sizes: [2], span: 20 * DAY, faultEvery: 20 * DAY });
      expect(outcomes.flatMap(({ points }) => points.alarm.falseAt)).toEqual([]);
      const delays = outcomes.flatMap(({ points }) => points.alarm.delays);
      expect(delays.length).toBe(2);
      for (const delay of delays) expect(delay).toBeLessThan(7 * 3_600_000);
    },
  );

  test("is worth a look in the first days, when nothing is rare enough for an alarm", () => {
    const outcomes = judgeFaults("slow walk", "step", { sizes: [2] });
    const delays = outcomes.flatMap(({ points }) => points.watch.delays);
    expect(delays.length).toBe(2);
    for (const delay of delays) expect(delay).toBeLessThan(2 * 3_600_000);
  });
});
