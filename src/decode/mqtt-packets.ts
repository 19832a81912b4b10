/** MQTT 3.1.1 and 5 for a client that subscribes: the packets it sends to bytes, and bytes to what a broker sends. */

import { type MqttProperties, MqttReader, MqttWriter, malformed, PROPERTY } from "./mqtt-fields.ts";

/** The versions that are spoken. */
export type MqttVersion = "3.1.1" | "5";

/** How a message is handed over: perhaps, at least once, exactly once. */
export type MqttQos = 0 | 1 | 2;

/** The upper half of the first byte of a packet. Source: MQTT 5.0, 2.1.2. */
const TYPE = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  suback: 9,
  unsubscribe: 10,
  unsuback: 11,
  pingreq: 12,
  pingresp: 13,
  disconnect: 14,
} as const;

/** Bits that `subscribe`, `unsubscribe` and `pubrel` carry. Source: MQTT 5.0, 2.1.3. */
const RESERVED_FLAGS = 2;

/** From this on a reason says that something was refused. Source: MQTT 5.0, 2.4. */
export const REASON_REFUSED = 128;

/** What a client says of itself as it connects. */
export interface MqttConnect {
  readonly version: MqttVersion;
  readonly clientId: string;
  /** Whether what the broker remembers of this client is forgotten. */
  readonly isClean: boolean;
  /** Units: seconds; 0 for none. */
  readonly keepAliveS: number;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** How long a broker of version 5 remembers this client once it is gone. Units: seconds. */
  readonly sessionExpiryS: number;
  /** How many messages a broker of version 5 sends before one is acknowledged. */
  readonly receiveMax: number;
}

/** One message. */
export interface MqttMessage {
  readonly kind: "publish";
  readonly topic: string;
  /** Shape: any length; a view, good until the next bytes come. */
  readonly payload: Uint8Array;
  readonly qos: MqttQos;
  readonly isRetained: boolean;
  /** Whether it was sent before, and not acknowledged. */
  readonly isRepeated: boolean;
  /** 0 where it is handed over without acknowledgement. */
  readonly packetId: number;
}

/** What a broker sends. */
export type MqttPacket =
  | MqttMessage
  | {
      readonly kind: "connack";
      readonly isSessionPresent: boolean;
      readonly reason: number;
      readonly properties: MqttProperties;
    }
  | { readonly kind: "suback"; readonly packetId: number; readonly reasons: readonly number[]; readonly text: string }
  | { readonly kind: "unsuback"; readonly packetId: number }
  | { readonly kind: "pubrel"; readonly packetId: number }
  | { readonly kind: "pingresp" }
  | { readonly kind: "disconnect"; readonly reason: number; readonly text: string };

/** Encodes the packet that opens a connection. */
export function encodeConnect(connect: MqttConnect): Uint8Array {
  const { version, clientId, isClean, keepAliveS, username, password } = connect;
  const flags = (isClean ? 2 : 0) | (password === undefined ? 0 : 64) | (username === undefined ? 0 : 128);
  const writer = new MqttWriter().text("MQTT").byte(version === "5" ? 5 : 4);
  writer.byte(flags).uint16(keepAliveS);
  if (version === "5") {
    const properties = new MqttWriter();
    properties.byte(PROPERTY.sessionExpiry).uint32(connect.sessionExpiryS);
    properties.byte(PROPERTY.receiveMax).uint16(connect.receiveMax);
    writer.block(properties);
  }
  writer.text(clientId);
  if (username !== undefined) writer.text(username);
  if (password !== undefined) writer.text(password);
  return writer.packet(TYPE.connect << 4);
}

/** Encodes a subscription to filters, each at the same quality of service. */
export function encodeSubscribe(
  version: MqttVersion,
  packetId: number,
  filters: readonly string[],
  qos: MqttQos,
): Uint8Array {
  const writer = new MqttWriter().uint16(packetId);
  if (version === "5") writer.byte(0);
  for (const filter of filters) writer.text(filter).byte(qos);
  return writer.packet((TYPE.subscribe << 4) | RESERVED_FLAGS);
}

