import { describe, expect, test } from "vitest";
import { type PlantState, toPlantView } from "../../hardware-sim/plant/plant-view.ts";
import { formatLiveLine, layOutLive } from "../../src/cli/live-layout.ts";
import { instance, status, value } from "./statuses.ts";

const STATE: PlantState = {
  elapsedSeconds: 12.7,
  seconds: 20,
  seed: 1,
  status: status([instance("press", { values: [value("hydraulic.pressure", [], 204.567891, "bar")] })]),
  intake: { isAway: false, points: 95, distinct: 90, violations: 0 },
  lineLack: "",
  machineNotes: [],
  logLines: ["first line", "second line", "third line", "2026-11-22T08:09:19.242Z INFO  fourth line"],
};

function draw(state: PlantState): string {
  return layOutLive(toPlantView(state), { columns: 80, rows: 24, page: 0 })
    .map((line) => line.trimEnd())
    .join("\n");
}

describe("the plant as the live view shows it", () => {
  test("before the gateway answers says so", () => {
    expect(draw({ ...STATE, status: undefined })).toContain("Note    the gateway is starting");
  });

  test("without pseudo-terminals says so, and why", () => {
    const text = draw({ ...STATE, lineLack: "koffi is not installed" });
    expect(text).toMatch(/no serial port, so press and pump speak RTU over TCP: koffi is not\s+installed/u);
    expect(draw(STATE)).not.toContain("no serial port");
  });

  test("has its time, values, log and what its intake counted", () => {
    const text = draw(STATE);
    expect(text).toMatch(/^Tidegate plant 00:12 of 00:20, seed 1 +q ends/u);
    expect(text).toMatch(/ {2}hydrauli…pressure +204\.568 bar +1s/u);
    expect(text).toContain("Note    plant's intake open, holds 90 readings of 95 sent, 0 violations");
    expect(text).toMatch(/Intake {2}datadog delivering, 5 waiting, 90 delivered/u);
    expect(text).toMatch(/^08:09:19 INFO {2}fourth line$/mu);
    expect(text).not.toContain("first line");
  });

  test("says without a screen that the intake is away, and for how long the plant runs", () => {
    const line = formatLiveLine(
      toPlantView({ ...STATE, seconds: undefined, intake: { ...STATE.intake, isAway: true } }),
    );
    expect(line).toMatch(/^Tidegate plant 00:12, seed 1; All is well: .*; plant's intake away, holds 90/u);
  });
});
