import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Status } from "../../src/model/status.ts";

/** How a gateway ended. */
export interface GatewayEnd {
  /** Exit code, or the name of the signal that ended it. */
  readonly how: number | string;
  /** Its last words: the final status; undefined when it did not get to say it. */
  readonly status: Status | undefined;
  /** It did not end when asked and had to be killed. */
  readonly wasKilled: boolean;
}

const LOG_LINES_MAX = 50;
const STOP_MS_MAX = 20_000;

/** The gateway under test, as a process of its own. */
export class GatewayProcess implements Disposable {
  /** Resolves when the process is gone and all it said was read. */
  readonly ended: Promise<GatewayEnd>;
  readonly #child: ChildProcess;
  readonly #logLines: string[] = [];
  #lastLine = "";
  #wasKilled = false;
  /** However the plant ends, no gateway is left behind. */
  readonly #onExit = (): void => this.kill();

  /** Starts `tidegate run --config FOLDER`; `onLogLine` gets each line it writes to standard error. */
  constructor(folder: string, onLogLine: (line: string) => void) {
    // A process group of its own: a Ctrl-C in the terminal is the plant's to hear, which then asks the gateway to stop.
    const child = spawn(process.execPath, [findLauncher(), "run", "--config", folder, "--json"], {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      env: plainEnvironment(),
    });
    this.#child = child;
    process.once("exit", this.#onExit);
    createInterface({ input: child.stderr }).on("line", (line) => {
      this.#logLines.push(line);
      if (this.#logLines.length > LOG_LINES_MAX) this.#logLines.shift();
      onLogLine(line);
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.trim() !== "") this.#lastLine = line;
    });
    this.ended = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => {
        resolve({ how: code ?? signal ?? 1, status: readStatus(this.#lastLine), wasKilled: this.#wasKilled });
      });
    });
  }

  /** Its number in the process table; undefined where it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The last lines of its log. Limits: 50. */
  get logLines(): readonly string[] {
    return this.#logLines;
  }

  /** Asks it to stop and waits; after 20 seconds it is killed. */
  async stop(): Promise<GatewayEnd> {
    this.#child.kill("SIGTERM");
    const patience = setTimeout(() => this.kill(), STOP_MS_MAX);
    try {
      return await this.ended;
    } finally {
      clearTimeout(patience);
    }
  }

  /** Kills it at once, with whatever it started. */
  kill(): void {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#wasKilled = true;
    process.kill(-this.#child.pid, "SIGKILL");
  }

  [Symbol.dispose](): void {
    process.off("exit", this.#onExit);
    this.kill();
  }
}

/** What a program needs of its surroundings to run at all. */
const PLAIN_VARIABLES = ["PATH", "HOME", "TMPDIR", "TZ", "LANG", "LC_ALL"];

/**
 * The plant's configuration is whole: keys, tags and proxies that the user has in the environment are for a gateway of
 * their own, and the real key has no business with the plant's intake.
 */
function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(PLAIN_VARIABLES.map((name) => [name, process.env[name]]));
}

/** The launcher beside the sources, seen from here in a checkout or from the built files. */
function findLauncher(): string {
  const places = ["../../src/launch.js", "../../../src/launch.js"].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const found = places.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`the launcher of the gateway is at none of ${places.join(", ")}`);
  return found;
}

function readStatus(line: string): Status | undefined {
  try {
    const json: unknown = JSON.parse(line);
    const isStatus = typeof json === "object" && json !== null && "schema" in json && "intakes" in json;
    return isStatus ? (json as Status) : undefined;
  } catch {
    return undefined;
  }
}
