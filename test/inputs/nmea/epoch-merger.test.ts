import { describe, expect, test } from "vitest";
import { mergeRecording } from "../../support/gps-recording.ts";
import { toSentence } from "./sentences.ts";

function merge(...bodies: readonly string[]) {
  return mergeRecording(Buffer.from(bodies.map((body) => toSentence(body)).join(""), "latin1")).epochs;
}

describe("the sentences of one moment", () => {
  test("are one reading, with the day of the one that has it", () => {
    const [epoch, ...others] = merge(
      "GNRMC,171926.00,A,4404.14063,N,12118.85478,W,0.117,,180315,,,A",
      "GNVTG,,T,,M,0.117,N,0.216,K,A",
      "GNGGA,171926.00,4404.14063,N,12118.85478,W,1,12,0.91,1147.2,M,-21.3,M,,",
      "GNGSA,A,3,01,11,31,14,22,32,04,25,03,,,,1.56,0.91,1.27",
      "GNGSA,A,3,67,83,76,82,68,,,,,,,,1.56,0.91,1.27",
      "GPGSV,4,1,13,01,53,280,36",
      "GLGSV,3,1,10,66,37,078,26",
    );
    expect(others).toEqual([]);
    expect(epoch).toMatchObject({
      ...{ utc: Date.UTC(2015, 2, 18, 17, 19, 26), hasFix: true, fix: 3, quality: 1 },
      ...{ satellitesUsed: 14, satellitesInView: 23, hdop: 0.91, vdop: 1.27, pdop: 1.56 },
      position: { latitude: 44.0690105, longitude: -121.314246333, altitude: 1147.2, speed: 0.06019 },
    });
  });

  test("end where another time begins, and times of two and three digits are one", () => {
    const epochs = merge(
      "GPGLL,3908.8199,N,00023.0832,W,120824.758,A",
      "GPRMC,120824.76,A,3908.8199,N,00023.0832,W,00.0,000.0,130305,01.,W",
      "GPGLL,3908.8200,N,00023.0832,W,120825.523,A",
    );
    expect(epochs.map(({ position }) => position?.latitude)).toEqual([39.146998333, 39.147]);
    expect(epochs[0]?.utc).toBe(Date.UTC(2005, 2, 13, 12, 8, 24, 758));
  });

  test("go over midnight with the day of each", () => {
    const epochs = merge(
      "GPRMC,235959.00,A,4404.0,N,12118.0,W,0.1,,311226,,,A",
      "GPRMC,000000.00,A,4404.0,N,12118.0,W,0.1,,010127,,,A",
    );
    expect(epochs.map(({ utc }) => new Date(utc ?? 0).toISOString())).toEqual([
      "2026-12-31T23:59:59.000Z",
      "2027-01-01T00:00:00.000Z",
    ]);
  });

  test("have no position when one of them says that there is no fix", () => {
    const [epoch] = merge(
      "GPRMC,125106,V,3854.5087,N,07726.4523,W,0.0,0.0,241011,10.5,W,S",
      "GPGGA,125106,3854.5087,N,07726.4523,W,8,10,2.0,268.8,M,-33.9,M,,",
    );
    expect(epoch).toMatchObject({ hasFix: false, fix: 0, quality: 0, position: undefined, hdop: undefined });
  });

  test("without times are told apart by the first that comes again", () => {
    const cold = ["GPRMC,,V,,,,,,,,,,N", "GPVTG,,,,,,,,,N", "GPGGA,,,,,,0,00,99.99,,,,,,", "GPGSV,1,1,00"];
    expect(merge(...cold, ...cold, ...cold)).toHaveLength(3);
    const [last, first] = merge("GPRMC,,V,,,,,,,,,,N", "GPRMC,000231.42,A,4829.0005,N,00022.0016,E,0.16,,220899,,,A");
    expect(last?.position).toBeUndefined();
    expect(first?.position?.latitude).toBe(48.483341667);
  });

  test("that say nothing of a fix are no word on it", () => {
    const [epoch] = merge("GPGSV,1,1,04,01,53,280,36", "GPVTG,77.5,T,93.3,M,5.2,N,9.7,K");
    expect(epoch).toMatchObject({ hasFix: undefined, fix: undefined, position: undefined, satellitesInView: 4 });
  });

  test("are no more than a receiver can mean, whatever never ends", () => {
    expect(merge(...Array.from({ length: 640 }, () => "GPGSA,A,3,01,,,,,,,,,,,,1.5,0.9,1.2"))).toHaveLength(10);
  });
});
