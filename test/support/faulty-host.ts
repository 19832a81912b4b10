/**
 * A host on the fake clock that speaks Modbus TCP, with units whose every answer is told from every other by its
 * numbers. It takes one client at a time and answers in whatever order; what befalls an answer is drawn.
 */

import {
  type Damage,
  damageAnswer,
  isDamage,
  isMishearing,
  MISHEARINGS,
  mishear,
} from "../../hardware-sim/devices/answer-faults.ts";
import { GatewayError } from "../../src/model/errors.ts";
import { millis, type Random } from "../../src/model/time.ts";
import type { ByteStreamEvents } from "../../src/platform/byte-stream.ts";
import type { OpenByteStream } from "../../src/platform/tcp-socket.ts";
import type { FakeClock } from "./fake-clock.ts";
import { answerRead, refuseRead } from "./serial-registers.ts";
import { toMbap } from "./wire-exchange.ts";

/** What can befall an answer, a connection or the host. */
export const HOST_FAULTS = [
  "none",
  "silence",
  "late",
  /** The connection is cut, and the answer comes over the next one, as from a gateway to a line. */
  "late elsewhere",
  /** The answer has the transaction id of something that is not waited for. */
  "other id",
  /** The header counts other bytes than follow. */
  "wrong size",
  ...MISHEARINGS,
  "cut-short",
  /** The answer is cut short and comes in one piece with whatever comes whole after it. */
  "run together",
  "noise-before",
  "noise-after",
  "byte-by-byte",
  "repeated",
  "echo",
  "exception",
  /** The unit says to this and the next requests that it is busy. */
  "busy storm",
  "closed",
  "closed between polls",
  /** Nothing more comes over this connection, and nobody says so. */
  "half-open",
  /** The connection is cut, and the next ones are refused. */
  "refused",
  /** The connection is cut, and the next one is not heard at first. */
  "slow after connect",
] as const;

/** One of `HOST_FAULTS`. */
export type HostFault = (typeof HOST_FAULTS)[number];

const LATE_MS_MAX = 10_000;
const ANSWER_MS_MAX = 50;
const REPEATED_MS_MAX = 2000;
const IDLE_MS_MAX = 1000;
const DEAF_MS_MAX = 1500;
const STORM_REQUESTS_MAX = 8;
const REFUSALS_MAX = 3;
const BUSY = 6;

interface Client {
  readonly events: ByteStreamEvents;
  isOver: boolean;
  isHalfOpen: boolean;
  /** When the answer before this one is through. */
  sendsUntil: number;
  /** Waits for something to come in one piece with. */
  heldBack: Uint8Array | undefined;
  readonly deafUntil: number;
}

interface Asked {
  readonly client: Client;
  readonly transaction: number;
  readonly unit: number;
  readonly pdu: Uint8Array;
}

/** The host and the units behind it. */
export class FaultyHost {
  /** How many requests were sent. */
  serial = 0;
  readonly #clock: FakeClock;
  readonly #random: Random;
  readonly #drawFault: () => HostFault;
  /** By address. */
  readonly #askedLast = new Map<number, number>();
  readonly #fates = new Map<number, HostFault>();
  readonly #waitedFor = new Set<number>();
  readonly #busyFor = new Map<number, number>();
  #client: Client | undefined;
  #refusesNext = 0;
  #isDeafNext = false;

  constructor(clock: FakeClock, random: Random, drawFault: () => HostFault) {
    this.#clock = clock;
    this.#random = random;
    this.#drawFault = drawFault;
  }

  /** The number of the last request for an address. */
  serialOf(address: number): number | undefined {
    return this.#askedLast.get(address);
  }

  /** What befell the last request for an address. */
  fateOf(address: number): HostFault {
    return this.#fates.get(address) ?? "none";
  }

  readonly open: OpenByteStream = async (host, port, _timeout, events) => {
    const isTaken = this.#client?.isOver === false;
    if (this.#refusesNext > 0 || isTaken) {
      this.#refusesNext = Math.max(0, this.#refusesNext - 1);
      throw new GatewayError("INPUT_UNREACHABLE", `${host}:${port} refused the connection.`);
    }
    const deafUntil = this.#isDeafNext ? this.#clock.monotonic() + this.#draw(DEAF_MS_MAX) : 0;
    this.#isDeafNext = false;
    const client: Client = { events, isOver: false, isHalfOpen: false, sendsUntil: 0, heldBack: undefined, deafUntil };
    this.#client = client;
    this.#waitedFor.clear();
    return {
      write: (bytes) => this.#hear(client, bytes),
      close: () => {
        client.isOver = true;
      },
    };
  };

