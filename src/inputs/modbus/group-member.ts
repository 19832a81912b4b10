import { faultOf } from "../../model/faults.ts";
import type { Fault, PollOutcome } from "../../model/input.ts";
import type { ModbusProfile, Point } from "../../model/profile.ts";
import type { Millis, MonotonicMillis } from "../../model/time.ts";
import { type Readable, toReadable } from "./plan.ts";
import { ReadingTable } from "./reading-table.ts";
import type { Refusals } from "./refusals.ts";
import type { ModbusSettings } from "./spec.ts";
import type { UnitIdentity } from "./unit-identity.ts";

/** What is known of a unit by one profile. */
export interface KnownOfUnit {
  readonly refusals: Refusals;
  readonly identity: UnitIdentity | undefined;
}

/** One instance among those that are read together, and what the reads brought for it. */
export class GroupMember {
  readonly readable: Readable;
  /** What the unit refuses of its profile. */
  readonly refusals: Refusals;
  /** Who the unit is; absent where its profile does not say how to ask. */
  readonly identity: UnitIdentity | undefined;
  /** Whether the unit is read for it apart from all others, as it is polled but once. */
  readonly isAlone: boolean;
  readonly #profile: ModbusProfile;
  #filling: ReadingTable;
  #given: ReadingTable;
  #faults: Fault[] = [];
  #absent = 0;
  #kept: { readonly outcome: PollOutcome; readonly at: MonotonicMillis } | undefined;

  constructor(profile: ModbusProfile, settings: ModbusSettings, known: KnownOfUnit, isAlone: boolean) {
    this.refusals = known.refusals;
    this.identity = known.identity;
    this.readable = toReadable(profile, settings);
    this.isAlone = isAlone;
    this.#profile = profile;
    this.#filling = new ReadingTable(profile.points.length);
    this.#given = new ReadingTable(profile.points.length);
  }

  get points(): readonly Point[] {
    return this.#profile.points;
  }

  /** Where the readings of the poll under way go. */
  get readings(): ReadingTable {
    return this.#filling;
  }

  /** Begins a poll: what the one before gave lasts until the next begins. */
  begin(): void {
    [this.#filling, this.#given] = [this.#given, this.#filling];
    this.#filling.clear();
    this.#faults = [];
    this.#absent = 0;
  }

  /** Notes points for which the device has no reading. */
  addAbsent(count: number): void {
    this.#absent += count;
  }

  /** Adds a fault of some of its points, or these to the one before when that says the same: one cause is told once. */
  addFault(fault: Fault): void {
    const before = this.#faults.at(-1);
    if (before === undefined || before.code !== fault.code || before.message !== fault.message) {
      this.#faults.push(fault);
    } else this.#faults[this.#faults.length - 1] = { ...before, points: [...before.points, ...fault.points] };
  }

  /** Gives up everything the poll brought, because of a fault that concerns all of its points. */
  withhold(error: Pick<Fault, "code" | "message">): void {
    this.#filling.clear();
    this.#absent = 0;
    this.#faults = [faultOf(error, this.points)];
  }

  /** Ends a poll. */
  end(isReachable: boolean): PollOutcome {
    const outcome = { readings: this.#filling, faults: this.#faults, absent: this.#absent, isReachable };
    const events = this.identity?.takeEvents() ?? [];
    return events.length === 0 ? outcome : { ...outcome, events };
  }

  /** Keeps what was read for it while another was polled. */
  keep(outcome: PollOutcome, at: MonotonicMillis): void {
    this.#kept = { outcome, at };
  }

  /** Takes what was kept, once, unless it is older than `ageMax`. */
  takeKept(now: MonotonicMillis, ageMax: Millis): PollOutcome | undefined {
    const kept = this.#kept;
    this.#kept = undefined;
    return kept !== undefined && now - kept.at <= ageMax ? kept.outcome : undefined;
  }
}
