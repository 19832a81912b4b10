/**
 * Faults of six kinds, with labels. A size of 1 is what the signal keeps to, from end to end, in 99.7 % of its ordinary
 * values (where control charts put their limits): a step of size 1 leaves no value where it may ordinarily be, unless
 * it leads from one end to the other. For what has no height, stuck and lost season, it stands for the time it takes.
 */

import type { Chance } from "./chance.ts";
import type { PlantSignal, SignalType } from "./plant-signals.ts";

/** The kinds there are; `lost` is a course that stops, daily or of the machine, while the noise goes on. */
export const FAULT_KINDS = ["step", "drift", "burst", "stuck", "oscillation", "lost"] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** The sizes drawn from; 1 is the one that headlines are about. */
export const FAULT_SIZES = [0.25, 0.5, 1, 2] as const;
export type FaultSize = (typeof FAULT_SIZES)[number];

/** A fault and its label. Units: milliseconds of the wall clock, those of the values for `height`. */
export interface Fault {
  readonly kind: FaultKind;
  readonly size: FaultSize;
  readonly from: number;
  readonly until: number;
  /** What is added, up or down. */
  readonly height: number;
  /** Of an oscillation, or from spike to spike at most. */
  readonly period: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long a fault of size 1 lasts at least, and how many values: what comes rarely breaks for longer. */
const SPANS: Readonly<Record<FaultKind, readonly [span: number, values: number]>> = {
  step: [4 * HOUR, 24],
  drift: [8 * HOUR, 48],
  burst: [10 * MINUTE, 40],
  stuck: [4 * HOUR, 24],
  oscillation: [2 * HOUR, 48],
  lost: [DAY, 96],
};

/** A drift grows for so much of its time, then stays. */
const GROWS = 0.75;

/** Draws a fault. Units: milliseconds, and those of the values for `width`. */
export function drawFault(
  chance: Chance,
  type: SignalType,
  { from, width, interval, sizes }: { from: number; width: number; interval: number; sizes: readonly FaultSize[] },
): Fault {
  const kind = chance.pick(type.kinds);
  const size = chance.pick(sizes);
  const [span, values] = SPANS[kind];
  const isTimed = kind === "stuck" || kind === "lost";
  const period =
    kind === "burst"
      ? Math.max(MINUTE, 6 * interval)
      : Math.max(MINUTE * chance.between(1, 10), interval * chance.between(4, 10));
  const height = chance.pick([1, -1]) * width * (isTimed ? 0 : size);
  return { kind, size, from, until: from + Math.max(span, values * interval) * (isTimed ? size : 1), height, period };
}

/** A signal to which faults happen. */
export class FaultySignal {
  readonly #signal: PlantSignal;
  readonly #chance: Chance;
  readonly #interval: number;
  #fault: Fault | undefined;
  #kept = Number.NaN;
  #nextSpike = 0;
  #last = 0;

  /** Units: `interval` in milliseconds. */
  constructor(signal: PlantSignal, chance: Chance, interval: number) {
    this.#signal = signal;
    this.#chance = chance;
    this.#interval = interval;
  }

  /** Gives the value at a moment, with the fault that is there, if any. Units: `at` in milliseconds. */
  read(at: number, fault: Fault | undefined): number {
    let course = this.#signal.course(at);
    const noise = this.#signal.noise();
    if (fault !== this.#fault) {
      this.#fault = fault;
      this.#kept = fault?.kind === "lost" ? course : this.#last;
      this.#nextSpike = at;
    }
    if (fault !== undefined) {
      if (fault.kind === "stuck") return this.#kept;
      course = fault.kind === "lost" ? this.#kept : course + this.#added(at, fault);
    }
    this.#last = this.#signal.report(course + noise);
    return this.#last;
  }

  #added(at: number, fault: Fault): number {
    const age = at - fault.from;
    switch (fault.kind) {
      case "step":
        return fault.height;
      case "drift":
        return fault.height * Math.min(1, age / (GROWS * (fault.until - fault.from)));
      case "oscillation":
        return (fault.height / 2) * Math.sin((2 * Math.PI * age) / fault.period);
      case "burst":
        if (at < this.#nextSpike) return 0;
        this.#nextSpike = at + Math.max(2 * this.#interval, fault.period * this.#chance.between(0.33, 1));
        return fault.height;
      default:
        return 0;
    }
  }
}
