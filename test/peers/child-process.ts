import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** A program that was started for a test and ends with it. */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #name: string;
  #output = "";
  #errors = "";

  /** Starts a program; with `terminal`, an open one, that is all it reads from and writes to. */
  constructor(command: string, argv: readonly string[], terminal?: number) {
    this.#name = [command, ...argv].join(" ");
    const streams = terminal === undefined ? (["ignore", "pipe", "pipe"] as const) : [terminal, terminal, terminal];
    this.#process = spawn(command, argv, { stdio: [...streams] });
    this.#process.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
    });
    this.#process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#errors += text;
    });
  }

  /** Waits for the first line on standard output. Errors: one with all the program said, when it ends before. */
  async firstLine(): Promise<string> {
    for (;;) {
      const end = this.#output.indexOf("\n");
      if (end !== -1) return this.#output.slice(0, end);
      if (this.#process.exitCode !== null) throw new Error(`${this.#name} ended early: ${this.#errors}`);
      await Promise.race([once(this.#process, "exit"), once(this.#process.stdout ?? this.#process, "data")]);
    }
  }

  /** Waits for the end; gives the exit code and all that was said. */
  async ended(): Promise<{ readonly code: number | null; readonly output: string; readonly errors: string }> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) await once(this.#process, "close");
    return { code: this.#process.exitCode, output: this.#output, errors: this.#errors };
  }

  /** Sends it a signal, such as SIGSTOP, which halts it. */
  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  /** Asks it to end, and waits until it has. */
  stop(): ReturnType<Child["ended"]> {
    this.#process.kill("SIGTERM");
    return this.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.ended();
  }
}
