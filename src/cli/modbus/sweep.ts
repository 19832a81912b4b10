/** Who is on a bus: every unit is asked one cheap thing, and whatever it answers, it is there. */

import { classifyException } from "../../decode/modbus-pdu.ts";
import type { ModbusLink } from "../../inputs/modbus/link.ts";
import { GatewayError } from "../../model/errors.ts";
import { type Clock, type Millis, millis, seconds, sleep } from "../../model/time.ts";
import { askByHand, type HandAnswer, type TableRead } from "./device-asker.ts";

/** A unit that was not in time is given this many times the timeout, and no less than a second. */
const LATE_FACTOR = 5;
const LATE_PATIENCE_MIN = seconds(1);

/** How units are asked. */
export interface SweepManner {
  readonly read: TableRead;
  readonly timeout: Millis;
  /** From one request to the next, at least. */
  readonly gap: Millis;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A unit that answered. Units: `tookMs` milliseconds. */
export interface SweptUnit {
  readonly unit: number;
  /** Absent where it answered with data; `damaged` says that something came that was no answer. */
  readonly refusal?: number | "damaged";
  readonly tookMs: number;
  /** Whether it took longer than others are given. */
  readonly isSlow: boolean;
}

/** Asks on one link, no faster than it is allowed to. */
export class PacedAsker {
  readonly link: ModbusLink;
  readonly #manner: SweepManner;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(link: ModbusLink, manner: SweepManner) {
    this.link = link;
    this.#manner = manner;
  }

  /** Asks a unit. Errors: as `askByHand`. */
  async ask(unit: number, read: TableRead, timeout = this.#manner.timeout): Promise<HandAnswer> {
    const { clock, gap, signal } = this.#manner;
    const wait = this.#askedAt + gap - clock.monotonic();
    if (wait > 0) await sleep(clock, "rate limit", millis(wait), signal);
    signal.throwIfAborted();
    this.#askedAt = clock.monotonic();
    return askByHand(this.link, { unit, timeout: timeout / 1000, connect_delay: 0 }, read, clock, signal);
  }
}

/**
 * Asks each unit once, and those whose answer came too late once more with more patience. What was found is told by
 * `onUnit` as it is found; an abort ends it early.
 *
 * Errors: `INPUT_UNREACHABLE`.
 */
export async function sweepUnits(
  asker: PacedAsker,
  units: readonly number[],
  manner: SweepManner,
  onUnit: (found: SweptUnit | undefined, unit: number) => void,
): Promise<void> {
  const silent: number[] = [];
  for (const unit of units) {
    if (manner.signal.aborted) return;
    const found = await meet(asker, unit, manner, manner.timeout);
    if (found === undefined) silent.push(unit);
    onUnit(found, unit);
  }
  const patience = patienceOf(manner);
  for (const unit of silent.filter((each) => asker.link.lateCountOf(each) > 0)) {
    if (manner.signal.aborted) return;
    const found = await meet(asker, unit, manner, patience);
    if (found !== undefined) onUnit(found, unit);
  }
}

/** Gives how long a unit is waited for that is slower than others. */
export function patienceOf({ timeout }: SweepManner): Millis {
  return millis(Math.max(LATE_PATIENCE_MIN, LATE_FACTOR * timeout));
}

async function meet(
  asker: PacedAsker,
  unit: number,
  { read, timeout, signal, clock }: SweepManner,
  patience: Millis,
): Promise<SweptUnit | undefined> {
  const isSlow = patience > timeout;
  const sentAt = clock.monotonic();
  try {
    const answer = await asker.ask(unit, read, patience);
    const tookMs = Math.round(answer.took);
    if (answer.kind === "data") return { unit, tookMs, isSlow };
    return classifyException(answer.code) === "silent-unit"
      ? undefined
      : { unit, refusal: answer.code, tookMs, isSlow };
  } catch (error) {
    if (signal.aborted) return undefined;
    if (!(error instanceof GatewayError) || error.code === "INPUT_UNREACHABLE") throw error;
    const isHeard = error.code === "INPUT_BAD_REPLY" && error.context["answeredBy"] === undefined;
    return isHeard ? { unit, refusal: "damaged", tookMs: Math.round(clock.monotonic() - sentAt), isSlow } : undefined;
  }
}
