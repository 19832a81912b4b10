/**
 * When what was appended is written, and when it is synced.
 *
 * A write without sync survives the death of the process and not a power cut; a sync makes sure of it and of all
 * writes before it, and is what wears a memory card.
 */

import type { StoreConfig } from "../model/config.ts";
import { type Millis, millis } from "../model/time.ts";

/** How a log writes. */
export type SyncOptions = Pick<StoreConfig, "durability" | "syncInterval" | "syncIntervalDelivered">;

/** Samples are gathered at most this long before they are written and can be read. */
const GATHER_MAX = millis(1000);

/** How long samples are gathered into one write. */
export function gatherTime({ durability, syncInterval }: SyncOptions): Millis {
  if (durability === "always") return millis(0);
  return durability === "os" ? GATHER_MAX : millis(Math.min(syncInterval, GATHER_MAX));
}

/** How old a sample may become before it is on disk; undefined when nobody sees to that. */
export function syncTime(options: SyncOptions, isDelivering: boolean): Millis | undefined {
  switch (options.durability) {
    case "always":
      return millis(0);
    case "interval":
      return isDelivering ? options.syncIntervalDelivered : options.syncInterval;
    case "os":
      return undefined;
  }
}
