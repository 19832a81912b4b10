/** What is said on a line by others, before anything is asked on it. */

import { Eavesdropper, type OverheardFrame } from "../../decode/overheard.ts";
import type { LinePlace } from "../../inputs/modbus/place.ts";
import type { LineSettings } from "../../model/line-settings.ts";
import { type Clock, type Millis, seconds, sleep } from "../../model/time.ts";
import type { ByteStream } from "../../platform/byte-stream.ts";
import { type LineOpeners, openLine } from "../../platform/open-line.ts";

/** Different requests of one unit that are kept, to show what the other master does. */
const SHOWN_MAX = 3;

/** A host that does not take a connection by then is not there. */
const CONNECT_MAX = seconds(5);

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
  openers: LineOpeners,
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
  const stream = await unlessAborted(openLine(place, line, CONNECT_MAX, openers, events), signal);
  await sleep(clock, "listening", duration, signal);
  stream?.close();
  const inOrder = [...units.values()].sort((one, other) => one.unit - other.unit);
  return { bytes: ear.byteCount, noiseBytes: ear.noiseByteCount, units: inOrder };
}

/** Gives undefined where it is aborted first; what is opened all the same is closed. */
function unlessAborted(opening: Promise<ByteStream>, signal: AbortSignal): Promise<ByteStream | undefined> {
  return new Promise((resolve, reject) => {
    const abort = (): void => resolve(undefined);
    signal.addEventListener("abort", abort, { once: true });
    opening.then((stream) => {
      signal.removeEventListener("abort", abort);
      if (signal.aborted) stream.close();
      resolve(stream);
    }, reject);
  });
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
