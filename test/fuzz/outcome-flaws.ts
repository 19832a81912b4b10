/** What must hold for what a poll brings, whatever came before it. */

import type { Input, PollOutcome } from "../../src/model/input.ts";

/** What bounds an outcome. */
export interface OutcomeBounds {
  /** Units: milliseconds since 1970. */
  readonly now: number;
  readonly seriesMax: number;
  /** Leaving it out means that a poll reads a point once at most. */
  readonly readingsMax?: number;
  /** Whether names and messages may be whatever a person writes, long and in any charset. */
  readonly isOwnText?: boolean;
}

const OLDEST = Date.UTC(1973, 0, 1);
const FAULTS_MAX = 30;
const MESSAGE_MAX = 1000;
const NAME_MAX = 200;

const OWN_MESSAGE_MAX = 24_000;

/** What does not print, or was no text. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\uFFFD]/u;
const CONTROL = /\p{Cc}/u;

/** Says in words what is wrong with an outcome; nothing where all is well. */
export function flawsOf(input: Input, outcome: PollOutcome, bounds: OutcomeBounds): readonly string[] {
  const flaws: string[] = [];
  const { readings, faults, dropped = {} } = outcome;
  const seen = new Set<number>();
  const [unfit, messageMax] = bounds.isOwnText ? [CONTROL, OWN_MESSAGE_MAX] : [UNPRINTABLE, MESSAGE_MAX];
  for (let row = 0; row < readings.count; row += 1) {
    const index = readings.point[row] ?? -1;
    const point = input.points[index]?.name;
    const [value = Number.NaN, at = Number.NaN] = [readings.value[row], readings.at[row]];
    if (point === undefined) flaws.push(`a reading is of the point ${index}`);
    if (!Number.isFinite(value)) flaws.push(`${point} is ${value}`);
    if (!(Number.isInteger(at) && at >= OLDEST && at <= bounds.now)) flaws.push(`${point} was read at ${at}`);
    if (bounds.readingsMax === undefined && seen.has(index)) flaws.push(`${point} was read twice`);
    seen.add(index);
  }
  if (readings.count > (bounds.readingsMax ?? Infinity)) flaws.push(`${readings.count} readings`);
  if (input.points.length > bounds.seriesMax) flaws.push(`${input.points.length} series`);
  for (const { name, tags } of input.points) {
    const isUnfit = [name, ...tags].some((text) => text === "" || unfit.test(text));
    if (isUnfit || tags.some((tag) => tag.length > NAME_MAX)) flaws.push(`the point ${JSON.stringify(name)}`);
  }
  if (faults.length > FAULTS_MAX) flaws.push(`${faults.length} faults`);
  for (const { message } of faults) {
    if (message.length > messageMax || unfit.test(message)) flaws.push(`says ${JSON.stringify(message)}`);
  }
  for (const [reason, count] of Object.entries(dropped)) {
    if (!(Number.isSafeInteger(count) && count > 0)) flaws.push(`${count} dropped for ${reason}`);
  }
  return flaws;
}
