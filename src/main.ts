/** Where the command line begins: argv to a command, a command's result to an exit code. */

import { runCommand } from "./cli/commands.ts";
import { EXIT } from "./model/errors.ts";
import { listenForStop } from "./platform/stop-signals.ts";

process.exitCode = await runCommand(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  onStopSignal: (listener) =>
    listenForStop(listener, () => {
      process.stderr.write("ended at once, as asked twice; what is in the log on disk is kept\n");
      process.exit(EXIT.failed);
    }),
});
