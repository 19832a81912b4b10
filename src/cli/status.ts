/** `tidegate status`: how the running gateway is. */

import { EXIT } from "../model/errors.ts";
import type { Status } from "../model/status.ts";
import { askControl } from "../platform/control-socket.ts";
import { readArguments } from "./arguments.ts";
import type { Command } from "./commands.ts";
import { loadOrFail } from "./load.ts";
import { formatStatus } from "./status-layout.ts";

/** Asks the running gateway and prints its answer. Errors: `GATEWAY_NOT_RUNNING`. */
export const status: Command = async (argv, terminal) => {
  const options = readArguments(argv, 0);
  const { config } = loadOrFail(options.config, terminal);
  const answer = (await askControl(config.runPath, { command: "status" })) as Status;
  terminal.out(options.json ? `${JSON.stringify(answer, null, 2)}\n` : formatStatus(answer));
  return EXIT.ok;
};
