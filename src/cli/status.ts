/** `tidegate status`: how the running gateway is. */

import { EXIT, GatewayError } from "../model/errors.ts";
import type { Status } from "../model/status.ts";
import { type Clock, seconds, sleep } from "../model/time.ts";
import { askControl } from "../platform/control-socket.ts";
import { systemClock } from "../platform/system-clock.ts";
import { readArguments } from "./arguments.ts";
import type { Command, Terminal } from "./commands.ts";
import { loadOrFail } from "./load.ts";
import { paint } from "./paint.ts";
import { formatStatus } from "./status-layout.ts";
import { formatWatch } from "./watch-layout.ts";

/**
 * Asks the running gateway and prints its answer; with `--watch` again each second, until it is told to stop.
 *
 * Errors: `GATEWAY_NOT_RUNNING`; `CLI_USAGE` for `--watch` without a screen.
 */
export const status: Command = async (argv, terminal) => {
  const options = readArguments(argv, 0, { flags: ["watch"] });
  const { config } = loadOrFail(options.config, terminal);
  const ask = async (): Promise<Status> => (await askControl(config.runPath, { command: "status" })) as Status;
  if (options.has("watch")) {
    if (terminal.screenRows() === undefined || options.json) {
      throw new GatewayError("CLI_USAGE", "--watch redraws a screen: leave it out where the output goes elsewhere.");
    }
    await watch(ask, terminal, systemClock);
    return EXIT.ok;
  }
  const answer = await ask();
  terminal.out(options.json ? `${JSON.stringify(answer, null, 2)}\n` : paint(formatStatus(answer), terminal));
  return EXIT.ok;
};

const CLEAR = "\u001b[H\u001b[2J\u001b[3J";
const HOME = "\u001b[H";
const CLEAR_TO_LINE_END = "\u001b[K";
const CLEAR_TO_SCREEN_END = "\u001b[J";

/**
 * Draws each second over what was there, which does not flicker. A gateway that goes away is waited for: whoever
 * watches a restart wants to see it come back.
 */
export async function watch(ask: () => Promise<Status>, terminal: Terminal, clock: Clock): Promise<void> {
  const stopping = new AbortController();
  terminal.onSignals({ stop: () => stopping.abort() });
  terminal.out(CLEAR);
  for (let isFirst = true; !stopping.signal.aborted; isFirst = false) {
    let text: string;
    try {
      text = formatWatch(await ask(), terminal.screenRows());
    } catch (error) {
      if (isFirst || !(error instanceof GatewayError)) throw error;
      text = `${error.message}\nWaiting for it. Ctrl-C ends.\n`;
    }
    const lines = paint(text, terminal).replaceAll("\n", `${CLEAR_TO_LINE_END}\n`);
    terminal.out(`${HOME}${lines}${CLEAR_TO_SCREEN_END}`);
    await sleep(clock, "the next drawing of status", seconds(1), stopping.signal);
  }
}
