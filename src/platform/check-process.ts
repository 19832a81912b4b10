/**
 * A process for one check of the user, with an empty environment and a limit to its memory. Whatever happens in it, be
 * it that it ends, hangs, or prints without end, costs the gateway a few kilobytes and a bounded line at most.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Duplex, Readable } from "node:stream";
import { monotonicMillis } from "./check-clock.ts";
import { CheckNotes } from "./check-notes.ts";
import { CHECK_URL, type CheckSources, WORKER_URL } from "./check-sources.ts";
import { type CheckOrder, LINE_BYTES_MAX, type RunReport } from "./check-words.ts";
import { END_WITH_PARENT, type ParentDeath } from "./parent-death.ts";
import { LineReader, readCheckWord } from "./read-check-word.ts";

/** What is kept of what Node itself prints as it ends. Units: characters. */
const LAST_WORDS_MAX = 4000;

/** What the process takes beside the objects of the check: Node itself, buffers, code. Units: MiB. */
export const BESIDE_HEAP_MIB = 48;

/** Words that nobody waits for; a process that says more of them than its life may have is not its own. */
const UNASKED_MAX = 8;

/** Lets all else go first, is the first to end where memory runs out, and loads sources that were made ready. */
const BOOT = `
const { readFileSync, writeFileSync } = process.getBuiltinModule("node:fs");
const { registerHooks } = process.getBuiltinModule("node:module");
try { writeFileSync("/proc/self/oom_score_adj", "1000"); } catch {}
try { process.getBuiltinModule("node:os").setPriority(10); } catch {}
const { worker, check, sources, parent, koffi } = JSON.parse(readFileSync(0, "utf8"));
${END_WITH_PARENT}
registerHooks({
  resolve: (name, context, next) => name === "tidegate/check" ? { url: check, shortCircuit: true } : next(name, context),
  load: (url, context, next) =>
    Object.hasOwn(sources, url) ? { format: "module", source: sources[url], shortCircuit: true } : next(url, context),
});
await import(worker);
`;

/** What a check told in a run, and when that came. Units: `receivedAt` as `ToldReading` has its moments. */
export interface ReceivedReport {
  readonly report: RunReport;
  readonly receivedAt: number;
}

/** What came of a run: a report, or why there is none and will be none from this process. */
export type RunEnd =
  | ({ readonly kind: "report" } & ReceivedReport)
  /** The check could not be made, or threw where nothing caught it. */
  | { readonly kind: "failed"; readonly what: string }
  /** The process is gone; `what` continues a sentence that names it. */
  | { readonly kind: "ended"; readonly what: string };

/** The process of one check, from its start to its end. It runs the check whenever it is told to. */
export interface CheckProcess {
  /** Resolves when the check is made; with why it is not, where it is not. */
  readonly opened: Promise<RunEnd | undefined>;
  /** Runs the check once. Shape: never while a run is under way. */
  run(): Promise<RunEnd>;
  /** What it holds that no other process does; undefined where that cannot be told. Units: bytes. */
  privateBytes(): number | undefined;
  /** Ends it at once, whatever it does. Gives what it told in a run that did not come to its end, once. */
  end(): ReceivedReport | undefined;
}

/** What a process is made of. */
export interface CheckProcessParts {
  readonly order: CheckOrder;
  readonly sources: CheckSources;
  /** What it may take in all. Units: MiB. */
  readonly memoryMiB: number;
  /** Shown to whoever lists processes. */
  readonly label: string;
  readonly parentDeath: ParentDeath;
}

/** Starts the process of a check. */
export function startCheckProcess(parts: CheckProcessParts): CheckProcess {
  return new ChildCheck(parts);
}

class ChildCheck implements CheckProcess {
  readonly opened: Promise<RunEnd | undefined>;
  readonly #hearOpened: (end: RunEnd | undefined) => void;
  readonly #child: ChildProcess;
  readonly #pipe: Duplex;
  readonly #notes = CheckNotes.open();
  #gone: RunEnd | undefined;
  #waiting: ((end: RunEnd) => void) | undefined;
  #lastWords = "";
  #run = 0;
  #isUnderWay = false;
  readonly #lines = new LineReader();
  #isReady = false;
  #unasked = 0;

