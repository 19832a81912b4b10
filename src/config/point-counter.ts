import { snapDecimal } from "../decode/decimal.ts";
import { type Point, type PointCounter, type PointType, pointBits, pointWidth } from "../model/profile.ts";
import type { PointKeys } from "./profile-file.ts";

/**
 * The part of a single by which it may lie beside the next one when both are written as decimals: two steps of its 24
 * bits, where these are widest apart.
 *
 * Source: IEEE 754, FLT_EPSILON of C.
 */
const SINGLE_ROUNDING = 2 ** -22;

/** Makes of what a profile says of a counter what is known of it, in the unit of its point. */
export function toCounter(
  written: NonNullable<PointKeys["counter"]>,
  {
    type,
    scale,
    scaleRegister,
  }: { readonly type: PointType; readonly scale: number; readonly scaleRegister: number | undefined },
): PointCounter {
  // Where a device chooses the scale of each reading, a raw number says nothing by itself.
  const rawEnd = scaleRegister === undefined ? (written.wraps_at ?? rawEndOf(type)) : undefined;
  const isFloat = type === "float32" || type === "float64" || scaleRegister !== undefined;
  return {
    ...(rawEnd === undefined ? {} : { wrapsAt: snapDecimal(rawEnd * Math.abs(scale)) }),
    ...(written.max_per_hour === undefined ? {} : { perHourMax: written.max_per_hour }),
    resolution: isFloat ? 0 : Math.abs(scale),
    ...(type === "float32" ? { rounding: SINGLE_ROUNDING } : {}),
    hasDelta: written.delta ?? false,
  };
}

/** What a param multiplies is the value, and with it all that is known of its course. */
export function scaleCounter(counter: PointCounter, factor: number): PointCounter {
  const size = Math.abs(factor);
  const { wrapsAt, perHourMax, resolution } = counter;
  return {
    ...counter,
    ...(wrapsAt === undefined ? {} : { wrapsAt: snapDecimal(wrapsAt * size) }),
    ...(perHourMax === undefined ? {} : { perHourMax: snapDecimal(perHourMax * size) }),
    resolution: snapDecimal(resolution * size),
  };
}

/** Where a type begins again; undefined for types that also count below zero, which say nothing of that. */
function rawEndOf(type: Point["type"]): number | undefined {
  if (type.startsWith("bcd")) return 10 ** (4 * pointWidth(type));
  if (type.startsWith("uint") && type.endsWith("-m10k")) return 10 ** (4 * pointWidth(type));
  return type.startsWith("uint") ? 2 ** pointBits(type) : undefined;
}
