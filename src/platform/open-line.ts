import assert from "node:assert/strict";
import type { BusPlace } from "../model/bus-place.ts";
import type { Millis } from "../model/time.ts";
import type { ByteStream, ByteStreamEvents } from "./byte-stream.ts";
import type { OpenSerialPort, SerialSettings } from "./serial-port.ts";
import type { OpenByteStream } from "./tcp-socket.ts";

/** What lines are opened with. */
export interface LineOpeners {
  readonly openTcp: OpenByteStream;
  readonly openSerial: OpenSerialPort;
}

/** Opens a serial port by its settings, or a host within the timeout. Errors: `INPUT_UNREACHABLE`. */
export function openLine(
  { serial, host, port }: BusPlace,
  settings: SerialSettings,
  timeout: Millis,
  { openTcp, openSerial }: LineOpeners,
  events: ByteStreamEvents,
): Promise<ByteStream> {
  if (serial !== undefined) return openSerial(serial, settings, events);
  assert(host !== undefined && port !== undefined, "a schema asks for a serial port, or a host with its port");
  return openTcp(host, port, timeout, events);
}
