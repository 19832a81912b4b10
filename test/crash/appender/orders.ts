/** What an appender is told by the one who starts it. */

import { fileURLToPath } from "node:url";

/** What an appender is to do; its only argument, as JSON. */
export interface Orders {
  readonly folder: string;
  readonly seed: number;
  readonly syncIntervalMs: number;
  readonly maxBytes: number;
  /** Samples of a batch, at most. */
  readonly batchMax: number;
  /** Characters of text put beside every tenth batch: cheap weight that makes LevelDB begin new files. */
  readonly noteLength: number;
  /** After so many batches it ends; leaving it out means never. */
  readonly batches?: number;
  /** How it ends when it does: by closing the log, or by SIGKILL from its own hand. */
  readonly ending?: "close" | "kill";
}

/** The cursors of an appender: one that keeps up, and one that lags and steps seldom. */
export const CURSORS = ["prompt", "late"] as const;

/** The program, for whoever starts it. */
export const APPENDER = fileURLToPath(new URL("run.ts", import.meta.url));
