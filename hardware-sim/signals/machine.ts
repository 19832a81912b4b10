/** A machine moves in steps of this length, so that its state does not depend on how often someone looks. */
export const STEP_SECONDS = 0.1;

/** A model of one machine: a state that moves on in steps of `STEP_SECONDS`. */
export interface Machine {
  step(): void;
  /** What could be measured now, by name. Units: the end of each name says it. */
  readonly quantities: Readonly<Record<string, number>>;
}

/** Machines that share one time, moved in the order given: later ones may look at earlier ones. */
export class Timeline {
  readonly #machines: readonly Machine[];
  #steps = 0;

  constructor(machines: readonly Machine[]) {
    this.#machines = machines;
  }

  /** Moves all machines to a moment; the past stays as it is. Units: seconds since the plant started. */
  advanceTo(atSeconds: number): void {
    const due = Math.floor(atSeconds / STEP_SECONDS);
    for (; this.#steps < due; this.#steps += 1) {
      for (const machine of this.#machines) machine.step();
    }
  }
}

/** Moves `value` towards `target` as a first-order lag does in one step. Units: `timeConstant` in seconds. */
export function follow(value: number, target: number, timeConstant: number): number {
  return value + (target - value) * (1 - Math.exp(-STEP_SECONDS / timeConstant));
}
