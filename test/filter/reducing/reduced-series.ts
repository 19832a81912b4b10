import assert from "node:assert/strict";
import type { ReductionRule } from "../../../src/filter/reducing/create-reduction.ts";
import { Reducer } from "../../../src/filter/reducing/reducer.ts";
import { DEFAULT_FILTER } from "../../../src/model/filter.ts";
import { FLAG, type SampleBatch, SampleBuilder } from "../../../src/model/samples.ts";
import { seconds } from "../../../src/model/time.ts";
import { batchOf, rowsOf } from "../../support/samples.ts";

/** The series that is reduced, and what is made of it. */
export const RAW = 1;
export const SUMMARY = 2;

/** A whole hour, and so the beginning of a window of any length. Units: milliseconds since 1970. */
export const START = Date.UTC(2026, 10, 22, 6);

/** A point of NAME as a reader that thins has it: seconds from the start, and the value. */
export type Point = readonly [second: number, value: number];

/** A rule for a measurement that is read each second, in windows of ten seconds. */
export function ruleOf(
  changes: Partial<Omit<ReductionRule, "policy">> & { policy?: Partial<ReductionRule["policy"]> } = {},
): ReductionRule {
  const { policy, ...others } = changes;
  return {
    course: "measurement",
    interval: seconds(1),
    summary: SUMMARY,
    statistics: {},
    ...others,
    policy: { ...DEFAULT_FILTER, window: seconds(10), ...policy },
  };
}

/** The points of NAME among rows of a log. */
export function pointsOf(rows: readonly (readonly number[])[]): Point[] {
  const points: Point[] = [];
  for (const [series, at = 0, value = 0, flags = 0] of rows) {
    const isPoint = series === SUMMARY || (series === RAW && (flags & FLAG.ordinary) === 0);
    if (isPoint) points.push([(at - START) / 1000, value]);
  }
  return points;
}

/** A reducer of one series, and what has come out of it. The monotonic clock goes as the moments of rows do. */
export class ReducedSeries {
  readonly rule: ReductionRule;
  readonly #reducer = new Reducer();
  readonly rows: number[][];
  readonly #logLength: number;
  /** How far the wall clock was set ahead. Units: seconds. */
  #ahead = 0;

  /** `log` is what a run before that was killed has left, to be recalled; leaving it out means that there was none. */
  constructor(rule: ReductionRule = ruleOf(), log: readonly (readonly number[])[] = []) {
    this.rule = rule;
    this.rows = log.map((row) => [...row]);
    this.#logLength = log.length;
    this.#reducer.set(RAW, rule);
    if (log.length > 0) this.#reducer.beginRecall(RAW);
  }

  /** Recalls the log, and goes on from it. Units: seconds. */
  recall(second: number): this {
    for (const [series = 0, at = 0, value = 0, flags = 0] of this.rows.slice(0, this.#logLength)) {
      this.#reducer.recall(series, at, value, flags, at - START);
    }
    this.#reducer.resume([RAW], this.#monotonic(second));
    return this;
  }

  /** Passes a batch of rows. */
  read(...rows: readonly (readonly [second: number, value: number, flags?: number])[]): this {
    const batch = batchOf(...rows.map(([second, ...more]) => [RAW, START + second * 1000, ...more] as const));
    return this.#pass(batch, this.#monotonic(rows.at(-1)?.[0] ?? 0));
  }

  /** Lets it be so late. Units: seconds. */
  flush(second: number): this {
    this.#reducer.flush(this.#monotonic(second));
    return this.#pass(batchOf(), this.#monotonic(second));
  }

  /** Ends it as a gateway does that stops. */
  end(): this {
    this.#reducer.end(0);
    return this.#pass(batchOf(), 0);
  }

  #pass(batch: SampleBatch, now: number): this {
    const target = new SampleBuilder();
    const madeCount = this.#reducer.pass(batch, target, now);
    assert.equal(madeCount, target.count - batch.count);
    this.rows.push(...rowsOf(target));
    return this;
  }

  /** Sets the clock ahead, so that it is right. Units: seconds. */
  move(by: number): this {
    this.#ahead += by;
    this.#reducer.move(by * 1000, 0xff & ~FLAG.clockUntrusted);
    return this;
  }

  #monotonic(second: number): number {
    return (second - this.#ahead) * 1000;
  }

  /** What NAME has. */
  get points(): Point[] {
    return pointsOf(this.rows);
  }

  /** What there is of a series: seconds, values and flags. */
  of(series: number): number[][] {
    return this.rows
      .filter(([id]) => id === series)
      .map(([, at = 0, value = 0, flags = 0]) => [(at - START) / 1000, value, flags]);
  }
}
