import { describe, expect, test } from "vitest";
import { parseGpsdLine } from "../../src/decode/gpsd-objects.ts";

function reportOf(object: Record<string, unknown>): Record<string, unknown> {
  const parsed = parseGpsdLine(JSON.stringify(object));
  if (parsed.kind !== "report") throw new Error(parsed.kind);
  return Object.fromEntries(
    Object.entries(parsed.report).filter(([key, value]) => value !== undefined && key !== "once"),
  );
}

describe("objects of gpsd", () => {
  test.each(["", "{", "[]", "null", "1", '"TPV"', "{}", '{"class":1}'])("that are none are garbled: %s", (line) => {
    expect(parseGpsdLine(line)).toEqual({ kind: "garbled" });
  });

  test("tell of position and time", () => {
    const tpv = {
      ...{ class: "TPV", device: "/dev/ttyUSB0", status: 2, mode: 3, time: "2020-03-18T13:28:20.600Z" },
      ...{ lat: 41.574970205, lon: -93.750558641, altHAE: 246.578, altMSL: 278.02, alt: 278.02, track: 92.308 },
      ...{ speed: 1.673, climb: -0.25, eph: 4.75, epv: 9.5 },
    };
    expect(reportOf(tpv)).toEqual({
      ...{ day: { year: 2020, month: 3, day: 18 }, timeOfDay: 48_500_600, hasFix: true, dimension: 3, quality: 2 },
      ...{ latitude: 41.574970205, longitude: -93.750558641, rank: 1, altitude: 278.02, speed: 1.673 },
      ...{ course: 92.308, climb: -0.25, horizontalError: 4.75, verticalError: 9.5 },
    });
    expect(parseGpsdLine(JSON.stringify(tpv))).toMatchObject({ device: "/dev/ttyUSB0" });
  });

  test.each([{ mode: 0 }, { mode: 1, lat: 1, lon: 2, speed: 3 }, { lat: 1, lon: 2 }, { mode: "3", lat: 1, lon: 2 }])(
    "have no position without a fix: %j",
    (fields) => {
      const report = reportOf({ class: "TPV", ...fields });
      expect(report).toMatchObject({ hasFix: false, quality: 0 });
      expect(report).not.toHaveProperty("latitude");
      expect(report).not.toHaveProperty("speed");
    },
  );

  test.each([
    { mode: 3, lat: 91, lon: 2 },
    { mode: 3, lat: 1, lon: -181 },
    { mode: 3, lat: "1", lon: 2 },
    { mode: 3, lat: 1 },
  ])("have no position that cannot be one: %j", (fields) => {
    expect(reportOf({ class: "TPV", ...fields })).not.toHaveProperty("latitude");
  });

  test.each(["0006-09-16T19:41:16.000Z", "2027-13-01T00:00:00Z", "2027-02-01", "yesterday", 5])(
    "have a time only where it is one: %s",
    (time) => {
      expect(reportOf({ class: "TPV", mode: 3, lat: 1, lon: 2, time })).not.toHaveProperty("timeOfDay");
    },
  );

  test("tell of satellites, counted by gpsd or by us", () => {
    expect(reportOf({ class: "SKY", hdop: 0.91, vdop: 1.27, pdop: 1.56, nSat: 23, uSat: 14 })).toEqual({
      ...{ hdop: 0.91, vdop: 1.27, pdop: 1.56, satellitesUsed: 14, inView: { talker: "gpsd", count: 23 } },
    });
    const satellites = [{ PRN: 1, used: true }, { PRN: 3, used: false }, null, { PRN: 4, used: true }];
    expect(reportOf({ class: "SKY", satellites })).toEqual({ satellitesUsed: 2, inView: { talker: "gpsd", count: 3 } });
  });

  test("say what gpsd is and has, and what it does not like", () => {
    expect(parseGpsdLine('{"class":"VERSION","release":"3.22"}')).toEqual({ kind: "version", release: "3.22" });
    expect(parseGpsdLine('{"class":"DEVICES","devices":[{"path":"/dev/a"},{}]}')).toEqual({
      kind: "devices",
      paths: ["/dev/a"],
    });
    expect(parseGpsdLine('{"class":"ERROR","message":"Unrecognized request"}')).toMatchObject({ kind: "error" });
    expect(parseGpsdLine('{"class":"PPS","device":"/dev/pps0"}')).toEqual({ kind: "other" });
  });
});
