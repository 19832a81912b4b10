/** `tidegate log`: what the log holds, whether it is sound, and its samples as text. */

import type { GatewayConfig } from "../../model/config.ts";
import { type ArgumentShape, type CommandArguments, readArguments } from "../arguments.ts";
import { chooseAction } from "../choose-action.ts";
import type { Command, Terminal } from "../commands.ts";
import { loadWithoutKey } from "../load.ts";
import { type LogDesk, openLogDesk } from "./ask-log.ts";
import { showCursors } from "./cursors.ts";
import { exportSamples } from "./export.ts";
import { inspectLog, repairLog } from "./inspect.ts";
import { joinAgo } from "./moment.ts";
import { lookAfterQuarantine } from "./quarantine.ts";
import { showStats } from "./stats.ts";

/** What an action works with. */
export interface LogErrand {
  readonly desk: LogDesk;
  readonly options: CommandArguments;
  readonly config: GatewayConfig;
  readonly terminal: Terminal;
}

interface Action {
  readonly act: (errand: LogErrand) => Promise<number>;
  readonly shape?: ArgumentShape;
  /** Whether it reads all of a log, also what is damaged. */
  readonly isThorough?: boolean;
  /** Leaving it out means the one that names the action. */
  readonly wordCount?: number;
}

const ACTIONS: Readonly<Record<string, Action>> = {
  stats: { act: showStats },
  verify: { act: inspectLog, isThorough: true },
  repair: { act: repairLog, isThorough: true },
  export: { act: exportSamples, shape: { texts: ["format", "from", "to", "series"] } },
  quarantine: { act: lookAfterQuarantine, shape: { texts: ["intake", "series"], flags: ["yes"] }, wordCount: 2 },
  cursors: { act: showCursors, shape: { texts: ["drop"] } },
};

/** Does what its first word says, through the gateway where one runs. */
export const log: Command = async (argv, terminal) => {
  const action = chooseAction(ACTIONS, argv[0]);
  const options = readArguments(joinAgo(argv), action.wordCount ?? 1, action.shape);
  const { config } = loadWithoutKey(options.config, terminal);
  await using desk = await openLogDesk(config, terminal, action);
  return await action.act({ desk, options, config, terminal });
};
