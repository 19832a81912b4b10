/**
 * `npm run crash:power -- [--cuts N] [--seed N] [--recording FILE]`: records an appender at work, cuts the power at
 * random moments and inspects what is left. It cuts a recording that was saved, when it is given one. With
 * `--save FILE` it makes the small recording that the suite plays, and cuts nothing.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type CutReport, cutPower } from "./cut-power.ts";
import { decodeRecording, encodeRecording, type FileOperation } from "./file-operations.ts";
import { LOG_BYTES_MAX, planLives, SMALL_LIVES } from "./plan-lives.ts";
import { recordLives, whyNotRecordable } from "./record-lives.ts";
import type { DiskModel } from "./recorded-disk.ts";

/** Cuts of one recording, half of them on a disk of each model. */
const ROUND = 100;
const MODELS: readonly DiskModel[] = ["journal", "careless"];

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    cuts: { type: "string" },
    recording: { type: "string" },
    save: { type: "string" },
  },
});
const first = Number(values.seed ?? 1);
const count = Number(values.cuts ?? 1000);

function takeRecording(seed: number): readonly FileOperation[] {
  if (values.recording !== undefined) return decodeRecording(readFileSync(values.recording));
  return recordLives(planLives(seed));
}

function tellBroken({ broken }: CutReport, recording: readonly FileOperation[], model: DiskModel): void {
  if (broken.length === 0) return;
  const path = values.recording ?? join(tmpdir(), `tidegate-recording-${first}-${model}.gz`);
  writeFileSync(path, encodeRecording(recording));
  for (const { operation, seed, finding } of broken) {
    const replay = `npm run crash:power -- --recording ${path} --seed ${seed} --cuts 1`;
    process.stdout.write(`${model} disk, cut before operation ${operation}: ${finding} (${replay})\n`);
  }
}

async function cutAll(): Promise<void> {
  let operations = 0;
  for (const model of MODELS) {
    const notices = new Map<string, number>();
    let noticed = 0;
    let broken = 0;
    let cuts = 0;
    for (let round = 0; cuts < count / MODELS.length; round += 1) {
      const recording = takeRecording(first + round);
      operations += recording.length;
      const firstSeed = first + cuts;
      const report = await cutPower(recording, {
        model,
        firstSeed,
        cuts: Math.min(ROUND, Math.ceil(count / MODELS.length) - cuts),
        maxBytes: LOG_BYTES_MAX,
      });
      tellBroken(report, recording, model);
      cuts += report.cuts;
      noticed += report.noticed;
      broken += report.broken.length;
      for (const [notice, times] of report.notices) notices.set(notice, (notices.get(notice) ?? 0) + times);
    }
    process.stdout.write(
      `${model} disk: ${cuts} cuts from seed ${first}, ${broken} promises broken, ${noticed} told\n`,
    );
    for (const [notice, times] of notices) process.stdout.write(`  ${times} x ${notice}\n`);
    if (broken > 0) process.exitCode = 1;
  }
  process.stdout.write(`${operations} operations were recorded\n`);
}

const reason = values.recording === undefined ? whyNotRecordable() : undefined;
if (reason !== undefined) throw new Error(`nothing can be recorded here: ${reason}`);
if (values.save === undefined) await cutAll();
else writeFileSync(values.save, encodeRecording(recordLives(SMALL_LIVES)));
