/**
 * The time as receivers of satellites tell it, for a machine that has nothing better.
 *
 * One reading says little: a receiver may be late, be wrong by the leap seconds it has not heard of yet, have lost
 * count of the weeks, or be lied to. So the time is what many readings of one receiver in a row agree on; once it is
 * known, it follows that receiver slowly, and another time counts only when it has been told for longer.
 *
 * Its readings come late by as long as a receiver takes to tell them, never early: of several the earliest is right.
 */

import type { TimeReading } from "../model/input.ts";
import { type Millis, type MonotonicMillis, millis, seconds } from "../model/time.ts";
import { describeImplausible } from "./clock-trust.ts";

/** So many readings in a row, over so long, make a time known. */
const AGREEING_COUNT_MIN = 10;
const AGREEING_SPAN_MIN = seconds(30);

/** So many, over so long, make another time known than the one that was. */
const JUMP_COUNT_MIN = 30;
const JUMP_SPAN_MIN = seconds(60);

/** Readings agree that are no further apart: a slow line takes most of a second. */
const APART_MAX = millis(1000);

/** Who told nothing for longer begins anew. */
const GAP_MAX = seconds(60);

/** Another receiver is heard once the one that was believed told nothing for so long. */
const SILENCE_MAX = seconds(600);

/** How often the time is brought to that of the receiver, where it is further off than `DRIFT_MAX`. */
const FOLLOW_INTERVAL = seconds(60);
const DRIFT_MAX = millis(200);

/** Receivers count weeks by ten bits. Units: milliseconds. Source: IS-GPS-200, 20.3.3.3.1.1. */
const WEEKS_LOST = 1024 * 7 * 86_400_000;

/** Readings that agree: the time less the monotonic clock is the same for all of them. Units: milliseconds. */
interface Run {
  readonly source: string;
  line: number;
  readonly since: MonotonicMillis;
  lastAt: MonotonicMillis;
  count: number;
}

/** What is known of the time. */
export interface KnownTime {
  /** Who tells it. */
  readonly source: string;
  /** The time less the monotonic clock. Units: milliseconds. */
  readonly line: number;
}

/** Listens to what receivers tell of the time. */
export class ToldTime {
  #known: { source: string; line: number; heardAt: MonotonicMillis } | undefined;
  #run: Run | undefined;
  #doubt = "";

  /** Undefined while nothing is known. */
  get known(): KnownTime | undefined {
    return this.#known;
  }

  /** Why nothing is known yet although somebody told something, to go on after a semicolon; empty for no reason. */
  get doubt(): string {
    return this.#known === undefined ? this.#doubt : "";
  }

  /** Takes what was told. */
  offer({ at, monotonic, source }: TimeReading): void {
    const implausible = describeImplausible(at);
    if (implausible !== undefined) {
      if (this.#known === undefined)
        this.#doubt = `${source} tells a time that cannot be: ${implausible}${weeksLostBy(at)}`;
      return;
    }
    const known = this.#known;
    if (known !== undefined && known.source !== source && monotonic - known.heardAt <= SILENCE_MAX) return;
    const line = at - monotonic;
    const run = this.#continue(source, line, monotonic);
    if (known?.source === source && Math.abs(line - known.line) <= APART_MAX) this.#follow(known, run, monotonic);
    else this.#learn(run);
  }

  /** Adds to the run that is going on, or begins one. */
  #continue(source: string, line: number, monotonic: MonotonicMillis): Run {
    const run = this.#run;
    const goesOn =
      run?.source === source && monotonic - run.lastAt <= GAP_MAX && Math.abs(line - run.line) <= APART_MAX;
    if (run === undefined || !goesOn) {
      this.#run = { source, line, since: monotonic, lastAt: monotonic, count: 1 };
      return this.#run;
    }
    run.line = Math.max(run.line, line);
    run.lastAt = monotonic;
    run.count += 1;
    return run;
  }

  #learn(run: Run): void {
    const isFirst = this.#known === undefined;
    const spanMin: Millis = isFirst ? AGREEING_SPAN_MIN : JUMP_SPAN_MIN;
    const countMin = isFirst ? AGREEING_COUNT_MIN : JUMP_COUNT_MIN;
    const span = run.lastAt - run.since;
    if (run.count < countMin || span < spanMin) {
      this.#doubt = `${run.source} has told it for ${Math.floor(span / 1000)} s, and is believed after ${spanMin / 1000} s`;
      return;
    }
    this.#known = { source: run.source, line: run.line, heardAt: run.lastAt };
  }

  #follow(known: { line: number; heardAt: MonotonicMillis }, run: Run, monotonic: MonotonicMillis): void {
    known.heardAt = monotonic;
    if (run.lastAt - run.since < FOLLOW_INTERVAL) return;
    if (Math.abs(run.line - known.line) > DRIFT_MAX) known.line = run.line;
    this.#run = undefined;
  }
}

function weeksLostBy(at: number): string {
  const brought = at + WEEKS_LOST;
  if (describeImplausible(brought) !== undefined) return "";
  const day = new Date(brought).toISOString().slice(0, 10);
  return `; its count of weeks may have run over, then it means ${day}, and newer firmware tells so`;
}
