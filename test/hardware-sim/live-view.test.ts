import { describe, expect, test } from "vitest";
import { formatProgress, type PlantView, renderView } from "../../hardware-sim/plant/live-view.ts";
import { valueLabels } from "../../hardware-sim/plant/value-labels.ts";
import { instance, status, value } from "./statuses.ts";

const voltages = [1, 2, 3].map((phase) =>
  value("voltage", [`phase:l${phase}`, `point:voltage-l${phase}`, "instance:meter"], 229 + phase, "V"),
);

const view: PlantView = {
  elapsedSeconds: 12.7,
  seconds: 20,
  seed: 1,
  status: status([
    instance("press", { values: [value("hydraulic.pressure", [], 204.567891, "bar")] }),
    instance("meter", { values: [...voltages, value("energy.active", [], 4_812_345.6, "Wh")] }),
  ]),
  intake: { isAway: false, points: 95, distinct: 90, violations: 0 },
  logLines: ["first line", "second line", "third line", "2026-11-22T08:09:19.242Z INFO  fourth line"],
};

function textOf(of: PlantView, columns = 80, rows = 24): string {
  return renderView(of, columns, rows)
    .map(({ text }) => text)
    .join("\n");
}

describe("the live view", () => {
  test("before the gateway answers it says so", () => {
    expect(textOf({ ...view, status: undefined })).toContain("The gateway is starting.");
  });

  test("shows time, values with unit and age, log, intake and faults", () => {
    const text = textOf(view);
    expect(text).toMatch(/Tidegate plant {3}00:12 of 00:20 {3}seed 1/);
    expect(text).toMatch(/hydraulic\.pressure +204\.57 bar +0\.5 s/);
    expect(text).toMatch(/voltage l1 +230 V +0\.5 s {2}voltage l2 +231 V +0\.5 s/);
    expect(text).toMatch(/energy\.active +4812346 Wh/);
    expect(text).toMatch(/log +waiting 5 +durable 98/);
    expect(text).toMatch(/intake +delivering +points 95 +distinct 90/);
    expect(text).toMatch(/faults +none/);
    expect(text).toMatch(/^08:09:19 INFO {2}fourth line$/m);
    expect(text).not.toContain("first line");
  });

  test("never is wider or higher than the terminal", () => {
    const long = { ...view, logLines: ["x".repeat(300)] };
    for (const [columns, rows] of [
      [80, 24],
      [40, 12],
      [200, 8],
      [80, 2],
    ] as const) {
      const lines = renderView(long, columns, rows);
      expect(lines.length).toBeLessThanOrEqual(rows);
      expect(Math.max(...lines.map(({ text }) => text.length))).toBeLessThanOrEqual(Math.min(columns, 80));
    }
  });

  test("a terminal too narrow for two values in a row shows one, whole", () => {
    const text = textOf(view, 60, 24);
    expect(text).toMatch(/^ {2}voltage l1 +230 V +0\.5 s$/m);
    expect(text).not.toMatch(/voltage.*…/u);
  });

  test("what does not fit is said, not cut in silence", () => {
    const many = Array.from({ length: 60 }, (_, index) => value(`metric.${index}`, [], index, ""));
    const text = textOf({ ...view, status: status([instance("meter", { values: many })]) });
    const shown = text.match(/metric\.\d+/g)?.length ?? 0;
    expect(shown).toBeGreaterThan(10);
    expect(text).toContain(`(${60 - shown} more)`);
  });

  test("an outage and a fault stand out", () => {
    const fault = { code: "INPUT_TIMEOUT", message: "no answer", points: [], since: 0, polls: 3 } as const;
    const troubled: PlantView = {
      ...view,
      intake: { ...view.intake, isAway: true },
      status: status([instance("pump", { state: "CRITICAL", faults: [fault] })]),
    };
    const alarms = renderView(troubled, 80, 24).filter(({ look }) => look === "alarm");
    expect(alarms.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^pump +CRITICAL/),
      expect.stringMatching(/^intake +away/),
      expect.stringMatching(/^fault +pump: no answer/),
    ]);
    expect(formatProgress(troubled)).toMatch(/00:12 .*sampled 100, .*intake away .*pump: no answer/);
  });
});

describe("names of values", () => {
  test("values of one metric are told apart by the tag that differs", () => {
    expect(valueLabels(voltages)).toEqual(["voltage l1", "voltage l2", "voltage l3"]);
  });

  test("a value without the tag that others have keeps the plain name", () => {
    const values = [
      value("machine.running", ["point:running"], 1, ""),
      value("machine.running", ["part:ram", "point:pressing"], 0, ""),
    ];
    expect(valueLabels(values)).toEqual(["machine.running", "machine.running ram"]);
  });

  test("a name too long for its column gives up its general part", () => {
    const values = [value("energy.reactive.import", ["phase:l1"], 1, "varh"), value("x", [], 1, "")];
    expect(textOf({ ...view, status: status([instance("meter", { values })]) })).toMatch(
      /^ {2}reactive\.import +1 varh/m,
    );
  });

  test("without such a tag the point tells them apart", () => {
    const tags = (point: string) => [`point:${point}`, "instance:pump"];
    const values = [value("temperature", tags("motor"), 40, "degC"), value("temperature", tags("oil"), 30, "degC")];
    expect(valueLabels(values)).toEqual(["temperature motor", "temperature oil"]);
  });
});
