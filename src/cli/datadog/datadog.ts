/** `tidegate datadog`: what a person asks of the Datadog account behind an intake. */

import { readArguments } from "../arguments.ts";
import { chooseAction } from "../choose-action.ts";
import type { Command } from "../commands.ts";
import { loadOrFail } from "../load.ts";
import { enableHistorical } from "./enable-historical.ts";

const ACTIONS = { "enable-historical": enableHistorical };

/** Does what its first word says. */
export const datadog: Command = async (argv, terminal) => {
  const act = chooseAction(ACTIONS, argv[0]);
  const options = readArguments(argv, 1, { flags: ["all", "dry-run"], texts: ["intake", "metrics"] });
  const { config } = loadOrFail(options.config, terminal);
  return await act({ config, options, terminal });
};
