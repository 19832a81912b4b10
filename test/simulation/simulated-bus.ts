/** The simulator's devices behind one in-memory socket, with faults, and a record of what a reader may have seen. */

import type { Device } from "../../hardware-sim/devices/device.ts";
import type { EnvelopedPdu, RequestReader } from "../../hardware-sim/devices/envelope.ts";
import { MBAP } from "../../hardware-sim/devices/mbap-frames.ts";
import { answerPdu, encodeException } from "../../hardware-sim/devices/modbus-pdu.ts";
import { encodeReadRequest } from "../../src/decode/modbus-pdu.ts";
import { cheapestRead } from "../../src/inputs/modbus/cheapest-read.ts";
import { planReads } from "../../src/inputs/modbus/plan.ts";
import { costOfReadsAt } from "../../src/inputs/modbus/read-cost.ts";
import { type ModbusProfile, type Point, pointWidth } from "../../src/model/profile.ts";
import { type Clock, millis, type Random } from "../../src/model/time.ts";
import { FakeHost, type FakePeer } from "../support/fake-byte-stream.ts";
import { drawFault, type Swarm } from "./faults.ts";

const COST_OF_READ = costOfReadsAt({ kind: "tcp", host: "simulated", port: 502 });

/** The gateway waits this long for an answer; the instances of the world say the same. Units: milliseconds. */
export const ANSWER_MS_MAX = 500;

/** Up to this an exception says that the unit has no such registers. */
const REFUSAL_CODE_MAX = 3;
const SERVER_DEVICE_FAILURE = 4;

/** A value, and when its answer arrived. */
export interface Telling {
  readonly monotonic: number;
  readonly bootId: string;
  readonly value: number;
}

/** One socket with several units behind it. */
export class SimulatedBus {
  readonly host = new FakeHost((bytes, peer) => this.#take(bytes, peer));
  /** Values that an answer in time carried, by `unit/point`, in the point's unit. */
  readonly told = new Map<string, Telling[]>();
  /** How many readings answers in time carried to the gateway that lives now, by unit. */
  readonly toldCount = new Map<number, number>();
  /**
   * How many more it may have made of answers that perhaps only told it that the unit is back, and of answers in pieces
   * of which it may have taken the second for the beginning of another, by unit.
   */
  readonly probedCount = new Map<number, number>();
  /**
   * Of those, how many before a unit refused registers that it has, by unit: what is read from then on is the gateway's
   * to choose, and an answer may only show that the unit is there.
   */
  readonly toldUntilRefusal = new Map<number, number>();
  readonly violations: string[] = [];
  /** Every request, and when it came by the monotonic clock. */
  readonly asked: { readonly at: number; readonly request: string }[] = [];
  /** Plants a bug: late answers are relabelled so that they fit the request that waits. */
  isRelabelling = false;
  isHealed = false;
  readonly #units: ReadonlyMap<number, Device>;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #swarm: Swarm;
  readonly #readers = new WeakMap<FakePeer, RequestReader>();
  #openedAt = 0;
  #pending: { readonly transaction: number; readonly peer: FakePeer; readonly since: number } | undefined;

  constructor(units: ReadonlyMap<number, Device>, clock: Clock, random: Random, swarm: Swarm) {
    this.#units = units;
    this.#clock = clock;
    this.#random = random;
    this.#swarm = swarm;
    this.#openedAt = clock.monotonic();
  }

  /** What an earlier gateway had asked is nobody's any more, and what it was told is no account of the next. */
  forget(): void {
    this.#pending = undefined;
    this.toldCount.clear();
    this.probedCount.clear();
    this.toldUntilRefusal.clear();
  }

  /** Takes the power from the devices for a moment: connections break, and the next attempts may be refused. */
  cutPower(refuseCount: number): void {
    this.#pending = undefined;
    this.host.refuseCount = refuseCount;
    for (const peer of this.host.peers) peer.hangUp("the device cut the connection");
  }

  #take(bytes: Uint8Array, peer: FakePeer): void {
    let reader = this.#readers.get(peer);
    if (reader === undefined) {
      reader = MBAP.createReader();
      this.#readers.set(peer, reader);
    }
    for (const frame of reader.push(bytes) ?? []) this.#answer(frame, peer);
  }

