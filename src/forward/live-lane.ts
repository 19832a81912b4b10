/**
 * What has just come goes first: where more waits than a payload holds, the live lane leaves it behind as a gap and
 * goes on with what came within the last flush. An intake that takes samples of a series only in their order gets one
 * lane.
 */

import type { LogSlice, Sequence } from "../model/log.ts";
import type { Millis } from "../model/time.ts";
import type { TurnParts } from "./lane-delivery.ts";
import { RecentEnd } from "./recent-end.ts";
import { isOfSamples, isTrouble, type Outcome } from "./turn-outcome.ts";

/** What a live lane is made of. */
export interface LiveParts extends TurnParts {
  readonly flushInterval: Millis;
}

/** The lane of one intake that follows the end of the log. */
export class LiveLane {
  readonly #parts: LiveParts;
  readonly #stopping: AbortSignal;
  readonly #recent: RecentEnd;
  #hasNews = true;

  /** Once `stopping`, nothing is left behind: what is live is all that still goes. */
  constructor(parts: LiveParts, stopping: AbortSignal) {
    this.#parts = parts;
    this.#stopping = stopping;
    this.#recent = new RecentEnd(parts.flushInterval, parts.clock.monotonic(), parts.cursor.end);
  }

  /** Whether there may be more to read than at the last turn. */
  get hasNews(): boolean {
    return this.#hasNews;
  }

  /** Whether it is to have its turn before anything else goes. */
  get isDue(): boolean {
    const { schedule, clock } = this.#parts;
    return schedule.isLiveDue(clock.monotonic(), this.#hasNews);
  }

  noteNews(): void {
    const { clock, cursor } = this.#parts;
    this.#recent.note(clock.monotonic(), cursor.end);
    this.#hasNews = true;
  }

  /** Delivers as much of what is live as one batch holds, and draws the conclusions. */
  async takeTurn(): Promise<Outcome> {
    const { cursor, clock, line, delivery, schedule, health, gaps, metering, flushInterval } = this.#parts;
    const startedAt = clock.monotonic();
    const before = { payloads: line.payloads, position: cursor.position };
    this.#hasNews = false;
    const outcome = await delivery.attempt(() => this.#deliver());
    const isAhead = line.payloads > before.payloads && cursor.position > before.position;
    if (isAhead) health.noteTaken();
    if (outcome.kind === "drained") {
      schedule.noteDrained(startedAt);
      if (!gaps.hasNext) metering?.noteDrained(startedAt);
    } else this.#hasNews = true;
    if (outcome.kind === "unmoved") schedule.delayLive(startedAt + flushInterval);
    if (isTrouble(outcome)) health.enterTrouble(outcome, isOfSamples(outcome));
    else if (isAhead) health.leaveTrouble();
    return outcome;
  }

  async #deliver(): Promise<Outcome> {
    const { cursor, intake, delivery, health, metering, isHoldingOld } = this.#parts;
    const { countMax } = health;
    await this.#leaveBehind();
    const slice = await delivery.read(cursor, countMax);
    if ("kind" in slice) return slice;
    metering?.noteOffered(slice);
    metering?.plan();
    if (slice.from === slice.to) return { kind: "drained" };
    const left = isHoldingOld === true && intake.order === "any" ? await this.#leaveOld(slice) : undefined;
    if (left !== undefined) return left;
    const interruption = await delivery.deliver(slice, cursor, { rowCountMax: countMax });
    if (interruption !== undefined) return interruption;
    if (cursor.position <= slice.from) return { kind: "unmoved" };
    return { kind: cursor.position < slice.to || slice.to - slice.from >= countMax ? "more" : "drained" };
  }

  /** Leaves a gap where more waits than one batch holds, not counting what came within the last flush. */
  async #leaveBehind(): Promise<void> {
    const { cursor, clock, intake } = this.#parts;
    if (intake.order !== "any" || this.#stopping.aborted) return;
    const recent = this.#recent.at(clock.monotonic());
    if (recent - cursor.position > intake.limits.pointCountMax) await cursor.leave(recent);
  }

  /**
   * Leaves what a slice begins with, where that is too old and held, and with it what will be too old soon: old samples
   * lie among those then, and each place of its own would cost a gap. Undefined where a slice begins with a young one.
   */
  async #leaveOld({ batch, sequences, to }: LogSlice): Promise<Outcome | undefined> {
    const { cursor, clock, line } = this.#parts;
    const { oldestAt, beginAt } = line.youngLimits();
    const first = batch.at[0];
    if (!clock.isTrusted() || batch.count === 0 || first === undefined || first >= oldestAt) return undefined;
    const row = batch.at.subarray(0, batch.count).findIndex((at) => at >= beginAt);
    if (await cursor.leave(row < 0 ? to : (sequences[row] as Sequence))) return { kind: "more" };
    const found = `samples too old for the intake are held in ${cursor.gaps.length} places of the log, the most there may be`;
    const reason = `${found}; what came after more of them waits: let the intake take any age, or let them expire`;
    return { kind: "hold", reason, isOfSamples: true };
  }
}
