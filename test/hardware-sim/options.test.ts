import { describe, expect, test } from "vitest";
import { parsePlantOptions } from "../../hardware-sim/plant/options.ts";

describe("the command line of the plant", () => {
  test.each([
    [["--speed", "2"], /--speed/],
    [["fast"], /fast/],
    [["--seconds"], /--seconds/],
    [["--seconds", "0"], /--seconds is 0/],
    [["--seconds", "ten"], /--seconds is "ten", expected a number/],
    [["--seconds=-1"], /--seconds is "-1"/],
    [["--seed", "1.5"], /--seed is 1.5, expected a whole number/],
    [["--seconds", "5", "--outage", "5"], /--outage 5 does not fit into --seconds 5/],
  ])("%j is a usage error that says why", (argv, message) => {
    expect(() => parsePlantOptions(argv)).toThrow(
      expect.objectContaining({ code: "CLI_USAGE", message: expect.stringMatching(message) }),
    );
  });

  test("nothing means: until someone ends it, no outage, seed 1, for people", () => {
    expect(parsePlantOptions([])).toEqual({
      seconds: undefined,
      outageSeconds: 0,
      seed: 1,
      isJson: false,
      isWithoutGateway: false,
      faults: [],
    });
  });

  test("every flag is heard", () => {
    const argv = ["--seconds", "20", "--outage", "5", "--seed", "42", "--json", "--config-only", "--fault", "crc:pump"];
    expect(parsePlantOptions(argv)).toEqual({
      seconds: 20,
      outageSeconds: 5,
      seed: 42,
      isJson: true,
      isWithoutGateway: true,
      faults: [{ machine: "pump", fault: { kind: "damage", damage: "flipped-bit" }, from: 0, seconds: undefined }],
    });
  });
});
