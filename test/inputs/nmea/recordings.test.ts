import { describe, expect, test } from "vitest";
import type { GpsEpoch } from "../../../src/inputs/nmea/epoch-merger.ts";
import {
  type KnownFix,
  listRecordings,
  mergeRecording,
  readKnownFixes,
  readRecording,
} from "../../support/gps-recording.ts";

/** A tenth of a millimetre on the ground: what gpsd rounds its decimals to. Units: degrees. */
const DEGREES_OFF_MAX = 1.1e-9;

/** There gpsd takes the altitude from a maker's own sentence, or works out speeds from positions. */
const WORKED_OUT_BY_GPSD: readonly string[] = ["garmin48", "humminbird-M37"];

function isAt({ position }: GpsEpoch, { lat, lon }: KnownFix): boolean {
  if (position === undefined || lat === undefined || lon === undefined) return false;
  return Math.abs(position.latitude - lat) <= DEGREES_OFF_MAX && Math.abs(position.longitude - lon) <= DEGREES_OFF_MAX;
}

const recordings = listRecordings().map((name) => {
  const known = readKnownFixes(name);
  return { name, known, fixes: known.filter(({ lat }) => lat !== undefined), ...mergeRecording(readRecording(name)) };
});

describe("recordings of real receivers", () => {
  test("are many, of receivers with and without a fix", () => {
    expect(recordings.length).toBeGreaterThanOrEqual(15);
    expect(recordings.reduce((sum, { fixes }) => sum + fixes.length, 0)).toBeGreaterThan(300);
    expect(recordings.filter(({ fixes }) => fixes.length === 0).length).toBeGreaterThanOrEqual(3);
  });

  test.each(recordings)("have every position that gpsd tells: $name", ({ epochs, fixes }) => {
    expect(fixes.filter((fix) => !epochs.some((epoch) => isAt(epoch, fix)))).toEqual([]);
  });

  test.each(recordings)("have no position that gpsd does not tell, but at their end: $name", ({ epochs, fixes }) => {
    const strange = epochs.filter((epoch) => epoch.position !== undefined && !fixes.some((fix) => isAt(epoch, fix)));
    // Receivers that tell a position with each sentence move on within what gpsd takes for one cycle.
    expect(strange.length).toBeLessThanOrEqual(2);
    expect(strange.length).toBeLessThanOrEqual(Math.max(1, epochs.length / 10));
  });

  test.each(recordings)(
    "have times, altitudes and speeds that gpsd tells with them: $name",
    ({ name, epochs, fixes }) => {
      for (const fix of fixes.filter(({ time }) => time !== undefined)) {
        const same = epochs.filter((epoch) => isAt(epoch, fix));
        const isTold = same.some(({ utc }) => Math.abs((utc ?? 0) - Date.parse(fix.time ?? "")) <= 10);
        // gpsd goes on with the day of an earlier sentence where this one has only the time of day.
        expect(isTold || same.some(({ utc }) => utc === undefined), fix.time).toBe(true);
      }
      for (const epoch of epochs) {
        const same = fixes.filter((fix) => isAt(epoch, fix));
        if (WORKED_OUT_BY_GPSD.includes(name)) continue;
        expectNear(
          epoch.position?.altitude,
          same.map(({ altMSL }) => altMSL),
        );
        expectNear(
          epoch.position?.speed,
          same.map(({ speed }) => speed),
        );
      }
    },
  );

  test.each(recordings)("have no position where gpsd never had one: $name", ({ epochs, fixes }) => {
    if (fixes.length > 0) return;
    expect(epochs.filter(({ position }) => position !== undefined)).toEqual([]);
  });
});

function expectNear(value: number | undefined, known: readonly (number | undefined)[]): void {
  const told = known.filter((each) => each !== undefined);
  if (value === undefined || told.length === 0) return;
  expect(Math.min(...told.map((each) => Math.abs(each - value)))).toBeLessThan(0.02);
}
