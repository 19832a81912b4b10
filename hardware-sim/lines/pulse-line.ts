import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

/** `struct gpio_v2_line_event`. Source: Linux, include/uapi/linux/gpio.h. */
const EVENT_BYTES = 48;
const RISING = 1n;
const FALLING = 2n;

/**
 * A digital line of a simulated chip: a pipe with the records that the kernel's character device gives for its edges,
 * and a file with the level. What nobody reads in time is lost as it is there: the numbers tell.
 */
export class PulseLine {
  readonly #folder: string;
  readonly #pipe: number;
  #number = 0;
  #level = 0;

  /** Makes the line in the folder of its chip. Errors: this machine has no pipes with a name. */
  constructor(chip: string, name: string) {
    this.#folder = join(chip, name);
    mkdirSync(this.#folder, { recursive: true });
    execFileSync("mkfifo", [join(this.#folder, "events")]);
    this.#pipe = openSync(join(this.#folder, "events"), constants.O_RDWR | constants.O_NONBLOCK);
    this.#tellLevel();
  }

  /** Edges so far. */
  get edges(): number {
    return this.#number;
  }

  /** Goes from low to high, or back. */
  toggle(): void {
    this.#level = 1 - this.#level;
    this.#number += 1;
    this.#tellLevel();
    const words = new BigUint64Array(EVENT_BYTES / 8);
    words[0] = process.hrtime.bigint();
    words[1] = this.#level === 1 ? RISING : FALLING;
    words[2] = (BigInt(this.#number) << 32n) | BigInt(this.#number);
    try {
      writeSync(this.#pipe, new Uint8Array(words.buffer));
    } catch (cause) {
      if (!(cause instanceof Error && "code" in cause && cause.code === "EAGAIN")) throw cause;
    }
  }

  /** Unplugs it. */
  close(): void {
    closeSync(this.#pipe);
    rmSync(this.#folder, { recursive: true });
  }

  #tellLevel(): void {
    writeFileSync(join(this.#folder, "value"), `${this.#level}\n`);
  }
}
