/** The way to one line: it is opened, opened again when it was gone, and never held twice. */

import { GatewayError } from "../../model/errors.ts";
import { type Clock, seconds } from "../../model/time.ts";
import type { GpioLine, LineEvents, LinePlace, LineWish, OpenGpioLine } from "../../platform/gpio-line.ts";

/** How long opening may take: the system answers at once, or something is wrong with it. */
const OPEN_WITHIN = seconds(5);

/** What one instance opens. */
export interface LineLinkParts {
  readonly place: LinePlace;
  readonly wish: LineWish;
  readonly openLine: OpenGpioLine;
  readonly clock: Clock;
  readonly onEdges: LineEvents["onEdges"];
  /** Hears of each line that was opened, before any of its edges. */
  readonly onOpen: (line: GpioLine) => void;
}

/** One line, open or not. */
export class LineLink {
  readonly #parts: LineLinkParts;
  readonly #closing = new AbortController();
  #line: GpioLine | undefined;
  /** The opening that is waited for; one that was given up closes what it opens. */
  #opening: Promise<void> | undefined;
  #lossReason: string | undefined;

  constructor(parts: LineLinkParts) {
    this.#parts = parts;
  }

  /** The open line; undefined where it is not. */
  get line(): GpioLine | undefined {
    return this.#line;
  }

  /** Why the line was lost; undefined where it was not, or somebody has been told already. */
  get lossReason(): string | undefined {
    return this.#lossReason;
  }

  /** Why the line was lost since the last call; undefined where it was not. */
  takeLossReason(): string | undefined {
    const reason = this.#lossReason;
    this.#lossReason = undefined;
    return reason;
  }

  /** Opens the line, if it is not open. Errors: `INPUT_UNREACHABLE`, `INPUT_TIMEOUT`, an abort's reason. */
  async open(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#line !== undefined || this.#closing.signal.aborted) return;
    this.#opening ??= this.#openOnce();
    const opening = this.#opening;
    try {
      await this.#within(opening, signal);
    } finally {
      if (this.#opening === opening) this.#opening = undefined;
    }
  }

  /** Lets go of the line, also of one that is still being opened. */
  close(): void {
    this.#closing.abort();
    this.#opening = undefined;
    this.#line?.close();
    this.#line = undefined;
  }

  async #openOnce(): Promise<void> {
    const { place, wish, openLine, clock, onEdges, onOpen } = this.#parts;
    const events: LineEvents = {
      onEdges,
      onClose: (reason) => {
        this.#line = undefined;
        this.#lossReason = reason;
      },
    };
    // By when it resolves, `#opening` is this one, unless it was given up.
    await Promise.resolve();
    const own = this.#opening;
    const line = await openLine(place, wish, events, clock);
    if (own === undefined || this.#opening !== own) {
      line.close();
      return;
    }
    this.#line = line;
    onOpen(line);
  }

  /** Waits for an opening for as long as it may take, or until it is of no use any more. */
  async #within(opening: Promise<void>, signal: AbortSignal): Promise<void> {
    const { clock, place } = this.#parts;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = (): void => reject(signal.reason);
    const timer = clock.after("open a GPIO line", OPEN_WITHIN, () => {
      const message = `GPIO ${place.inWords} did not open within ${OPEN_WITHIN / 1000} s. Look at what \`dmesg\` says.`;
      reject(new GatewayError("INPUT_TIMEOUT", message));
    });
    signal.addEventListener("abort", abort, { once: true });
    const end = (): void => resolve();
    this.#closing.signal.addEventListener("abort", end, { once: true });
    try {
      await Promise.race([opening, promise]);
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", abort);
      this.#closing.signal.removeEventListener("abort", end);
    }
  }
}
