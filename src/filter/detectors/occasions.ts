/**
 * How far out a number came on two occasions with quiet between: what a machine does seldom is no fault of it, and what
 * came once may be one.
 */

/** Each half day takes so much of a unit off, and so 25 days a unit. */
const FADING = 0.02;

/** Far out is so many units beyond the week, and quiet is what is not. */
export const FAR = 2;

const NOW = 0;
const FIRST = 1;
const SECOND = 2;
const GOES_ON = 3;

/** What it keeps. Shape: so many numbers. */
export const OCCASION_SLOTS = 4;

/** The furthest occasions of one end of a range, of a low end with its sign turned. */
export class Occasions {
  readonly #slots: Float64Array | Float32Array;

  constructor(slots: Float64Array | Float32Array) {
    this.#slots = slots;
    slots.fill(Number.NEGATIVE_INFINITY, NOW, GOES_ON);
  }

  /** How far out it came twice; minus infinity where it did not. */
  get twice(): number {
    return this.#slots[SECOND] as number;
  }

  /** Takes a number of the half day that goes on. */
  take(x: number): void {
    if (x > (this.#slots[NOW] as number)) this.#slots[NOW] = x;
  }

  /**
   * Ends a half day, after a week that came as far as `end`. An occasion goes on for as long as it is far out, or at
   * most a unit nearer than it was; the half day in which it is not is its end, and no other.
   */
  turn(unit: number, end: number): void {
    const slots = this.#slots;
    const now = slots[NOW] as number;
    slots[NOW] = Number.NEGATIVE_INFINITY;
    slots[FIRST] = (slots[FIRST] as number) - FADING * unit;
    slots[SECOND] = (slots[SECOND] as number) - FADING * unit;
    const first = slots[FIRST] as number;
    if (slots[GOES_ON] === 1) {
      if (now >= first - unit || now > end + FAR * unit) slots[FIRST] = Math.max(now, first);
      else slots[GOES_ON] = 0;
    } else if (now > first) {
      slots[SECOND] = first;
      slots[FIRST] = now;
      slots[GOES_ON] = 1;
    } else if (now > this.twice) {
      slots[SECOND] = now;
    }
  }
}