  constructor({ order, sources, memoryMiB, label, parentDeath: { command, koffi } }: CheckProcessParts) {
    const { promise, resolve: hearOpened } = Promise.withResolvers<RunEnd | undefined>();
    this.opened = promise;
    this.#hearOpened = hearOpened;
    // A path that counts from the folder of the gateway means another file in that of the check.
    const file = resolve(order.file);
    const [program = "", ...words] = [
      ...[...command, process.execPath],
      `--max-old-space-size=${memoryMiB - BESIDE_HEAP_MIB}`,
      ...["--max-semi-space-size=2", "--disable-warning=ExperimentalWarning", "--input-type=module"],
      ...["--eval", BOOT, "--", label],
    ];
    this.#child = spawn(program, words, {
      cwd: dirname(file),
      env: {},
      stdio: ["pipe", "ignore", "pipe", "pipe", this.#notes?.fd ?? "ignore"],
    });
    this.#pipe = this.#child.stdio[3] as unknown as Duplex;
    const errors = this.#child.stderr as Readable;
    errors.setEncoding("utf8");
    errors.on("data", (text: string) => {
      this.#lastWords = `${this.#lastWords}${text}`.slice(0, LAST_WORDS_MAX);
    });
    for (const stream of [this.#child.stdin, this.#pipe, errors]) stream?.on("error", () => undefined);
    this.#pipe.on("data", (chunk: Buffer) => this.#read(chunk));
    this.#child.on("error", (error) => this.#settle({ kind: "ended", what: `could not be started: ${error.message}` }));
    this.#child.on("close", (code, signal) => this.#settle({ kind: "ended", what: this.#describeEnd(code, signal) }));
    const boot = { worker: WORKER_URL, check: CHECK_URL, sources, parent: process.pid, koffi };
    this.#child.stdin?.end(JSON.stringify(boot));
    this.#pipe.write(`${JSON.stringify({ ...order, file })}\n`);
  }

  async run(): Promise<RunEnd> {
    if (this.#gone !== undefined) return this.#gone;
    const { promise, resolve: hear } = Promise.withResolvers<RunEnd>();
    this.#waiting = hear;
    this.#run += 1;
    this.#isUnderWay = true;
    this.#pipe.write(`${JSON.stringify({ run: this.#run })}\n`);
    return await promise;
  }

  privateBytes(): number | undefined {
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
      const kibibytes = /^RssAnon:\s+(\d+) kB$/mu.exec(status)?.[1];
      return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
    } catch {
      return undefined;
    }
  }

  end(): ReceivedReport | undefined {
    this.#child.kill("SIGKILL");
    this.#settle({ kind: "ended", what: "was ended" });
    const report = this.#isUnderWay ? this.#notes?.read() : undefined;
    this.#notes?.close();
    return report === undefined ? undefined : { report, receivedAt: monotonicMillis() };
  }

  #read(chunk: Buffer): void {
    if (this.#gone !== undefined) return;
    if (!this.#lines.push(chunk, (line) => this.#hear(line)))
      this.#endFor(`told more than ${LINE_BYTES_MAX} bytes in one run, and was ended`);
  }

  #hear(line: string): void {
    if (this.#gone !== undefined) return;
    const word = readCheckWord(line);
    if (word !== undefined && "failed" in word) this.#settle({ kind: "failed", what: word.failed });
    else if (word !== undefined && "isReady" in word && !this.#isReady) {
      this.#isReady = true;
      this.#hearOpened(undefined);
    } else if (word !== undefined && "run" in word && word.run === this.#run && this.#waiting !== undefined) {
      this.#report(word.report);
    } else {
      // A run that ends twice, by an error that nobody caught, says so twice.
      this.#unasked += 1;
      const isOwn = word !== undefined && this.#unasked <= UNASKED_MAX;
      if (!isOwn) this.#endFor("wrote to the pipe of the gateway, and was ended");
    }
  }

  #endFor(what: string): void {
    this.#child.kill("SIGKILL");
    this.#settle({ kind: "ended", what });
  }

  #report(report: RunReport): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#isUnderWay = false;
    waiting?.({ kind: "report", report, receivedAt: monotonicMillis() });
  }

  /** Nothing comes after this. */
  #settle(end: RunEnd): void {
    this.#gone ??= end;
    this.#hearOpened(this.#gone);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(this.#gone);
  }

  #describeEnd(code: number | null, signal: NodeJS.Signals | null): string {
    if (/heap out of memory|Allocation failed|out of memory/iu.test(this.#lastWords)) {
      return "took more memory than it may";
    }
    if (signal !== null) return `was ended by ${signal}`;
    return `ended by itself with exit code ${code}: a check must not end its process`;
  }
}
