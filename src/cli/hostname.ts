/** `tidegate hostname`: the name every reading of this gateway is sent under. */

import { EXIT } from "../model/errors.ts";
import { readArguments } from "./arguments.ts";
import type { Command } from "./commands.ts";
import { loadOrFail } from "./load.ts";

/** Prints the name. */
export const hostname: Command = (argv, terminal) => {
  const options = readArguments(argv, 0);
  const { config } = loadOrFail(options.config, terminal);
  terminal.out(`${options.json ? JSON.stringify({ schema: 1, hostname: config.hostname }) : config.hostname}\n`);
  return Promise.resolve(EXIT.ok);
};
