/** `tidegate hostname`: the name every reading of this gateway is sent under. */

import { EXIT } from "../model/errors.ts";
import type { Status } from "../model/status.ts";
import { readArguments } from "./arguments.ts";
import { askIfRunning } from "./ask-gateway.ts";
import type { Command } from "./commands.ts";
import { loadOrFail } from "./load.ts";

/**
 * Prints the name: that of the running gateway, which keeps the one it was started with, or else the configured one.
 *
 * Errors: `GATEWAY_NOT_ALLOWED`, `GATEWAY_SILENT`.
 */
export const hostname: Command = async (argv, terminal) => {
  const options = readArguments(argv, 0);
  const { config } = loadOrFail(options.config, terminal);
  const running = (await askIfRunning(config.runPath, { command: "status" })) as Status | undefined;
  const name = running?.hostname ?? config.hostname;
  terminal.out(`${options.json ? JSON.stringify({ schema: 1, hostname: name }) : name}\n`);
  return EXIT.ok;
};
