/** How long detectors learn where nothing else is asked of them. */

import type { DetectorKind } from "../../model/filter.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Detectors that know the time of day see one before they call anything odd. */
const SPANS: Readonly<Record<DetectorKind, number>> = {
  basic: HOUR,
  agile: HOUR,
  robust: DAY,
  threshold: HOUR,
  rate: HOUR,
  ensemble: DAY,
};

/** How long a detector learns at least. Units: milliseconds. */
export function learningSpan(kind: DetectorKind): number {
  return SPANS[kind];
}
