/** What stands between an input and a bus, for every way of carrying Modbus, and how instances share one. */

import type { ReadRequest } from "../../decode/modbus-pdu.ts";
import type { BusNotice } from "../../model/input.ts";
import type { Millis } from "../../model/time.ts";
import { BusBreakers } from "./bus-breakers.ts";
import type { UnitCounts } from "./line-counts.ts";
import type { Harmless } from "./probe.ts";

/** One question to one unit. */
export interface ModbusRequest {
  readonly unit: number;
  /** The protocol data unit to send, function code first. */
  readonly pdu: Uint8Array;
  readonly timeout: Millis;
  readonly signal: AbortSignal;
  /** What the unit may be asked beside it; leaving it out means anything. */
  readonly harmless?: Harmless;
  /** Bytes of one register of the answer. Leaving it out means 2. */
  readonly registerBytes?: number | undefined;
  /** How many requests may be under way, this one included. Leaving it out means one. */
  readonly inFlightMax?: number;
  /** How long after a connection was made it may be sent. Leaving it out means at once. */
  readonly connectDelay?: Millis;
}

/**
 * A bus with units on it. It keeps a queue of its own, whoever asks: a request waits until no more are under way than
 * it bears, and none overtakes another.
 *
 * Reconnecting is decided here and nowhere else: a link that lost its connection makes a new one for the next request.
 */
export interface ModbusLink {
  /** Whether to give up on a request early frees the bus: a gateway would go on waiting for the unit. */
  readonly canGiveUpEarly: boolean;
  /** What went over the line of one unit, where the frames show that. */
  countsOf?(unit: number): Readonly<UnitCounts>;
  /** Why its last connection is slower than it has to be; undefined where it is not. */
  readonly notice?: BusNotice | undefined;
  /** How many connections were made since the link was. */
  readonly connectionCount: number;
  /** How long a request and its answer are on the wire, as far as that is known. */
  wireTime(read: ReadRequest): Millis;
  /** How many answers of a unit came after they were given up, since the link was made; 0 where nobody can tell. */
  lateCountOf(unit: number): number;
  /**
   * Connects, unless it is connected.
   *
   * Errors: `INPUT_UNREACHABLE`, `INPUT_LINK_CLOSED`, or the signal's reason.
   */
  open(timeout: Millis, signal: AbortSignal): Promise<void>;
  /**
   * Sends a request and gives the protocol data unit that answers it, unchecked beyond its frame.
   *
   * Errors: `INPUT_UNREACHABLE`, `INPUT_LINK_CLOSED`, `INPUT_TIMEOUT`, `INPUT_BAD_REPLY`, `INPUT_WRITE_REFUSED`, or
   * the signal's reason. The first two and the timeout say that asking on is of no use for now.
   */
  request(request: ModbusRequest): Promise<Uint8Array>;
  /**
   * Lets go of what is kept for the next request, unless something is asked or about to be: with `hangsUp` of the
   * connection too, so that the next request makes a new one.
   */
  rest(hangsUp: boolean): void;
  /** Ends it for good: what is pending fails at once, and nothing connects again. Idempotent. */
  close(): void;
}

/** One life of a connection, from its opening to its end; it never reopens. */
export interface LinkConnection {
  /** Whether requests can be sent. */
  readonly isOpen: boolean;
  /** How often bytes came; if none did since a request was sent, it may be sent again elsewhere. */
  readonly receivedCount: number;
  /** As `ModbusLink.notice`. */
  readonly notice?: BusNotice | undefined;
  /** As `ModbusLink.request`, of a connection that is there. One at a time, unless its kind can tell answers apart. */
  exchange(request: ModbusRequest): Promise<Uint8Array>;
  /** Lets go of what is kept for the next request, but for the connection itself. */
  rest(): void;
  /** Ends it; a pending request fails with `INPUT_LINK_CLOSED`. Idempotent. */
  close(): void;
}

/** A share in a link. */
export interface LinkLease {
  readonly link: ModbusLink;
  /** Which units of the bus are silent. */
  readonly breakers: BusBreakers;
  /** Gives the share back; the last one to do so closes the link. Idempotent. */
  release(): void;
}

interface SharedLink {
  readonly link: ModbusLink;
  readonly breakers: BusBreakers;
  leaseCount: number;
}

/** The links in use, each shared by all instances that name it the same and closed when the last of them leaves. */
export class SharedLinks<Place> {
  readonly #create: (place: Place) => ModbusLink;
  readonly #entries = new Map<string, SharedLink>();

  /** `create` makes the link to a place, without side effects. */
  constructor(create: (place: Place) => ModbusLink) {
    this.#create = create;
  }

  /** Takes a share in the link with this name; the first to ask has it made. */
  lease(name: string, place: Place): LinkLease {
    const entry = this.#entries.get(name) ?? this.#add(name, place);
    entry.leaseCount += 1;
    let isReleased = false;
    const release = (): void => {
      if (isReleased) return;
      isReleased = true;
      entry.leaseCount -= 1;
      if (entry.leaseCount > 0) return;
      this.#entries.delete(name);
      entry.link.close();
    };
    return { link: entry.link, breakers: entry.breakers, release };
  }

  #add(name: string, place: Place): SharedLink {
    const link = this.#create(place);
    const entry = { link, breakers: new BusBreakers(link.canGiveUpEarly), leaseCount: 0 };
    this.#entries.set(name, entry);
    return entry;
  }
}
