/** Where a receiver is reached, and how its bytes are had. */

import assert from "node:assert/strict";
import { type Millis, millis } from "../../model/time.ts";
import type { ByteStream, ByteStreamEvents } from "../../platform/byte-stream.ts";
import type { OpenSerialPort } from "../../platform/serial-port.ts";
import type { OpenByteStream } from "../../platform/tcp-socket.ts";
import { gpsdPlaceOf, type NmeaSettings } from "./spec.ts";

/** What receivers are reached with. */
export interface Openers {
  readonly openTcp: OpenByteStream;
  readonly openSerial: OpenSerialPort;
}

/** Names the bus: a port or a socket serves one instance at a time. */
export function busOf({ serial, host, port, gpsd }: NmeaSettings): string {
  if (serial !== undefined) return `serial://${serial}`;
  if (gpsd !== undefined) return `gpsd://${joined(gpsdPlaceOf(gpsd))}`.toLowerCase();
  return `tcp://${host}:${port}`.toLowerCase();
}

/** Says in messages which receiver it is. */
export function receiverOf({ serial, host, port, gpsd }: NmeaSettings): string {
  if (serial !== undefined) return serial;
  return gpsd === undefined ? `${host}:${port}` : `gpsd at ${joined(gpsdPlaceOf(gpsd))}`;
}

/** The name of an instance that gives none. */
export function instanceNameOf({ serial, host, gpsd }: NmeaSettings): string {
  return (serial ?? host ?? gpsdPlaceOf(gpsd ?? "").host).replace(/^\/dev\/(serial\/by-id\/)?/u, "");
}

/** Opens it. Errors: `INPUT_UNREACHABLE`. */
export function openReceiver(
  settings: NmeaSettings,
  { openTcp, openSerial }: Openers,
  events: ByteStreamEvents,
): Promise<ByteStream> {
  const { serial, baud, host, port, gpsd } = settings;
  if (serial !== undefined) return openSerial(serial, { baud, parity: "none", stopBits: 1 }, events);
  const place = gpsd === undefined ? { host, port } : gpsdPlaceOf(gpsd);
  assert(place.host !== undefined, "the schema asks for a way to the receiver");
  return openTcp(place.host, place.port, timeoutOf(settings), events);
}

/** How long to wait for a connection, and for a sentence. */
export function timeoutOf({ timeout }: NmeaSettings): Millis {
  return millis(Math.round(timeout * 1000));
}

function joined({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host}:${port}`;
}
