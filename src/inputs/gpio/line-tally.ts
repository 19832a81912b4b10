/** What the edges of a line add up to: pulses, the time it was active, and how fast pulses follow each other. */

import type { EdgeBatch, LineEdges } from "../../platform/gpio-uapi.ts";

/** Counts one line for as long as its instance lives, also when the line is opened anew. Units: milliseconds. */
export class LineTally {
  /** Pulses so far; those whose edges nobody saw count too, as far as their number is known. */
  pulses = 0;
  /** Edges so far that happened and that nobody saw. */
  missed = 0;
  readonly #edges: LineEdges;
  #lastNumber = 0;
  #wasActive = false;
  #level: boolean | undefined;
  #levelFrom = 0;
  #activeMs = 0;
  #windowFrom = 0;
  #activeAtWindow = 0;
  /** The last pulse of the window before; NaN where there was none since the line was opened. */
  #anchorAt = Number.NaN;
  #lastPulseAt = Number.NaN;
  #windowFirstAt = Number.NaN;
  #windowPulses = 0;
  #frequency = Number.NaN;
  #openedAt = 0;

  /** `edges` says which edges of the line are told of. */
  constructor(edges: LineEdges) {
    this.#edges = edges;
  }

  /** Whether the line is active, as far as is known. */
  get level(): boolean | undefined {
    return this.#level;
  }

  /** What `takeFrequency` gave last. Units: hertz. */
  get frequency(): number {
    return this.#frequency;
  }

  /** Begins with a line that was opened: its edges are numbered from 1 again, and what was before is long ago. */
  begin(now: number, level: boolean | undefined): void {
    this.#lastNumber = 0;
    this.#wasActive = level === true;
    this.#level = level;
    this.#levelFrom = now;
    this.#windowFrom = now;
    this.#activeAtWindow = this.#activeMs;
    this.#anchorAt = Number.NaN;
    this.#windowFirstAt = Number.NaN;
    this.#windowPulses = 0;
    this.#frequency = Number.NaN;
    this.#openedAt = now;
  }

  /** Takes edges; gives how many others happened before and between them. */
  take(batch: EdgeBatch): number {
    const missedBefore = this.missed;
    for (let row = 0; row < batch.count; row += 1) {
      const at = batch.at[row] ?? 0;
      const isRising = batch.isRising[row] === 1;
      const number = batch.number[row] ?? 0;
      // Numbers have 32 bits, and begin anew at 0 after two weeks of 2 kHz.
      const lost = Math.max(0, ((number - this.#lastNumber) >>> 0) - 1);
      this.#lastNumber = number;
      this.missed += lost;
      const pulses = this.#risesUpTo(number) - this.#risesUpTo(number - lost - 1);
      if (pulses > 0) this.#takePulses(at, pulses);
      if (this.#edges === "both") this.setLevel(at, isRising);
    }
    return this.missed - missedBefore;
  }

  /** Takes a level that was read, or that an edge led to. */
  setLevel(at: number, level: boolean): void {
    if (this.#level === true) this.#activeMs += Math.max(0, at - this.#levelFrom);
    this.#level = level;
    this.#levelFrom = Math.max(at, this.#levelFrom);
  }

  /** The time the line was active, up to `now`. */
  activeMs(now: number): number {
    return this.#activeMs + (this.#level === true ? Math.max(0, now - this.#levelFrom) : 0);
  }

  /** The part of the time since the last call in which the line was active; NaN where that is not known. */
  takeDuty(now: number): number {
    const active = this.activeMs(now);
    const duty = this.#level === undefined ? Number.NaN : (active - this.#activeAtWindow) / (now - this.#windowFrom);
    this.#windowFrom = now;
    this.#activeAtWindow = active;
    return Math.min(1, duty);
  }

  /**
   * How many pulses come in a second, by the moments of those since the last call; NaN where that is not known. Without
   * any it is what the silence leaves possible, and 0 from `zeroAfter` on. Units: hertz.
   */
  takeFrequency(now: number, zeroAfter: number): number {
    if (this.#windowPulses > 0) {
      const isAnchored = !Number.isNaN(this.#anchorAt);
      const span = this.#lastPulseAt - (isAnchored ? this.#anchorAt : this.#windowFirstAt);
      const steps = isAnchored ? this.#windowPulses : this.#windowPulses - 1;
      this.#frequency = span > 0 ? (1000 * steps) / span : Number.NaN;
      this.#anchorAt = this.#lastPulseAt;
      this.#windowPulses = 0;
      return this.#frequency;
    }
    const silence = now - (Number.isNaN(this.#anchorAt) ? this.#openedAt : this.#anchorAt);
    if (silence >= zeroAfter) this.#frequency = 0;
    return silence > 0 ? Math.min(this.#frequency, 1000 / silence) : this.#frequency;
  }

  #takePulses(at: number, count: number): void {
    this.pulses += count;
    if (this.#windowPulses === 0) this.#windowFirstAt = at;
    // Where it is not known when they were, those before the first of the window are of no use for its speed.
    this.#windowPulses += Number.isNaN(this.#anchorAt) && this.#windowPulses === 0 ? 1 : count;
    this.#lastPulseAt = at;
  }

  /**
   * How many of the first edges of the line went up. Edges go up and down in turn, so their number tells; what each is
   * said to be does not, where both are told of: the kernel looks at the level a moment later.
   */
  #risesUpTo(number: number): number {
    if (this.#edges === "rising") return number;
    return this.#wasActive ? Math.floor(number / 2) : Math.ceil(number / 2);
  }
}
