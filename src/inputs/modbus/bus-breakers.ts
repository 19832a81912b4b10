/** When the silent units of a bus are probed: from a small share of the bus' time, whoever waits longest first. */

import { type Millis, type MonotonicMillis, millis, seconds } from "../../model/time.ts";
import { type Silence, UnitBreaker } from "./unit-breaker.ts";

/** A unit is probed no more often than this, however idle the bus is. */
const PROBE_INTERVAL_MIN = seconds(4);

/** The part of a bus' time that goes into units that do not answer. */
const PROBE_SHARE = 0.019;

/** The part that goes into probes with all of the configured time, for units that come back slower than they were. */
const PATIENT_PROBE_SHARE = 0.001;

/** When a bus on which nobody answered is back, probes are free for so long: its units come back together. */
const BUS_RETURNS_FOR = seconds(10);

/** A probe under way. */
export interface Probe {
  readonly began: MonotonicMillis;
  /** How long its answer is waited for. */
  readonly timeout: Millis;
  /** What it is paid from. */
  readonly budget: "free" | "probes" | "patience";
}

/** The breakers of all units of a bus. */
export class BusBreakers {
  readonly #isHasty: boolean;
  readonly #units = new Map<number, { readonly breaker: UnitBreaker; userCount: number }>();
  #paidUntil = Number.NEGATIVE_INFINITY;
  #patientFrom: number | undefined;
  #freeUntil = Number.NEGATIVE_INFINITY;
  #lastCost = 0;

  /**
   * `isHasty` says whether to give up early frees the bus, as on a line. A gateway goes on waiting for a unit whatever
   * its client does, and what is asked meanwhile waits behind it.
   */
  constructor(isHasty: boolean) {
    this.#isHasty = isHasty;
  }

  /** Takes part in the polling of a unit; all who do share its breaker. */
  join(unit: number): UnitBreaker {
    const entry = this.#units.get(unit) ?? { breaker: new UnitBreaker(this.#isHasty), userCount: 0 };
    this.#units.set(unit, entry);
    entry.userCount += 1;
    return entry.breaker;
  }

  /** Takes part no more; the last one to leave has the unit forgotten. */
  leave(unit: number): void {
    const entry = this.#units.get(unit);
    if (entry === undefined) return;
    entry.userCount -= 1;
    if (entry.userCount === 0) this.#units.delete(unit);
  }

  /** When an open unit may be probed next, as far as can be told now. */
  nextProbeAt(breaker: UnitBreaker, now: MonotonicMillis): MonotonicMillis {
    const own = Math.ceil(breaker.lastSilentAt + PROBE_INTERVAL_MIN);
    if (this.#isFree(now)) return own as MonotonicMillis;
    const queue = this.#open.toSorted((one, other) => one.lastSilentAt - other.lastSilentAt);
    return Math.max(own, Math.ceil(this.#paidUntil + queue.indexOf(breaker) * this.#slot)) as MonotonicMillis;
  }

  /** How often each open unit is probed, as things stand. */
  probeInterval(now: MonotonicMillis): Millis {
    return millis(Math.max(PROBE_INTERVAL_MIN, this.#isFree(now) ? 0 : this.#open.length * this.#slot));
  }

  /** Begins to probe an open unit. Units: `configured` bounds the timeout. */
  beginProbe(breaker: UnitBreaker, configured: Millis, began: MonotonicMillis): Probe {
    if (this.#isSilent) return { began, timeout: configured, budget: "free" };
    this.#patientFrom ??= began + configured / PATIENT_PROBE_SHARE;
    if (began >= this.#patientFrom) return { began, timeout: configured, budget: "patience" };
    return { began, timeout: breaker.shortTimeout(configured), budget: this.#isFree(began) ? "free" : "probes" };
  }

  /** Ends a probe: the unit that answered is polled again, and the bus' time is paid. */
  endProbe(breaker: UnitBreaker, probe: Probe, isAlive: boolean, now: MonotonicMillis): void {
    if (this.#isSilent && isAlive) this.#freeUntil = now + BUS_RETURNS_FOR;
    breaker.endProbe(isAlive, now);
    if (probe.budget === "patience") this.#patientFrom = probe.began + (now - probe.began) / PATIENT_PROBE_SHARE;
    if (probe.budget === "probes") this.#pay(probe.began, now);
  }

  /** Ends a poll that nothing came of; a unit that was open lately pays for it as for a probe. */
  endSilentPoll(breaker: UnitBreaker, silence: Silence, began: MonotonicMillis, now: MonotonicMillis): void {
    breaker.endSilentPoll(silence, began, now);
    if (breaker.isOpen && !this.#isFree(now)) this.#pay(began, now);
  }

  #pay(began: number, now: number): void {
    this.#lastCost = now - began;
    this.#paidUntil = Math.max(this.#paidUntil, began) + this.#slot;
  }

  /** How much of the bus' time has to pass for one probe. */
  get #slot(): number {
    return this.#lastCost / PROBE_SHARE;
  }

  /** Whether probes keep nobody waiting. */
  #isFree(now: number): boolean {
    return now < this.#freeUntil || this.#isSilent;
  }

  get #isSilent(): boolean {
    return [...this.#units.values()].every(({ breaker }) => breaker.isOpen);
  }

  get #open(): readonly UnitBreaker[] {
    return [...this.#units.values()].map(({ breaker }) => breaker).filter(({ isOpen }) => isOpen);
  }
}
