/**
 * Whether the wall clock can be believed, from what the system shows of it.
 *
 * A board without a clock module starts in the past, or where it was switched off, and looks plausible: it is believed
 * only once a time server has set it. Everything else keeps its time over a power cut or has a host that does, and is
 * believed while its date can be. What a web server says of the time counts for nothing: nobody has signed it.
 */

import type { ClockPolicy } from "../model/config.ts";
import { type ClockTrust, type EpochMillis, type Millis, seconds, type Timer } from "../model/time.ts";

/**
 * A wall clock outside of these was never set: no release of the gateway is older, and none will run for so long.
 *
 * Units: milliseconds since 1970.
 */
const PLAUSIBLE_FROM = Date.UTC(2026, 0, 1);
const PLAUSIBLE_UNTIL = Date.UTC(2100, 0, 1);

/** A clock module may keep local time, and drifts; one that is further off did not set the clock. */
const MODULE_OFF_MAX = seconds(26 * 3600);

/** How often a clock that is not believed is looked at again. */
const LOOK_INTERVAL = seconds(30);

/** What the system shows of its clock. */
export interface ClockEvidence {
  /** Who says that the clock was set from outside, such as `systemd-timesyncd`. */
  readonly synchronizedBy?: string;
  /** The clock module that set the clock when the machine was started, and its time in milliseconds since 1970. */
  readonly module?: { readonly name: string; readonly at: number };
  /** Who keeps the clock in place of this system. */
  readonly host?: "container" | "virtual machine";
  /** Whether a time service of this system can be seen, which says when it has set the clock. */
  readonly hasService: boolean;
  /** Whether the system shows its devices: where it does not, having no clock module means nothing. */
  readonly showsDevices: boolean;
}

/** Says why a moment cannot be now; undefined where it can. Units: milliseconds since 1970. */
export function describeImplausible(at: number): string | undefined {
  if (at < PLAUSIBLE_FROM) return `it says ${dateOf(at)}, which is before this program was written`;
  if (at >= PLAUSIBLE_UNTIL) return `it says ${dateOf(at)}, which is too far ahead to be`;
  return undefined;
}

/** Judges the evidence on a clock that reads `now`. */
export function judgeClock(evidence: ClockEvidence, policy: ClockPolicy, now: EpochMillis): ClockTrust {
  if (policy === "always") return trusted("clock.trust says so");
  const implausible = describeImplausible(now);
  if (implausible !== undefined) return untrusted(implausible);
  const { synchronizedBy, module, host, hasService, showsDevices } = evidence;
  if (synchronizedBy !== undefined) return trusted(`${synchronizedBy} has set it`);
  if (policy === "synchronized") return untrusted("clock.trust wants a time server, and none has answered yet");
  if (module !== undefined && Math.abs(module.at - now) <= MODULE_OFF_MAX) {
    return trusted(`the clock module ${module.name} keeps it`);
  }
  if (host === "virtual machine" || (host === "container" && !hasService)) {
    return trusted(`the host of this ${host} keeps it`);
  }
  if (module !== undefined) {
    return untrusted(`the clock module says ${dateOf(module.at)}, and no time server has answered yet`);
  }
  if (!showsDevices) return trusted("its date can be, and this system shows no more");
  return untrusted("there is no clock module, and no time server has answered yet");
}

/** What watching needs of a clock. */
export interface WatchedClock {
  now(): EpochMillis;
  after(name: string, delay: Millis, action: () => void): Timer;
}

/** Looks at the evidence until the clock can be believed; from then on it is, while its date can be. */
export class TrustWatch {
  readonly #clock: WatchedClock;
  readonly #policy: ClockPolicy;
  readonly #look: () => Promise<ClockEvidence>;
  #evidence: ClockEvidence;
  #timer: Timer | undefined;
  #isOver = false;

  private constructor(
    clock: WatchedClock,
    policy: ClockPolicy,
    look: () => Promise<ClockEvidence>,
    evidence: ClockEvidence,
  ) {
    this.#clock = clock;
    this.#policy = policy;
    this.#look = look;
    this.#evidence = evidence;
    this.#lookLater();
  }

  /** Takes a first look, and goes on by itself until it is closed. */
  static async open(clock: WatchedClock, policy: ClockPolicy, look: () => Promise<ClockEvidence>): Promise<TrustWatch> {
    return new TrustWatch(clock, policy, look, await look());
  }

  trust(): ClockTrust {
    return judgeClock(this.#evidence, this.#policy, this.#clock.now());
  }

  close(): void {
    this.#isOver = true;
    this.#timer?.cancel();
  }

  #lookLater(): void {
    this.#timer = this.#clock.after("look at the clock", LOOK_INTERVAL, () => void this.#lookAgain());
  }

  async #lookAgain(): Promise<void> {
    // A clock that was set stays so, whatever becomes of the service that did it.
    if (!this.trust().isTrusted) this.#evidence = await this.#look();
    if (!this.#isOver) this.#lookLater();
  }
}

function trusted(basis: string): ClockTrust {
  return { isTrusted: true, basis };
}

function untrusted(basis: string): ClockTrust {
  return { isTrusted: false, basis };
}

function dateOf(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "no date at all" : date.toISOString().slice(0, 10);
}
