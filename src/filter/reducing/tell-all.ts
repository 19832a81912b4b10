/** A measurement that comes no more often than once in a window: all of it goes as it is. */

import type { SampleBuilder } from "../../model/samples.ts";
import { Reduction } from "./reduction.ts";

/** A row of the log that is ordinary there, and not told yet. */
interface Untold {
  at: number;
  readonly value: number;
  flags: number;
}

/** Thins out nothing; the windows of the series may have statistics all the same. */
export class TellAll extends Reduction {
  /** The oldest first: those that waited in a run that was killed while it recalled. */
  #untold: Untold[] = [];

  protected begin(): void {}

  protected reduce(at: number, value: number, flags: number, target: SampleBuilder): void {
    if (this.#untold.length > 0) this.gather(target);
    this.tell(at, value, flags, target);
  }

  protected override gather(target: SampleBuilder): void {
    for (const { at, value, flags } of this.#untold) this.summarize(at, value, flags, target);
    this.#untold = [];
  }

  /** What goes in full is ordinary too, but has its summary behind it. */
  protected recallOrdinary(at: number, value: number, flags: number): boolean {
    this.#untold.push({ at, value, flags });
    return false;
  }

  protected override recallGathered(at: number): void {
    this.#untold = this.#untold.filter((row) => row.at > at);
  }

  protected override moveOpen(by: number, keptFlags: number): void {
    for (const row of this.#untold) {
      row.at += by;
      row.flags &= keptFlags;
    }
  }
}
