/** What is said on a line by others, before anything is asked on it. */

import { Eavesdropper, type OverheardFrame } from "../../decode/overheard.ts";
import type { LineSettings } from "../../inputs/modbus/line-timing.ts";
import type { LinePlace, Openers } from "../../inputs/modbus/place.ts";
import { type Clock, type Millis, sleep } from "../../model/time.ts";
import type { ByteStream } from "../../platform/byte-stream.ts";

/** Different requests of one unit that are kept, to show what the other master does. */
const SHOWN_MAX = 3;

/** What was heard of one unit. */
export interface HeardUnit {
  readonly unit: number;
  requests: number;
  answers: number;
  /** Whether it was told to change something. */
  isWritten: boolean;
  /** Some of the requests, in words. */
  readonly asked: Set<string>;
}

/** What was heard on a line. */
export interface Heard {
  readonly bytes: number;
  /** Bytes that are part of no frame. */
  readonly noiseBytes: number;
  /** By unit, in order. */
  readonly units: readonly HeardUnit[];
}

/** Listens for a while, or until `signal` aborts. Errors: `INPUT_UNREACHABLE`. */
export async function listenOn(
  place: LinePlace,
  line: LineSettings,
  { openTcp, openSerial }: Openers,
  clock: Clock,
  duration: Millis,
  signal: AbortSignal,
): Promise<Heard> {
  const ear = new Eavesdropper();
  const units = new Map<number, HeardUnit>();
  const events = {
    onData: (bytes: Uint8Array): void => {
      for (const frame of ear.push(bytes)) noteFrame(units, frame);
    },
    onClose: (): void => undefined,
  };
  const stream: ByteStream =
    "host" in place
      ? await openTcp(place.host, place.port, duration, events)
      : await openSerial(place.port, line, events);
  await sleep(clock, "listening", duration, signal);
  stream.close();
  const inOrder = [...units.values()].sort((one, other) => one.unit - other.unit);
  return { bytes: ear.byteCount, noiseBytes: ear.noiseByteCount, units: inOrder };
}

function noteFrame(units: Map<number, HeardUnit>, { unit, functionCode, kind, address, count }: OverheardFrame): void {
  const heard = units.get(unit) ?? { unit, requests: 0, answers: 0, isWritten: false, asked: new Set<string>() };
  units.set(unit, heard);
  if (kind !== "request") {
    heard.answers += 1;
    return;
  }
  heard.requests += 1;
  heard.isWritten ||= functionCode > 4;
  const end = address + count - 1;
  const asked = `function ${functionCode} at ${count === 1 ? address : `${address} to ${end}`}`;
  if (heard.asked.size < SHOWN_MAX) heard.asked.add(asked);
}
