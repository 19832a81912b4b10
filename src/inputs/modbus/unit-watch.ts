/** What one input has to do with the breaker of its unit: how long it waits, whether it asks, and what it says. */

import assert from "node:assert/strict";
import type { ReadRequest } from "../../decode/modbus-pdu.ts";
import { type Clock, formatSpan, type Millis, type MonotonicMillis, millis } from "../../model/time.ts";
import type { Probe } from "./bus-breakers.ts";
import type { LinkLease } from "./link.ts";
import type { Harmless } from "./probe.ts";
import type { Silence, UnitBreaker } from "./unit-breaker.ts";

/** How a unit wants to be asked. */
export interface AskingManner {
  readonly timeout: Millis;
  readonly inFlightMax: number;
  /** Leaving it out means none. */
  readonly connectDelay?: Millis;
  /** Whether the connection is closed after each poll. */
  readonly hangsUp: boolean;
}

/** A share in a link with the eyes on one unit. */
export class UnitWatch {
  readonly #lease: LinkLease;
  readonly #unit: number;
  readonly #manner: AskingManner;
  readonly #clock: Clock;
  readonly #harmless: Harmless;
  readonly #breaker: UnitBreaker;
  #began: MonotonicMillis;
  #hasAnswered = false;
  #silence: Silence | undefined;
  #lateCount = 0;
  #probe: Probe | undefined;

  /** Takes over the lease. */
  constructor(lease: LinkLease, unit: number, manner: AskingManner, harmless: Harmless, clock: Clock) {
    this.#lease = lease;
    this.#unit = unit;
    this.#manner = manner;
    this.#clock = clock;
    this.#harmless = harmless;
    this.#breaker = lease.breakers.join(unit);
    this.#began = clock.monotonic();
  }

  /** How many requests may be under way. */
  get inFlightMax(): number {
    return this.#manner.inFlightMax;
  }

  /** Connects. Errors: as `ModbusLink.open`. */
  async open(signal: AbortSignal): Promise<void> {
    await this.#lease.link.open(this.#manner.timeout, signal);
  }

  /** Gives the lease back; to be called once. */
  release(): void {
    this.#lease.breakers.leave(this.#unit);
    this.#lease.release();
  }

  /** Whether the unit is only probed. */
  get isOpen(): boolean {
    return this.#breaker.isOpen;
  }

  /** How many connections were made since the link was. */
  get connectionCount(): number {
    return this.#lease.link.connectionCount;
  }

  /** Whether something was in vain in the poll under way. */
  get isSilent(): boolean {
    return this.#silence !== undefined;
  }

  /** Begins a poll. */
  beginPoll(): void {
    this.#began = this.#clock.monotonic();
    this.#hasAnswered = false;
    this.#silence = undefined;
    this.#probe = undefined;
  }

  /** Ends a poll: one in which only silence was met brings the unit nearer to being probed alone. */
  endPoll(): void {
    const now = this.#clock.monotonic();
    if (this.#hasAnswered) this.#breaker.endAnsweredPoll();
    else if (this.#silence !== undefined)
      this.#lease.breakers.endSilentPoll(this.#breaker, this.#silence, this.#began, now);
    this.#leaveLink();
  }

  /**
   * Begins to ask an open unit whether it is back, unless it is too early for that. Until `endProbe` or the next poll,
   * a request is waited for as long as a probe is. A unit that was heard too late is given all of its time again.
   */
  beginProbe(): boolean {
    const now = this.#clock.monotonic();
    if (now < this.nextProbeAt) return false;
    const lateCount = this.#lease.link.lateCountOf(this.#unit);
    if (lateCount > this.#lateCount) this.#breaker.addRoundTrip(this.#manner.timeout);
    this.#lateCount = lateCount;
    this.#probe = this.#lease.breakers.beginProbe(this.#breaker, this.#manner.timeout, now);
    return true;
  }

  /** Ends a probe: the unit that answered is polled again. */
  endProbe(isAlive: boolean): void {
    assert(this.#probe !== undefined, "a probe was begun");
    this.#lease.breakers.endProbe(this.#breaker, this.#probe, isAlive, this.#clock.monotonic());
    this.#probe = undefined;
    if (!isAlive) this.#leaveLink();
  }

  /** When an open unit may be probed next. */
  get nextProbeAt(): MonotonicMillis {
    return this.#lease.breakers.nextProbeAt(this.#breaker, this.#clock.monotonic());
  }

  /** Says of an open unit that it is silent, and what is done about it. */
  describeSilence(device: string): Silence {
    const now = this.#clock.monotonic();
    const { code, message } = this.#breaker.silence ?? { code: "INPUT_TIMEOUT", message: "" };
    const silentFor = formatSpan(this.#breaker.silentFor(now));
    const interval = Math.round(this.#lease.breakers.probeInterval(now) / 1000);
    const words = `${device} has not answered for ${silentFor}; it is probed every ${interval} s.`;
    return { code, message: `${words} ${message}`.trim() };
  }

  /**
   * Sends a request, with as much time as the unit is trusted with, and notes how long its answer took; not of one that
   * reads no registers, whose time on the wire nobody can tell before.
   */
  async request(read: ReadRequest | undefined, pdu: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    const { link } = this.#lease;
    const sentAt = this.#clock.monotonic();
    const timeout = this.#probe?.timeout ?? this.#breaker.timeout(this.#manner.timeout, sentAt);
    const { inFlightMax, connectDelay } = this.#manner;
    const registerBytes = read?.registerBytes;
    const request = { unit: this.#unit, pdu, timeout, signal, inFlightMax, registerBytes, harmless: this.#harmless };
    const answer = await link.request(connectDelay === undefined ? request : { ...request, connectDelay });
    if (read === undefined) return answer;
    const taken = this.#clock.monotonic() - sentAt - link.wireTime(read);
    this.#breaker.addRoundTrip(millis(Math.max(0, taken)));
    return answer;
  }

  /** Notes that the unit answered, if only to refuse. */
  noteAnswer(): void {
    this.#hasAnswered = true;
  }

  /** Notes that nothing came that the unit can be believed to have said. */
  noteSilence(silence: Silence): void {
    this.#silence = silence;
    this.#breaker.addSilence(this.#clock.monotonic());
  }

  #leaveLink(): void {
    this.#lease.link.rest(this.#manner.hangsUp);
  }
}
