import assert from "node:assert/strict";
import type { SerialProfile } from "../../model/serial-profile.ts";
import type { Millis } from "../../model/time.ts";
import type { ByteStream, ByteStreamEvents } from "../../platform/byte-stream.ts";
import type { OpenSerialPort, SerialSettings } from "../../platform/serial-port.ts";
import type { OpenByteStream } from "../../platform/tcp-socket.ts";
import type { SerialInputSettings } from "./spec.ts";

/** What precedes the part of a serial port's name that tells it from others. */
const DEVICE_FOLDER = /^\/dev\/(serial\/by-[a-z]+\/)?/u;

/** Start bit, and what a byte takes where nothing is said. Units: bits. */
const START_BITS = 1;

/** What lines are opened with. */
export interface Openers {
  readonly openTcp: OpenByteStream;
  readonly openSerial: OpenSerialPort;
}

/** Names the bus, as inputs of other protocols name the same port. */
export function busOf({ serial, host, port }: Pick<SerialInputSettings, "serial" | "host" | "port">): string {
  return serial === undefined ? `tcp://${host}:${port}`.toLowerCase() : `serial://${serial}`;
}

/** Says in messages where the device is. */
export function describePlace({ serial, host, port }: SerialInputSettings): string {
  return serial ?? `${host}:${port}`;
}

/** Makes the name of an instance that has none, from where it is. */
export function instanceNameOf({ serial, host, port }: SerialInputSettings): string {
  return serial === undefined ? `${host}-${port}` : serial.replace(DEVICE_FOLDER, "");
}

/** How the line is set: as the instance says, or as the device is delivered, or as most are. */
export function lineOf(settings: SerialInputSettings, { line }: SerialProfile): SerialSettings {
  return {
    baud: settings.baud ?? line.baud ?? 9600,
    parity: settings.parity ?? line.parity ?? "none",
    dataBits: settings.data_bits ?? line.dataBits ?? 8,
    stopBits: settings.stop_bits ?? line.stopBits ?? 1,
  };
}

/** How long so many bytes are on the wire. Units: milliseconds. */
export function wireMs({ baud, parity, dataBits = 8, stopBits }: SerialSettings, byteCount: number): number {
  const bits = START_BITS + dataBits + (parity === "none" ? 0 : 1) + stopBits;
  return (byteCount * bits * 1000) / baud;
}

/** Opens the bytes of a line. Errors: `INPUT_UNREACHABLE`. */
export function openLine(
  settings: SerialInputSettings,
  line: SerialSettings,
  { openTcp, openSerial }: Openers,
  timeout: Millis,
  events: ByteStreamEvents,
): Promise<ByteStream> {
  if (settings.serial !== undefined) return openSerial(settings.serial, line, events);
  assert(settings.host !== undefined && settings.port !== undefined, "the schema asks for a host with its port");
  return openTcp(settings.host, settings.port, timeout, events);
}
