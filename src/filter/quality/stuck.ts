/** The rule `stuck_after`: what is measured always moves a little, so a value that stands still is not measured. */

/** The course of one series. Units: `at` in milliseconds since 1970. */
export class StuckRule {
  #value = Number.NaN;
  #changedAt = 0;

  /** Goes on from a sample before which nothing is known. */
  restart(at: number, value: number): void {
    this.#value = value;
    this.#changedAt = at;
  }

  /** Takes the next sample and says whether none has changed for too long. Units: `stuckAfter` milliseconds. */
  isStuck(at: number, value: number, stuckAfter: number): boolean {
    if (value !== this.#value) this.restart(at, value);
    return at - this.#changedAt >= stuckAfter;
  }

  /** Moves the moment, because the clock was set. Units: milliseconds. */
  move(by: number): void {
    this.#changedAt += by;
  }
}
