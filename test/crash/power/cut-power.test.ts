import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cutPower } from "./cut-power.ts";
import { decodeRecording, type FileOperation } from "./file-operations.ts";
import { LOG_BYTES_MAX, SMALL_LIVES } from "./plan-lives.ts";
import { recordLives, whyNotRecordable } from "./record-lives.ts";

const RECORDING = new URL("../../fixtures/power-cuts/small.recording.gz", import.meta.url);
const CUTS = 25;
const AHEAD = 8;
const MODELS = ["journal", "careless"] as const;
const LOST = "acknowledged up to";

/** Leaves out what LevelDB leaves out when it is told not to sync a write: the sync of its journals. */
function leaveJournalsUnsynced(recording: readonly FileOperation[]): FileOperation[] {
  const journals = new Set<number>();
  return recording.filter((operation) => {
    if (operation.kind === "create" && operation.name.endsWith(".log")) journals.add(operation.file);
    return operation.kind !== "sync" || !journals.has(operation.file);
  });
}

/** Lets every acknowledgement be said before the operations that made it true. */
function sayEarly(recording: readonly FileOperation[]): FileOperation[] {
  const early = [...recording];
  for (let index = 0; index < early.length; index += 1) {
    const operation = early[index];
    if (operation?.kind !== "say" || operation.text.startsWith("open")) continue;
    early.splice(index, 1);
    early.splice(Math.max(0, index - AHEAD), 0, operation);
  }
  return early;
}

/** The first loss of something acknowledged that the same cuts show: one is enough to know that they see it. */
async function findLoss(recording: readonly FileOperation[]): Promise<string | undefined> {
  for (let firstSeed = 1; firstSeed <= CUTS; firstSeed += 1) {
    for (const model of MODELS) {
      const { broken } = await cutPower(recording, { model, firstSeed, cuts: 1, maxBytes: LOG_BYTES_MAX });
      const loss = broken.find(({ finding }) => finding.includes(LOST));
      if (loss !== undefined) return loss.finding;
    }
  }
  return undefined;
}

async function findBroken(recording: readonly FileOperation[], firstSeed: number): Promise<string[]> {
  const broken: string[] = [];
  for (const model of MODELS) {
    const report = await cutPower(recording, { model, firstSeed, cuts: CUTS, maxBytes: LOG_BYTES_MAX });
    for (const { seed, operation, finding } of report.broken) {
      broken.push(`${model} disk, seed ${seed}, before operation ${operation}: ${finding}`);
    }
  }
  return broken;
}

describe("a log whose power is cut", { timeout: 180_000 }, () => {
  const recording = decodeRecording(readFileSync(RECORDING));

  test("is caught when it does not sync what it writes", async () => {
    expect(await findLoss(leaveJournalsUnsynced(recording))).toContain(LOST);
  });

  test("is caught when it acknowledges before it has synced", async () => {
    expect(await findLoss(sayEarly(recording))).toContain(LOST);
  });

  test("is caught when nobody makes the names of its files sure", async () => {
    const unnamed = recording.filter(({ kind }) => kind !== "sync-folder");
    expect(await findLoss(unnamed)).toContain(LOST);
  });

  test("comes up and has all it acknowledged, wherever a recording is cut", async () => {
    expect(recording.filter(({ kind }) => kind === "rename").length).toBeGreaterThan(3);
    expect(await findBroken(recording, 1)).toEqual([]);
  });

  test("comes up and has all it acknowledged, as it is today, where strace can record it", async ({ skip }) => {
    const reason = whyNotRecordable();
    if (reason !== undefined) skip(reason);
    const firstSeed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
    expect(await findBroken(recordLives(SMALL_LIVES), firstSeed), `replay with SEED=${firstSeed}`).toEqual([]);
  });
});
