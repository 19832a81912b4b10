/** Limits of a point, in the canonical unit of its metric. */

import { scaleDecimal } from "../decode/scale.ts";
import type { InputPoint } from "../model/input.ts";
import { canonicalFactor } from "./to-samples.ts";

/** Converts two ends by the arithmetic of values, so that a value at an end stays at it. Units: the point's. */
export function canonicalLimits(
  point: InputPoint,
  {
    low = Number.NEGATIVE_INFINITY,
    high = Number.POSITIVE_INFINITY,
  }: { readonly low?: number; readonly high?: number },
): readonly [low: number, high: number] {
  const factor = canonicalFactor(point);
  const ends = [low, high].map((end) => (Number.isFinite(end) ? scaleDecimal(end, factor) : end * factor));
  return [Math.min(...ends), Math.max(...ends)];
}
