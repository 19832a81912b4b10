/** `tidegate check NAME`: polls a check and prints what it sees. It never sends and never records. */

import { inputs } from "../inputs/registry.ts";
import { EXIT } from "../model/errors.ts";
import type { InputEntry } from "../model/input.ts";
import { type Clock, seconds, sleep } from "../model/time.ts";
import { systemClock } from "../platform/system-clock.ts";
import type { CheckRun } from "../sampling/collect.ts";
import { InputLoader } from "../sampling/input-loader.ts";
import { readArguments } from "./arguments.ts";
import { askIfRunning } from "./ask-gateway.ts";
import { formatCheckRuns, toCheckJson } from "./check-layout.ts";
import { formatCheckTable } from "./check-table.ts";
import type { Command, Terminal } from "./commands.ts";
import { loadWithoutKey } from "./load.ts";
import { paint } from "./paint.ts";
import { selectCheck, selectInstance } from "./select-check.ts";

/** The runs of all instances of a check in one poll. */
export type Poll = readonly CheckRun[];

/** A check of many dead devices is silent for as long as all their timeouts take. */
const CHECK_PATIENCE = seconds(300);

/** What the command is made of; a test hands in others. */
export interface CheckParts {
  readonly inputs: readonly InputEntry[];
  readonly clock: Clock;
  /** Asks the running gateway; gives undefined where there is none. */
  readonly ask: typeof askIfRunning;
}

/** Polls through the running gateway, in its bus queue, when there is one; by itself otherwise. */
export const check: Command = (argv, terminal) =>
  runCheck(argv, terminal, { inputs, clock: systemClock, ask: askIfRunning });

/** Runs the command with given parts. */
export async function runCheck(
  argv: readonly string[],
  terminal: Terminal,
  { inputs, clock, ask }: CheckParts,
): Promise<number> {
  const options = readArguments(argv, 1, { flags: ["table", "check-rate"], texts: ["instance"] });
  const name = options.words[0] ?? "";
  const instance = options.text("instance");
  const loaded = loadWithoutKey(options.config, terminal, name);
  const { config } = loaded;
  const whole = selectCheck(loaded, name);
  const selected = instance === undefined ? whole : selectInstance(whole, instance);

  const loader = new InputLoader(inputs, clock, {
    hear: (of, line) => terminal.err(`${of.check}:${of.name} prints: ${line}\n`),
  });
  const request = { command: "check", name, instance };
  const pollOnce = async (): Promise<Poll> => {
    const answer = (await ask(config.runPath, request, CHECK_PATIENCE)) as Poll | undefined;
    return terminal.scrubber.scrubAll(answer ?? (await loader.checkOnce(selected)));
  };
  const polls = await pollRepeatedly(pollOnce, options.has("check-rate") ? 2 : 1, clock);

  if (options.json) terminal.out(`${JSON.stringify(toCheckJson(polls, config), null, 2)}\n`);
  else if (options.has("table")) terminal.out(paint(formatCheckTable(polls), terminal));
  else terminal.out(paint(formatCheckRuns(polls, config), terminal));
  const faults = polls.flat().flatMap((run) => run.faults);
  return faults.some(({ code }) => code !== "INPUT_CHECK_WARNING") ? EXIT.failed : EXIT.ok;
}

/** Polls `count` times, one second apart. */
export async function pollRepeatedly(pollOnce: () => Promise<Poll>, count: number, clock: Clock): Promise<Poll[]> {
  const polls = [await pollOnce()];
  while (polls.length < count) {
    await sleep(clock, "the next poll of check", seconds(1));
    polls.push(await pollOnce());
  }
  return polls;
}
