/** The way to a broker: connected when asked for, given up and made again with growing pauses. */

import type { MqttConnect, MqttMessage, MqttQos } from "../../decode/mqtt-packets.ts";
import { Backoff } from "../../model/backoff.ts";
import { GatewayError } from "../../model/errors.ts";
import { faultOf, stoppedError } from "../../model/faults.ts";
import type { Fault, InputMemory } from "../../model/input.ts";
import { type Clock, type Millis, type MonotonicMillis, millis, seconds } from "../../model/time.ts";
import type { ByteStream, ByteStreamEvents } from "../../platform/byte-stream.ts";
import { MqttConnection } from "./connection.ts";
import { Handover, type Receipt } from "./handover.ts";

/** What a link is made with. */
export interface LinkParts {
  readonly clock: Clock;
  /** Names the broker in errors. */
  readonly broker: string;
  readonly connect: MqttConnect;
  readonly filters: readonly string[];
  readonly qos: MqttQos;
  readonly timeout: Millis;
  /** Of a larger message only the beginning is kept. */
  readonly messageBytesMax: number;
  /** A number from 0 to 1 that differs from gateway to gateway, and from attempt to attempt. */
  spreadOf(attempt: number): number;
  /** Keeps what the broker was asked for; leaving it out means that nothing is known from before. */
  readonly memory?: InputMemory | undefined;
  open(events: ByteStreamEvents): Promise<ByteStream>;
  /** Takes a message that was not taken before. `receipt` is for `keep` or `refuse`; undefined where none is wanted. */
  onMessage(message: MqttMessage, cutBytes: number, receipt: Receipt | undefined): void;
  /** Something changed that a person should hear of soon. */
  onChange(): void;
}

/** Pauses between attempts that came to nothing. */
const PAUSES = { first: seconds(2), max: seconds(60) };

/** The pause after a good connection. */
const PAUSE_AFTER_GOOD = seconds(1);

/** A connection that held so long was a good one. Units: milliseconds. */
const GOOD_MS = 30_000;

/** So many lost within that time are no accident. */
const LOST_MANY = 3;

