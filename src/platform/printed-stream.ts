/** A stream that this process prints to, and what becomes of it: a disk that fills up, a reader that goes away. */

import { fstatSync, writeFileSync } from "node:fs";
import { writeTo } from "./writing.ts";

/** What is needed of `process.stdout` and `process.stderr`. */
export interface PrintTarget {
  readonly fd: number;
  readonly isTTY?: boolean;
  write(text: string, onWritten?: (error?: Error | null) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** One of the two streams of a process. */
export class PrintedStream {
  readonly #target: PrintTarget;
  readonly #name: string;
  /** Node writes once to a file, loses what did not fit and does not say so. */
  readonly #isFile: boolean;
  #isGone = false;

  /**
   * `onGone` is called when nobody reads any more. Who reads may stop reading, as `head` does: that ends a command that
   * would go on, and is nobody's mistake. A process whose parent was killed, or whose terminal is gone, learns of it in
   * this way too.
   */
  constructor(target: PrintTarget, name: string, onGone: () => void) {
    this.#target = target;
    this.#name = name;
    this.#isFile = target.isTTY !== true && isFile(target.fd);
    target.on("error", () => {
      this.#isGone = true;
      onGone();
    });
  }

  /** Whether its reader is known to have gone. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Prints all of a text, or nothing where nobody reads any more. Errors: those of `writeTo`. */
  print(text: string): void {
    if (this.#isGone) return;
    if (!this.#isFile) {
      this.#target.write(text);
      return;
    }
    writeTo(this.#name, () => writeFileSync(this.#target.fd, text));
  }

  /** Prints what can go unsaid: where it cannot be written there is nobody left to tell, and the work goes on. */
  mention(text: string): void {
    try {
      this.print(text);
    } catch {
      // The next one may find room.
    }
  }

  /** Finds out whether somebody reads, without writing anything; a file can always be read later. */
  knock(listener: (isThere: boolean) => void): void {
    if (this.#isFile) listener(true);
    else this.#target.write("", (error) => listener(!error));
  }
}

/** A device such as `/dev/null` is written as a file is. */
function isFile(descriptor: number): boolean {
  const stats = fstatSync(descriptor);
  return !stats.isFIFO() && !stats.isSocket();
}
