/** What a plant's detectors raised and found, in tables. */

import { fixed, printTable } from "../store/table.ts";
import { FAULT_KINDS, FAULT_SIZES, type Fault } from "./faults.ts";
import { POINTS, type Point, type SeriesOutcome } from "./judging.ts";
import { boundMean } from "./poisson-bound.ts";

const DAY = 86_400_000;

/** In its first week a series has shown no weekend, or no Monday. */
const WEEK = 7 * DAY;

const POINT_NAMES = Object.keys(POINTS) as Point[];

interface Found {
  readonly typeName: string;
  readonly fault: Fault;
  readonly isInFirstWeek: boolean;
  readonly delay: Readonly<Record<Point, number>>;
}

function listFound(outcomes: readonly SeriesOutcome[]): Found[] {
  return outcomes.flatMap(({ type, from, faults, points }) =>
    faults.map((fault, at) => ({
      typeName: type.name,
      fault,
      isInFirstWeek: fault.from < from + WEEK,
      delay: { watch: points.watch.delays[at] ?? Number.NaN, alarm: points.alarm.delays[at] ?? Number.NaN },
    })),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function percentFound(found: readonly Found[], point: Point): string {
  if (found.length === 0) return "-";
  const hits = found.filter(({ delay }) => !Number.isNaN(delay[point])).length;
  return fixed((100 * hits) / found.length, 0);
}

/** Delay of those found, by part of them. Units: minutes. */
function delayAt(found: readonly Found[], point: Point, part: number): string {
  const delays = found.map(({ delay }) => delay[point]).filter((delay) => !Number.isNaN(delay));
  delays.sort((a, b) => a - b);
  const at = delays[Math.min(delays.length - 1, Math.floor(part * delays.length))];
  return at === undefined ? "-" : fixed(at / 60_000, 1);
}

function falseCells(outcomes: readonly SeriesOutcome[], point: Point): string[] {
  const days = sum(outcomes.map(({ ordinarySpan }) => ordinarySpan)) / DAY;
  const count = sum(outcomes.map(({ points }) => points[point].falseAt.length));
  const oddDays = sum(outcomes.map(({ points }) => points[point].oddSpan)) / DAY;
  const early = sum(outcomes.map(({ from, points }) => points[point].falseAt.filter((at) => at < from + WEEK).length));
  return [
    count.toLocaleString("en"),
    early.toLocaleString("en"),
    fixed((1000 * count) / days, 2),
    fixed((1000 * boundMean(count)) / days, 2),
    `${fixed((100 * oddDays) / days, 3)} %`,
  ];
}

/** Prints false anomalies by type of signal, with the bound that their number puts on the rate. */
export function printFalse(outcomes: readonly SeriesOutcome[]): void {
  for (const point of POINT_NAMES) {
    const rows = [...new Set(outcomes.map(({ type }) => type.name)), "all"].flatMap((name) => {
      const own = outcomes.filter(({ type }) => name === "all" || type.name === name);
      if (own.length === 0) return [];
      const days = sum(own.map(({ ordinarySpan }) => ordinarySpan)) / DAY;
      return [[name, days.toLocaleString("en", { maximumFractionDigits: 0 }), ...falseCells(own, point)]];
    });
    const head = [
      "Signal",
      "series-days",
      "false",
      "in first week",
      "per 1,000 days",
      "at most, 95 %",
      "of the time odd",
    ];
    printTable(`False anomalies at ${point}, outside of faults`, head, rows);
  }
}

/** Prints false alarms by week after learning: what is new to a detector at first may be ordinary later. */
export function printByWeek(outcomes: readonly SeriesOutcome[]): void {
  const ages = outcomes.map(({ type, from, points }) => ({
    typeName: type.name,
    weeks: points.alarm.falseAt.map((at) => Math.floor((at - from) / WEEK)),
  }));
  const last = Math.max(0, ...ages.flatMap(({ weeks }) => weeks));
  const rows = [...new Set(ages.map(({ typeName }) => typeName)), "all"].map((name) => {
    const weeks = ages.filter(({ typeName }) => name === "all" || typeName === name).flatMap((each) => each.weeks);
    return [
      name,
      ...Array.from({ length: last + 1 }, (_, week) => String(weeks.filter((each) => each === week).length)),
    ];
  });
  const head = ["Signal", ...Array.from({ length: last + 1 }, (_, week) => `week ${week + 1}`)];
  printTable("False alarms by week", head, rows);
}

/** Prints what part was found of each kind at each size, and how long that took at size 1. */
export function printFound(outcomes: readonly SeriesOutcome[]): void {
  const found = listFound(outcomes);
  for (const point of POINT_NAMES) {
    const rows = [...FAULT_KINDS, "all", "first week", "later"].map((name) => {
      const own = found.filter(
        ({ fault, isInFirstWeek }) =>
          name === "all" || name === fault.kind || name === (isInFirstWeek ? "first week" : "later"),
      );
      const sizes = FAULT_SIZES.map((size) => own.filter(({ fault }) => fault.size === size));
      const headline = own.filter(({ fault }) => fault.size === 1);
      return [
        name,
        String(own.length),
        ...sizes.map((sized) => percentFound(sized, point)),
        delayAt(headline, point, 0.5),
        delayAt(headline, point, 0.9),
      ];
    });
    const sizes = FAULT_SIZES.map((size) => `size ${size}, %`);
    const head = ["Fault", "planted", ...sizes, "delay, min", "9 of 10, min"];
    printTable(`Found at ${point}; delay at size 1`, head, rows);
  }
}

/** Prints what part was found of each kind in each type of signal, at size 1. */
export function printByType(outcomes: readonly SeriesOutcome[]): void {
  const found = listFound(outcomes).filter(({ fault }) => fault.size === 1);
  for (const point of POINT_NAMES) {
    const names = new Set(outcomes.filter(({ faults }) => faults.length > 0).map(({ type }) => type.name));
    const rows = [...names].map((name) => {
      const own = found.filter(({ typeName }) => typeName === name);
      const kinds = FAULT_KINDS.map((kind) => own.filter(({ fault }) => fault.kind === kind));
      return [name, String(own.length), ...kinds.map((each) => percentFound(each, point)), percentFound(own, point)];
    });
    printTable(`Found at ${point} at size 1, %`, ["Signal", "planted", ...FAULT_KINDS, "all"], rows);
  }
}

/** Prints each false anomaly and each fault of size 1 or more that was missed, to be looked at. */
export function printList(outcomes: readonly SeriesOutcome[]): void {
  const rows = outcomes.flatMap(({ index, type, points, faults }) => [
    ...POINT_NAMES.flatMap((point) =>
      points[point].falseAt.map((at) => [`false at ${point}`, type.name, String(index), new Date(at).toISOString()]),
    ),
    ...faults.flatMap(({ kind, size, from }, at) =>
      size >= 1 && Number.isNaN(points.alarm.delays[at])
        ? [[`missed ${kind} of ${size}`, type.name, String(index), new Date(from).toISOString()]]
        : [],
    ),
  ]);
  printTable("What went wrong", ["What", "signal", "series", "at"], rows);
}
