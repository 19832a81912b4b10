/** `tidegate log stats`: what the log holds, in which form, and what it has lost. */

import { EXIT } from "../../model/errors.ts";
import type { LevelSurvey } from "../../model/log-care.ts";
import { describeWear } from "../log-room.ts";
import { formatBytes, formatCount } from "../quantities.ts";
import { formatTable } from "../table.ts";
import type { LogErrand } from "./log.ts";
import type { LossAnswer, SurveyAnswer } from "./log-answers.ts";
import { formatMinute } from "./spans.ts";

/** Lines of losses that a person reads; the rest is in the JSON. */
const LOSSES_MAX = 20;

/** Prints what the log holds. */
export async function showStats({ desk, options, config, terminal }: LogErrand): Promise<number> {
  const survey = await desk.ask("survey");
  const place = { path: config.store.path, bytes_max: config.store.maxBytes };
  const running = desk.status?.log;
  const wear = running === undefined ? {} : { writes: running.writes, syncs: running.syncs, daily: running.daily };
  terminal.out(
    options.json
      ? `${JSON.stringify({ schema: 1, ...place, ...survey, ...wear })}\n`
      : formatStats(place, survey, running && describeWear(running)),
  );
  return EXIT.ok;
}

/** Lays out what a log holds for a terminal of 80 columns; `wear` is what writing costs the disk. */
export function formatStats(
  place: { readonly path: string; readonly bytes_max: number },
  survey: SurveyAnswer,
  wear: string | undefined,
): string {
  const { levels, losses, bytes, written, series, nameless_series: nameless } = survey;
  const held = levels.reduce((sum, { sampleCount }) => sum + sampleCount, 0);
  const lines = [
    `Log in ${place.path}`,
    `  Holds: ${formatCount(held)} samples, ${formatBytes(bytes)} of ${formatBytes(place.bytes_max)}`,
    `  Written since it was made: ${formatCount(written)} samples of ${formatCount(series)} series`,
    ...(nameless === 0 ? [] : [`  Definitions lost: of ${formatCount(nameless)} series nobody knows what they are`]),
    ...(wear === undefined ? [] : [`  Disk: ${wear}`]),
  ];
  if (levels.length > 0) {
    lines.push(`  Oldest: ${formatMinute(Math.min(...levels.map(({ fromAt }) => fromAt)))}`);
    lines.push(`  Newest: ${formatMinute(Math.max(...levels.map(({ toAt }) => toAt)))}`, "");
    lines.push(...formatLevels(levels));
  }
  lines.push("", losses.length === 0 ? "It has lost nothing." : "It has lost:", ...formatLosses(losses));
  return `${lines.join("\n")}\n`;
}

function formatLevels(levels: readonly LevelSurvey[]): string[] {
  const rows = levels.map(({ level, blockCount, sampleCount, bytes, fromAt }) => [
    nameLevel(level),
    formatCount(blockCount),
    formatCount(sampleCount),
    formatBytes(bytes),
    (bytes / sampleCount).toFixed(2),
    formatMinute(fromAt),
  ]);
  return formatTable(
    [
      { heading: "Blocks" },
      { heading: "Count", align: "right" },
      { heading: "Samples", align: "right" },
      { heading: "Size", align: "right" },
      { heading: "B/sample", align: "right" },
      { heading: "From" },
    ],
    rows,
  ).map((line) => `  ${line}`);
}

function nameLevel(level: number): string {
  if (level === 0) return "as they came";
  return level === 1 ? "sealed" : `thinned to 1/${2 ** (level - 1)}`;
}

function formatLosses(losses: readonly LossAnswer[]): string[] {
  const largest = [...losses].sort((one, other) => other.count - one.count);
  const lines = largest
    .slice(0, LOSSES_MAX)
    .flatMap(({ reason, series, count, from_at: from, to_at: to }) => [
      `  ${formatCount(count)} ${reason} of ${series}`,
      `    ${formatMinute(from)} to ${formatMinute(to)}`,
    ]);
  const more = losses.length - LOSSES_MAX;
  return more > 0 ? [...lines, `  and of ${formatCount(more)} more series; --json names them all`] : lines;
}