  #answer(frame: EnvelopedPdu, peer: FakePeer): void {
    const now = this.#clock.monotonic();
    this.asked.push({ at: now, request: `${frame.unit} ${frame.pdu}` });
    if (this.#pending !== undefined && now - this.#pending.since < ANSWER_MS_MAX - 1) {
      this.violations.push(`two requests at once on a bus at ${now}`);
    }
    this.#pending = { transaction: frame.transaction, peer, since: now };
    const device = this.#units.get(frame.unit);
    if (device === undefined) throw new Error(`nobody configured unit ${frame.unit}`);
    device.advanceTo((now - this.#openedAt) / 1000);
    const { pdu, read } = answerPdu(device, frame.pdu);
    const fault = this.isHealed ? undefined : drawFault(this.#swarm.device, this.#random);
    switch (fault) {
      case "silent":
        return;
      case "refuse":
        this.host.refuseCount = 3;
        peer.hangUp();
        this.#pending = undefined;
        return;
      case "hang-up":
        peer.hangUp();
        this.#pending = undefined;
        return;
      case "exception": {
        const drawn = 1 + Math.floor(this.#random.next() * 11);
        const code = drawn <= REFUSAL_CODE_MAX && !this.#swarm.isRefusing ? SERVER_DEVICE_FAILURE : drawn;
        if (code <= REFUSAL_CODE_MAX && !this.toldUntilRefusal.has(frame.unit)) {
          this.toldUntilRefusal.set(frame.unit, this.toldCount.get(frame.unit) ?? 0);
        }
        const exception = encodeException(frame.pdu[0] ?? 0, code);
        this.#send({ ...frame, pdu: exception.pdu }, peer, 1);
        return;
      }
      case "wrong-unit":
        this.#send({ ...frame, unit: frame.unit + 100, pdu }, peer, 1);
        return;
      case "late":
        this.#send({ ...frame, pdu }, peer, ANSWER_MS_MAX + 1 + this.#random.next() * 3000);
        return;
      default: {
        const delay = fault === "slow" ? this.#random.next() * (ANSWER_MS_MAX - 10) : 1;
        if (read !== undefined) device.countServed(read.table, read.address, read.count);
        const { points } = device.profile;
        const values = points.map((point) => [point.name, device.readBack(point.name)] as const);
        const readings = read === undefined ? 0 : points.filter((point) => isWithin(point, read)).length;
        const isProbe = mayBeProbe(device, frame.pdu);
        this.#send({ ...frame, pdu }, peer, delay, fault === "chunked", (isDoubtful) => {
          const counts = isProbe || isDoubtful ? this.probedCount : this.toldCount;
          counts.set(frame.unit, (counts.get(frame.unit) ?? 0) + readings);
          this.#tell(frame.unit, values);
        });
      }
    }
  }

  #send(
    frame: EnvelopedPdu,
    peer: FakePeer,
    delayMs: number,
    isChunked = false,
    onSent: (isDoubtful: boolean) => void = () => undefined,
  ): void {
    this.#clock.after("simulated answer", millis(delayMs), () => {
      const isAsked = this.#pending?.peer === peer && this.#pending.transaction === frame.transaction;
      const age = this.#clock.monotonic() - (this.#pending?.since ?? 0);
      const isHeard = isAsked && !peer.isOver && age < ANSWER_MS_MAX;
      const transaction = !isAsked && this.isRelabelling ? (this.#pending?.transaction ?? 0) : frame.transaction;
      if (isAsked) this.#pending = undefined;
      const bytes = MBAP.encode({ ...frame, transaction });
      const cut = isChunked ? 1 + Math.floor(this.#random.next() * (bytes.length - 1)) : bytes.length;
      if (isHeard) onSent(readsAsAnswer(bytes.subarray(cut), frame.transaction));
      peer.send(bytes.subarray(0, cut));
      if (cut < bytes.length) peer.send(bytes.subarray(cut));
    });
  }

  #tell(unit: number, values: readonly (readonly [name: string, value: number | undefined])[]): void {
    const monotonic = this.#clock.monotonic();
    for (const [name, value] of values) {
      if (value === undefined) continue;
      const key = `${unit}/${name}`;
      const told = this.told.get(key) ?? [];
      told.push({ monotonic, bootId: this.#clock.bootId(), value });
      this.told.set(key, told);
    }
  }
}

/**
 * Whether bytes read as the beginning of an answer to one of the requests so far, or as a whole one to anything. As the
 * second piece of another answer, the gateway may refuse them: nothing tells whether the first was cut short.
 */
export function readsAsAnswer(bytes: Uint8Array, lastTransaction: number): boolean {
  const [transactionHigh = 0, transactionLow = 0, protocolHigh, protocolLow, lengthHigh, length = 0, unit] = bytes;
  const transaction = transactionHigh * 256 + transactionLow;
  const isAsked = transaction > 0 && transaction <= lastTransaction;
  const isWhole = bytes.length === 6 + length;
  return unit !== undefined && protocolHigh === 0 && protocolLow === 0 && lengthHigh === 0 && (isAsked || isWhole);
}

/**
 * Whether a request is the one that asks whether a unit is back. The same may be a part of a poll's request that was
 * refused as a whole; only where it is a poll's request as it is, its answer is read in either case.
 */
function mayBeProbe({ profile }: Device, pdu: Uint8Array): boolean {
  let isAmbiguous = probes.get(profile);
  if (isAmbiguous === undefined) {
    const probe = encodeReadRequest(cheapestRead([profile]));
    const reads = planReads(profile, COST_OF_READ).map(({ request }) => encodeReadRequest(request));
    const isRead = reads.some((read) => Buffer.compare(read, probe) === 0);
    isAmbiguous = isRead ? () => false : (asked) => Buffer.compare(probe, asked) === 0;
    probes.set(profile, isAmbiguous);
  }
  return isAmbiguous(pdu);
}

/** What `mayBeProbe` says of the requests to devices of a profile, worked out once. */
const probes = new WeakMap<ModbusProfile, (pdu: Uint8Array) => boolean>();

function isWithin(point: Point, read: { readonly table: string; readonly address: number; readonly count: number }) {
  const end = point.address + pointWidth(point.type);
  return point.table === read.table && point.address >= read.address && end <= read.address + read.count;
}
