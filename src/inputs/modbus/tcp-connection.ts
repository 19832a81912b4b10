import assert from "node:assert/strict";
import { encodeMbap, type MbapFrame, MbapSplitter } from "../../decode/mbap.ts";
import { GatewayError } from "../../model/errors.ts";
import { type Clock, type Millis, millis, type Timer } from "../../model/time.ts";
import type { ByteStream } from "../../platform/byte-stream.ts";
import type { OpenByteStream } from "../../platform/tcp-socket.ts";
import type { LinkConnection, ModbusRequest } from "./link.ts";

/**
 * After this many timeouts in a row the connection itself is suspected: the peer may have lost its power without a
 * word. One silent unit behind a gateway must not cost the others their connection, so a single timeout does nothing.
 */
const TIMEOUTS_IN_A_ROW_MAX = 3;

/**
 * Ids count from 1 up to here: none is 0, because the rest of an answer often begins with zeros.
 * Source: MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3.
 */
const TRANSACTION_ID_MAX = 0xffff;

/** Transaction, protocol, length and unit. Source: as above. */
const HEADER_BYTES = 7;

/** The length counts what follows it. */
const LENGTH_ENDS_AT = 6;

/** More than a device answers late. */
const RECENT_REQUESTS = 4096;

/**
 * A network cuts what is sent into segments of no less than this, so of a smaller piece the sender said no more.
 * Source: RFC 9293, 3.7.1, less what options take.
 */
const SEGMENT_BYTES_MIN = 496;

/** Where a connection goes and what it is made with. */
export interface TcpPlace {
  readonly host: string;
  readonly port: number;
}

/** What a link lends to each of its connections. */
export interface TcpConnectionParts {
  readonly clock: Clock;
  readonly openByteStream: OpenByteStream;
  /** Goes on from connection to connection: a gateway may answer over a new one what was asked over the last. */
  readonly transactions: { lastId: number; count: number };
  /** Called for each answer that nobody waits for: late, repeated, or to something never asked. */
  onDiscarded(): void;
}

interface Pending {
  readonly unit: number;
  readonly timeout: Millis;
  readonly sentAt: number;
  readonly signal: AbortSignal;
  resolve(pdu: Uint8Array): void;
  reject(reason: unknown): void;
}

/**
 * The life of one TCP connection: it matches answers to requests until it closes; it never reopens.
 *
 * What is needed for each request is kept small: one timer watches over all that are pending, until nothing was for its
 * time or `rest` is called, and one listener over all with the same signal, while requests come with that signal.
 */
export class TcpConnection implements LinkConnection {
  readonly #name: string;
  readonly #parts: TcpConnectionParts;
  readonly #splitter = new MbapSplitter();
  #stream: ByteStream | undefined;
  /** By transaction id. */
  readonly #pending = new Map<number, Pending>();
  #timeoutsInARow = 0;
  #lastTimeoutAt = 0;
  #watchdog: Timer | undefined;
  /** When the watchdog looks. */
  #looksAt = Number.POSITIVE_INFINITY;
  readonly #listeners = new Map<AbortSignal, () => void>();
  #lastSignal: AbortSignal | undefined;
  #endedBy: GatewayError | undefined;
  #receivedCount = 0;
  /** Whether more than one thing was ever asked at once. */
  #isForSeveral = false;
  /** What came last, until what follows it is known to be no part of it. */
  #heldBack: MbapFrame | undefined;
  /** Whether the bytes at hand are the rest of the one answer that is waited for, and so have to end with it. */
  #mustEnd = false;
  readonly #holdBack = (frame: MbapFrame): void => {
    if (this.#heldBack !== undefined) {
      if (this.#mustEnd || !this.#isRecent(frame.transactionId)) throw runsOn();
      this.#accept(this.#heldBack);
    }
    this.#heldBack = frame;
  };

  private constructor(place: TcpPlace, parts: TcpConnectionParts) {
    this.#name = `${place.host}:${place.port}`;
    this.#parts = parts;
  }

