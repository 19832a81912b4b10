/** A measurement that comes no more often than once in a window: all of it goes as it is. */

import type { SampleBuilder } from "../../model/samples.ts";
import { Reduction } from "./reduction.ts";

/** Thins out nothing; the windows of the series may have statistics all the same. */
export class TellAll extends Reduction {
  protected begin(): void {}

  protected reduce(at: number, value: number, flags: number, target: SampleBuilder): void {
    this.tell(at, value, flags, target);
  }

  protected recallOrdinary(): boolean {
    return false;
  }
}
