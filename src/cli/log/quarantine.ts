/** `tidegate log quarantine`: what intakes refused, one by one, and what is to become of it. */

import { EXIT, GatewayError } from "../../model/errors.ts";
import type { RetryReport, UnsentReason } from "../../model/retry-report.ts";
import { millis, sleep } from "../../model/time.ts";
import { systemClock } from "../../platform/system-clock.ts";
import { chooseAction } from "../choose-action.ts";
import { formatCount } from "../quantities.ts";
import { wrapWords } from "../table.ts";
import type { LogErrand } from "./log.ts";
import type { QuarantineAnswer, QuarantineGroup } from "./quarantine-answers.ts";
import { formatSecond, formatSpan } from "./spans.ts";

/** How often it is asked how a retry goes. */
const LOOK_EVERY = millis(500);

/** Enough of an answer to know what is wrong; the rest is in the JSON. */
const ANSWER_CHARACTERS_SHOWN = 240;

const ACTIONS: Readonly<Record<string, (errand: LogErrand) => Promise<number>>> = {
  list: listQuarantine,
  retry: retryQuarantine,
  drop: dropQuarantine,
};

/** Does what the word after `quarantine` says. Errors: `CLI_USAGE`. */
export async function lookAfterQuarantine(errand: LogErrand): Promise<number> {
  return await chooseAction(ACTIONS, errand.options.words[1])(errand);
}

async function listQuarantine({ desk, options, terminal }: LogErrand): Promise<number> {
  const answer = await desk.ask("quarantine", choiceOf(options));
  terminal.out(options.json ? `${JSON.stringify({ schema: 1, ...answer })}\n` : formatQuarantine(answer));
  return EXIT.ok;
}

/** Exit code 1 when something was refused again, or the round did not come to its end. */
async function retryQuarantine({ desk, options, terminal }: LogErrand): Promise<number> {
  const choice = choiceOf(options);
  const stopping = new AbortController();
  terminal.onSignals({ stop: () => stopping.abort() });
  let reports = await desk.ask("quarantine-retry", choice);
  while (reports.some(({ isRunning }) => isRunning) && !stopping.signal.aborted) {
    await sleep(systemClock, "the next look at a retry", LOOK_EVERY, stopping.signal);
    reports = await desk.ask("quarantine-retried", choice);
  }
  if (options.json) terminal.out(`${JSON.stringify({ schema: 1, intakes: reports })}\n`);
  else terminal.out(formatRetry(reports));
  return reports.every(({ refused, reason }) => refused === 0 && reason === "") ? EXIT.ok : EXIT.failed;
}

/** Errors: `CLI_USAGE` without `--yes` where there is something to drop. */
async function dropQuarantine({ desk, options, terminal }: LogErrand): Promise<number> {
  const yes = options.has("yes");
  const count = await desk.ask("quarantine-drop", { ...choiceOf(options), yes });
  if (count > 0 && !yes) {
    const what = `this forgets ${countSamples(count)} for good`;
    throw new GatewayError("CLI_USAGE", `${what}: no intake will ever get them. Add --yes if that is meant.`);
  }
  if (options.json) terminal.out(`${JSON.stringify({ schema: 1, dropped: count })}\n`);
  else if (count === 0) terminal.out("Nothing that was meant is set aside, so nothing was dropped.\n");
  else terminal.out(`${countSamples(count)} forgotten for good. The books go on counting them as rejected.\n`);
  return EXIT.ok;
}

function choiceOf(options: LogErrand["options"]): Readonly<Record<string, string | undefined>> {
  return { intake: options.text("intake"), series: options.text("series") };
}

/** Lays out what is set aside for a terminal of 80 columns. */
export function formatQuarantine({ groups, more }: QuarantineAnswer): string {
  if (groups.length === 0) return "Nothing is set aside: no intake has refused a sample that is still kept.\n";
  const lines = [...Map.groupBy(groups, ({ intake }) => intake)].flatMap(([intake, of]) => [
    `${intake} refused ${countSamples(of.reduce((sum, { count }) => sum + count, 0))} and goes on without:`,
    ...of.flatMap(formatGroup),
    "",
  ]);
  if (more > 0) lines.push(`${countSamples(more)} more are not shown; --intake and --series choose.`, "");
  return `${[
    ...lines,
    "What to do: mend what the answer names, on the side of the intake. Then",
    "`tidegate log quarantine retry` sends them once more. What nobody needs goes with",
    "`tidegate log quarantine drop --yes`.",
  ].join("\n")}\n`;
}

function formatGroup(group: QuarantineGroup): string[] {
  const { series, count, from_at: from, to_at: to, first_value: first, last_value: last, answer } = group;
  const shown = answer.length > ANSWER_CHARACTERS_SHOWN ? `${answer.slice(0, ANSWER_CHARACTERS_SHOWN)}...` : answer;
  return [
    `  ${series}`,
    ...(count === 1
      ? [`    1 sample, ${formatSecond(from)}, value ${first}`]
      : [`    ${countSamples(count)}, ${formatSpan(from, to)}`, `    first value ${first}, last value ${last}`]),
    ...wrapWords(`it answered ${shown}`, 74).map((line) => `    ${line}`),
  ];
}

const UNSENT_WORDS: Readonly<Record<UnsentReason, string>> = {
  tooOld: "older than the intake takes",
  tooFarAhead: "stamped ahead of the clock",
  inOrderOnly: "older than what the intake has of their series, and it takes that in order only",
  untold: "nobody can tell now whether they would replace a newer value of their second",
  nameless: "nobody knows any more what they are",
};

/** Says what became of what was sent once more. */
export function formatRetry(reports: readonly RetryReport[]): string {
  const told = reports.filter(({ chosen, reason }) => chosen > 0 || reason !== "");
  const isRunning = reports.some((report) => report.isRunning);
  if (told.length === 0 && !isRunning) return "Nothing that was meant is set aside, so nothing was sent.\n";
  const lines = told.flatMap(formatReport);
  if (isRunning) lines.push("It goes on in the gateway; its log says how it ends.");
  return `${lines.join("\n")}\n`;
}

function formatReport({ intake, chosen, delivered, collapsed, refused, unsent, reason }: RetryReport): string[] {
  const line = (count: number, words: string): string[] =>
    count === 0 ? [] : [`${formatCount(count).padStart(9)}  ${words}`];
  const kept = Object.entries(unsent) as [UnsentReason, number][];
  return [
    `${intake}: ${countSamples(chosen)} set aside`,
    ...line(delivered, "taken now"),
    ...line(collapsed, "gave way to a later value of the same moment, or took the place of an earlier"),
    ...line(refused, "refused again: `tidegate log quarantine list` says with which answer"),
    ...kept.flatMap(([why, count]) => line(count, `not sent, and kept: ${UNSENT_WORDS[why]}`)),
    ...(reason === "" ? [] : wrapWords(`It ended early, and the rest is kept: ${reason}.`, 76).map((of) => `  ${of}`)),
  ];
}

function countSamples(count: number): string {
  return count === 1 ? "1 sample" : `${formatCount(count)} samples`;
}
