import { Marker } from "../../../src/filter/marking/marker.ts";
import type { StretchFacts } from "../../../src/filter/marking/stretch.ts";
import type { Moment, WatchedSpec } from "../../../src/filter/marking/watched-series.ts";
import { DEFAULT_FILTER, type FilterPolicy } from "../../../src/model/filter.ts";
import { FLAG, type SampleBatch, SampleBuilder } from "../../../src/model/samples.ts";
import { epochMillis, type MonotonicMillis, seconds } from "../../../src/model/time.ts";
import { makeFakeDetector } from "../../support/fake-detector.ts";

/** The first moment of rows; a whole hour. */
export const BEGIN = Date.UTC(2026, 10, 22, 6);

/** The numbers of the companions of series 1. */
export const ANOMALY = 101;
export const LOW = 201;
export const HIGH = 301;
export const LEAD = 401;

/** What a series is watched with, in a test. */
export interface Wish extends Partial<FilterPolicy> {
  readonly limits?: readonly [number, number];
}

/** The spec of a series, by its number. */
export function specOf(id: number, { limits, ...policy }: Wish = {}): WatchedSpec {
  return {
    id,
    series: { metric: `metric.${id}`, tags: ["instance:one"], kind: "gauge", unit: "bar" },
    instance: "fake:one",
    policy: { ...DEFAULT_FILTER, mode: "mark", ...policy },
    limits: limits ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    interval: seconds(10),
    companions: {
      anomaly: 100 + id,
      ...(policy.mode === "reduce" ? { lead: 400 + id } : {}),
      ...(policy.hasExpected ? { expected: { low: 200 + id, high: 300 + id } } : {}),
    },
  };
}

/** The two clocks at a moment of the rows. */
export function momentOf(at: number): Moment {
  return { wall: epochMillis(at), monotonic: (at - BEGIN + 5000) as MonotonicMillis };
}

/** A marker with fake detectors, and what it told. */
export function createMarker() {
  const began: number[] = [];
  const ended: StretchFacts[] = [];
  const forgotten: number[] = [];
  const marker = new Marker({
    make: makeFakeDetector,
    listener: {
      began: ({ stretch }) => void began.push(stretch.facts.begunAt),
      ended: (_, facts) => void ended.push(facts),
      forgotten: ({ spec }) => void forgotten.push(spec.id),
    },
  });
  return { marker, began, ended, forgotten };
}

/** Has a row pass, and gives what came out. */
export function passOne(marker: Marker, row: readonly [id: number, at: number, value: number, flags?: number]) {
  const batch = new SampleBuilder(1);
  batch.push(row[0], row[1], row[2], row[3] ?? 0);
  const target = new SampleBuilder();
  marker.pass(batch, target, momentOf(row[1]));
  return target;
}

/** A marker that has learned series 1, and what it makes of one value every ten seconds. */
export function createLearned(wish: Wish = {}) {
  const { marker, began, ended } = createMarker();
  marker.watch(specOf(1, wish), momentOf(BEGIN));
  let at = BEGIN;
  const pass = (value: number, flags = 0): SampleBatch => {
    const passed = passOne(marker, [1, at, value, flags]);
    at += 10_000;
    return passed;
  };
  for (let count = 0; count < 4; count += 1) pass(0);
  return {
    ...{ marker, began, ended, pass },
    /** The moment of the next row. */
    now: () => at,
    skip: (span: number) => {
      at += span;
    },
    /** The marks of each value's row: a word for each flag, or a dot. */
    marks: (...values: readonly number[]) => values.map((value) => marksOf(pass(value))),
    /** What comes of companions with these values, as seconds since `BEGIN`, and value. */
    companions: (id: number, ...values: readonly number[]) => values.flatMap((value) => rowsOfSeries(pass(value), id)),
  };
}

/** The flags of the row of series 1: `onset`, `odd`, `context` or `.`. */
export function marksOf(batch: SampleBatch): string {
  const row = batch.series.indexOf(1);
  const flags = batch.flags[row] ?? 0;
  const words = [
    [FLAG.onset, "onset"],
    [FLAG.anomalous, "odd"],
    [FLAG.context, "context"],
  ] as const;
  return words.find(([flag]) => (flags & flag) !== 0)?.[1] ?? ".";
}

/** The rows of one series, as seconds since `BEGIN`, and value. */
export function rowsOfSeries(batch: SampleBatch, id: number): [number, number][] {
  return Array.from({ length: batch.count }, (_, row) => row)
    .filter((row) => batch.series[row] === id)
    .map((row) => [((batch.at[row] ?? 0) - BEGIN) / 1000, batch.value[row] ?? 0]);
}
