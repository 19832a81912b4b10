/** Tells how the backfill of an intake goes. */

import type { Cursor } from "../model/log.ts";
import type { BackfillStatus } from "../model/status.ts";

/** What is known of a backfill beside its gaps. */
export interface BackfillFacts {
  /** Samples in gaps that are held. */
  readonly held: number;
  /** Samples filled in a second; undefined until that is known. */
  readonly rate: number | undefined;
  /** What keeps it from going on; empty where nothing does. */
  readonly reason: string;
}

/** Tells of the gaps that are to be filled in; null where there are none. */
export function tellBackfill(
  { gaps }: Pick<Cursor, "gaps">,
  { held, rate, reason }: BackfillFacts,
): BackfillStatus | null {
  if (gaps.length === 0) return null;
  const waiting = gaps.reduce((sum, { position, end }) => sum + end - position, 0);
  return {
    waiting,
    held,
    gaps: gaps.length,
    rate_per_s: rate ?? null,
    left_s: rate === undefined || rate === 0 ? null : Math.ceil((waiting - held) / rate),
    reason,
  };
}
