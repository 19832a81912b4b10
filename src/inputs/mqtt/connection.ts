/** One connection to a broker, from the greeting to its end. */

import { malformed, PROPERTY } from "../../decode/mqtt-fields.ts";
import { MqttFrames } from "../../decode/mqtt-frames.ts";
import {
  decodePacket,
  encodeConnect,
  encodeDisconnect,
  encodePing,
  encodePublish,
  encodeSubscribe,
  encodeUnsubscribe,
  isConnack,
  type MqttConnect,
  type MqttMessage,
  type MqttPacket,
  type MqttQos,
  REASON_REFUSED,
} from "../../decode/mqtt-packets.ts";
import { GatewayError } from "../../model/errors.ts";
import { type Clock, formatSpan, type Millis, seconds, type Timer } from "../../model/time.ts";
import type { ByteStream, ByteStreamEvents } from "../../platform/byte-stream.ts";
import { describeReason } from "./reasons.ts";

/** What a connection is made with. */
export interface ConnectionParts {
  readonly clock: Clock;
  /** Names the broker in errors. */
  readonly broker: string;
  readonly connect: MqttConnect;
  /** Of a larger message only the beginning is kept. */
  readonly messageBytesMax: number;
  /** For each answer. */
  readonly timeout: Millis;
  open(events: ByteStreamEvents): Promise<ByteStream>;
  /** The broker has let us in, and messages may follow at once. */
  onMade(isSessionPresent: boolean): void;
  /** Takes a message. `cutBytes` is how much of it was left out. */
  onMessage(message: MqttMessage, cutBytes: number): void;
  /** The broker has heard that a message of quality 2 was kept. */
  onRelease(packetId: number): void;
  /** The connection is over, and not by `close`; called once, after it was made. */
  onLost(error: GatewayError): void;
}

type PacketOf<Kind extends MqttPacket["kind"]> = Extract<MqttPacket, { kind: Kind }>;
type ReplyKind = "connack" | "suback" | "unsuback";

interface Waiting {
  readonly kind: ReplyKind;
  readonly packetId: number;
  readonly timer: Timer;
  resolve(packet: MqttPacket): void;
  reject(error: GatewayError): void;
}

/** Filters in one packet; a broker may take no larger one. */
const FILTERS_PER_PACKET = 100;

/**
 * Bytes show that somebody is there, a large message may be under way; after so many questions in a row without any
 * whole packet they are no message: a length was damaged, and what is taken for one may be 256 MB.
 */
const ASKED_MAX = 10;

