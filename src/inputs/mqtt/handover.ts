/** Which messages the broker still has to be told of, and which it sends again although they came. */

import { encodeAck, type MqttMessage } from "../../decode/mqtt-packets.ts";

/** A message that the broker waits to hear of. */
export interface Receipt {
  readonly packetId: number;
  readonly qos: 1 | 2;
  /** The connection it came by, and the session of the broker. */
  readonly connection: number;
  readonly session: number;
}

/**
 * Acknowledges messages, in whatever order they are kept.
 *
 * A message of quality 1 that comes again is a new one: its number may be another's by now. One of quality 2 keeps its
 * number until the broker releases it, so it is taken once, as long as this process and the broker's session last.
 */
export class Handover {
  #send: ((bytes: Uint8Array) => void) | undefined;
  #connection = 0;
  #session = 0;
  /** Taken and not kept yet, of quality 2: by number, the connection they came by last. */
  readonly #taken = new Map<number, number>();
  /** Kept, and not released yet. */
  readonly #kept = new Set<number>();

  /** A connection is there. What a broker that knows nothing of us sends is new, whatever its numbers. */
  begin(send: (bytes: Uint8Array) => void, isSessionPresent: boolean): void {
    this.#send = send;
    this.#connection += 1;
    if (isSessionPresent) return;
    this.#session += 1;
    this.#taken.clear();
    this.#kept.clear();
  }

  /** The connection is gone. */
  end(): void {
    this.#send = undefined;
  }

  /** Says whether a message is to be taken; one that was, is acknowledged once more where it was kept. */
  isNew({ qos, packetId }: MqttMessage): boolean {
    if (qos !== 2) return true;
    if (this.#kept.has(packetId)) {
      this.#send?.(encodeAck("pubrec", packetId));
      return false;
    }
    const isTaken = this.#taken.has(packetId);
    this.#taken.set(packetId, this.#connection);
    return !isTaken;
  }

  /** Gives what a message is acknowledged by; undefined where nobody waits for that. */
  receiptOf({ qos, packetId }: MqttMessage): Receipt | undefined {
    if (qos === 0) return undefined;
    return { packetId, qos, connection: this.#connection, session: this.#session };
  }

  /** Tells the broker that messages are kept. */
  keep(receipts: readonly Receipt[]): void {
    for (const { packetId, qos, connection, session } of receipts) {
      if (session !== this.#session) continue;
      if (qos === 1) {
        if (connection === this.#connection) this.#send?.(encodeAck("puback", packetId));
        continue;
      }
      const cameBy = this.#taken.get(packetId);
      if (cameBy === undefined) continue;
      this.#taken.delete(packetId);
      this.#kept.add(packetId);
      if (cameBy === this.#connection) this.#send?.(encodeAck("pubrec", packetId));
    }
  }

  /** Forgets messages that were not kept, so that they are new when they come again. */
  refuse(receipts: readonly Receipt[]): void {
    for (const { packetId, qos, session } of receipts) {
      if (qos === 2 && session === this.#session) this.#taken.delete(packetId);
    }
  }

  /** The broker has heard that a message was kept, and will not send it again. */
  release(packetId: number): void {
    this.#kept.delete(packetId);
    this.#send?.(encodeAck("pubcomp", packetId));
  }
}
