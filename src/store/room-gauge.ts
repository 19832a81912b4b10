/**
 * How large the blocks of a log may be together, beside what others keep on its disk. Where others fill the disk,
 * history gives way, and what waits grows no further: deleting it would not help the disk for long, and is a loss.
 */

import type { Sequence } from "../model/log.ts";
import { type Clock, type MonotonicMillis, seconds } from "../model/time.ts";
import type { BlockIndex } from "./block-index.ts";
import { type Compactor, countBytesFrom, countPassed } from "./retention.ts";
import type { StorageLimits } from "./storage-limits.ts";

/** How often the free room of the disk is measured. */
const MEASURE_INTERVAL = seconds(10);

/** Measures now and then what is free on the disk, and remembers it. */
export class RoomGauge {
  readonly #clock: Clock;
  readonly #limits: StorageLimits;
  readonly #compactor: Compactor;
  /** When the free room was measured, what the blocks may grow to by it, and of that what may wait in any case. */
  #measured: { readonly at: MonotonicMillis; readonly maxBytes: number; readonly kept: number } | undefined;

  /** `compactor` is asked for what it owes when the disk is short of room. */
  constructor(clock: Clock, limits: StorageLimits, compactor: Compactor) {
    this.#clock = clock;
    this.#limits = limits;
    this.#compactor = compactor;
  }

  /** What the blocks may take, where `lowest` is the position of the last reader. Units: bytes. */
  async measure(index: BlockIndex, lowest: Sequence): Promise<number> {
    const { maxBytes, freeBytesMin, measureFree } = this.#limits;
    if (measureFree === undefined) return maxBytes;
    const now = this.#clock.monotonic();
    if (this.#measured === undefined || now - this.#measured.at >= MEASURE_INTERVAL) {
      const free = await measureFree();
      const left = free === undefined ? Number.POSITIVE_INFINITY : free - freeBytesMin;
      if (left < 0) this.#compactor.giveBack();
      const passed = countPassed(index, lowest);
      const waiting = countBytesFrom(index, passed);
      // Whole blocks go: what that frees beyond need is for what comes next, or the log would shrink with each.
      const kept = left < 0 && passed === 0 ? Math.max(waiting, this.#measured?.kept ?? 0) : waiting;
      const room = index.bytes + this.#compactor.owedBytes + left;
      this.#measured = { at: now, maxBytes: Math.min(maxBytes, Math.max(room, kept)), kept: left < 0 ? kept : 0 };
    }
    return this.#measured.maxBytes;
  }
}
