import assert from "node:assert/strict";
import { type Clock, type Millis, millis } from "../../model/time.ts";
import type { OpenSerialPort, SerialSettings } from "../../platform/serial-port.ts";
import type { OpenByteStream } from "../../platform/tcp-socket.ts";
import type { LineSettings } from "./line-timing.ts";
import type { ModbusLink } from "./link.ts";
import { RtuLink } from "./rtu-link.ts";
import type { ModbusSettings } from "./spec.ts";
import type { TcpPlace } from "./tcp-connection.ts";
import { TcpLink } from "./tcp-link.ts";
import type { AskingManner } from "./unit-watch.ts";

/** After so many timeouts in a row a converter is suspected to have lost its power without a word. */
const TIMEOUTS_IN_A_ROW_MAX = 3;

/** Where a link goes, and what is spoken there. */
export type LinkPlace =
  | (TcpPlace & { readonly kind: "tcp" })
  | (TcpPlace & { readonly kind: "rtu-over-tcp"; readonly line: LineSettings })
  | { readonly kind: "serial"; readonly port: string; readonly line: LineSettings & Pick<SerialSettings, "rs485"> };

/** What links are opened with. */
export interface Openers {
  readonly openTcp: OpenByteStream;
  readonly openSerial: OpenSerialPort;
}

/** Takes from an instance's settings where its link goes. */
export function placeOf(settings: ModbusSettings): LinkPlace {
  const { host, port, framing, serial, baud, parity, stop_bits } = settings;
  const line = { baud, parity, stopBits: stop_bits };
  if (serial !== undefined) return { kind: "serial", port: serial, line: { ...line, ...rs485Of(settings) } };
  assert(host !== undefined, "the schema asks for a host or a serial port");
  return framing === "rtu" ? { kind: "rtu-over-tcp", host, port, line } : { kind: "tcp", host, port };
}

function rs485Of({ rs485, rts_delay }: ModbusSettings): Pick<SerialSettings, "rs485"> {
  if (rs485 === "adapter") return {};
  return { rs485: { rtsWhileSending: rs485 === "rts_high" ? "high" : "low", rtsDelayMs: rts_delay } };
}

/** Names the bus: everything with the same name shares one queue. */
export function busOf(place: LinkPlace): string {
  return place.kind === "serial" ? `serial://${place.port}` : `tcp://${place.host}:${place.port}`.toLowerCase();
}

/** Names the link: one for each bus, unless instances contradict each other in what is spoken there. */
export function linkKeyOf(place: LinkPlace): string {
  const line = place.kind === "tcp" ? "" : ` ${place.line.baud} ${place.line.parity} ${place.line.stopBits}`;
  const rs485 = place.kind === "serial" ? place.line.rs485 : undefined;
  const direction = rs485 === undefined ? "" : ` rts ${rs485.rtsWhileSending} ${rs485.rtsDelayMs}`;
  return `${place.kind} ${busOf(place)}${line}${direction}`;
}

/** Names a unit on its link. */
export function unitKeyOf(settings: ModbusSettings): string {
  return `${linkKeyOf(placeOf(settings))} unit ${settings.unit}`;
}

/** Names those who are read together: they ask the same unit at the same interval, and in the same manner. */
export function groupKeyOf(settings: ModbusSettings, interval: Millis): string {
  const { timeout, max_in_flight, connect_delay, keep_connection } = settings;
  return `${unitKeyOf(settings)} every ${interval}, ${[timeout, max_in_flight, connect_delay, keep_connection].join()}`;
}

/** Takes from an instance's settings how its unit wants to be asked. */
export function mannerOf({ timeout, max_in_flight, connect_delay, keep_connection }: ModbusSettings): AskingManner {
  return {
    timeout: millis(Math.round(timeout * 1000)),
    inFlightMax: max_in_flight,
    ...(connect_delay === 0 ? {} : { connectDelay: millis(Math.round(connect_delay * 1000)) }),
    hangsUp: !keep_connection,
  };
}

/** Says in messages where a link goes. */
export function describePlace(place: LinkPlace): string {
  return place.kind === "serial" ? place.port : `${place.host}:${place.port}`;
}

/** Says in messages which unit it is. */
export function deviceOf(settings: ModbusSettings): string {
  return `${describePlace(placeOf(settings))} unit ${settings.unit}`;
}

/** Makes the link to a place, without side effects. */
export function createLink(place: LinkPlace, clock: Clock, { openTcp, openSerial }: Openers): ModbusLink {
  const name = describePlace(place);
  switch (place.kind) {
    case "tcp":
      return new TcpLink(place, clock, openTcp);
    case "rtu-over-tcp":
      return new RtuLink(
        {
          name,
          settings: place.line,
          openLine: (timeout, events) => openTcp(place.host, place.port, timeout, events),
          timeoutsInARowMax: TIMEOUTS_IN_A_ROW_MAX,
        },
        clock,
      );
    case "serial":
      return new RtuLink(
        { name, settings: place.line, openLine: (_timeout, events) => openSerial(place.port, place.line, events) },
        clock,
      );
    default:
      return place satisfies never;
  }
}
