/** Recordings of real receivers through gpsd, and by a serial port, read as the gateway reads them. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { createInput, createLinks } from "../../../src/inputs/nmea/input.ts";
import { nmeaSettings } from "../../../src/inputs/nmea/spec.ts";
import type { Input, PollOutcome } from "../../../src/model/input.ts";
import { seconds } from "../../../src/model/time.ts";
import { systemClock } from "../../../src/platform/system-clock.ts";
import { type KnownFix, readKnownFixes, readRecording, recordingPath } from "../../support/gps-recording.ts";
import { findFreePort } from "../free-port.ts";
import { NullModem } from "../null-modem.ts";

/** Receivers of three makers; gpsd takes a second for each twenty sentences. */
const PLAYED = ["ublox-lea-4h", "bn-9015", "quectel-eg25-g-2"];

/** Of the others gpsd loses much while it finds out how fast the line is, and which sentence ends a second. */
const RECORDINGS = [...PLAYED, "garmin-10x", "magellan315"];

/** Between two sentences: with less gpsd loses some. Units: seconds. */
const CYCLE = "0.05";

/** What gpsd rounds its decimals to, a tenth of a millimetre on the ground. Units: degrees. */
const DEGREES_OFF_MAX = 1.1e-9;

interface Read {
  readonly positions: readonly (readonly [latitude: number, longitude: number])[];
  readonly fixes: readonly number[];
}

/** Reads until the receiver has nothing more to tell. */
async function readAll(settings: Readonly<Record<string, unknown>>): Promise<Read> {
  const instance = {
    ...{ check: "nmea", name: "receiver", file: "conf.d/nmea.yaml", line: 1, tags: [], namespace: "" },
    ...{ interval: seconds(1), settings: v.parse(nmeaSettings, { sample_interval: 0, timeout: 2, ...settings }) },
  };
  await using input = createInput(instance, { clock: systemClock, links: createLinks(systemClock) });
  const positions: (readonly [number, number])[] = [];
  const fixes: number[] = [];
  for (let isThere = false; ; ) {
    const outcome = await input.poll(new AbortController().signal);
    const isRefused = outcome.faults.some(({ code }) => code === "INPUT_UNREACHABLE");
    isThere ||= outcome.isReachable;
    // The first to connect has the recording played for it, so nobody else may try whether gpsd listens already.
    if (!isThere && isRefused) {
      await delay(20);
      continue;
    }
    if (!outcome.isReachable) return { positions, fixes };
    expect(outcome.faults).toEqual([]);
    positions.push(...positionsOf(input, outcome));
    fixes.push(...valuesOf(input, outcome, "fix"));
  }
}

function positionsOf(input: Input, outcome: PollOutcome): (readonly [number, number])[] {
  const longitudes = valuesOf(input, outcome, "longitude");
  return valuesOf(input, outcome, "latitude").map((latitude, index) => [latitude, longitudes[index] ?? Number.NaN]);
}

function valuesOf({ points }: Input, { readings }: PollOutcome, name: string): number[] {
  const rows = Array.from({ length: readings.count }, (_, row) => row);
  return rows.filter((row) => points[readings.point[row] ?? -1]?.name === name).map((row) => readings.value[row] ?? 0);
}

function isAt([latitude, longitude]: readonly [number, number], { lat = 0, lon = 0 }: KnownFix): boolean {
  return Math.abs(latitude - lat) <= DEGREES_OFF_MAX && Math.abs(longitude - lon) <= DEGREES_OFF_MAX;
}

/** Holds what was read against what gpsd is known to make of the recording. */
function expectKnown(name: string, { positions, fixes }: Read, missingMax = 0): void {
  const known = readKnownFixes(name).filter(({ lat }) => lat !== undefined);
  const missing = known.filter((fix) => !positions.some((position) => isAt(position, fix)));
  const strange = positions.filter((position) => !known.some((fix) => isAt(position, fix)));
  expect(positions.length).toBeGreaterThan(0);
  expect(new Set(missing.map(({ lat, lon }) => `${lat} ${lon}`)).size).toBeLessThanOrEqual(missingMax);
  // Those who made the known ones stopped before the last second was whole.
  expect(strange.length).toBeLessThanOrEqual(1);
  expect(fixes.filter((fix) => fix > 0)).toHaveLength(positions.length);
}

/** Has gpsd play a recording, and reads what it makes of it. */
async function readPlayed(name: string, settings: Readonly<Record<string, unknown>>): Promise<Read> {
  const port = await findFreePort();
  const words = ["-q", "-1", "-c", CYCLE, "-P", String(port), recordingPath(name)];
  // A group of its own: asked to end it may not, and killed by itself it would leave its gpsd behind.
  const fake = spawn("gpsfake", words, { stdio: "ignore", detached: true });
  const ended = once(fake, "exit");
  try {
    // It listens some time before it plays: on a busy machine longer than a receiver is silent.
    return await readAll({ gpsd: `127.0.0.1:${port}`, timeout: 6, ...settings });
  } finally {
    if (fake.pid !== undefined) process.kill(-fake.pid, "SIGKILL");
    await ended;
  }
}

describe("a recording that gpsd plays", () => {
  test.for(PLAYED)("is read by gpsd's own objects: %s", async (name) => {
    // While gpsd finds out which sentence ends a second, it tells some seconds by other sentences than in the end.
    expectKnown(name, await readPlayed(name, {}), 2);
  });

  test("is read by its sentences, which gpsd passes on", async () => {
    expectKnown("bn-9015", await readPlayed("bn-9015", { gpsd_format: "nmea" }));
  });
});

test.for(RECORDINGS)("a recording that comes by a serial port is read as gpsd reads it: %s", async (name) => {
  const modem = await NullModem.open();
  const read = readAll({ serial: modem.paths[1], baud: 9600 });
  const bytes = readRecording(name);
  const line = createWriteStream(modem.paths[0]);
  await once(line, "open");
  for (let start = 0; start < bytes.length; start += 96) {
    line.write(bytes.subarray(start, start + 96));
    await delay(10);
  }
  expectKnown(name, await read);
  line.destroy();
  modem.close();
});
