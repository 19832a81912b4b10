/** Where the command line begins: argv to a command, a command's result to an exit code. */

import { inspect } from "node:util";
import { runCommand } from "./cli/commands.ts";
import { guardTerminal } from "./cli/guarded-terminal.ts";
import { EXIT } from "./model/errors.ts";
import { PrintedStream } from "./platform/printed-stream.ts";
import { TtyScreen } from "./platform/screen.ts";
import { listenForSignals } from "./platform/signals.ts";

const { stdin, stdout, stderr, env } = process;
const isScreen = stdout.isTTY === true && env["TERM"] !== "dumb";
const stopListeners: (() => void)[] = [];
const stopAll = (): void => {
  for (const listener of stopListeners) listener();
};
const output = new PrintedStream(stdout, "standard output", stopAll);
const errors = new PrintedStream(stderr, "standard error", stopAll);

const terminal = guardTerminal({
  out: (text) => output.print(text),
  // Who has stopped reading what a command makes is told nothing about it either.
  err: (text) => {
    if (!output.isGone) errors.mention(text);
  },
  onSignals: ({ stop, reload }) => {
    stopListeners.push(stop);
    const insist = (): void => {
      errors.mention("ended at once, as asked twice; what is in the log on disk is kept\n");
      process.exit(EXIT.failed);
    };
    if (reload === undefined) return listenForSignals({ stop, insist });
    // A terminal that closes says SIGHUP as well.
    const reloadOrStop = (): void => errors.knock((isThere) => (isThere ? reload() : stop()));
    listenForSignals({ stop, insist, reload: reloadOrStop });
  },
  openScreen: (onQuit) => (isScreen ? new TtyScreen(stdout, stdin, onQuit) : undefined),
  isColoured: isScreen && (env["NO_COLOR"] ?? "") === "",
});

// A bug ends the process, and is told though nobody reads the rest any more; what is printed of it may hold anything.
process.on("uncaughtException", (error) => {
  errors.mention(terminal.scrubber.scrub(`${inspect(error)}\n`));
  process.exit(EXIT.failed);
});

process.exitCode = await runCommand(process.argv.slice(2), terminal);
