/** The part of a number by which subtracting decimals may move it. Source: IEEE 754, DBL_EPSILON of C, four times. */
const DOUBLE_ROUNDING = 2 ** -50;

/** Says whether two values lie further apart than `limit`, by more than their rounding. Units: any, all the same. */
export function exceeds(one: number, other: number, limit: number): boolean {
  return Math.abs(one - other) - limit > (Math.abs(one) + Math.abs(other) + limit) * DOUBLE_ROUNDING;
}
