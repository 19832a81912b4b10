import type { ReadRequest } from "../../decode/modbus-pdu.ts";
import { GatewayError } from "../../model/errors.ts";
import type { BusNotice } from "../../model/input.ts";
import { type Clock, type Millis, millis, sleep } from "../../model/time.ts";
import { untilAborted } from "../../model/until-aborted.ts";
import type { LinkConnection, ModbusLink, ModbusRequest } from "./link.ts";

/** A request in the queue. */
interface Waiting {
  readonly inFlightMax: number;
  begin(): void;
}

/**
 * The queue and the reconnecting of a link, whatever its connections are made of.
 *
 * It connects when something is asked, keeps the connection between polls, and replaces it when it is gone. Devices
 * close idle connections without being asked: a request that finds its old connection dead is sent once more on a new
 * one, so that such a device costs no reading.
 */
export abstract class ReconnectingLink implements ModbusLink {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #waiting: Waiting[] = [];
  /** What each request under way bears. */
  readonly #underWay: number[] = [];
  #connection: LinkConnection | undefined;
  #connectedAt: number;
  #opening: Promise<LinkConnection> | undefined;
  #isClosed = false;
  #connectionCount = 0;

  /** `name` says in messages where the link goes. */
  protected constructor(name: string, clock: Clock) {
    this.#name = name;
    this.#clock = clock;
    this.#connectedAt = clock.monotonic();
  }

  abstract readonly canGiveUpEarly: boolean;

  get connectionCount(): number {
    return this.#connectionCount;
  }

  get notice(): BusNotice | undefined {
    return this.#connection?.notice;
  }

  abstract wireTime(read: ReadRequest): Millis;

  abstract lateCountOf(unit: number): number;

  /** Makes a connection. Errors: `INPUT_UNREACHABLE`. */
  protected abstract connect(timeout: Millis): Promise<LinkConnection>;

  async open(timeout: Millis, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#connection?.isOpen !== true) await untilAborted(this.#connectOnce(timeout), signal);
  }

  async request(request: ModbusRequest): Promise<Uint8Array> {
    const { inFlightMax = 1, signal } = request;
    if (this.#waiting.length === 0 && this.#isBorne(inFlightMax)) this.#underWay.push(inFlightMax);
    else await this.#waitForTurn(inFlightMax, signal);
    try {
      const kept = this.#connection;
      if (kept?.isOpen !== true) return await this.#exchangeOnFresh(request);
      if (request.connectDelay !== undefined) await this.#keepDelay(request.connectDelay, signal);
      const receivedBefore = kept.receivedCount;
      try {
        return await kept.exchange(request);
      } catch (error) {
        const isDeadFromBefore = isLinkClosed(error) && kept.receivedCount === receivedBefore;
        if (!isDeadFromBefore) throw error;
        return await this.#exchangeOnFresh(request);
      }
    } finally {
      this.#underWay.splice(this.#underWay.indexOf(inFlightMax), 1);
      this.#beginNext();
    }
  }

  rest(hangsUp: boolean): void {
    if (this.#underWay.length > 0 || this.#waiting.length > 0) return;
    this.#connection?.rest();
    if (hangsUp) this.#connection?.close();
  }

  close(): void {
    this.#isClosed = true;
    this.#connection?.close();
  }

  /** Whether one more bears those under way, and they bear it. */
  #isBorne(inFlightMax: number): boolean {
    const count = this.#underWay.length;
    return count < inFlightMax && this.#underWay.every((borne) => count < borne);
  }

  #waitForTurn(inFlightMax: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const abort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal.reason);
        this.#beginNext();
      };
      const begin = (): void => {
        signal.removeEventListener("abort", abort);
        resolve();
      };
      const waiting = { inFlightMax, begin };
      this.#waiting.push(waiting);
      signal.addEventListener("abort", abort, { once: true });
    });
  }

  #beginNext(): void {
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined || !this.#isBorne(next.inFlightMax)) return;
      this.#waiting.shift();
      this.#underWay.push(next.inFlightMax);
      next.begin();
    }
  }

  async #exchangeOnFresh(request: ModbusRequest): Promise<Uint8Array> {
    const { timeout, connectDelay, signal } = request;
    signal.throwIfAborted();
    const fresh = await untilAborted(this.#connectOnce(timeout), signal);
    if (connectDelay !== undefined) await this.#keepDelay(connectDelay, signal);
    return fresh.exchange(request);
  }

  /** Waits until the connection is as old as it has to be. */
  async #keepDelay(connectDelay: Millis, signal: AbortSignal): Promise<void> {
    const left = this.#connectedAt + connectDelay - this.#clock.monotonic();
    if (left > 0) await sleep(this.#clock, "modbus connect delay", millis(left), signal);
  }

  /** Makes a connection; one who comes while that is under way waits for the same. */
  #connectOnce(timeout: Millis): Promise<LinkConnection> {
    this.#opening ??= this.#openConnection(timeout).finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #openConnection(timeout: Millis): Promise<LinkConnection> {
    this.#refuseWhenClosed();
    const connection = await this.connect(timeout);
    this.#connection = connection;
    this.#connectionCount += 1;
    this.#connectedAt = this.#clock.monotonic();
    if (this.#isClosed) connection.close();
    this.#refuseWhenClosed();
    return connection;
  }

  #refuseWhenClosed(): void {
    if (!this.#isClosed) return;
    throw new GatewayError("INPUT_LINK_CLOSED", `${this.#name} is not polled any more: its last instance stopped.`);
  }
}

function isLinkClosed(error: unknown): boolean {
  return error instanceof GatewayError && error.code === "INPUT_LINK_CLOSED";
}
