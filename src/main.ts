/** Where the command line begins: argv to a command, a command's result to an exit code. */

import { inspect } from "node:util";
import { runCommand } from "./cli/commands.ts";
import { guardTerminal } from "./cli/guarded-terminal.ts";
import { EXIT } from "./model/errors.ts";
import { TtyScreen } from "./platform/screen.ts";
import { listenForSignals } from "./platform/signals.ts";

const { stdin, stdout, stderr, env } = process;
const isScreen = stdout.isTTY === true && env["TERM"] !== "dumb";
const stopListeners: (() => void)[] = [];

// Who reads may stop reading, as `head` does: that ends a command that would go on, and is nobody's mistake. A gateway
// whose parent was killed, or whose terminal is gone, learns of it in this way too, and stops in order.
for (const stream of [stdout, stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
    for (const listener of stopListeners) listener();
  });
}

const terminal = guardTerminal({
  out: (text) => stdout.write(text),
  err: (text) => stderr.write(text),
  onSignals: ({ stop, reload }) => {
    stopListeners.push(stop);
    const insist = (): void => {
      stderr.write("ended at once, as asked twice; what is in the log on disk is kept\n");
      process.exit(EXIT.failed);
    };
    if (reload === undefined) return listenForSignals({ stop, insist });
    // A terminal that closes says SIGHUP as well. Writing nothing tells whether it did: to one that is gone it fails.
    const reloadOrStop = (): void => {
      stderr.write("", (error) => (error ? stop() : reload()));
    };
    listenForSignals({ stop, insist, reload: reloadOrStop });
  },
  openScreen: (onQuit) => (isScreen ? new TtyScreen(stdout, stdin, onQuit) : undefined),
  isColoured: isScreen && (env["NO_COLOR"] ?? "") === "",
});

// A bug ends the process; what is printed of it may hold anything, and so goes the way of everything that is printed.
process.on("uncaughtException", (error) => {
  terminal.err(`${inspect(error)}\n`);
  process.exit(EXIT.failed);
});

process.exitCode = await runCommand(process.argv.slice(2), terminal);
