/** A total that goes on after a restart and after a power cut. */

import { scaleDecimal } from "../../decode/scale.ts";
import type { InputMemory } from "../../model/input.ts";
import { type MonotonicMillis, seconds } from "../../model/time.ts";

/** How often the memory is told of a total that grows; what came since then, the log holds. */
const KEPT_EVERY = seconds(900);

/** A count this near to a whole number of steps is one, but for what binary arithmetic left. */
const STEP_ERROR_MAX = 1e-6;

/** What a total is of, and where it is kept. */
export interface TotalPlace {
  /** Names it in the memory. */
  readonly key: string;
  readonly metric: string;
  /** Canonical unit = the total's unit times this. */
  readonly factor: number;
  /** What it begins at where nothing is known. Units: the total's. */
  readonly startAt: number;
  /** How many steps are one unit. */
  readonly stepsPerUnit: number;
  /** Leaving it out means that nothing is kept but by the log. */
  readonly memory?: InputMemory | undefined;
  /** Gives the highest reading that the log holds of an earlier run. Errors: any, where the log cannot tell. */
  readonly lastLogged?: (() => Promise<number | undefined>) | undefined;
}

/** What the memory holds. Units: `total` and `start_at` in the canonical unit of the metric. */
interface Kept {
  readonly metric: string;
  readonly total: number;
  readonly start_at: number;
}

/**
 * The total of one point: what was counted before this run, and what was since.
 *
 * Before is the higher of what the log holds and of what the memory was told at each stop and every quarter of an hour:
 * after a power cut the log knows all that was told to anybody, and the memory stands in for a log that is gone.
 */
export class KeptTotal {
  readonly #place: TotalPlace;
  #stepsBefore: number | undefined;
  #keptSteps = 0;
  #keptAt = Number.NEGATIVE_INFINITY;

  constructor(place: TotalPlace) {
    this.#place = place;
  }

  /** Looks up what was counted before, once. Errors: any, where the log cannot tell; it is asked again then. */
  async resume(): Promise<void> {
    if (this.#stepsBefore !== undefined) return;
    const { startAt, factor, stepsPerUnit } = this.#place;
    const kept = this.#read();
    const start = scaleDecimal(startAt, factor);
    // A start that was changed is a total set anew, whatever was counted.
    const isSetAnew = kept !== undefined && kept.start_at !== start;
    const logged = isSetAnew ? undefined : await this.#place.lastLogged?.();
    const before = isSetAnew ? start : Math.max(start, kept?.total ?? 0, logged ?? 0);
    this.#stepsBefore ??= nearestWhole(scaleDecimal(before, 1 / factor) * stepsPerUnit);
  }

  /** The total with what was counted since the start; undefined before `resume`. Units: the total's. */
  after(steps: number): number | undefined {
    return this.#stepsBefore === undefined ? undefined : (this.#stepsBefore + steps) / this.#place.stepsPerUnit;
  }

  /** Tells the memory now and then; with `isLast`, whatever is new. */
  keep(steps: number, now: MonotonicMillis, isLast = false): void {
    const total = this.after(steps);
    const { memory, key, metric, factor, startAt } = this.#place;
    if (total === undefined || memory === undefined) return;
    const isFirst = this.#keptAt === Number.NEGATIVE_INFINITY;
    if (!isFirst && (steps === this.#keptSteps || (!isLast && now - this.#keptAt < KEPT_EVERY))) return;
    this.#keptSteps = steps;
    this.#keptAt = now;
    const kept: Kept = { metric, total: scaleDecimal(total, factor), start_at: scaleDecimal(startAt, factor) };
    const known = this.#read();
    if (known?.total === kept.total && known.start_at === kept.start_at) return;
    memory.write(key, kept);
  }

  #read(): Kept | undefined {
    const { memory, key, metric } = this.#place;
    const kept = memory?.read(key) as Partial<Record<keyof Kept, unknown>> | null | undefined;
    if (typeof kept?.total !== "number" || typeof kept.start_at !== "number" || kept.metric !== metric)
      return undefined;
    return { metric, total: kept.total, start_at: kept.start_at };
  }
}

function nearestWhole(steps: number): number {
  const whole = Math.round(steps);
  return Math.abs(steps - whole) < STEP_ERROR_MAX ? whole : steps;
}
