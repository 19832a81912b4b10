import { GatewayError } from "../../model/errors.ts";
import type { Clock, Millis } from "../../model/time.ts";
import { type OpenByteStream, openTcpSocket } from "../../platform/tcp-socket.ts";
import type { ModbusLink, ModbusRequest } from "./link.ts";
import { TcpConnection, type TcpPlace } from "./tcp-connection.ts";

/**
 * Modbus TCP to one host and port, for all units behind it.
 *
 * It connects when something is asked, keeps the connection between polls, and replaces it when it is gone. Devices
 * close idle connections without being asked: a request that finds its old connection dead is sent once more on a new
 * one, so that such a device costs no reading.
 */
export class TcpLink implements ModbusLink {
  readonly #place: TcpPlace;
  readonly #clock: Clock;
  readonly #openByteStream: OpenByteStream;
  #connection: TcpConnection | undefined;
  #opening: Promise<TcpConnection> | undefined;
  #lastTurn: Promise<unknown> = Promise.resolve();
  #discardedCount = 0;
  #isClosed = false;

  /** `openByteStream` left out means a real socket. */
  constructor(place: TcpPlace, clock: Clock, openByteStream: OpenByteStream = openTcpSocket) {
    this.#place = place;
    this.#clock = clock;
    this.#openByteStream = openByteStream;
  }

  /** Answers that nobody waited for, since the link was made. */
  get discardedCount(): number {
    return this.#discardedCount;
  }

  async open(timeout: Millis, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#connection?.isOpen !== true) await untilAborted(this.#connect(timeout), signal);
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
    const fresh = await untilAborted(this.#connect(request.timeout), request.signal);
    return fresh.exchange(request);
  }

  /** Makes a connection; one who comes while that is under way waits for the same. */
  #connect(timeout: Millis): Promise<TcpConnection> {
    this.#opening ??= this.#openConnection(timeout).finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #openConnection(timeout: Millis): Promise<TcpConnection> {
    this.#refuseWhenClosed();
    const connection = await TcpConnection.open(this.#place, timeout, {
      clock: this.#clock,
      openByteStream: this.#openByteStream,
      onDiscarded: () => {
        this.#discardedCount += 1;
      },
    });
    this.#connection = connection;
    if (this.#isClosed) connection.close();
    this.#refuseWhenClosed();
    return connection;
  }

  #refuseWhenClosed(): void {
    if (!this.#isClosed) return;
    const { host, port } = this.#place;
    throw new GatewayError("INPUT_LINK_CLOSED", `${host}:${port} is not polled any more: its last instance stopped.`);
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
