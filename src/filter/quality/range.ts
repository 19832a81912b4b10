/** The rule `range`: says whether a value cannot be; both ends can. Units: any, all the same. */
export function isOutside(value: number, [low, high]: readonly [low: number, high: number]): boolean {
  return value < low || value > high;
}
