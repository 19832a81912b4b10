/**
 * Fills in what the live lane left behind, a payload at a time between its flushes and at a bounded rate. Samples that
 * the intake does not take put off the backfill alone.
 */

import type { BackfillStatus } from "../model/status.ts";
import { type Millis, millis, type Random } from "../model/time.ts";
import type { TurnParts } from "./lane-delivery.ts";
import { MinuteRate } from "./minute-rate.ts";
import { failuresAfterFailure, knockDelay, retryDelay } from "./retry-schedule.ts";
import { tellBackfill } from "./tell-backfill.ts";
import { isOfSamples, isTrouble, type Outcome, type Trouble } from "./turn-outcome.ts";
import { UplinkSpeed } from "./uplink-speed.ts";

/** The part of a flush that one payload of the backfill may keep live samples waiting. */
const FLUSH_PART = 0.5;

/** What a backfill is made of. */
export interface BackfillParts extends TurnParts {
  readonly random: Random;
  readonly flushInterval: Millis;
  /** Whether the live lane is to have its turn before anything else goes. */
  readonly isLiveDue: () => boolean;
}

/** The backfill of one intake. */
export class Backfill {
  readonly #parts: BackfillParts;
  readonly #speed: UplinkSpeed;
  readonly #rate = new MinuteRate();
  /** Of samples that keep it from going on, and not of the intake. */
  #failures = 0;
  #reason = "";
  /** Payloads that were taken when they first did; `Infinity` while none do. */
  #payloadsAtTrouble = Number.POSITIVE_INFINITY;

  constructor(parts: BackfillParts) {
    const { flushInterval, intake } = parts;
    this.#parts = parts;
    this.#speed = new UplinkSpeed(millis(flushInterval * FLUSH_PART), intake.limits.pointCountMax);
  }

  /** How many samples go at once, so that live ones do not wait for them long. */
  get countMax(): number {
    return Math.min(this.#parts.health.countMax, this.#speed.sampleCount);
  }

  /** Null where there is nothing to fill in. */
  state(): BackfillStatus | null {
    const { cursor, gaps, clock } = this.#parts;
    const rate = this.#rate.perSecond(clock.monotonic());
    return tellBackfill(cursor, { held: gaps.heldCount, rate, reason: this.#reason });
  }

  /** Delivers a payload, and draws the conclusions. */
  async takeTurn(): Promise<void> {
    const { cursor, clock, line, delivery, schedule, health, gaps, metering, flushInterval } = this.#parts;
    const startedAt = clock.monotonic();
    const before = { payloads: line.payloads, waiting: cursor.waiting, end: cursor.end };
    const outcome = await delivery.attempt(() => this.#deliver());
    const passed = before.waiting - cursor.waiting + cursor.end - before.end;
    if (line.payloads > before.payloads && passed > 0) {
      health.noteTaken();
      schedule.noteFilledIn(startedAt, passed);
      this.#rate.note(startedAt, passed);
      this.#speed.note(passed, millis(clock.monotonic() - startedAt));
      this.#leaveTrouble();
      if (!health.isTroubleOfLive) health.leaveTrouble();
    }
    if (!gaps.hasNext) metering?.noteDrained(startedAt);
    if (outcome.kind === "unmoved") schedule.delayBackfill(startedAt + flushInterval);
    if (!isTrouble(outcome)) return;
    if (isOfSamples(outcome)) this.#enterTrouble(outcome);
    else health.enterTrouble(outcome, false);
  }

  async #deliver(): Promise<Outcome> {
    const { clock, line, delivery, gaps, isHoldingOld, isLiveDue } = this.#parts;
    const limits = isHoldingOld === true && clock.isTrusted() ? line.youngLimits() : undefined;
    const gap = await gaps.next(limits);
    if (gap === undefined) return { kind: "drained" };
    const { countMax } = this;
    const slice = await delivery.read(gap, countMax);
    if ("kind" in slice) return slice;
    if (limits !== undefined && (await gaps.holdOld(gap, slice, limits))) return { kind: "more" };
    const isTakingOthers = line.payloads > this.#payloadsAtTrouble;
    const terms = { rowCountMax: countMax, isUrgent: isLiveDue, isTakingOthers };
    const interruption = await delivery.deliver(slice, gap, terms);
    return interruption ?? { kind: gap.position > slice.from ? "more" : "unmoved" };
  }

  #enterTrouble({ kind, reason }: Trouble): void {
    const { schedule, clock, line, random } = this.#parts;
    this.#failures = failuresAfterFailure(this.#failures);
    this.#reason = reason;
    this.#payloadsAtTrouble = Math.min(this.#payloadsAtTrouble, line.payloads);
    const delay = kind === "hold" ? knockDelay : retryDelay;
    schedule.delayBackfill(clock.monotonic() + delay(this.#failures, random.next()));
  }

  #leaveTrouble(): void {
    this.#failures = 0;
    this.#reason = "";
    this.#payloadsAtTrouble = Number.POSITIVE_INFINITY;
  }
}
