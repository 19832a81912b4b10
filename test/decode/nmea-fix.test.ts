import { describe, expect, test } from "vitest";
import { decodeFixSentence } from "../../src/decode/nmea-fix.ts";
import { parseSentence } from "../../src/decode/nmea-sentence.ts";

/** Leaves out what is not told. */
function decode(body: string): Record<string, unknown> | undefined {
  const sentence = parseSentence(`$${body}`, "optional");
  if (typeof sentence === "string") throw new Error(sentence);
  const report = decodeFixSentence(sentence);
  return (
    report && Object.fromEntries(Object.entries(report).filter(([key, value]) => value !== undefined && key !== "once"))
  );
}

describe("sentences of a receiver", () => {
  test.each([
    ["GPGGA,120000,,,,,0,00,99.99,,,,,,", { hasFix: false, quality: 0, satellitesUsed: 0, timeOfDay: 43_200_000 }],
    ["GPGGA,,,,,,,,,,,,,,", { hasFix: false, quality: 0, satellitesUsed: 0 }],
    ["GPGGA", { hasFix: false, quality: 0, satellitesUsed: 0 }],
    ["GPRMC,120000,V,4808.9985,N,01135.0867,E,1.0,2.0,280319,,,N", { hasFix: false, quality: 0 }],
    ["GPRMC,120000,A,4808.9985,N,01135.0867,E,1.0,2.0,280319,,,N", { hasFix: false, quality: 0 }],
    ["GPRMC", { hasFix: false }],
    ["GPGLL,4808.9985,N,01135.0867,E,120000,V,N", { hasFix: false, quality: 0 }],
    ["GNGNS,120000,4808.9985,N,01135.0867,E,NN,04,1.0,463.0,46.2,,", { hasFix: false, quality: 0, satellitesUsed: 0 }],
    ["GPVTG,,,,,,,,,N", { hasFix: false }],
    ["GPGSA,A,1,,,,,,,,,,,,,99.99,99.99,99.99", { dimension: 1 }],
  ])("have no position where there is no fix: %s", (body, expected) => {
    expect(decode(body)).toMatchObject(expected);
    expect(decode(body)).not.toHaveProperty("latitude");
    expect(decode(body)).not.toHaveProperty("speed");
  });

  test.each([
    "GPRMC,120000,A,4860.0000,N,01135.0867,E,,,280319,,,A",
    "GPRMC,120000,A,9000.0001,N,01135.0867,E,,,280319,,,A",
    "GPRMC,120000,A,4808.9985,N,18000.0100,E,,,280319,,,A",
    "GPRMC,120000,A,-4808.9985,N,01135.0867,E,,,280319,,,A",
    "GPRMC,120000,A,4808.9985,,01135.0867,E,,,280319,,,A",
    "GPRMC,120000,A,4808.9985,X,01135.0867,E,,,280319,,,A",
    "GPRMC,120000,A,nan,N,01135.0867,E,,,280319,,,A",
    "GPRMC,120000,A,1e3,N,01135.0867,E,,,280319,,,A",
    "GPRMC,120000,A,0x10,N,01135.0867,E,,,280319,,,A",
    "GPRMC,120000,A,4808.9985,N,,,,,280319,,,A",
  ])("have no position that cannot be one: %s", (body) => {
    expect(decode(body)).not.toHaveProperty("latitude");
    expect(decode(body)).not.toHaveProperty("hasFix");
  });

  test("tell of position, quality and satellites by GGA", () => {
    expect(decode("GNGGA,171926.00,4404.14063,N,12118.85478,W,1,12,0.91,1147.2,M,-21.3,M,,")).toEqual({
      ...{ hasFix: true, latitude: 44.0690105, longitude: -121.314246333, altitude: 1147.2, rank: 3 },
      ...{ timeOfDay: 62_366_000, quality: 1, satellitesUsed: 12, hdop: 0.91 },
    });
  });

  test("tell of position, speed, course and day by RMC", () => {
    expect(decode("INRMC,194101,A,4426.1130,N,07140.5596,W,5.2,77.3,160906,15.8,W")).toEqual({
      ...{ hasFix: true, latitude: 44.435216667, longitude: -71.675993333, rank: 2 },
      ...{ timeOfDay: 70_861_000, day: { year: 2006, month: 9, day: 16 }, speed: 2.675111, course: 77.3 },
    });
  });

  test("tell of several systems of satellites by GNS, of which the best counts", () => {
    expect(decode("GNGNS,120000.00,3340.7753,S,15117.4475,E,AND,12,0.6,63.8,22.4,,")).toMatchObject({
      ...{ latitude: -33.679588333, longitude: 151.290791667, quality: 2, satellitesUsed: 12, hdop: 0.6 },
    });
  });

  test("tell of a position by GLL, but not where an old one says nothing of a fix", () => {
    expect(decode("GPGLL,4808.9985,N,01135.0867,E,164516.99,A,A")).toMatchObject({ latitude: 48.149975, quality: 1 });
    expect(decode("GPGLL,3908.8199,N,00023.0832,W,120824.758,A")).toMatchObject({ latitude: 39.146998333 });
    expect(decode("GPGLL,3908.8199,N,00023.0832,W")).toEqual({});
  });

  test("name the satellites of each system by GSA", () => {
    expect(decode("GNGSA,A,3,67,83,76,,,,,,,,,,1.56,0.91,1.27")).toEqual({
      ...{ dimension: 3, pdop: 1.56, hdop: 0.91, vdop: 1.27, usedSatellites: ["GN:67", "GN:83", "GN:76"] },
    });
    expect(decode("GNGSA,A,2,05,,,,,,,,,,,,1.5,0.9,1.2,3")).toMatchObject({ dimension: 2, usedSatellites: ["3:05"] });
  });

  test("count the satellites above the horizon by GSV", () => {
    expect(decode("GLGSV,3,1,10,66,37,078,27,67,62,349,26,68,20,296,25,75,04,018,")).toEqual({
      inView: { talker: "GL", count: 10 },
    });
  });

  test("tell of the speed by VTG, with letters or without", () => {
    expect(decode("GPVTG,77.5,T,93.3,M,5.2,N,9.7,K")).toEqual({ speed: 2.675111, course: 77.5 });
    expect(decode("GPVTG,054.7,034.4,005.5,010.2")).toEqual({ speed: 2.829444, course: 54.7 });
    expect(decode("GNVTG,,T,,M,,N,36.0,K,A")).toEqual({ speed: 10 });
  });

  test("tell of the day by ZDA, and of errors by GST", () => {
    expect(decode("INZDA,194104,16,09,2006,-05,00")).toEqual({
      ...{ timeOfDay: 70_864_000, day: { year: 2006, month: 9, day: 16 } },
    });
    expect(decode("GPGST,172814.0,0.006,0.023,0.020,273.6,3.0,4.0,0.031")).toEqual({
      ...{ timeOfDay: 62_894_000, horizontalError: 5, verticalError: 0.031 },
    });
  });

  test.each([
    ["2208-1", undefined],
    ["310299", undefined],
    ["001399", undefined],
    ["220899", { year: 1999, month: 8, day: 22 }],
    ["290228", { year: 2028, month: 2, day: 29 }],
  ])("have a day only where it is one: %s", (field, day) => {
    expect(decode(`GPRMC,000231,A,4829.0005,N,00022.0016,E,0.16,212.28,${field},,,A`)?.["day"]).toEqual(day);
  });

  test.each([
    ["235960", 0],
    ["235959.999", 86_399_999],
    ["240000", undefined],
    ["126000", undefined],
    ["12:00:00", undefined],
  ])("have a time only where it is one, and take a leap second for the one after it: %s", (field, timeOfDay) => {
    expect(decode(`GPZDA,${field},01,01,2027,00,00`)?.["timeOfDay"]).toBe(timeOfDay);
  });

  test("have no day of a year that nobody has seen", () => {
    expect(decode("GPZDA,120000,16,09,0006,00,00")).toEqual({ timeOfDay: 43_200_000 });
  });

  test("lose a field that is no number, and nothing else", () => {
    expect(decode("GPGGA,120000,4808.9985,N,01135.0867,E,1,xx,--,1e9,M,,M,,")).toEqual({
      ...{ hasFix: true, latitude: 48.149975, longitude: 11.584778333, rank: 3, quality: 1, timeOfDay: 43_200_000 },
    });
  });

  test("keep the poles, the line of the date and the island of zero where they are", () => {
    const at = (place: string) => decode(`GPRMC,120000,A,${place},,,280319,,,A`);
    expect(at("9000.0000,S,18000.0000,W")).toMatchObject({ latitude: -90, longitude: -180 });
    expect(at("0000.0000,N,00000.0000,E")).toMatchObject({ latitude: 0, longitude: 0 });
  });

  test("of other kinds are none of these", () => {
    expect(decode("GPBOD,,T,,M,,")).toBeUndefined();
  });
});
