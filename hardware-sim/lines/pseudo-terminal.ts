import { closeSync, constants, openSync, writeSync } from "node:fs";
import { ReadStream } from "node:tty";
import { loadSystemCalls, type SystemCalls } from "./system-calls.ts";

const NAME_BYTES_MAX = 64;

/** More than the settings of a terminal take on any machine. */
const SETTINGS_BYTES_MAX = 256;

/** When settings count: at once. */
const TCSANOW = 0;

/** A timer of Node may be late by this much, and early too. Units: milliseconds. */
const TIMER_ERROR_MS = 3;

const OPEN_FLAGS = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK;

/** Node has no name for it. A gateway that is started later would hold the line open, and never find it unplugged. */
const O_CLOEXEC = 0o2_000_000;

/** What this machine offers for serial lines without wires. */
export class Terminals {
  readonly #calls: SystemCalls;

  private constructor(calls: SystemCalls) {
    this.#calls = calls;
  }

  /** Tries whether this machine has them; else says why not, to go on from "there are no pseudo-terminals:". */
  static async find(load: () => Promise<SystemCalls> = loadSystemCalls): Promise<Terminals | string> {
    try {
      const terminals = new Terminals(await load());
      terminals.open(() => undefined).hangUp();
      return terminals;
    } catch (cause) {
      return (cause instanceof Error ? cause.message : String(cause)).split("\n")[0] ?? "";
    }
  }

  /** Opens one, which passes bytes on as they are. Errors: which call failed. */
  open(onData: (bytes: Uint8Array) => void): PseudoTerminal {
    const { posixOpenpt, grantpt, unlockpt, ptsnameR, tcgetattr, cfmakeraw, tcsetattr } = this.#calls;
    const own = check("posix_openpt", posixOpenpt(OPEN_FLAGS | O_CLOEXEC));
    const name = Buffer.alloc(NAME_BYTES_MAX);
    check("grantpt", grantpt(own));
    check("unlockpt", unlockpt(own));
    check("ptsname_r", -ptsnameR(own, name, name.length));
    const path = name.toString("utf8", 0, name.indexOf(0));
    const other = openSync(path, OPEN_FLAGS);
    const settings = Buffer.alloc(SETTINGS_BYTES_MAX);
    check("tcgetattr", tcgetattr(other, settings));
    cfmakeraw(settings);
    check("tcsetattr", tcsetattr(other, TCSANOW, settings));
    return new PseudoTerminal(path, own, other, onData);
  }

  /** Waits until a moment, to a tenth of a millisecond. Units: `at` as `performance.now` counts. */
  async sleepUntil(at: number): Promise<void> {
    for (;;) {
      const left = at - performance.now();
      if (left <= 0) return;
      if (left <= 2 * TIMER_ERROR_MS) await this.#calls.sleep(left);
      else await new Promise((resolve) => setTimeout(resolve, left - TIMER_ERROR_MS));
    }
  }
}

/** A terminal whose other end anybody may open by its path, as the port of an adapter. */
export class PseudoTerminal {
  /** Where the other end is opened. */
  readonly path: string;
  readonly #own: number;
  /** The other end, kept open: without anybody there, reading would fail. */
  readonly #other: number;
  readonly #reader: ReadStream;
  #isOver = false;

  /** Takes over both ends. */
  constructor(path: string, own: number, other: number, onData: (bytes: Uint8Array) => void) {
    this.path = path;
    this.#own = own;
    this.#other = other;
    this.#reader = new ReadStream(own);
    this.#reader.on("data", (bytes) => {
      if (!this.#isOver) onData(bytes);
    });
    // Nothing reads on after an error, and what is written to a line that is gone is lost, as on wires.
    this.#reader.on("error", () => this.hangUp());
  }

  /** Writes at once. What nobody reads is lost when the terminal is full. */
  write(bytes: Uint8Array): void {
    if (this.#isOver) return;
    try {
      writeSync(this.#own, bytes);
    } catch (cause) {
      if (!(cause instanceof Error && "code" in cause && cause.code === "EAGAIN")) throw cause;
    }
  }

  /** Ends it: whoever has the other end open finds it unplugged. Idempotent. */
  hangUp(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reader.destroy();
    closeSync(this.#other);
  }
}

function check(call: string, result: number): number {
  if (result < 0) throw new Error(`${call} failed`);
  return result;
}
