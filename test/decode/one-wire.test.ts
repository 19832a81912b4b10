import { describe, expect, test } from "vitest";
import { parseOneWire } from "../../src/decode/one-wire.ts";

/** What a DS18B20 gives; the first nine bytes are its scratchpad. */
function slave(bytes: string, verdict: string, milli: number): string {
  return `${bytes} : crc=${bytes.slice(-2)} ${verdict}\n${bytes} t=${milli}\n`;
}

describe("a 1-Wire thermometer", () => {
  test.each([
    ["nothing", "", /no scratchpad of nine bytes/u],
    ["something else", "hello\nworld", /no scratchpad of nine bytes/u],
    ["a part of an answer", "72 01 4b 46 7f ff 0e 10", /no scratchpad of nine bytes/u],
    ["a bad checksum", slave("72 01 4b 46 7f ff 0e 10 57", "NO", 23125), /checksum that does not hold/u],
    ["a shorted bus, whose checksum holds", slave("00 00 00 00 00 00 00 00 00", "YES", 0), /shorted/u],
    ["no temperature", "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b", /without a temperature/u],
    ["a temperature cut short", slave("72 01 4b 46 7f ff 0e 10 57", "YES", 2312), /t=2312, which its scratchpad/u],
    ["another's temperature", slave("72 01 4b 46 7f ff 0e 10 57", "YES", -23125), /its scratchpad does not hold/u],
    ["a huge temperature", slave("72 01 4b 46 7f ff 0e 10 57", "YES", 1e18), /without a temperature/u],
    ["letters among its bytes", slave("7x 01 4b 46 7f ff 0e 10 57", "YES", 23125), /no scratchpad/u],
    ["85 degC before it has measured", slave("50 05 4b 46 7f ff 0c 10 1c", "YES", 85000), /before it has measured/u],
  ])("that gives %s has no reading, and says why", (_what, text, words) => {
    expect(parseOneWire(text)).toEqual({ failure: expect.stringMatching(words) });
  });

  test.each([
    ["a room", slave("72 01 4b 46 7f ff 0e 10 57", "YES", 23125), 23.125],
    ["a freezer", slave("5e ff 4b 46 7f ff 02 10 5a", "YES", -10125), -10.125],
    ["a bath, by halves and the rest of a count", slave("32 00 4b 46 ff ff 0c 10 64", "YES", 25000), 25],
    ["something that is 85 degC warm", slave("50 05 4b 46 7f ff 10 10 4b", "YES", 85000), 85],
  ])("in %s is read", (_what, text, celsius) => {
    expect(parseOneWire(text)).toEqual({ celsius });
  });
});
