/** A measurement by exception: a sample goes as it is once it has left the band around the one that went last. */

import type { Deadband } from "../../model/filter.ts";
import type { SampleBuilder } from "../../model/samples.ts";
import { Reduction, type ReductionParts } from "./reduction.ts";

/** How far a value may be from another one and count as the same. Units: of the value. */
export function toBand({ size, unit }: Deadband, value: number): number {
  return unit === "absolute" ? size : (Math.abs(value) * size) / 100;
}

/** Thins out one series to what leaves a band. */
export class DeadbandReduction extends Reduction {
  readonly #deadband: Deadband;
  readonly #heartbeat: number;
  #told = Number.NaN;

  /** Units: `heartbeat` in milliseconds. */
  constructor(parts: ReductionParts, deadband: Deadband, heartbeat: number) {
    super(parts);
    this.#deadband = deadband;
    this.#heartbeat = heartbeat;
  }

  protected begin(_at: number, value: number): void {
    this.#told = value;
  }

  protected reduce(at: number, value: number, flags: number, target: SampleBuilder): void {
    const isWithin = Math.abs(value - this.#told) <= toBand(this.#deadband, this.#told);
    if (isWithin && at - this.toldAt < this.#heartbeat) {
      this.pass(at, value, flags, target);
    } else {
      this.#told = value;
      this.tell(at, value, flags, target);
    }
  }

  /** What went last may be too long ago to be looked up. */
  protected recallOrdinary(): boolean {
    return false;
  }
}
