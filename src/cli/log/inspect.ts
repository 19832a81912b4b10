/** `tidegate log verify` and `tidegate log repair`: whether every block can be read, and out with what cannot. */

import { EXIT } from "../../model/errors.ts";
import { type FindingKind, MENDABLE_KINDS } from "../../model/log-care.ts";
import { quarantineOf } from "../../platform/quarantine.ts";
import { formatCount } from "../quantities.ts";
import type { LogErrand } from "./log.ts";
import type { FindingAnswer, InspectAnswer } from "./log-answers.ts";
import { formatSpan } from "./spans.ts";

/** Sequences without a block are not damage: what they held was lost and said before, and readers pass over them. */
const KNOWN: ReadonlySet<FindingKind> = new Set(["gap"]);

/** Verifies the log. Exit code 1 when something is wrong. */
export async function inspectLog(errand: LogErrand): Promise<number> {
  const { blockCount, sampleCount, findings } = await walk(errand, false);
  const wrong = findings.filter(({ kind }) => !KNOWN.has(kind));
  const { options, terminal } = errand;
  if (options.json) {
    terminal.out(`${JSON.stringify({ schema: 1, blocks: blockCount, samples: sampleCount, findings })}\n`);
  } else {
    terminal.out(`${formatCount(blockCount)} blocks were read, with ${formatCount(sampleCount)} samples.\n`);
    const mendable = wrong.filter(({ kind }) => MENDABLE_KINDS.has(kind)).length;
    if (findings.length === 0) terminal.out("All is sound.\n");
    else if (wrong.length === 0) terminal.out("All else is sound: what is missing was lost before, and is counted.\n");
    else terminal.out(`${formatCount(wrong.length)} ${wrong.length === 1 ? "thing is" : "things are"} wrong.\n`);
    if (mendable > 0) {
      terminal.out(
        "`tidegate log repair` takes out what cannot be read and keeps its bytes; the rest stays as it is.\n",
      );
    }
  }
  return wrong.length === 0 ? EXIT.ok : EXIT.failed;
}

/** Repairs the log. Exit code 1 when something is wrong that no repair can change. */
export async function repairLog(errand: LogErrand): Promise<number> {
  const { findings } = await walk(errand, true);
  const { options, terminal, config } = errand;
  const mended = findings.filter(({ kind }) => MENDABLE_KINDS.has(kind));
  const lost = mended.filter(({ kind }) => kind === "unreadable").reduce((sum, { count }) => sum + count, 0);
  const left = findings.filter(({ kind }) => !MENDABLE_KINDS.has(kind) && !KNOWN.has(kind));
  const quarantine = quarantineOf(config.store.path);
  if (options.json) {
    terminal.out(`${JSON.stringify({ schema: 1, mended, left, lost_samples: lost, quarantine })}\n`);
  } else if (mended.length === 0) {
    terminal.out(
      `Nothing was repaired: ${left.length === 0 ? "all is sound" : "a repair cannot change what is wrong"}.\n`,
    );
  } else {
    terminal.out(`${formatCount(mended.length)} ${mended.length === 1 ? "thing was" : "things were"} mended, `);
    terminal.out(`${lost === 0 ? "and nothing is lost" : `and ${formatCount(lost)} samples are lost, as listed`}.\n`);
    terminal.out(`What cannot be read is kept in ${quarantine}, with a report.\n`);
  }
  return left.length === 0 ? EXIT.ok : EXIT.failed;
}

/** Goes over the whole log; for a person, what is found is printed as it is found. */
async function walk({ desk, options, terminal }: LogErrand, repair: boolean) {
  let blockCount = 0;
  let sampleCount = 0;
  const findings: FindingAnswer[] = [];
  for (let next: number | null = 0; next !== null; ) {
    const part: InspectAnswer = await desk.ask("inspect", { from: next, repair });
    blockCount += part.blockCount;
    sampleCount += part.sampleCount;
    findings.push(...part.findings);
    const news = repair ? part.findings.filter(({ kind }) => !KNOWN.has(kind)) : part.findings;
    if (!options.json) for (const finding of news) terminal.out(formatFinding(finding));
    next = part.next;
  }
  return { blockCount, sampleCount, findings };
}

/** Says what is wrong, how many samples it concerns, from when to when and of what. */
export function formatFinding({ what, count, from_at: from, to_at: to, series }: FindingAnswer): string {
  const lines = [what];
  if (count > 0) lines.push(`  ${formatCount(count)} samples, ${formatSpan(from, to)}`);
  if (series.length > 0) lines.push(...series.map((of) => `  ${formatCount(of.count).padStart(9)}  ${of.name}`));
  return `${lines.join("\n")}\n`;
}
