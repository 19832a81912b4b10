import assert from "node:assert/strict";
import type { ReadingColumns } from "../../model/input.ts";

/** The columns of one input's polls. They are filled anew by each poll, so a poll's rows last until the next begins. */
export class ReadingTable implements ReadingColumns {
  readonly point: Uint16Array;
  readonly at: Float64Array;
  readonly value: Float64Array;
  readonly flags: Uint8Array;
  count = 0;

  /** Makes room for one row per point. Limits: a row more than that is a bug. */
  constructor(pointCount: number) {
    this.point = new Uint16Array(pointCount);
    this.at = new Float64Array(pointCount);
    this.value = new Float64Array(pointCount);
    this.flags = new Uint8Array(pointCount);
  }

  /** Adds a reading without flags. Units: `at` integer milliseconds since 1970, `value` in the point's unit. */
  push(point: number, at: number, value: number): void {
    assert(this.count < this.point.length, "a poll reads each point once, and polls of one input never overlap");
    this.point[this.count] = point;
    this.at[this.count] = at;
    this.value[this.count] = value;
    this.count += 1;
  }

  /** Forgets all rows. */
  clear(): void {
    this.count = 0;
  }
}
