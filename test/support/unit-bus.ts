/** The simulator's devices on a bus without wires or sockets, on the fake clock: a serial port, or a host. */

import type { Device } from "../../hardware-sim/devices/device.ts";
import { answerPdu } from "../../hardware-sim/devices/modbus-pdu.ts";
import { type ModbusProfile, pointSpan, type RegisterSpan, type Table } from "../../src/model/profile.ts";
import { millis } from "../../src/model/time.ts";
import type { ByteStream, ByteStreamEvents } from "../../src/platform/byte-stream.ts";
import type { OpenSerialPort, SerialSettings } from "../../src/platform/serial-port.ts";
import type { OpenByteStream } from "../../src/platform/tcp-socket.ts";
import type { FakeClock } from "./fake-clock.ts";
import { toMbap, toRtu } from "./wire-exchange.ts";

/** How long a unit takes to answer. Units: milliseconds. */
const TURNAROUND_MS = 10;

/** How long a gateway waits for a unit before it says that it is silent. Units: milliseconds. */
const GATEWAY_PATIENCE_MS = 200;

/** A request as it came. */
export interface BusRequest {
  readonly at: number;
  readonly unit: number;
  readonly pdu: Uint8Array;
}

/** Which registers a request asks for; none by a function code that does not read. */
export function spanOf({ pdu }: BusRequest): RegisterSpan | undefined {
  const table = READ_TABLES[(pdu[0] ?? 0) - 1];
  const start = ((pdu[1] ?? 0) << 8) | (pdu[2] ?? 0);
  return table === undefined ? undefined : { table, start, end: start + (((pdu[3] ?? 0) << 8) | (pdu[4] ?? 0)) };
}

/** By function code, from 1 on. */
const READ_TABLES: readonly Table[] = ["coil", "discrete-input", "holding-register", "input-register"];

/** A bus with units on it. */
export class UnitBus {
  /** Every request that a unit could understand, in order. */
  readonly requests: BusRequest[] = [];
  /** The settings that the port was opened with, each time. */
  readonly opened: SerialSettings[] = [];
  /** What others say on the line, from each opening on: after how many milliseconds, at which rate. */
  chatter: readonly { readonly after: number; readonly bytes: Uint8Array }[] = [];
  /** Changes what a unit says, on its way; undefined loses it. */
  spoil: (unit: number, frame: Uint8Array, nth: number) => Uint8Array | undefined = (_unit, frame) => frame;
  /** Whether units refuse what their profiles do not have, as most devices do; else they answer everything. */
  isStrict = false;
  /** How much later than others a unit answers. Units: milliseconds. */
  delayOf: (unit: number) => number = () => 0;
  readonly clock: FakeClock;
  readonly #units: ReadonlyMap<number, Device>;
  readonly #settings: SerialSettings;

  constructor(clock: FakeClock, units: ReadonlyMap<number, Device>, settings: Partial<SerialSettings> = {}) {
    this.clock = clock;
    this.#units = units;
    this.#settings = { baud: 9600, parity: "none", stopBits: 1, ...settings };
  }

  /** The way in over a port: only who has the line's settings is understood, and understands. */
  readonly openSerial: OpenSerialPort = async (_name, settings, events) => {
    this.opened.push(settings);
    const isRight = settings.baud === this.#settings.baud && settings.parity === this.#settings.parity;
    let isOver = false;
    const live: ByteStreamEvents = {
      onData: (bytes) => {
        if (!isOver) events.onData(isRight ? bytes : garble(bytes));
      },
      onClose: () => undefined,
    };
    for (const { after, bytes } of this.chatter) {
      this.clock.after("chatter", millis(after), () => live.onData(bytes));
    }
    return {
      write: (bytes) => {
        if (isRight) this.#hear({ unit: bytes[0] ?? 0, pdu: bytes.slice(1, -2) }, live, toRtu);
      },
      close: () => {
        isOver = true;
      },
    };
  };

  /** The way in through a converter that passes bytes on as they are; its line is set already. */
  readonly openConverter: OpenByteStream = (host, port, _timeout, events) =>
    this.openSerial(`${host}:${port}`, this.#settings, events);

  /** The way in through a gateway, which says of a unit that does not answer that it does not. */
  readonly openTcp: OpenByteStream = async (_host, _port, _timeout, events): Promise<ByteStream> => ({
    write: (bytes) => {
      const transaction = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
      const frame = { unit: bytes[6] ?? 0, pdu: bytes.slice(7) };
      const encode = (answer: { unit: number; pdu: Uint8Array }): Uint8Array => toMbap(transaction, answer);
      if (this.#units.has(frame.unit)) this.#hear(frame, events, encode);
      else {
        this.requests.push({ at: this.clock.monotonic(), ...frame });
        const pdu = Uint8Array.of((frame.pdu[0] ?? 0) | 0x80, 11);
        this.clock.after("gateway", millis(GATEWAY_PATIENCE_MS), () => events.onData(encode({ ...frame, pdu })));
      }
    },
    close: () => undefined,
  });

  #answer(device: Device, pdu: Uint8Array): Uint8Array {
    const { pdu: answered, read } = answerPdu(device, pdu);
    if (!this.isStrict || read === undefined) return answered;
    const isThere = hasRead(device.profile, read.table, read.address, read.address + read.count);
    return isThere ? answered : Uint8Array.of((pdu[0] ?? 0) | 0x80, 2);
  }

  #hear(
    { unit, pdu }: { readonly unit: number; readonly pdu: Uint8Array },
    events: ByteStreamEvents,
    encode: (answer: { unit: number; pdu: Uint8Array }) => Uint8Array,
  ): void {
    this.requests.push({ at: this.clock.monotonic(), unit, pdu });
    const device = this.#units.get(unit);
    if (device === undefined) return;
    device.advanceTo(this.clock.monotonic() / 1000);
    const nth = this.requests.filter((request) => request.unit === unit).length;
    const frame = this.spoil(unit, encode({ unit, pdu: this.#answer(device, pdu) }), nth);
    if (frame === undefined) return;
    const delay = TURNAROUND_MS + this.delayOf(unit);
    this.clock.after(`unit ${unit}`, millis(delay), () => events.onData(frame));
  }
}

/** Says whether a profile has points, or an identity, from the first address to the last. */
function hasRead({ points, identity = {} }: ModbusProfile, table: Table, start: number, end: number): boolean {
  const registers = [identity.model, identity.serial].filter((each) => each !== undefined);
  const identities = registers.map((each) => ({
    table: each.table,
    start: each.address,
    end: each.address + each.count,
  }));
  const spans = [...points.map(pointSpan), ...identities].filter((span) => span.table === table);
  for (let address = start; address < end; address += 1) {
    if (!spans.some((span) => span.start <= address && address < span.end)) return false;
  }
  return true;
}

/** What a receiver with other settings makes of it. */
function garble(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => byte ^ 0x5a);
}
