/** Which faults of an instance stand, since when, and for how many polls in a row. */

import type { Fault } from "../model/input.ts";
import type { FaultStatus } from "../model/status.ts";
import type { EpochMillis } from "../model/time.ts";
import { keyFaults } from "./parts.ts";

/** What one poll changed. */
export interface FaultChange {
  readonly raised: readonly Fault[];
  /** Whether faults stood before and none does now. */
  readonly isCleared: boolean;
}

/** The standing faults of one instance. */
export class FaultLedger {
  #standing = new Map<string, FaultStatus>();

  /** Takes the faults of a poll at `at`; the same code on the same points is the fault of before. */
  update(faults: readonly Fault[], at: EpochMillis): FaultChange {
    const next = new Map<string, FaultStatus>();
    const raised: Fault[] = [];
    for (const [key, fault] of keyFaults(faults)) {
      const before = this.#standing.get(key);
      if (before === undefined) raised.push(fault);
      next.set(key, { ...fault, since: before?.since ?? at, polls: (before?.polls ?? 0) + 1 });
    }
    const isCleared = this.#standing.size > 0 && next.size === 0;
    this.#standing = next;
    return { raised, isCleared };
  }

  /** Every standing fault, in the order of the last poll. */
  get standing(): readonly FaultStatus[] {
    return [...this.#standing.values()];
  }
}
