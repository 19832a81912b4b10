/** From the words of a command line to the command they name, and from what it throws to an exit code. */

import { didYouMean } from "../config/did-you-mean.ts";
import { EXIT, GatewayError } from "../model/errors.ts";
import type { Screen } from "../platform/screen.ts";
import type { Scrubber } from "../telemetry/scrubber.ts";
import { COMMANDS, type CommandEntry } from "./command-table.ts";

/** What a command may touch of the terminal. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /**
   * Calls `stop` when someone asks the process to end, or when nobody reads what it prints any more, and `reload` at
   * SIGHUP; leaving `reload` out makes SIGHUP a request to end.
   */
  onSignals(listeners: { readonly stop: () => void; readonly reload?: () => void }): void;
  /**
   * Takes the screen over until the result is disposed; undefined where what is printed appears on none. `onQuit` is
   * called when someone presses q or Ctrl-C on it.
   */
  openScreen(onQuit: () => void): Screen | undefined;
  /** Whether colours may be printed: on a screen, unless someone said that they do not want them. */
  readonly isColoured: boolean;
  /** Takes what it has learned out of all that is printed. */
  readonly scrubber: Scrubber;
}

/** A command: its arguments in, its exit code out. Errors: any `GatewayError`, which becomes its message and code. */
export type Command = (argv: readonly string[], terminal: Terminal) => Promise<number>;

/** Runs the command that `argv` names and gives its exit code. */
export async function runCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [first, ...rest] = argv;
  const name = first === "--version" ? "version" : first;
  const entry = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  try {
    if (name === undefined || name === "help" || name === "--help" || name === "-h") {
      terminal.out(usage());
      return name === undefined ? EXIT.usage : EXIT.ok;
    }
    if (entry === undefined) {
      const near = didYouMean(name, Object.keys(COMMANDS));
      const question = near === undefined ? "" : ` Did you mean \`tidegate ${near}\`?`;
      terminal.err(`tidegate: there is no command "${name}".${question}\n\n${usage()}`);
      return EXIT.usage;
    }
    if (rest.includes("--help") || rest.includes("-h")) {
      terminal.out(`${[`usage: tidegate ${entry.usage}`, "", entry.summary, ...detailsOf(entry)].join("\n")}\n`);
      return EXIT.ok;
    }
    const command = await entry.load();
    return await command(rest, terminal);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const hint =
      entry !== undefined && error.code === "CLI_USAGE" ? `\nusage: tidegate ${usageOf(entry, rest[0])}` : "";
    terminal.err(`tidegate ${name ?? "help"}: ${error.message}${hint}\n`);
    return error.exit;
  }
}

/** The usage of what a command's first word asks for, where that has options of its own; else that of all it does. */
function usageOf({ usage }: CommandEntry, word: string | undefined): string {
  const [name = "", ...rest] = usage.split(" ");
  const actions = rest.join(" ").split(" | ");
  const own = actions.find((action) => action.startsWith(`${word} `) && action.includes("--json"));
  return own === undefined ? usage : `${name} ${own}`;
}

function detailsOf({ details = [], usage }: CommandEntry): readonly string[] {
  const shared = [
    ...(usage.includes("--config") ? ["-c, --config DIR    the folder of tidegate.yaml, or that file"] : []),
    ...(usage.includes("--json") ? ["-j, --json          prints JSON, for programs"] : []),
  ];
  return [details, shared].flatMap((lines) => (lines.length === 0 ? [] : ["", ...lines]));
}

function usage(): string {
  const rows = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(12)} ${summary}`);
  return (
    `usage: tidegate COMMAND [options]\n\n${rows.join("\n")}\n\n` +
    "`tidegate COMMAND --help` shows the options of one.\n" +
    "--config DIR is the folder of tidegate.yaml; without it, this folder or /etc/tidegate.\n"
  );
}
