/** Cuts the power at random moments of a recording, and lets the log testify after each. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSeededRandom } from "../../support/seeded-random.ts";
import { hearPromises, NO_PROMISES } from "../appender/promises.ts";
import { inspectLog } from "../inspect-log.ts";
import type { FileOperation } from "./file-operations.ts";
import { type DiskModel, RecordedDisk, type Remains } from "./recorded-disk.ts";

/** A promise that did not outlive a power cut. */
export interface BrokenPromise {
  /** The cut happens before the operation of this index. */
  readonly operation: number;
  readonly seed: number;
  readonly finding: string;
}

/** What many cuts have shown. */
export interface CutReport {
  readonly cuts: number;
  /** Cuts after which the log said of itself that something was damaged. */
  readonly noticed: number;
  /** Every kind of notice, digits aside, with how often it was said. */
  readonly notices: ReadonlyMap<string, number>;
  readonly broken: readonly BrokenPromise[];
}

/** Which cuts to make: of each seed from `firstSeed` on, one. */
export interface CutOrders {
  readonly model: DiskModel;
  readonly firstSeed: number;
  readonly cuts: number;
  /** The size limit of the log that was recorded. */
  readonly maxBytes: number;
}

interface PlannedCut {
  readonly operation: number;
  readonly seed: number;
}

/** Half of the cuts are made close to an operation that is rare, where the order of things matters. */
const RARE_CHANCE = 0.5;
const RARE_REACH = 6;
const RARE_KINDS: ReadonlySet<FileOperation["kind"]> = new Set(["create", "rename", "unlink", "sync-folder"]);

/** Makes the cuts, and tells of each promise that was broken. */
export async function cutPower(recording: readonly FileOperation[], orders: CutOrders): Promise<CutReport> {
  const broken: BrokenPromise[] = [];
  const notices = new Map<string, number>();
  let noticed = 0;
  const disk = new RecordedDisk(orders.model);
  let promises = NO_PROMISES;
  let done = 0;
  for (const { operation, seed } of planCuts(recording, orders)) {
    for (; done < operation; done += 1) {
      const next = recording[done];
      if (next?.kind === "say") promises = hearPromises(promises, next.text);
      else if (next !== undefined) disk.apply(next);
    }
    const remains = disk.cut(createSeededRandom(seed));
    const inspection = await inspectRemains(remains, (folder) => inspectLog(folder, promises, orders.maxBytes));
    for (const finding of inspection.findings) broken.push({ operation, seed, finding });
    if (inspection.notices.length > 0) noticed += 1;
    for (const notice of inspection.notices) {
      const kind = notice
        .replaceAll(/\S*tidegate-cut-[^/\s]+/gu, "")
        .replaceAll(/\d+/gu, "N")
        .replaceAll(/ in \S+ is /gu, " is ");
      notices.set(kind, (notices.get(kind) ?? 0) + 1);
    }
  }
  return { cuts: orders.cuts, noticed, notices, broken };
}

/** Draws the moments of the cuts, and gives them in the order of the recording. */
function planCuts(recording: readonly FileOperation[], { firstSeed, cuts }: CutOrders): PlannedCut[] {
  const rare = recording.flatMap(({ kind }, index) => (RARE_KINDS.has(kind) ? [index] : []));
  const planned = Array.from({ length: cuts }, (_, index) => {
    const random = createSeededRandom(firstSeed + index);
    const isRare = random.next() < RARE_CHANCE && rare.length > 0;
    const operation = isRare
      ? (rare[Math.floor(random.next() * rare.length)] ?? 0) + Math.floor(random.next() * RARE_REACH)
      : Math.floor(random.next() * (recording.length + 1));
    return { operation: Math.min(operation, recording.length), seed: firstSeed + index };
  });
  return planned.sort((one, other) => one.operation - other.operation);
}

async function inspectRemains<Result>(remains: Remains, inspect: (folder: string) => Promise<Result>): Promise<Result> {
  const place = mkdtempSync(join(tmpdir(), "tidegate-cut-"));
  const folder = join(place, "log");
  try {
    if (remains !== undefined) mkdirSync(folder);
    for (const [name, bytes] of remains ?? []) writeFileSync(join(folder, name), bytes);
    return await inspect(folder);
  } finally {
    rmSync(place, { recursive: true });
  }
}
