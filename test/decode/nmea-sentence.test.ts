import { describe, expect, test } from "vitest";
import { checksumOf, parseSentence } from "../../src/decode/nmea-sentence.ts";

const RMC = "$GNRMC,171926.00,A,4404.14063,N,12118.85478,W,0.117,,180315,,,A*76";

describe("a sentence", () => {
  test.each([
    ["", "garbled"],
    ["GPGGA,1*00", "garbled"],
    ["$", "no-checksum"],
    ["$*00", "garbled"],
    ["$GP*17", "garbled"],
    ["$gpgga,1*00", "bad-checksum"],
    ["$GPGGA,1*", "garbled"],
    ["$GPGGA,1*7", "garbled"],
    ["$GPGGA,1*G7", "garbled"],
    ["$GPGGA,1*07 and more", "garbled"],
    ["$GPGGA,\u00e9*07", "garbled"],
    ["$GPGGA,\u0000*07", "garbled"],
    [RMC.slice(0, -3), "no-checksum"],
    [RMC.replace("171926", "171927"), "bad-checksum"],
  ])("that is none is told by its flaw: %j", (line, flaw) => {
    expect(parseSentence(line)).toBe(flaw);
  });

  test("is a talker, a type and fields", () => {
    expect(parseSentence(RMC)).toEqual({
      talker: "GN",
      type: "RMC",
      fields: ["171926.00", "A", "4404.14063", "N", "12118.85478", "W", "0.117", "", "180315", "", "", "A"],
    });
  });

  test("may have a checksum in small letters, and blanks behind it", () => {
    expect(parseSentence("$GPGLL,4808.9985,N,01135.0867,E,164517.99,A,A*6f  ")).toMatchObject({ type: "GLL" });
  });

  test("of a maker has the letter P for its talker", () => {
    const body = "PGRME,9.1,M,15.0,M,12.0,M";
    expect(parseSentence(`$${body}*21`)).toEqual({
      talker: "P",
      type: "GRME",
      fields: ["9.1", "M", "15.0", "M", "12.0", "M"],
    });
  });

  test("of ships begins with another mark", () => {
    const body = "AIVDM,1,1,,A,15M67FC000G?ufbE`FepT@3n00Sa,0";
    const sum = checksumOf(body).toString(16).toUpperCase().padStart(2, "0");
    expect(parseSentence(`!${body}*${sum}`)).toMatchObject({ talker: "AI", type: "VDM" });
  });

  test("without a checksum is one where that is said, and one with a wrong checksum never", () => {
    expect(parseSentence(RMC.slice(0, -3), "optional")).toMatchObject({ type: "RMC" });
    expect(parseSentence(RMC.replace("*76", "*77"), "optional")).toBe("bad-checksum");
  });

  test.each(["GP", "GN", "GL", "GA", "GB", "BD", "GQ", "QZ", "GI", "II", "IN", "HC", "SD", "WI", "YX", "U1"])(
    "of the talker %s is heard",
    (talker) => {
      expect(parseSentence(`$${talker}HDT,1.0,T`, "optional")).toMatchObject({ talker, type: "HDT" });
    },
  );
});
