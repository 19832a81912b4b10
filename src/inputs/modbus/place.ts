import assert from "node:assert/strict";
import { busOf, describePlace } from "../../model/bus-place.ts";
import type { LineSettings } from "../../model/line-settings.ts";
import { type Clock, type Millis, millis } from "../../model/time.ts";
import { openAsciiPort } from "../../platform/ascii-port.ts";
import { type LineOpeners, openLine } from "../../platform/open-line.ts";
import type { SerialSettings } from "../../platform/serial-port.ts";
import type { OpenByteStream } from "../../platform/tcp-socket.ts";
import { openTelnetPort } from "../../platform/telnet-port.ts";
import type { LineCoding } from "./line-timing.ts";
import type { ModbusLink } from "./link.ts";
import type { OpenLine } from "./rtu-connection.ts";
import { RtuLink } from "./rtu-link.ts";
import type { ModbusSettings } from "./spec.ts";
import type { TcpPlace } from "./tcp-connection.ts";
import { TcpLink } from "./tcp-link.ts";
import type { AskingManner } from "./unit-watch.ts";

/** After so many timeouts in a row a converter is suspected to have lost its power without a word. */
const TIMEOUTS_IN_A_ROW_MAX = 3;

/** What speaks Modbus TCP often closes at the first bytes that are none. */
const CLOSED_BY_CONVERTER =
  "If this stays, compare `framing` with what is set there, as `tcp` may be spoken; and look for another client: many " +
  "converters serve only one at a time.";

/** A place with a line behind it. */
export type LinePlace =
  | (TcpPlace & { readonly kind: "rtu-over-tcp" | "ascii-over-tcp" | "telnet"; readonly line: LineSettings })
  | {
      readonly kind: "serial" | "ascii-serial";
      readonly serial: string;
      readonly line: LineSettings & Pick<SerialSettings, "rs485">;
    };

/** Where a link goes, and what is spoken there. */
export type LinkPlace = (TcpPlace & { readonly kind: "tcp" | "udp" }) | LinePlace;

/** What links are opened with. */
export interface Openers extends LineOpeners {
  readonly openUdp: OpenByteStream;
}

/** Takes from an instance's settings where its link goes. */
export function placeOf(settings: ModbusSettings): LinkPlace {
  const { host, port, framing, serial, baud, parity, stop_bits, data_bits } = settings;
  const line = { baud, parity, stopBits: stop_bits, ...(data_bits === 8 ? {} : { dataBits: data_bits }) };
  if (serial !== undefined) {
    const kind = framing === "ascii" ? "ascii-serial" : "serial";
    return { kind, serial, line: { ...line, ...rs485Of(settings) } };
  }
  assert(host !== undefined, "the schema asks for a host or a serial port");
  if (framing === "tcp" || framing === "udp") return { kind: framing, host, port };
  return { kind: framing === "telnet" ? "telnet" : `${framing}-over-tcp`, host, port, line };
}

/** How the frames of a line are carried. */
export function codingOf({ kind }: LinePlace): LineCoding {
  return kind === "ascii-over-tcp" || kind === "ascii-serial" ? "ascii" : "rtu";
}

function rs485Of({ rs485, rts_delay }: ModbusSettings): Pick<SerialSettings, "rs485"> {
  if (rs485 === "adapter") return {};
  return { rs485: { rtsWhileSending: rs485 === "rts_high" ? "high" : "low", rtsDelayMs: rts_delay } };
}

/** Names the bus of a link. */
export function linkBusOf(place: LinkPlace): string {
  return busOf(place, place.kind === "udp" ? "udp" : "tcp");
}

/** Names the link: one for each bus, unless instances contradict each other in what is spoken there. */
export function linkKeyOf(place: LinkPlace): string {
  if (!("line" in place)) return `${place.kind} ${linkBusOf(place)}`;
  const { baud, parity, stopBits, dataBits } = place.line;
  const line = `${baud} ${parity} ${stopBits}${dataBits === undefined ? "" : ` ${dataBits}`}`;
  const rs485 = "host" in place ? undefined : place.line.rs485;
  const direction = rs485 === undefined ? "" : ` rts ${rs485.rtsWhileSending} ${rs485.rtsDelayMs}`;
  return `${place.kind} ${linkBusOf(place)} ${line}${direction}`;
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

/** Says in messages which unit it is. */
export function deviceOf(settings: ModbusSettings): string {
  return `${describePlace(settings)} unit ${settings.unit}`;
}

/** Makes the link to a place, without side effects. What `modbus-serial` carries has the same masters as the rest. */
export function createLink(place: LinkPlace, clock: Clock, openers: Openers): ModbusLink {
  if (!("line" in place)) {
    return new TcpLink(place, clock, place.kind === "udp" ? openers.openUdp : openers.openTcp);
  }
  const name = describePlace(place);
  const limit = "host" in place ? { timeoutsInARowMax: TIMEOUTS_IN_A_ROW_MAX, closingAdvice: CLOSED_BY_CONVERTER } : {};
  const coding = codingOf(place);
  return new RtuLink({ name, settings: place.line, coding, openLine: openLineOf(place, openers), ...limit }, clock);
}

function openLineOf(place: LinePlace, openers: Openers): OpenLine {
  const openBytes: OpenLine = (timeout, events) => openLine(place, place.line, timeout, openers, events);
  if (place.kind === "telnet") {
    return (timeout, events) => openTelnetPort((below) => openBytes(timeout, below), events);
  }
  if (codingOf(place) === "rtu") return openBytes;
  return (timeout, events) => openAsciiPort((below) => openBytes(timeout, below), events);
}