/** The link of one instance. */
export class MqttLink {
  readonly #parts: LinkParts;
  readonly #handover = new Handover();
  /** Counts connections that were lost before they were good ones, too. */
  readonly #backoff = new Backoff(PAUSES);
  #connection: MqttConnection | undefined;
  #attempt: Attempt | undefined;
  #isUp = false;
  #isClosed = false;
  #error: GatewayError | undefined;
  #refused: ReadonlyMap<string, string> = new Map();
  #attempts = 0;
  #nextAt: number;
  #upSince = 0;

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.#nextAt = Number.NEGATIVE_INFINITY;
  }

  /** Under it the memory keeps what the broker was asked for. */
  get #memoryKey(): string {
    return `mqtt ${this.#parts.broker} ${this.#parts.connect.clientId} filters`;
  }

  /** Whether messages can come. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Whether it holds a connection, or is about to. */
  get isHeld(): boolean {
    return this.#connection !== undefined;
  }

  /** When it wants to try again; undefined while it is up. */
  get retryAt(): MonotonicMillis | undefined {
    return this.#isUp || this.#isClosed ? undefined : (this.#nextAt as MonotonicMillis);
  }

  /**
   * Connects, if it is not and the pause is over; `faults` says what went wrong. Errors: none but the abort's reason.
   */
  async ensure(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#isUp || this.#isClosed) return;
    if (this.#attempt === undefined) {
      if (this.#parts.clock.monotonic() < this.#nextAt) return;
      this.#attempt = new Attempt(this.#connect());
    }
    const giveUp = (): void => this.#giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    await this.#attempt.over;
    signal.removeEventListener("abort", giveUp);
    signal.throwIfAborted();
  }

  /** What is wrong now. */
  faults(): readonly Fault[] {
    const faults: Fault[] = [];
    if (this.#isClosed) return [faultOf(stoppedError(this.#parts.broker))];
    if (this.#error !== undefined) faults.push(faultOf(this.#error));
    for (const [filter, why] of this.#refused) {
      const message = `${this.#parts.broker} refuses the topic ${filter}: it ${why}.`;
      faults.push({ code: "INPUT_NOT_ALLOWED", message, points: [filter] });
    }
    return faults;
  }

  /** Tells the broker that messages are kept. */
  keep(receipts: readonly Receipt[]): void {
    this.#handover.keep(receipts);
  }

  /** Has the broker send messages again that were not kept: it does so when the connection is made anew. */
  refuse(receipts: readonly Receipt[], why: string): void {
    if (receipts.length === 0) return;
    this.#handover.refuse(receipts);
    if (!this.#isUp) return;
    const error = new GatewayError("INPUT_LINK_CLOSED", `The connection to ${this.#parts.broker} was closed: ${why}.`);
    this.#connection?.close();
    this.#lose(error);
  }

  /** Publishes a message that nobody acknowledges. Shape: any length. */
  publish(topic: string, payload: Uint8Array): void {
    if (this.#isUp) this.#connection?.publish(topic, payload);
  }

  /** Ends it for good. */
  close(): void {
    this.#isClosed = true;
    this.#isUp = false;
    this.#handover.end();
    this.#giveUp();
  }

  /** Ends what is under way, without a word about it. */
  #giveUp(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.close();
    this.#attempt?.end();
    this.#attempt = undefined;
  }

  async #connect(): Promise<void> {
    const { clock, broker, connect, filters, qos, timeout, messageBytesMax, open, onMessage } = this.#parts;
    this.#attempts += 1;
    let isSessionPresent = false;
    const connection: MqttConnection = new MqttConnection({
      ...{ clock, broker, connect, timeout, messageBytesMax },
      onMade: (isPresent) => {
        isSessionPresent = isPresent;
        this.#handover.begin((packet) => connection.send(packet), isPresent);
      },
      open: (events) => open(events),
      onMessage: (message, cutBytes) => {
        if (this.#handover.isNew(message)) onMessage(message, cutBytes, this.#handover.receiptOf(message));
      },
      onRelease: (packetId) => this.#handover.release(packetId),
      onLost: (error) => {
        if (this.#connection === connection) this.#lose(error);
      },
    });
    this.#connection = connection;
    try {
      await connection.make();
      if (isSessionPresent) await this.#forgetOthers(connection);
      this.#refused = await connection.subscribe(filters, qos);
      if (this.#connection !== connection) return;
      this.#parts.memory?.write(this.#memoryKey, filters);
      this.#isUp = true;
      this.#error = undefined;
      this.#upSince = clock.monotonic();
    } catch (error) {
      connection.close();
      if (!(error instanceof GatewayError)) throw error;
      if (this.#connection === connection) this.#lose(error);
    } finally {
      if (this.#connection === connection || this.#connection === undefined) this.#attempt = undefined;
    }
  }

  /** The broker may remember topics that are not configured any more. */
  async #forgetOthers(connection: MqttConnection): Promise<void> {
    const before = this.#parts.memory?.read(this.#memoryKey);
    if (!Array.isArray(before)) return;
    const others = before.filter((filter) => typeof filter === "string" && !this.#parts.filters.includes(filter));
    if (others.length > 0) await connection.unsubscribe(others as string[]);
  }

  #lose(error: GatewayError): void {
    const { clock, connect, spreadOf } = this.#parts;
    const now = clock.monotonic();
    const wasUp = this.#isUp;
    const wasGood = wasUp && now - this.#upSince >= GOOD_MS;
    this.#isUp = false;
    this.#connection = undefined;
    this.#handover.end();
    if (this.#isClosed) return;
    if (wasGood) this.#backoff.clear();
    const pause = wasGood ? PAUSE_AFTER_GOOD : this.#backoff.fail();
    this.#nextAt = now + millis(Math.round(pause * (0.5 + spreadOf(this.#attempts) / 2)));
    const isOddlyOften = wasUp && error.code === "INPUT_LINK_CLOSED" && this.#backoff.failures >= LOST_MANY;
    this.#error = isOddlyOften
      ? new GatewayError(
          error.code,
          `${error.message.replace(/\.$/u, "")}, soon after it was made, and again and again. If another client has the id ` +
            `${connect.clientId}, give each a \`client_id\` of its own.`,
        )
      : error;
    this.#parts.onChange();
  }
}

/** An attempt to connect, which may be given up before it is over. */
class Attempt {
  readonly over: Promise<void>;
  readonly #givenUp = Promise.withResolvers<void>();

  constructor(promise: Promise<void>) {
    this.over = Promise.race([promise, this.#givenUp.promise]);
  }

  end(): void {
    this.#givenUp.resolve();
  }
}
