/** What a log may hold, and what becomes of what it cannot read. */

import type { StoreConfig } from "../model/config.ts";
import type { BlockQuarantine } from "./block-mender.ts";
import type { SealLimits } from "./sealing.ts";

/** What a log may hold. */
export interface StorageLimits
  extends Pick<StoreConfig, "maxBytes" | "freeBytesMin" | "whenFull" | "history" | "lagMax"> {
  /**
   * Measures the free room of the disk in bytes, undefined when it cannot be told; leaving it out means that there is
   * always enough.
   */
  readonly measureFree?: () => Promise<number | undefined>;
  /** Whether it is opened to be looked at: the next run learns nothing of that. Leaving it out means that it is not. */
  readonly isVisit?: boolean;
  /** Takes what cannot be read; leaving it out means that it is thrown away. */
  readonly quarantine?: BlockQuarantine;
  /** When small blocks are merged; leaving it out means when a sealed block is full, or an hour of them waits. */
  readonly sealing?: SealLimits;
}
