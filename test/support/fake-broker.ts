/** A broker without a network, on another's encoder and decoder: what it says is not what our own code thinks. */

import mqttPacket, { type Packet } from "mqtt-packet";
import { FakeHost, type FakePeer } from "./fake-byte-stream.ts";

/** A message as a test writes it. */
export interface FakeMessage {
  readonly topic: string;
  readonly payload: string | Uint8Array;
  readonly qos?: 0 | 1 | 2;
  readonly retain?: boolean;
  readonly dup?: boolean;
  readonly messageId?: number;
}

/** Plays a broker that does what a test says. */
export class FakeBroker {
  readonly host: FakeHost;
  /** Every packet that came, of all connections, pings left out. */
  readonly received: Packet[] = [];
  pingCount = 0;
  /** What is answered to a greeting. */
  connack: { returnCode: number; sessionPresent: boolean } = { returnCode: 0, sessionPresent: false };
  /** While true, nothing is answered. */
  isSilent = false;
  /** Filters that are refused. */
  readonly refused = new Set<string>();
  /** What comes in the same breath as the answer to a greeting. */
  kept: readonly FakeMessage[] = [];
  #version = 4;
  #parsers = new WeakMap<FakePeer, (bytes: Uint8Array) => void>();

  constructor() {
    this.host = new FakeHost((bytes, peer) => this.#parserOf(peer)(bytes));
  }

  /** The connection that was made last. */
  get peer(): FakePeer {
    const peer = this.host.peers.at(-1);
    if (peer === undefined) throw new Error("nobody has connected");
    return peer;
  }

  /** Sends a message to who connected last. */
  publish(...messages: readonly FakeMessage[]): void {
    this.peer.send(Buffer.concat(messages.map((message) => this.#encodeMessage(message))));
  }

  /** Sends messages again and again, `times` in all, to who connected last. */
  flood(times: number, messages: readonly FakeMessage[]): void {
    const bytes = Buffer.concat(messages.map((message) => this.#encodeMessage(message)));
    for (let turn = 0; turn < times; turn += 1) this.peer.send(bytes);
  }

  /** Sends any packet to who connected last. */
  send(packet: object): void {
    this.peer.send(this.#encode(packet));
  }

  /** Numbers of the acknowledgements of a kind, in the order they came. */
  acks(kind: "puback" | "pubrec" | "pubcomp"): number[] {
    return this.received.flatMap((packet) => (packet.cmd === kind ? [packet.messageId ?? -1] : []));
  }

  /** Packets of a kind that came. */
  packets<Cmd extends Packet["cmd"]>(cmd: Cmd): Extract<Packet, { cmd: Cmd }>[] {
    return this.received.filter((packet) => packet.cmd === cmd) as Extract<Packet, { cmd: Cmd }>[];
  }

  #parserOf(peer: FakePeer): (bytes: Uint8Array) => void {
    const known = this.#parsers.get(peer);
    if (known !== undefined) return known;
    const parser = mqttPacket.parser({ protocolVersion: this.#version });
    parser.on("packet", (packet) => this.#take(packet, peer));
    parser.on("error", (error) => {
      throw error;
    });
    const parse = (bytes: Uint8Array): void => void parser.parse(Buffer.from(bytes));
    this.#parsers.set(peer, parse);
    return parse;
  }

  #take(packet: Packet, peer: FakePeer): void {
    if (packet.cmd === "pingreq") this.pingCount += 1;
    else this.received.push(packet);
    if (this.isSilent) return;
    switch (packet.cmd) {
      case "connect": {
        this.#version = packet.protocolVersion ?? 4;
        const { returnCode, sessionPresent } = this.connack;
        const code = this.#version === 5 ? { reasonCode: returnCode } : { returnCode };
        const answers = [this.#encode({ cmd: "connack", sessionPresent, ...code })];
        for (const message of this.kept) answers.push(this.#encodeMessage(message));
        peer.send(Buffer.concat(answers));
        return;
      }
      case "subscribe": {
        const granted = packet.subscriptions.map(({ topic, qos }) => (this.refused.has(topic) ? 128 : qos));
        peer.send(this.#encode({ cmd: "suback", messageId: packet.messageId, granted }));
        return;
      }
      case "unsubscribe":
        peer.send(this.#encode({ cmd: "unsuback", messageId: packet.messageId, granted: [] }));
        return;
      case "pubrec":
        peer.send(this.#encode({ cmd: "pubrel", messageId: packet.messageId }));
        return;
      case "pingreq":
        peer.send(this.#encode({ cmd: "pingresp" }));
        return;
      default:
        return;
    }
  }

  #encodeMessage({ topic, payload, qos = 0, retain = false, dup = false, messageId = 1 }: FakeMessage): Buffer {
    const content = typeof payload === "string" ? payload : Buffer.from(payload);
    return this.#encode({ cmd: "publish", topic, payload: content, qos, retain, dup, messageId });
  }

  #encode(packet: object): Buffer {
    return mqttPacket.generate(packet as Packet, { protocolVersion: this.#version });
  }
}
