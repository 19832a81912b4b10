/** Current loops of 4 to 20 mA. */

import { snapDecimal } from "./decimal.ts";

/** Below this a transmitter reports a failure of its own, or the wire is broken. Units: mA. Source: NAMUR NE 43. */
export const LOOP_FAILURE_LOW = 3.6;

/** Above this a transmitter reports a failure of its own, or the wire is shorted. Units: mA. Source: NAMUR NE 43. */
export const LOOP_FAILURE_HIGH = 21;

/** Between these a transmitter measures; outside, up to the limits of failure, it shows its end. Units: mA. */
const SATURATED_LOW = 3.8;
const SATURATED_HIGH = 20.5;

/** What a current says: a value, of which only an end of the range may be known, or a failure in words. */
export type LoopReading = { readonly value: number; readonly isSaturated: boolean } | { readonly failure: string };

/**
 * Reads the current of a loop whose 4 mA mean `low` and whose 20 mA mean `high`. What is beyond an end, and no failure,
 * is told as it is.
 *
 * Units: mA in, those of `low` and `high` out. Source: NAMUR NE 43, edition 2003; IEC 60381-1.
 */
export function readCurrentLoop(milliamperes: number, low: number, high: number): LoopReading {
  const shown = `${snapDecimal(Number(milliamperes.toPrecision(4)))} mA`;
  if (!Number.isFinite(milliamperes)) return { failure: "gives no number" };
  if (milliamperes < LOOP_FAILURE_LOW) {
    const isOpen = milliamperes < 0.5;
    const reason = isOpen ? "the wire is broken, or the loop has no supply" : "the transmitter reports a failure";
    return { failure: `carries ${shown}, which is less than ${LOOP_FAILURE_LOW} mA: ${reason}` };
  }
  if (milliamperes > LOOP_FAILURE_HIGH) {
    return {
      failure: `carries ${shown}, which is more than ${LOOP_FAILURE_HIGH} mA: the transmitter reports a failure, or the wires are shorted`,
    };
  }
  const share = (milliamperes - 4) / 16;
  const isSaturated = milliamperes < SATURATED_LOW || milliamperes > SATURATED_HIGH;
  return { value: snapDecimal(low + share * (high - low), Math.max(Math.abs(low), Math.abs(high))), isSaturated };
}
