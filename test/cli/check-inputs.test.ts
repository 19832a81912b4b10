import { describe, expect, test } from "vitest";
import { type CheckScene, typeCheck } from "./check-bench.ts";
import { boardScene, floorScene, meterScene, scaleScene, truckScene } from "./check-scenes.ts";

/** What is looked at, with the exit code of the command. */
const SCENES: readonly (readonly [string, number, () => CheckScene | Promise<CheckScene>])[] = [
  ["a broker whose topics talk", 0, () => floorScene("talks")],
  ["a broker whose topics are silent", 1, () => floorScene("silent-topic")],
  ["a broker that refuses the user", 1, () => floorScene("refuses-user")],
  ["a broker that is not there", 1, () => floorScene("absent")],
  ["a receiver on its way", 0, () => truckScene("drives")],
  ["a receiver that sees no sky", 0, () => truckScene("sees-no-sky")],
  ["a receiver that is silent", 1, () => truckScene("silent")],
  ["a receiver with another baud rate", 1, () => truckScene("other-baud")],
  ["a receiver that is not plugged in", 1, () => truckScene("absent")],
  ["a scale that weighs", 0, () => scaleScene("weighs")],
  ["a scale that has too much on it", 0, () => scaleScene("overloaded")],
  ["a scale that is silent", 1, () => scaleScene("silent")],
  ["a device that is no scale", 1, () => scaleScene("talks-otherwise")],
  ["a converter that is not there", 1, () => scaleScene("absent")],
  ["a line", 0, () => meterScene("counts")],
  ["a line that another program has", 1, () => meterScene("taken")],
  ["a machine without lines", 1, () => meterScene("no-chip")],
  ["a chip that is closed to the user", 1, () => meterScene("denied")],
  ["a board with its sensor", 0, () => boardScene("well")],
  ["a board whose sensor is gone", 1, () => boardScene("sensor-gone")],
  ["a board whose sensor hangs", 1, () => boardScene("sensor-hangs")],
  ["a board whose files are elsewhere", 1, () => boardScene("no-files")],
];

describe("check of each input", () => {
  test("shows at a glance what is there, and of what is not says why and what to do", async () => {
    const prints: string[] = [];
    for (const [title, , open] of SCENES) {
      const { output, errors } = await typeCheck(await open(), "--table");
      prints.push(`### ${title}\n${errors}${output.trimEnd()}\n`);
    }
    await expect(prints.join("\n")).toMatchFileSnapshot("../golden/cli/check-inputs.txt");
  });

  test.each(SCENES)("tells a program of %s the same, with exit code %i, and no secret", async (_, expected, open) => {
    const { code, output, errors } = await typeCheck(await open(), "--json");
    const [{ aggregator, runner }] = JSON.parse(output);
    expect([code, errors]).toEqual([expected, ""]);
    expect(runner.TotalErrors > 0).toBe(expected === 1);
    expect(runner.LastError === "").toBe(expected === 0);
    expect(aggregator.service_checks[0].status === 0).toBe(expected === 0);
    expect(expected === 1 || aggregator.metrics.length > 0).toBe(true);
    expect(output).not.toContain("planted-secret");
  });
});