/** Encodes the end of subscriptions. */
export function encodeUnsubscribe(version: MqttVersion, packetId: number, filters: readonly string[]): Uint8Array {
  const writer = new MqttWriter().uint16(packetId);
  if (version === "5") writer.byte(0);
  for (const filter of filters) writer.text(filter);
  return writer.packet((TYPE.unsubscribe << 4) | RESERVED_FLAGS);
}

/** Encodes a message that nobody acknowledges. Shape: any length. */
export function encodePublish(version: MqttVersion, topic: string, payload: Uint8Array): Uint8Array {
  const writer = new MqttWriter().text(topic);
  if (version === "5") writer.byte(0);
  return writer.bytes(payload).packet(TYPE.publish << 4);
}

/** The packets that tell a broker how far a message has come. */
export type MqttAck = "puback" | "pubrec" | "pubcomp";

/** Encodes what tells a broker that a message came. Version 5 leaves the reason out where all is well. */
export function encodeAck(kind: MqttAck, packetId: number): Uint8Array {
  return new MqttWriter().uint16(packetId).packet(TYPE[kind] << 4);
}

/** Encodes the question whether a broker is there. */
export function encodePing(): Uint8Array {
  return new MqttWriter().packet(TYPE.pingreq << 4);
}

/** Encodes a farewell. */
export function encodeDisconnect(): Uint8Array {
  return new MqttWriter().packet(TYPE.disconnect << 4);
}

/** Tells whether a packet is the answer to a greeting, by its first byte. */
export function isConnack(head: number): boolean {
  return head === TYPE.connack << 4;
}

/** Tells whether a packet is a message, by its first byte. */
export function isPublish(head: number): boolean {
  return head >> 4 === TYPE.publish;
}

/**
 * Decodes a packet of a broker. `head` is its first byte.
 *
 * Shape: `body` is what follows its length. Errors: `INPUT_BAD_REPLY`.
 */
export function decodePacket(head: number, body: Uint8Array, version: MqttVersion): MqttPacket {
  const reader = new MqttReader(body);
  switch (head >> 4) {
    case TYPE.publish:
      return decodePublish(head, reader, version);
    case TYPE.connack:
      return decodeConnack(reader, version);
    case TYPE.suback: {
      const packetId = reader.uint16();
      const text = version === "5" ? reasonText(reader.properties()) : "";
      return { kind: "suback", packetId, reasons: [...reader.rest()], text };
    }
    case TYPE.unsuback:
      return { kind: "unsuback", packetId: reader.uint16() };
    case TYPE.pubrel:
      return { kind: "pubrel", packetId: reader.uint16() };
    case TYPE.pingresp:
      return { kind: "pingresp" };
    case TYPE.disconnect: {
      const reason = reader.left > 0 ? reader.byte() : 0;
      return { kind: "disconnect", reason, text: reader.left > 0 ? reasonText(reader.properties()) : "" };
    }
    default:
      throw malformed(`type ${head >> 4}, which no broker sends to a subscriber`);
  }
}

function decodeConnack(reader: MqttReader, version: MqttVersion): MqttPacket {
  const isSessionPresent = (reader.byte() & 1) === 1;
  const reason = reader.byte();
  // A broker that does not speak version 5 refuses in its own way, without properties.
  const properties = version === "5" && reader.left > 0 ? reader.properties() : new Map<number, number>();
  return { kind: "connack", isSessionPresent, reason, properties };
}

function decodePublish(head: number, reader: MqttReader, version: MqttVersion): MqttMessage {
  const qos = (head >> 1) & 3;
  if (qos !== 0 && qos !== 1 && qos !== 2) throw malformed("a quality of service of 3");
  const topic = reader.text();
  const packetId = qos === 0 ? 0 : reader.uint16();
  if (qos > 0 && packetId === 0) throw malformed("a message with the number 0");
  if (version === "5" && reader.properties().has(PROPERTY.topicAlias)) {
    throw malformed("a topic alias, which was not allowed");
  }
  if (topic === "") throw malformed("a message without a topic");
  const [isRetained, isRepeated] = [(head & 1) === 1, (head & 8) === 8];
  return { kind: "publish", topic, payload: reader.rest(), qos, isRetained, isRepeated, packetId };
}

function reasonText(properties: MqttProperties): string {
  const text = properties.get(PROPERTY.reasonText);
  return typeof text === "string" ? text : "";
}
