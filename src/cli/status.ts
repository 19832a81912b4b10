/** `tidegate status`: how the running gateway is. */

import { EXIT, GatewayError } from "../model/errors.ts";
import type { Status } from "../model/status.ts";
import { askControl } from "../platform/control-socket.ts";
import { systemClock } from "../platform/system-clock.ts";
import { readArguments } from "./arguments.ts";
import type { Command } from "./commands.ts";
import { loadOrFail } from "./load.ts";
import { paint } from "./paint.ts";
import { formatStatus } from "./status-layout.ts";
import { watch } from "./watch.ts";

/**
 * Asks the running gateway and prints its answer; with `--watch` again each second, until it is told to stop.
 *
 * Errors: `GATEWAY_NOT_RUNNING`; `CLI_USAGE` for `--watch` with `--json`.
 */
export const status: Command = async (argv, terminal) => {
  const options = readArguments(argv, 0, { flags: ["watch"] });
  const { config } = loadOrFail(options.config, terminal);
  const ask = async (): Promise<Status> => (await askControl(config.runPath, { command: "status" })) as Status;
  if (options.has("watch")) {
    if (options.json)
      throw new GatewayError("CLI_USAGE", "--watch is for people: leave out one of --watch and --json.");
    await watch(ask, terminal, systemClock);
    return EXIT.ok;
  }
  const answer = await ask();
  terminal.out(options.json ? `${JSON.stringify(answer, null, 2)}\n` : paint(formatStatus(answer), terminal));
  return EXIT.ok;
};
