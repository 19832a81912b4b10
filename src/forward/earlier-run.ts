/** What a run of the gateway before this one may have brought to an intake without anyone knowing. */

import type { Cursor } from "../model/log.ts";
import type { Clock } from "../model/time.ts";

/** The runs before this one. */
export interface EarlierRun {
  /** Whether it is known that they delivered anything. */
  readonly hasDelivered: boolean;
  /** Whether they may have sent a sample of a moment. Units: milliseconds since 1970. */
  mayHaveSent(moment: number): boolean;
}

/** Tells of the runs before this one, which begins now. */
export function tellEarlierRun({ counts }: Pick<Cursor, "counts">, clock: Clock): EarlierRun {
  const startedAt = clock.monotonic();
  return {
    hasDelivered: counts.delivered > 0,
    // The wall clock may be set between now and the first request.
    mayHaveSent: (moment) => moment < clock.now() - (clock.monotonic() - startedAt),
  };
}
