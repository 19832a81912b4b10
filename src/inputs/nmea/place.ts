/** Where a receiver is reached, and how its bytes are had. */

import { type BusPlace, busOf, describePlace, shortenPortName } from "../../model/bus-place.ts";
import { type Millis, millis } from "../../model/time.ts";
import type { ByteStream, ByteStreamEvents } from "../../platform/byte-stream.ts";
import { type LineOpeners, openLine } from "../../platform/open-line.ts";
import type { OpenLine, SharedLines } from "./shared-lines.ts";
import { gpsdPlaceOf, type NmeaSettings } from "./spec.ts";

/** Names the bus: a port or a socket serves one instance at a time. */
export function receiverBusOf(settings: NmeaSettings): string {
  return busOf(placeOf(settings), settings.gpsd === undefined ? "tcp" : "gpsd");
}

/** Says in messages which receiver it is. */
export function receiverOf(settings: NmeaSettings): string {
  return `${settings.gpsd === undefined ? "" : "gpsd at "}${describePlace(placeOf(settings))}`;
}

/** The name of an instance that gives none. */
export function instanceNameOf(settings: NmeaSettings): string {
  const { serial, host = "" } = placeOf(settings);
  return serial === undefined ? host : shortenPortName(serial);
}

/** What all instances share: the ways out, and the lines that are open. */
export interface ReceiverLinks extends LineOpeners {
  readonly lines: SharedLines;
}

/** Opens it, or listens with who has it open; gpsd serves many. Errors: `INPUT_UNREACHABLE`. */
export function openReceiver(
  settings: NmeaSettings,
  links: ReceiverLinks,
  events: ByteStreamEvents,
): Promise<ByteStream> {
  const line = { baud: settings.baud, parity: "none", stopBits: 1 } as const;
  const open: OpenLine = (each) => openLine(placeOf(settings), line, timeoutOf(settings), links, each);
  if (settings.gpsd !== undefined) return open(events);
  return links.lines.join(`${receiverBusOf(settings)} ${settings.baud}`, open, events);
}

/** How long to wait for a connection, and for a sentence. */
export function timeoutOf({ timeout }: NmeaSettings): Millis {
  return millis(Math.round(timeout * 1000));
}

function placeOf(settings: NmeaSettings): BusPlace {
  return settings.gpsd === undefined ? settings : gpsdPlaceOf(settings.gpsd);
}
