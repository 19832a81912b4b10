/**
 * How often a database was opened and not closed since all of it was last looked through: in a small file among its
 * own, which LevelDB leaves alone. Whatever ends a process, be it a damaged block that LevelDB trips over, a kill or a
 * power cut, leaves the file as it was at the start.
 */

import { join } from "node:path";
import { GatewayError } from "../model/errors.ts";
import { DiskSideFile } from "./side-file.ts";

/** One may be a power cut. After the second all is looked through, so that a damaged block ends no third run. */
const ENDS_MAX = 2;

/** All that the file holds. */
const COUNT = /^\d{1,9}\n$/u;

/** Counts the ends of one database. A file that cannot be written stays as it is. */
export class UncleanEnds {
  readonly #file: DiskSideFile;
  #count = 0;
  /** What surely stands in the file; undefined where that is not known. */
  #stored: number | undefined;
  /** One after the other. */
  #writing: Promise<void> = Promise.resolve();

  constructor(folder: string) {
    this.#file = new DiskSideFile(join(folder, "unclean-ends"));
  }

  /** Reads how often it was; what cannot be understood counts as often enough. */
  async read(): Promise<void> {
    const bytes = await this.#file.read();
    const text = bytes === undefined ? "0\n" : Buffer.from(bytes).toString("latin1");
    this.#count = COUNT.test(text) ? Number(text) : ENDS_MAX;
  }

  /** Whether all of it should be looked through now. */
  get isCheckDue(): boolean {
    return this.#count >= ENDS_MAX;
  }

  /** Counts the run that begins as one that will not be closed. */
  async begin(): Promise<void> {
    await this.#write(this.#count + 1);
  }

  /** All of it has been looked through. */
  async noteCheck(): Promise<void> {
    this.#count = 0;
    await this.begin();
  }

  /** Takes the run that ends out of the count. */
  async close(): Promise<void> {
    await this.#write(this.#count);
  }

  async #write(count: number): Promise<void> {
    this.#writing = this.#writing.then(() => this.#replace(count));
    await this.#writing;
  }

  async #replace(count: number): Promise<void> {
    if (this.#stored === count) return;
    this.#stored = undefined;
    try {
      await this.#file.replace(Buffer.from(`${count}\n`));
      this.#stored = count;
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
    }
  }
}
