import { describe, expect, test } from "vitest";
import { type Poll, pollRepeatedly } from "../../src/cli/check.ts";
import { formatCheckRuns, toCheckJson } from "../../src/cli/check-layout.ts";
import { formatCheckTable } from "../../src/cli/check-table.ts";
import { paint } from "../../src/cli/paint.ts";
import { selectInstance } from "../../src/cli/select-check.ts";
import type { CheckConfig, GatewayConfig } from "../../src/model/config.ts";
import { seconds } from "../../src/model/time.ts";
import type { CheckRun } from "../../src/sampling/collect.ts";
import { loadFiles } from "../config/config-folder.ts";
import { FakeClock } from "../support/fake-clock.ts";

const AT = Date.UTC(2026, 10, 22, 6, 0, 0);

/** A meter that counts up, and a press that is silent. */
function pollAt(at: number, energy: number): Poll {
  const clock = new FakeClock();
  const meter: CheckRun = {
    check: "modbus",
    instance: "main-meter",
    source: "/etc/tidegate/conf.d/modbus.yaml:3",
    bus: "tcp://192.168.1.20:502",
    interval_s: 5,
    values: [
      { metric: "voltage", tags: ["phase:l1", "point:voltage-l1"], value: 230.1, unit: "V", at: at - 20 },
      { metric: "energy.active.import", tags: ["point:energy-import"], value: energy, unit: "Wh", at },
    ],
    absent: 1,
    service_check: {
      name: "tidegate.can_connect",
      status: 0,
      tags: ["instance:main-meter"],
      message: "",
      at: clock.now(),
    },
    ...{ service_checks: [], events: [] },
    faults: [],
    duration_ms: 41,
    at,
  };
  const message = "192.168.1.21:502 unit 1 did not answer within 1000 ms.";
  const press: CheckRun = {
    ...meter,
    instance: "press",
    source: "/etc/tidegate/conf.d/modbus.yaml:9",
    bus: "tcp://192.168.1.21:502",
    values: [],
    absent: 0,
    service_check: { ...meter.service_check, status: 2, tags: ["instance:press"], message },
    ...{ service_checks: [], events: [] },
    faults: [{ code: "INPUT_TIMEOUT", message, points: [] }],
    duration_ms: 1000,
  };
  return [meter, press];
}

const CONFIG = { hostname: "hall-3", tags: ["site:berlin"] } as unknown as GatewayConfig;
const ONCE = [pollAt(AT, 1500)];
const TWICE = [pollAt(AT, 1500), pollAt(AT + 2000, 1504)];

describe("check", () => {
  test("keeps the layout of the Agent", async () => {
    await expect(formatCheckRuns(ONCE, CONFIG)).toMatchFileSnapshot("../golden/cli/check.txt");
  });

  test("shows both points of each series after two polls, and one state", async () => {
    const text = JSON.stringify(toCheckJson(TWICE, CONFIG), null, 2);
    await expect(`${text}\n`).toMatchFileSnapshot("../golden/cli/check-rate.json");
  });

  test("as a table gives a row to each value, at 80 columns", async () => {
    await expect(formatCheckTable(ONCE)).toMatchFileSnapshot("../golden/cli/check-table.txt");
  });

  test("as a table says what the device tells of itself", () => {
    const [meter] = pollAt(AT, 1500);
    if (meter === undefined) throw new Error("the example has a meter");
    const rows = formatCheckTable([[{ ...meter, device: "model B23, serial number 70001" }]]).split("\n");
    expect(rows[1]).toBe("Device: model B23, serial number 70001");
  });

  test("puts the name of a state behind its number, as a table and in the Agent's layout", () => {
    const [meter] = pollAt(AT, 1500);
    if (meter === undefined) throw new Error("the example has a meter");
    const state = { metric: "machine.state", tags: ["point:state"], value: 4, unit: "", at: AT, state: "MPPT" };
    const polls = [[{ ...meter, values: [...meter.values, state] }]];
    expect(formatCheckTable(polls)).toMatch(/^state +4 \(MPPT\) +machine\.state +0s$/mu);
    const text = formatCheckRuns(polls, CONFIG);
    expect(text).toContain("\n      State: state 4 (MPPT)\n");
    expect(text.match(/State: /gu)).toHaveLength(1);
  });

  test("names a value without a point by its tags, and its state by its metric too", () => {
    const [meter] = pollAt(AT, 1500);
    if (meter === undefined) throw new Error("the example has a meter");
    const own = ["check:nmea", "instance:truck"];
    const load = { metric: "system.load.1", tags: own, value: 2, unit: "", at: AT };
    const fix = { metric: "gps.fix", tags: [...own, "zone:yard"], value: 3, unit: "", at: AT, state: "3d" };
    const polls = [[{ ...meter, values: [load, fix] }]];
    expect(formatCheckTable(polls)).toMatch(/^- +2 +system\.load\.1 +0s$/mu);
    expect(formatCheckTable(polls)).toMatch(/^zone:yard +3 \(3d\) +gps\.fix +0s$/mu);
    expect(formatCheckRuns(polls, CONFIG)).toContain("\n      State: gps.fix zone:yard 3 (3d)\n");
  });

  test("as a table after two polls says how fast each value changes", () => {
    const rows = formatCheckTable(TWICE).split("\n");
    expect(rows.find((row) => row.startsWith("energy-import"))).toMatch(/ 1504 .* 2$/u);
    expect(rows.find((row) => row.startsWith("voltage-l1"))).toMatch(/ 0$/u);
  });

  test("polls the second time one second after the first", async () => {
    const clock = new FakeClock();
    const moments: number[] = [];
    const polling = pollRepeatedly(
      () => {
        moments.push(clock.monotonic());
        return Promise.resolve([]);
      },
      2,
      clock,
    );
    await clock.advance(seconds(2));
    expect(await polling).toHaveLength(2);
    expect(moments).toEqual([5_000, 6_000]);
  });
});

describe("an instance", () => {
  const { config } = loadFiles({
    "conf.d/modbus.yaml": `
instances:
  - {host: 192.168.1.20, unit: 1, profile: eastron/sdm630, name: main-meter}
  - {host: 192.168.1.21, unit: 1, profile: tidegate/press, name: press}
`,
  });
  const modbus = config?.checks[0] as CheckConfig;

  test.each(["2", "pres", "-1", ""])("called %j is none, and those there are get named", (wanted) => {
    expect(() => selectInstance(modbus, wanted)).toThrow(/There are: 0 main-meter, 1 press\.$/u);
  });

  test.each(["press", "1", "modbus:press"])("is found as %s", (wanted) => {
    expect(selectInstance(modbus, wanted).instances.map(({ name }) => name)).toEqual(["press"]);
  });
});

describe("colours", () => {
  test("are left out where they are not wanted", () => {
    expect(paint("[OK]\n  Error: x", { isColoured: false })).toBe("[OK]\n  Error: x");
  });

  test("mark states and nothing else", () => {
    const painted = paint("a [OK] b\n  Error: no PASS\nhealth: FAIL", { isColoured: true });
    expect(painted).toBe(
      "a \u001b[32m[OK]\u001b[39m b\n  \u001b[31mError:\u001b[39m no PASS\nhealth: \u001b[31mFAIL\u001b[39m",
    );
  });
});
