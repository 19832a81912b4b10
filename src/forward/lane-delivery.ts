/**
 * Brings what a lane of the log holds to one intake, as far as the wall clock, the uplink and the intake let it.
 *
 * All that must survive is in the cursor. Every try reads from it anew, so what the log trimmed or what became too old
 * meanwhile is left out by itself, and after an answer that was lost the same points go again, which an intake that
 * keeps one value per series and moment does not notice.
 */

import { GatewayError } from "../model/errors.ts";
import type { Verdict } from "../model/intake.ts";
import type { Cursor, Lane, LogSlice } from "../model/log.ts";
import type { Series } from "../model/series.ts";
import type { Millis } from "../model/time.ts";
import type { LogView } from "./choose-set-aside.ts";
import { type DeliveryParts, deliverSlice } from "./deliver-slice.ts";
import type { GapQueue } from "./gap-queue.ts";
import type { IntakeHealth } from "./intake-health.ts";
import type { IntakeLine, LineParts } from "./intake-line.ts";
import type { LaneSchedule } from "./lane-schedule.ts";
import type { MeteredLanes } from "./metering/metered-lanes.ts";
import type { UplinkMetering } from "./metering/uplink-metering.ts";
import { PreContext } from "./pre-context.ts";
import type { Outcome } from "./turn-outcome.ts";

/** What the uplink does not carry now is tried again: with less, or when it carries more. */
const NOT_CARRIED: Verdict = { kind: "retry", reason: "the uplink does not carry it now" };

/** Each time a refused sample is still in doubt, its lane reads so many times as far, for a later one that goes. */
const READ_ON_FACTOR = 8;

/** Rows that are read so at most: some megabytes. */
const READ_ON_MAX = 100_000;

/** What the lanes of one intake are about. */
export interface LaneParts extends LineParts {
  readonly cursor: Cursor;
  /** Tells what else there is of a moment, where refused samples go once more, and what was before it. */
  readonly log: LogView;
  /** How far back what comes before something anomalous goes with it; leaving it out means two minutes. */
  readonly preOf?: ((series: Series) => Millis) | undefined;
  /** Keeps what is too old for the intake; leaving it out means that it expires. */
  readonly isHoldingOld?: boolean | undefined;
  /** Says when and how much goes; leaving it out means all as it comes. */
  readonly metering?: UplinkMetering | undefined;
}

/** What a turn of a lane is made of. */
export interface TurnParts extends LaneParts {
  readonly line: IntakeLine;
  readonly delivery: LaneDelivery;
  readonly schedule: LaneSchedule;
  readonly health: IntakeHealth;
  readonly gaps: GapQueue;
}

/** What differs from lane to lane. */
export type LaneTerms = Required<Pick<DeliveryParts, "rowCountMax">> &
  Pick<DeliveryParts, "isUrgent" | "isTakingOthers">;

/** Delivers for every lane of one intake. */
export class LaneDelivery {
  readonly #parts: LaneParts;
  readonly #line: IntakeLine;
  readonly #metered: MeteredLanes;
  readonly #health: IntakeHealth;
  readonly #context: PreContext;
  /** Where the live lane and the backfill stand before samples in doubt, and how many rows they read from there. */
  readonly #readOn = { live: { position: -1, countMax: 0 }, backfill: { position: -1, countMax: 0 } };

  constructor(parts: LaneParts, line: IntakeLine, metered: MeteredLanes, health: IntakeHealth) {
    this.#parts = parts;
    this.#line = line;
    this.#metered = metered;
    this.#health = health;
    this.#context = new PreContext({ ...parts, page: parts.log.page });
  }

  /** Makes an outcome of what goes wrong, and tells what was set aside. */
  async attempt(deliver: () => Promise<Outcome>): Promise<Outcome> {
    const { cursor, metering } = this.#parts;
    const { rejected } = cursor.counts;
    this.#health.noteAttempt();
    try {
      return await deliver();
    } catch (error) {
      return { kind: "retry", reason: reasonOf(error) };
    } finally {
      if (metering?.isUnsaved === true) await this.#metered.keepSpent();
      this.#health.noteSetAside(cursor.counts.rejected - rejected);
    }
  }

  /**
   * Gives the slice, or why there is none. It is longer where the last one showed nothing but samples that the intake
   * refused, and others that do not go there: what would settle it comes later.
   */
  async read(lane: Lane, countMax: number): Promise<LogSlice | Outcome> {
    const readOn = this.#readOnOf(lane);
    try {
      return await lane.read(readOn === undefined ? countMax : Math.max(countMax, readOn.countMax));
    } catch (error) {
      return { kind: "unread", reason: reasonOf(error) };
    }
  }

  /** Gives nothing where the lane has passed the slice, or something else is to go first. */
  async deliver(slice: LogSlice, lane: Lane, terms: LaneTerms): Promise<Outcome | undefined> {
    const { intake, seriesOf, clock, cursor, isHoldingOld, metering } = this.#parts;
    if (!clock.isTrusted()) return { kind: "hold", reason: `the wall clock is not set: ${clock.trustBasis()}` };
    const isHolding = isHoldingOld === true && intake.order === "any";
    const gapEnd = lane === cursor ? undefined : lane.end;
    const sieve = metering?.sieveOf(gapEnd);
    // What was read only to settle a doubt has its turns in slices as long as others.
    const isReadOn = this.#readOnOf(lane) !== undefined;
    let isCarried = true;
    const interruption = await deliverSlice(slice, {
      intake,
      lane,
      seriesOf,
      context: this.#context,
      ...terms,
      ...(isReadOn && { isUrgent: () => true }),
      send: async (payload) => {
        // A slow log, or a slow answer before this, may have taken until the times of the uplink were over.
        const verdict = this.#metered.closedFor > 0 ? undefined : await this.#metered.send(payload);
        isCarried = verdict !== undefined;
        return verdict ?? NOT_CARRIED;
      },
      window: () => ({ ...this.#line.window(), sieve, isHoldingOld: isHolding }),
      onAccepted: (points) => metering?.noteSent(points, gapEnd),
      spent: () => metering?.toSave(),
      isHoldingOld: isHolding,
    });
    if (!isCarried) return { kind: "more" };
    if (interruption?.isInDoubt === true) {
      const countMax = Math.min(READ_ON_FACTOR * (slice.to - slice.from), READ_ON_MAX);
      this.#readOn[lane === cursor ? "live" : "backfill"] = { position: lane.position, countMax };
    }
    return interruption;
  }

  /** Undefined where nothing is in doubt. */
  #readOnOf(lane: Lane): { readonly countMax: number } | undefined {
    const readOn = this.#readOn[lane === this.#parts.cursor ? "live" : "backfill"];
    return readOn.position === lane.position ? readOn : undefined;
  }
}

/** A bug is no reason: it goes on. */
function reasonOf(error: unknown): string {
  if (!(error instanceof GatewayError)) throw error;
  return error.code === "STORE_FAILED" ? `the log fails: ${error.message}` : error.message;
}
