/** The readings of one message, until it is known whether there is room for all of them. */
export class Rows {
  readonly point: number[] = [];
  readonly at: number[] = [];
  readonly value: number[] = [];
  readonly flags: number[] = [];
  count = 0;
  /** Values that said of themselves that they are none. */
  absent = 0;
  /** Readings of series beyond the limit. */
  overLimit = 0;

  /** Units: `at` milliseconds since 1970. Shape: `point` indexes the points of the instance. */
  push(point: number, at: number, value: number, flags: number): void {
    this.point[this.count] = point;
    this.at[this.count] = at;
    this.value[this.count] = value;
    this.flags[this.count] = flags;
    this.count += 1;
  }

  /** Forgets all and keeps the room. */
  clear(): void {
    this.count = 0;
    this.absent = 0;
    this.overLimit = 0;
  }
}