/** One connection. */
export class MqttConnection {
  readonly #parts: ConnectionParts;
  readonly #frames: MqttFrames;
  #stream: ByteStream | undefined;
  #waiting: Waiting[] = [];
  #keepAlive: Timer | undefined;
  #isPinged = false;
  /** How often it was asked since a whole packet came. */
  #askedCount = 0;
  #packetId = 0;
  #isOver = false;
  #isGreeted = false;
  #isMade = false;
  /** Why the broker is about to close, in its own words. */
  #farewell: GatewayError | undefined;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#frames = new MqttFrames(parts.messageBytesMax, (head, body, cutBytes) =>
      this.#take(decodePacket(head, body, parts.connect.version), cutBytes),
    );
  }

  /**
   * Connects and says who we are.
   *
   * Errors: `INPUT_UNREACHABLE`, `INPUT_TIMEOUT`, `INPUT_LINK_CLOSED`, `INPUT_NOT_ALLOWED`, `INPUT_BAD_REPLY`.
   */
  async make(): Promise<void> {
    const { connect, broker } = this.#parts;
    const stream = await this.#parts.open({
      onData: (bytes) => this.#receive(bytes),
      onClose: (reason) => this.#end(new GatewayError("INPUT_LINK_CLOSED", `${broker}: ${reason}.`)),
    });
    if (this.#isOver) {
      stream.close();
      throw this.#closed();
    }
    this.#stream = stream;
    try {
      stream.write(encodeConnect(connect));
      const connack = await this.#reply("connack", 0, "did not answer as a broker does");
      const { reason, properties } = connack;
      if (reason !== 0) {
        const text = String(properties.get(PROPERTY.reasonText) ?? "");
        throw this.#refused(describeReason(connect.version, reason, text));
      }
      this.#watch(Number(properties.get(PROPERTY.serverKeepAlive) ?? connect.keepAliveS));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Subscribes to filters; gives those that the broker refuses, with its reason in words. */
  async subscribe(filters: readonly string[], qos: MqttQos): Promise<ReadonlyMap<string, string>> {
    const { version } = this.#parts.connect;
    const refused = new Map<string, string>();
    for (let from = 0; from < filters.length; from += FILTERS_PER_PACKET) {
      const some = filters.slice(from, from + FILTERS_PER_PACKET);
      const packetId = this.#nextPacketId();
      this.#write(encodeSubscribe(version, packetId, some, qos));
      const { reasons, text } = await this.#reply("suback", packetId, "did not answer to a subscription");
      for (const [index, filter] of some.entries()) {
        const reason = reasons[index] ?? REASON_REFUSED;
        if (reason >= REASON_REFUSED) refused.set(filter, describeReason("5", reason, text));
      }
    }
    return refused;
  }

  /** Ends subscriptions. */
  async unsubscribe(filters: readonly string[]): Promise<void> {
    for (let from = 0; from < filters.length; from += FILTERS_PER_PACKET) {
      const packetId = this.#nextPacketId();
      const some = filters.slice(from, from + FILTERS_PER_PACKET);
      this.#write(encodeUnsubscribe(this.#parts.connect.version, packetId, some));
      await this.#reply("unsuback", packetId, "did not answer to the end of a subscription");
    }
  }

  /** Publishes a message that nobody acknowledges. Shape: any length. */
  publish(topic: string, payload: Uint8Array): void {
    this.#write(encodePublish(this.#parts.connect.version, topic, payload));
  }

  /** Writes a packet, together with others of the same turn. Shape: any length. */
  send(packet: Uint8Array): void {
    if (!this.#isOver) this.#stream?.write(packet, true);
  }

  /** Ends it. The broker is told, so that it does not take this for a failure. Idempotent. */
  close(): void {
    if (this.#isOver) return;
    if (this.#isMade) this.#write(encodeDisconnect());
    this.#finish(this.#closed());
  }

  #write(packet: Uint8Array): void {
    if (!this.#isOver) this.#stream?.write(packet);
  }

  #receive(bytes: Uint8Array): void {
    this.#isPinged = false;
    try {
      if (!this.#isGreeted) this.#greet(bytes[0] ?? 0);
      this.#frames.push(bytes);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      this.#end(
        new GatewayError(error.code, `${this.#parts.broker} does not speak MQTT as expected: ${error.message}`),
      );
    }
  }

  /** Whatever else answers on that port does not begin as a broker does, and its packets might never end. */
  #greet(first: number): void {
    this.#isGreeted = true;
    if (!isConnack(first)) throw malformed(`${first} as its first byte`);
  }

  #take(packet: MqttPacket, cutBytes: number): void {
    if (this.#isOver) return;
    this.#askedCount = 0;
    switch (packet.kind) {
      case "publish":
        if (this.#isMade) this.#parts.onMessage(packet, cutBytes);
        return;
      case "pubrel":
        this.#parts.onRelease(packet.packetId);
        return;
      case "disconnect": {
        const why = describeReason(this.#parts.connect.version, packet.reason, packet.text);
        this.#farewell = packet.reason < REASON_REFUSED ? undefined : this.#refused(why);
        return;
      }
      case "pingresp":
        return;
      case "connack":
        // What the broker kept for us may come in the same breath.
        if (packet.reason === 0 && !this.#isMade) {
          this.#isMade = true;
          this.#parts.onMade(packet.isSessionPresent);
        }
        this.#answer(0, packet);
        return;
      default:
        this.#answer(packet.packetId, packet);
    }
  }

  #answer(packetId: number, packet: MqttPacket): void {
    const waiting = this.#waiting.find((each) => each.kind === packet.kind && each.packetId === packetId);
    if (waiting === undefined) return;
    this.#waiting = this.#waiting.filter((each) => each !== waiting);
    waiting.timer.cancel();
    waiting.resolve(packet);
  }

  #reply<Kind extends ReplyKind>(kind: Kind, packetId: number, failure: string): Promise<PacketOf<Kind>> {
    const { clock, timeout, broker } = this.#parts;
    return new Promise((resolve, reject) => {
      if (this.#isOver) {
        reject(this.#closed());
        return;
      }
      const timer = clock.after(`${kind} of ${broker}`, timeout, () => {
        const seen = `${broker} ${failure} within ${timeout / 1000} s. Look whether a broker runs there.`;
        this.#end(new GatewayError("INPUT_TIMEOUT", seen));
      });
      this.#waiting.push({ kind, packetId, timer, resolve: (packet) => resolve(packet as PacketOf<Kind>), reject });
    });
  }

  /** Asks from time to time whether the broker is there; a connection may be gone without a word. */
  #watch(intervalS: number): void {
    const { clock, broker } = this.#parts;
    if (intervalS === 0) return;
    this.#keepAlive = clock.after(`keep-alive of ${broker}`, seconds(intervalS), () => {
      if (this.#isPinged) {
        const message = `${broker} was not heard of for ${2 * intervalS} s, though it was asked: the connection is gone.`;
        this.#end(new GatewayError("INPUT_TIMEOUT", message));
        return;
      }
      if (this.#askedCount >= ASKED_MAX) {
        const span = formatSpan(1000 * intervalS * ASKED_MAX);
        const message = `${broker} sent bytes for ${span} and no whole message was among them, nor an answer: the connection is made anew.`;
        this.#end(new GatewayError("INPUT_BAD_REPLY", message));
        return;
      }
      this.#isPinged = true;
      this.#askedCount += 1;
      this.#write(encodePing());
      this.#watch(intervalS);
    });
  }

  #end(error: GatewayError): void {
    if (this.#isOver) return;
    const isMade = this.#isMade;
    this.#finish(this.#farewell ?? error);
    if (isMade) this.#parts.onLost(this.#farewell ?? error);
  }

  #finish(error: GatewayError): void {
    this.#isOver = true;
    this.#keepAlive?.cancel();
    this.#stream?.close();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) {
      each.timer.cancel();
      each.reject(error);
    }
  }

  #nextPacketId(): number {
    this.#packetId = (this.#packetId % 65_535) + 1;
    return this.#packetId;
  }

  #refused(why: string): GatewayError {
    return new GatewayError("INPUT_NOT_ALLOWED", `${this.#parts.broker} ${why}.`);
  }

  #closed(): GatewayError {
    return new GatewayError("INPUT_LINK_CLOSED", `The connection to ${this.#parts.broker} was closed.`);
  }
}
