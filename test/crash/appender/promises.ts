/** What an appender said before it ended: everything in here must be there when the log is opened again. */

import type { Sequence } from "../../../src/model/log.ts";

/** The acknowledgements of a log. */
export interface Promises {
  /** How often the log came up. */
  readonly opened: number;
  /** Sequence after the newest sample that was acknowledged. */
  readonly durable: Sequence;
  /** By the name of a cursor, the last position that was acknowledged. */
  readonly passed: ReadonlyMap<string, Sequence>;
  /** What the log said of damage. */
  readonly notices: readonly string[];
}

/** Nothing was acknowledged. */
export const NO_PROMISES: Promises = { opened: 0, durable: 0, passed: new Map(), notices: [] };

/** Adds what was said later, whole lines; a last line that was cut off is taken as not said. */
export function hearPromises(before: Promises, said: string): Promises {
  let { opened, durable } = before;
  const passed = new Map(before.passed);
  const notices = [...before.notices];
  for (const line of said.split("\n").slice(0, -1)) {
    const [verb, ...rest] = line.split(" ");
    if (verb === "durable") durable = Math.max(durable, Number(rest[0]));
    else if (verb === "passed") passed.set(rest[0] ?? "", Number(rest[1]));
    else if (verb === "open") opened += 1;
    else if (verb === "notice") notices.push(rest.join(" "));
    else throw new Error(`an appender does not say "${line}"`);
  }
  return { opened, durable, passed, notices };
}
