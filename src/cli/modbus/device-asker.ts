/** One unit, asked by hand: each read once, with what came of it. */

import { decodeReadAnswer, describeException, encodeReadRequest, READ_FUNCTION } from "../../decode/modbus-pdu.ts";
import type { ModbusLink } from "../../inputs/modbus/link.ts";
import { createLink, type Openers, placeOf } from "../../inputs/modbus/place.ts";
import type { ModbusSettings } from "../../inputs/modbus/spec.ts";
import { describePlace } from "../../model/bus-place.ts";
import { GatewayError } from "../../model/errors.ts";
import type { Table } from "../../model/profile.ts";
import { type Clock, type Millis, millis } from "../../model/time.ts";
import { openSerialPort } from "../../platform/serial-port.ts";
import { systemClock } from "../../platform/system-clock.ts";
import { openTcpSocket } from "../../platform/tcp-socket.ts";
import { openUdpPort } from "../../platform/udp-port.ts";

/** What a command does its reading with. */
export interface ReadingSurroundings extends Openers {
  readonly clock: Clock;
}

/** The clock, the ports and the network of this machine. */
export const REAL_SURROUNDINGS: ReadingSurroundings = {
  clock: systemClock,
  openTcp: openTcpSocket,
  openSerial: openSerialPort,
  openUdp: openUdpPort,
};

/** Neighbours in one table. Limits: 125 registers, or 2000 bits. */
export interface TableRead {
  readonly table: Table;
  readonly address: number;
  readonly count: number;
}

/** What a unit answered: the bytes asked for, or an exception with what it means in a whole sentence. */
export type HandAnswer =
  | { readonly kind: "data"; readonly data: DataView; readonly took: Millis }
  | { readonly kind: "exception"; readonly code: number; readonly message: string; readonly took: Millis };

/** Asks one unit over a link of its own, which is closed when this is disposed. */
export class DeviceAsker implements Disposable {
  /** Names the unit in messages. */
  readonly name: string;
  readonly #settings: ModbusSettings;
  readonly #clock: Clock;
  readonly #link: ModbusLink;
  readonly #signal: AbortSignal;

  constructor(settings: ModbusSettings, surroundings: ReadingSurroundings, signal = new AbortController().signal) {
    const place = placeOf(settings);
    this.name = `${describePlace(place)} unit ${settings.unit}`;
    this.#settings = settings;
    this.#clock = surroundings.clock;
    this.#link = createLink(place, surroundings.clock, surroundings);
    this.#signal = signal;
  }

  /** Asks. Errors: as `ModbusLink.request`, and those of an answer that does not fit. */
  async ask(read: TableRead): Promise<HandAnswer> {
    return await askByHand(this.#link, this.#settings, read, this.#clock, this.#signal);
  }

  [Symbol.dispose](): void {
    this.#link.close();
  }
}

/** How a unit is asked by hand. */
export type HandManner = Pick<ModbusSettings, "unit" | "timeout" | "connect_delay">;

/** Asks a unit on a link. Errors: as `ModbusLink.request`, and those of an answer that does not fit. */
export async function askByHand(
  link: ModbusLink,
  { unit, timeout, connect_delay: delay }: HandManner,
  { table, address, count }: TableRead,
  clock: Clock,
  signal: AbortSignal,
): Promise<HandAnswer> {
  const request = { functionCode: READ_FUNCTION[table], address, count };
  const sentAt = clock.monotonic();
  const pdu = await link.request({
    ...{ unit, signal, pdu: encodeReadRequest(request), timeout: millis(Math.round(timeout * 1000)) },
    ...(delay === 0 ? {} : { connectDelay: millis(Math.round(delay * 1000)) }),
  });
  const took = millis(clock.monotonic() - sentAt);
  const answer = decodeReadAnswer(request, pdu);
  if (answer.kind === "data") return { ...answer, took };
  const { exceptionCode: code } = answer;
  const { name, advice } = describeException(code);
  const span = count === 1 ? `${table} ${address}` : `${table} ${address} to ${address + count - 1}`;
  return {
    ...{ kind: "exception", code, took },
    message: `unit ${unit} answered exception ${code} (${name}) to a read of ${span}. ${advice}.`,
  };
}

/** Makes the error of an exception that ends a command. */
export function toExceptionError({ message }: { readonly message: string }): GatewayError {
  return new GatewayError("INPUT_EXCEPTION", message);
}