  /** Connects. Errors: `INPUT_UNREACHABLE`. */
  static async open(place: TcpPlace, timeout: Millis, parts: TcpConnectionParts): Promise<TcpConnection> {
    const connection = new TcpConnection(place, parts);
    connection.#stream = await parts.openByteStream(place.host, place.port, timeout, {
      onData: (bytes) => connection.#receive(bytes),
      onClose: (reason) => connection.#end(connection.#closedByDevice(reason)),
    });
    return connection;
  }

  get isOpen(): boolean {
    return this.#endedBy === undefined;
  }

  get receivedCount(): number {
    return this.#receivedCount;
  }

  /**
   * Sends a request and waits for its answer; others may be under way. Transaction ids count through 16 bits and leave
   * out those that are pending, so an answer that is late by less than 65,535 requests is never taken for another's.
   *
   * Errors: `INPUT_LINK_CLOSED`, `INPUT_TIMEOUT`, `INPUT_BAD_REPLY`, `INPUT_WRITE_REFUSED`, or the signal's reason.
   */
  exchange({ unit, pdu, timeout, signal, inFlightMax = 1 }: ModbusRequest): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      if (this.#endedBy !== undefined) throw this.#endedBy;
      const transactionId = this.#nextTransactionId();
      const frame = encodeMbap(transactionId, unit, pdu);
      const sentAt = this.#parts.clock.monotonic();
      if (signal !== this.#lastSignal) this.#listenTo(signal);
      if (sentAt + timeout < this.#looksAt) this.#lookAfter(timeout, sentAt);
      this.#isForSeveral ||= inFlightMax > 1;
      this.#parts.transactions.lastId = transactionId;
      this.#parts.transactions.count += 1;
      this.#pending.set(transactionId, { unit, timeout, sentAt, signal, resolve, reject });
      this.#stream?.write(frame, inFlightMax > 1);
    });
  }

  rest(): void {
    if (this.#pending.size === 0) this.#lookNoMore();
  }

  /** Closes it; a pending request fails with `INPUT_LINK_CLOSED`. Idempotent. */
  close(): void {
    this.#end(new GatewayError("INPUT_LINK_CLOSED", `${this.#name}: the gateway closed the connection.`));
  }

  #nextTransactionId(): number {
    assert(this.#pending.size < TRANSACTION_ID_MAX, "every transaction id is pending");
    let next = this.#parts.transactions.lastId;
    do next = (next % TRANSACTION_ID_MAX) + 1;
    while (this.#pending.has(next));
    return next;
  }

  /** Takes bytes; where an answer may have been filled up with what is none of its own, the connection ends. */
  #receive(bytes: Uint8Array): void {
    this.#receivedCount += 1;
    try {
      const isRest = this.#splitter.isInsideFrame;
      if (isRest && this.#beginsAnswer(bytes)) throw cutShort();
      this.#mustEnd = isRest && !this.#isForSeveral;
      this.#heldBack = undefined;
      this.#splitter.push(bytes, this.#holdBack);
      if (this.#splitter.isInsideFrame) this.#refuseDoubtful(bytes);
      if (this.#heldBack !== undefined) this.#accept(this.#heldBack);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      this.#end(new GatewayError(error.code, `${this.#name}: ${error.message}`, { cause: error }));
    }
  }

  /**
   * Refuses bytes that end inside an answer where that can be no accident of the network: Modbus TCP has no checksum,
   * so nothing would tell whether what comes next is its rest. The one answer that is waited for may come in pieces, as
   * some devices send it, while nothing else is with it.
   */
  #refuseDoubtful(bytes: Uint8Array): void {
    if (bytes.length >= SEGMENT_BYTES_MIN) return;
    if (this.#heldBack !== undefined || this.#pending.size === 0) throw runsOn();
    if (this.#isForSeveral) throw inPieces();
  }

  /**
   * Whether bytes begin as an answer to one of the last requests does, or are one to anything: then they are not the
   * rest of another.
   */
  #beginsAnswer(bytes: Uint8Array): boolean {
    if (bytes.length < HEADER_BYTES) return false;
    const [high = 0, low = 0, protocolHigh, protocolLow, lengthHigh, lengthLow = 0] = bytes;
    const isWhole = bytes.length === LENGTH_ENDS_AT + lengthLow;
    return (
      (this.#isRecent((high << 8) | low) || isWhole) && protocolHigh === 0 && protocolLow === 0 && lengthHigh === 0
    );
  }

  #isRecent(transactionId: number): boolean {
    const { lastId, count } = this.#parts.transactions;
    const age = (lastId - transactionId + TRANSACTION_ID_MAX) % TRANSACTION_ID_MAX;
    return transactionId !== 0 && age < Math.min(RECENT_REQUESTS, count);
  }

  #accept(frame: MbapFrame): void {
    this.#timeoutsInARow = 0;
    const pending = this.#pending.get(frame.transactionId);
    if (pending === undefined) {
      this.#parts.onDiscarded();
      return;
    }
    this.#pending.delete(frame.transactionId);
    if (pending.unit === frame.unit) pending.resolve(frame.pdu);
    else pending.reject(this.#answeredByAnother(pending.unit, frame.unit));
  }

  #lookAfter(delay: Millis, now: number): void {
    this.#watchdog?.cancel();
    this.#looksAt = now + delay;
    this.#watchdog = this.#parts.clock.after("modbus answer", delay, () => this.#giveUpLate());
  }

  #lookNoMore(): void {
    this.#watchdog?.cancel();
    this.#looksAt = Number.POSITIVE_INFINITY;
  }

  /** Gives up what has waited for long enough. */
  #giveUpLate(): void {
    const now = this.#parts.clock.monotonic();
    this.#looksAt = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (const [transactionId, pending] of [...this.#pending]) {
      const left = pending.sentAt + pending.timeout - now;
      if (left <= 0) this.#giveUp(transactionId, pending, now);
      else next = Math.min(next, left);
    }
    if (this.#pending.size > 0 && this.#endedBy === undefined) this.#lookAfter(millis(next), now);
  }

  #giveUp(transactionId: number, { unit, timeout, sentAt, reject }: Pending, now: number): void {
    this.#pending.delete(transactionId);
    // What was sent together is silent together, and counts once.
    if (sentAt >= this.#lastTimeoutAt) {
      this.#timeoutsInARow += 1;
      this.#lastTimeoutAt = now;
    }
    reject(
      new GatewayError(
        "INPUT_TIMEOUT",
        `${this.#name} unit ${unit} did not answer within ${timeout} ms. Check that it has power, that ${unit} is ` +
          "its unit id, and that no other master keeps it busy; raise `timeout` if it is known to be slow.",
        { context: { unit, timeoutMs: timeout } },
      ),
    );
    // An answer that stopped halfway leaves the stream out of step: what follows would be taken for its rest. While
    // others are waited for, it may be one of theirs that is still coming.
    const isStuck = this.#splitter.isInsideFrame && this.#pending.size === 0;
    if (this.#timeoutsInARow >= TIMEOUTS_IN_A_ROW_MAX || isStuck) this.close();
  }

  #listenTo(signal: AbortSignal): void {
    this.#lastSignal = signal;
    if (this.#listeners.has(signal)) return;
    const needed = new Set([...this.#pending.values()].map((pending) => pending.signal));
    for (const other of this.#listeners.keys()) if (!needed.has(other)) this.#stopListening(other);
    const abort = (): void => this.#abort(signal);
    this.#listeners.set(signal, abort);
    signal.addEventListener("abort", abort);
  }

  #stopListening(signal: AbortSignal): void {
    const abort = this.#listeners.get(signal);
    if (abort !== undefined) signal.removeEventListener("abort", abort);
    this.#listeners.delete(signal);
  }

  #abort(signal: AbortSignal): void {
    for (const [transactionId, pending] of [...this.#pending]) {
      if (pending.signal !== signal) continue;
      this.#pending.delete(transactionId);
      pending.reject(signal.reason);
    }
    this.rest();
  }

  #end(error: GatewayError): void {
    if (this.#endedBy !== undefined) return;
    this.#endedBy = error;
    this.#lookNoMore();
    for (const signal of [...this.#listeners.keys()]) this.#stopListening(signal);
    this.#stream?.close();
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }

  #answeredByAnother(unit: number, answeredBy: number): GatewayError {
    return new GatewayError(
      "INPUT_BAD_REPLY",
      `${this.#name} unit ${unit} was asked and unit ${answeredBy} answered. Set \`unit: ${answeredBy}\` if that is ` +
        "the device meant; otherwise look for two devices with one id behind the same gateway.",
      { context: { unit, answeredBy } },
    );
  }

  #closedByDevice(reason: string): GatewayError {
    return new GatewayError(
      "INPUT_LINK_CLOSED",
      `${this.#name}: ${reason} before the answer was complete. If this stays, look for another client: many devices ` +
        "serve only one at a time.",
    );
  }
}

function cutShort(): GatewayError {
  return new GatewayError(
    "INPUT_BAD_REPLY",
    "an answer was cut short, and another came instead of its rest. Ask for fewer registers at a time with " +
      "`max_registers`, and one request at a time with `max_in_flight: 1`, in case the device cannot keep up.",
  );
}

function inPieces(): GatewayError {
  return new GatewayError(
    "INPUT_BAD_REPLY",
    "an answer came in pieces while others were under way, so nothing would tell which bytes are its rest. Set " +
      "`max_in_flight: 1`: this device has to be asked one thing at a time.",
  );
}

function runsOn(): GatewayError {
  return new GatewayError(
    "INPUT_BAD_REPLY",
    "bytes came behind an answer that begin no other, so it may have been cut short and filled up with them. Ask for " +
      "fewer registers at a time with `max_registers`; if it stays, something other than Modbus TCP is on this port.",
  );
}
