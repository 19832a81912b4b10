import type { SerialProfile } from "../../model/serial-profile.ts";

/**
 * What comes sooner than this after a line was opened may be the rest of a frame that began before. Units:
 * milliseconds.
 */
const FRESH_MS = 250;

/**
 * Who begins to listen in the middle of a line hears its rest first, which may read as a value: 23.4 of 123.4. So where
 * neither a start nor a checksum tells, the first frame of a line that was speaking already is passed over.
 */
export class FreshLine {
  readonly #isTold: boolean;
  #openedAt = 0;
  #state: "quiet" | "cut-off" | "known" = "known";

  constructor({ framing, checksum }: Pick<SerialProfile, "framing" | "checksum">) {
    this.#isTold = checksum !== undefined || framing.type === "silence" || framing.start.length > 0;
  }

  /** The line was opened. Units: milliseconds of the monotonic clock. */
  begin(now: number): void {
    this.#openedAt = now;
    this.#state = this.#isTold ? "known" : "quiet";
  }

  /** Bytes came. */
  hear(now: number): void {
    if (this.#state === "quiet") this.#state = now - this.#openedAt < FRESH_MS ? "cut-off" : "known";
  }

  /** Whether the frame that is over now began before the line was opened; asked once for each. */
  isCutOff(): boolean {
    const isCutOff = this.#state === "cut-off";
    this.#state = "known";
    return isCutOff;
  }
}
