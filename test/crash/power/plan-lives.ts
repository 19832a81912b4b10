/** Which lives are recorded: a seed draws them. */

import { createSeededRandom } from "../../support/seeded-random.ts";
import type { Orders } from "../appender/orders.ts";

/** A life without the folder, which is the recorder's. */
export type LifeOrders = Omit<Orders, "folder"> & Required<Pick<Orders, "batches" | "ending">>;

/** So small that the log gives up samples a cursor has not read. Units: bytes. */
export const LOG_BYTES_MAX = 200_000;

const LIVES = 4;

/** Draws the lives of one folder: each is killed or closes its log, and some are heavy enough for many new files. */
export function planLives(seed: number): LifeOrders[] {
  const random = createSeededRandom(seed);
  const draw = (most: number): number => Math.floor(random.next() * most);
  return Array.from({ length: LIVES }, () => ({
    seed: draw(2 ** 32),
    syncIntervalMs: draw(3),
    maxBytes: LOG_BYTES_MAX,
    batchMax: [5, 100, 1_000][draw(3)] ?? 5,
    noteLength: [2_000, 200_000, 700_000][draw(3)] ?? 0,
    batches: 30 + draw(120),
    ending: draw(2) === 0 ? "close" : "kill",
  }));
}

/** Three lives that fit into a small recording and yet begin new journals, tables and manifests: text weighs most. */
export const SMALL_LIVES: readonly LifeOrders[] = [
  { seed: 1, batches: 75, ending: "kill" as const },
  { seed: 2, batches: 75, ending: "close" as const },
  { seed: 3, batches: 15, ending: "kill" as const },
].map((life) => ({ ...life, syncIntervalMs: 1, maxBytes: LOG_BYTES_MAX, batchMax: 8, noteLength: 700_000 }));
