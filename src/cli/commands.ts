/** The commands: one line each here, one file each beside this one, loaded only when asked for. */

import { EXIT, GatewayError } from "../model/errors.ts";

/** What a command may touch of the terminal. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Calls `listener` when someone asks the process to end. */
  onStopSignal(listener: () => void): void;
}

/** A command: its arguments in, its exit code out. Errors: any `GatewayError`, which becomes its message and code. */
export type Command = (argv: readonly string[], terminal: Terminal) => Promise<number>;

interface CommandEntry {
  readonly summary: string;
  readonly usage: string;
  load(): Promise<Command>;
}

const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  run: {
    summary: "run the gateway in the foreground",
    usage: "run [--config DIR] [--json]",
    load: async () => (await import("./run.ts")).run,
  },
  check: {
    summary: "poll a check once and print what it sees; sends nothing",
    usage: "check NAME [--config DIR] [--json]",
    load: async () => (await import("./check.ts")).check,
  },
  status: {
    summary: "say how the gateway is",
    usage: "status [--config DIR] [--json]",
    load: async () => (await import("./status.ts")).status,
  },
  configcheck: {
    summary: "check every configuration file and say what each costs",
    usage: "configcheck [--config DIR] [--json]",
    load: async () => (await import("./configcheck.ts")).configcheck,
  },
  sim: {
    summary: "run the plant: simulated machines, the gateway, a local intake",
    usage: "sim [--seconds N] [--outage S] [--seed N] [--json] [--config-only]",
    load: async () => {
      const { runSim } = await import("./sim.ts");
      return (argv) => runSim(argv);
    },
  },
  version: {
    summary: "print the version and which native parts load",
    usage: "version [--json]",
    load: async () => (await import("./version.ts")).version,
  },
};

/** Runs the command that `argv` names and gives its exit code. */
export async function runCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    terminal.out(usage());
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  const entry = COMMANDS[name === "--version" ? "version" : name];
  if (entry === undefined) {
    terminal.err(`tidegate: there is no command "${name}".\n\n${usage()}`);
    return EXIT.usage;
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    terminal.out(`usage: tidegate ${entry.usage}\n\n${entry.summary}\n`);
    return EXIT.ok;
  }
  try {
    const command = await entry.load();
    return await command(rest, terminal);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const hint = error.code === "CLI_USAGE" ? `\nusage: tidegate ${entry.usage}` : "";
    terminal.err(`tidegate ${name}: ${error.message}${hint}\n`);
    return error.exit;
  }
}

function usage(): string {
  const rows = Object.values(COMMANDS).map((entry) => `  tidegate ${entry.usage}\n      ${entry.summary}`);
  const about = "--config DIR is the folder of tidegate.yaml; without it, this folder or /etc/tidegate.";
  return `usage: tidegate COMMAND [options]\n\n${rows.join("\n")}\n\n${about}\n`;
}
