import type { ReadRequest } from "../../decode/modbus-pdu.ts";
import { GatewayError } from "../../model/errors.ts";
import type { Millis } from "../../model/time.ts";
import type { LinkConnection, ModbusLink, ModbusRequest } from "./link.ts";

/**
 * The queue and the reconnecting of a link, whatever its connections are made of.
 *
 * It connects when something is asked, keeps the connection between polls, and replaces it when it is gone. Devices
 * close idle connections without being asked: a request that finds its old connection dead is sent once more on a new
 * one, so that such a device costs no reading.
 */
export abstract class ReconnectingLink implements ModbusLink {
  readonly #name: string;
  #connection: LinkConnection | undefined;
  #opening: Promise<LinkConnection> | undefined;
  #lastTurn: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /** `name` says in messages where the link goes. */
  protected constructor(name: string) {
    this.#name = name;
  }

  abstract readonly canGiveUpEarly: boolean;

  abstract wireTime(read: ReadRequest): Millis;

  abstract lateCountOf(unit: number): number;

  /** Makes a connection. Errors: `INPUT_UNREACHABLE`. */
  protected abstract connect(timeout: Millis): Promise<LinkConnection>;

  async open(timeout: Millis, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#connection?.isOpen !== true) await untilAborted(this.#connectOnce(timeout), signal);
  }

  request(request: ModbusRequest): Promise<Uint8Array> {
    const turn = this.#lastTurn.then(() => this.#exchange(request));
    this.#lastTurn = turn.catch(() => undefined);
    return untilAborted(turn, request.signal);
  }

  close(): void {
    this.#isClosed = true;
    this.#connection?.close();
  }

  async #exchange(request: ModbusRequest): Promise<Uint8Array> {
    request.signal.throwIfAborted();
    const kept = this.#connection;
    if (kept?.isOpen === true) {
      try {
        return await kept.exchange(request);
      } catch (error) {
        const isDeadFromBefore = isLinkClosed(error) && !kept.hasAnswered;
        if (!isDeadFromBefore) throw error;
      }
    }
    const fresh = await untilAborted(this.#connectOnce(request.timeout), request.signal);
    return fresh.exchange(request);
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

/** Waits for `promise`, or gives up with the signal's reason; what goes on regardless is left to its owner. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    const stopListening = (): void => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).then(stopListening, stopListening);
  });
}