  #hear(client: Client, bytes: Uint8Array): void {
    this.serial += 1;
    const transaction = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
    const asked = { client, transaction, unit: bytes[6] ?? 0, pdu: bytes.slice(7) };
    const address = ((asked.pdu[1] ?? 0) << 8) | (asked.pdu[2] ?? 0);
    this.#askedLast.set(address, this.serial);
    this.#waitedFor.add(transaction);
    this.#fates.set(address, this.#react(asked, bytes));
  }

  /** Does something about a request, and says what befell it. */
  #react(asked: Asked, bytes: Uint8Array): HostFault {
    if (asked.client.isHalfOpen) return "half-open";
    if (this.#clock.monotonic() < asked.client.deafUntil) return "slow after connect";
    const fault = this.#drawFault();
    const busyFor = this.#busyFor.get(asked.unit) ?? (fault === "busy storm" ? 1 + this.#draw(STORM_REQUESTS_MAX) : 0);
    if (busyFor > 0) {
      this.#stayBusy(asked, busyFor);
      return "busy storm";
    }
    if (fault === "echo") this.#echo(asked, bytes);
    else if (!this.#befallsConnection(asked, fault)) this.#answer(asked, fault);
    return fault;
  }

  #stayBusy(asked: Asked, busyFor: number): void {
    if (busyFor > 1) this.#busyFor.set(asked.unit, busyFor - 1);
    else this.#busyFor.delete(asked.unit);
    this.#refuse(asked, BUSY);
  }

  #refuse({ client, transaction, unit, pdu }: Asked, exception: number): void {
    const bytes = toMbap(transaction, { unit, pdu: refuseRead(pdu, exception) });
    this.#deliver(client, this.#draw(ANSWER_MS_MAX), bytes);
  }

  #echo(asked: Asked, bytes: Uint8Array): void {
    this.#deliver(asked.client, 1, bytes);
    this.#answer(asked, "none");
  }

  /** Does what befalls more than an answer; says whether it did. */
  #befallsConnection(asked: Asked, fault: HostFault): boolean {
    const { client } = asked;
    const delay = this.#draw(ANSWER_MS_MAX);
    if (fault === "silence") return true;
    if (fault === "half-open") client.isHalfOpen = true;
    else if (fault === "closed") this.#hangUp(client, delay);
    else if (fault === "late elsewhere") this.#hangUp(client, delay);
    else if (fault === "refused") this.#hangUp(client, delay);
    else if (fault === "slow after connect") this.#hangUp(client, delay);
    else return false;
    if (fault === "refused") this.#refusesNext = 1 + this.#draw(REFUSALS_MAX);
    if (fault === "slow after connect") this.#isDeafNext = true;
    if (fault === "late elsewhere") {
      const bytes = toMbap(asked.transaction, {
        unit: asked.unit,
        pdu: answerRead(this.serial, asked.unit, asked.pdu),
      });
      this.#deliver(undefined, delay + this.#draw(LATE_MS_MAX), bytes);
    }
    return true;
  }

  #answer(asked: Asked, fault: HostFault): void {
    if (fault === "exception") {
      this.#refuse(asked, 1 + this.#draw(11));
      return;
    }
    const draw = (count: number): number => this.#draw(count);
    const heard = isMishearing(fault) ? mishear(asked, fault, draw) : asked;
    const pdu = answerRead(this.serial, heard.unit, heard.pdu);
    const frame = toMbap(fault === "other id" ? this.#otherId() : asked.transaction, { unit: heard.unit, pdu });
    if (fault === "wrong size") frame[5] = (frame[5] ?? 0) + (this.#draw(2) === 0 ? 1 : -1) * (1 + this.#draw(3));
    const delay = this.#draw(fault === "late" ? LATE_MS_MAX : ANSWER_MS_MAX);
    if (fault === "run together") this.#runTogether(asked.client, delay, frame);
    else this.#deliver(asked.client, delay, frame, isDamage(fault) ? fault : undefined);
    if (fault === "repeated") this.#deliver(asked.client, delay + this.#draw(REPEATED_MS_MAX), frame);
    this.#clock.after("host answered", millis(delay), () => this.#waitedFor.delete(asked.transaction));
    if (fault === "closed between polls") this.#hangUp(asked.client, delay + 1 + this.#draw(IDLE_MS_MAX));
  }

  #otherId(): number {
    let id = this.#draw(0x10000);
    while (this.#waitedFor.has(id)) id = this.#draw(0x10000);
    return id;
  }

  #runTogether(client: Client, delay: number, frame: Uint8Array): void {
    const [cut = frame] = damageAnswer(frame, "cut-short", (count) => this.#draw(count)).map(({ bytes }) => bytes);
    this.#clock.after("host answers", millis(delay), () => {
      client.heldBack = cut;
    });
  }

  /** Leaving out `client` means whoever is there by then. */
  #deliver(client: Client | undefined, delay: number, frame: Uint8Array, damage?: Damage): void {
    this.#clock.after("host answers", millis(delay), () => {
      const to = client ?? this.#client;
      if (to === undefined) return;
      const pieces = damageAnswer(frame, damage, (count) => this.#draw(count));
      const wait = Math.max(0, to.sendsUntil - this.#clock.monotonic());
      to.sendsUntil = this.#clock.monotonic() + wait + (pieces.at(-1)?.afterMs ?? 0);
      for (const { afterMs, bytes } of pieces)
        this.#carry(to, wait + afterMs, damage === undefined ? this.#behind(to, bytes) : bytes);
    });
  }

  #behind(client: Client, bytes: Uint8Array): Uint8Array {
    const { heldBack } = client;
    client.heldBack = undefined;
    return heldBack === undefined ? bytes : Uint8Array.of(...heldBack, ...bytes);
  }

  #carry(to: Client, delay: number, bytes: Uint8Array): void {
    const arrive = (): void => {
      if (!to.isOver) to.events.onData(bytes);
    };
    if (delay === 0) arrive();
    else this.#clock.after("network carries", millis(delay), arrive);
  }

  #hangUp(client: Client, delay: number): void {
    this.#clock.after("host hangs up", millis(delay), () => {
      if (client.isOver) return;
      client.isOver = true;
      client.events.onClose("the device closed the connection");
    });
  }

  #draw(count: number): number {
    return Math.floor(this.#random.next() * count);
  }
}
