import { describe, expect, test } from "vitest";
import { formatProblem } from "../../src/config/problems.ts";
import type { InstanceConfig } from "../../src/model/config.ts";
import { loadFiles, PLAIN_MAIN } from "./config-folder.ts";

const PROFILE = `id: acme/meter
description: A meter behind current transformers
source: { title: Manual, url: https://acme.test }
protocol: modbus
table: input-register
params:
  ct_ratio: { default: 1, min: -2000, max: 2000, doc: Primary current over secondary current. }
  pt_ratio: { default: 2, min: 0.1, doc: Primary voltage over secondary voltage. }
points:
  current: { address: 0, type: int16, scale: 0.1, offset: 0.5, unit: A, metric: current, scale_by: ct_ratio, range: [-1, 6] }
  power: { address: 1, type: int16, unit: W, metric: power.active, scale_by: [ct_ratio, pt_ratio] }
  frequency: { address: 2, type: uint16, scale: 0.01, unit: Hz, metric: frequency, tags: { part: grid, row: 1 } }
`;

const instance = (keys: string): string => `instances:\n  - host: h\n    profile: acme/meter\n    ${keys}\n`;

const load = (keys: string, main = PLAIN_MAIN, profile = PROFILE) =>
  loadFiles({
    "tidegate.yaml": main,
    "device-profiles/acme/meter.yaml": profile,
    "conf.d/modbus.yaml": instance(keys),
  });

function instancesOf(keys: string): readonly InstanceConfig[] {
  const { config, problems } = load(keys);
  expect(problems).toEqual([]);
  return config?.checks[0]?.instances ?? [];
}

describe("an instance that asks for what its profile does not have", () => {
  test.each([
    [
      "points: { curent: { enabled: false } }",
      "4:15  instances.0.points.curent\n  found an unknown point, expected a point of acme/meter\n  Did you mean current?",
    ],
    [
      "params: { ct_ration: 4 }",
      "4:15  instances.0.params.ct_ration\n  found an unknown param, expected ct_ratio or pt_ratio\n  Did you mean ct_ratio?",
    ],
    [
      "params: { ct_ratio: 4000 }",
      "4:25  instances.0.params.ct_ratio\n  found 4000, expected a number of at least -2000 and of at most 2000 other than 0\n  Primary current over secondary current.",
    ],
    [
      "params: { ct_ratio: 0 }",
      "4:25  instances.0.params.ct_ratio\n  found 0, expected a number of at least -2000 and of at most 2000 other than 0\n  Primary current over secondary current.",
    ],
    [
      "points: { current: { metric: curent } }",
      '4:34  instances.0.points.current.metric\n  found "curent", expected a metric of the catalogue\n  Did you mean current?',
    ],
    [
      "points: { current: { metric: voltage } }",
      "4:34  instances.0.points.current.metric\n  found voltage, which is kept in V, expected a metric that A can be kept in\n  Choose another metric of the catalogue.",
    ],
    [
      "points: { current: { interval: 3 } }",
      "4:26  instances.0.points.current.interval\n  found an unknown key, expected enabled, name, metric, tags, min_collection_interval, max_per_hour, filter or quality",
    ],
    [
      "points: { current: { max_per_hour: 3 } }",
      "4:26  instances.0.points.current.max_per_hour\n  found a limit for a point that does not count, expected one whose profile says `counter`\n  Delete it.",
    ],
    [
      "points: { current: { enabled: false }, power: { enabled: false }, frequency: { enabled: false } }",
      "4:13  instances.0.points\n  found every point disabled, expected something to read",
    ],
    [
      "max_series: 2",
      "4:17  instances.0.max_series\n  found 3 series, expected at most 2\n  Disable points you do not need under `points`, or raise max_series",
    ],
  ])("is told so: %s", (keys, text) => {
    const problems = load(keys).problems.map(formatProblem);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`conf.d/modbus.yaml:${text}`);
  });

  test("stops its own check when the limit of the gateway is crossed, and what is in the log can still be sent", () => {
    const { config, problems } = load("name: a", `${PLAIN_MAIN}max_series: 2\n`);
    expect(config?.checks).toEqual([]);
    expect(problems).toMatchObject([
      { file: "conf.d/modbus.yaml", check: "modbus", found: "3 series with those of the checks before it" },
    ]);
    expect(load("name: a", `${PLAIN_MAIN}max_series: 3\n`).problems).toEqual([]);
  });
});

describe("a profile with mistakes in its params", () => {
  test.each([
    [
      "scale_by: ct_ratio,",
      "scale_by: ct_ratoi,",
      '"ct_ratoi", expected a param of the profile\n  Did you mean ct_ratio?',
    ],
    ["default: 1, min", "default: 3000, min", "a default of ct_ratio beyond its limits"],
    ["doc: Primary current over secondary current.", "", "no doc"],
    ["ct_ratio: { default", "CtRatio: { default", "the key CtRatio, expected a name in snake_case"],
  ])("is told so: %s", (from, to, text) => {
    expect(PROFILE).toContain(from);
    const { problems } = load("name: a", PLAIN_MAIN, PROFILE.replace(from, to));
    expect(problems.map(formatProblem).join("\n")).toContain(`found ${text}`);
    expect(problems[0]?.check).toBe("modbus");
  });
});

describe("the params of a profile", () => {
  test("multiply scale, offset and range of the points that name them; the default counts where nothing is said", () => {
    const points = instancesOf("params: { ct_ratio: 40 }")[0]?.profile?.points;
    expect(points).toMatchObject([
      { name: "current", scale: 4, offset: 20, range: [-40, 240] },
      { name: "power", scale: 80, offset: 0 },
      { name: "frequency", scale: 0.01 },
    ]);
  });

  test("turn a range around with the sign, and stay decimal", () => {
    const [current] = instancesOf("params: { ct_ratio: -3, pt_ratio: 1 }")[0]?.profile?.points ?? [];
    expect(current).toMatchObject({ scale: -0.3, offset: -1.5, range: [-18, 3] });
  });
});

describe("an instance's own points", () => {
  test("are renamed, left out and tagged anew, and a tag takes the place of one with its key", () => {
    const keys =
      "points: { power: { enabled: false }, frequency: { tags: [row:2, side:a] }, " +
      "current: { name: drive, metric: motor.current } }";
    const [only, ...others] = instancesOf(keys);
    expect(others).toEqual([]);
    expect(only?.profile?.points.map(({ name, metric, tags }) => ({ name, metric, tags }))).toEqual([
      { name: "drive", metric: "motor.current", tags: [] },
      { name: "frequency", metric: "frequency", tags: ["part:grid", "row:2", "side:a"] },
    ]);
  });

  test("do not take the name of another point", () => {
    const points = "points: { power: { name: frequency }, current: { name: power, min_collection_interval: 1 } }";
    const { problems, config } = loadFiles({
      "device-profiles/acme/meter.yaml": PROFILE,
      "conf.d/modbus.yaml": instance(points),
    });
    expect(problems.map(({ path, found }) => [path, found])).toEqual([
      ["instances.0.points", "two points named frequency"],
    ]);
    expect(config?.checks).toEqual([]);
  });

  test("with an interval of their own leave the instance one, with all of its points", () => {
    const keys = "points: { power: { min_collection_interval: 1 }, current: { min_collection_interval: 15 } }";
    expect(
      instancesOf(keys).map(({ name, interval, pointIntervals, profile }) => ({
        ...{ name, interval, pointIntervals },
        points: profile?.points.map((point) => point.name),
      })),
    ).toEqual([
      {
        name: "h-1",
        interval: 15_000,
        pointIntervals: { current: 15_000, power: 1000 },
        points: ["current", "power", "frequency"],
      },
    ]);
  });

  test("count as much in an hour as the instance says, in the unit and whatever is in between", () => {
    const energy =
      "  energy: { address: 3, type: uint32, unit: kWh, metric: energy.active.import, scale_by: ct_ratio, " +
      "counter: { max_per_hour: 5 } }\n";
    const limitOf = (points: string) => {
      const { config, problems } = load(
        `params: { ct_ratio: 40 }\n    points: ${points}`,
        PLAIN_MAIN,
        PROFILE + energy,
      );
      expect(problems).toEqual([]);
      return config?.checks[0]?.instances[0]?.profile?.points.at(-1)?.counter?.perHourMax;
    };
    expect(limitOf("{}")).toBe(200);
    expect(limitOf("{ energy: { max_per_hour: 69 } }")).toBe(69);
  });

  test("are believed by the rules of the profile, multiplied by its params, and those of the instance before them", () => {
    const believed = "quality: { range: [-2, 8], rate_max: 3, spike: 0.1, stuck_after: 60, verdict: { spike: mark } }";
    const profile = PROFILE.replace("range: [-1, 6]", `range: [-1, 6], ${believed}`);
    expect(profile).not.toBe(PROFILE);
    const qualityOf = (points: string) => {
      const { config, problems } = load(`params: { ct_ratio: -40 }\n    points: ${points}`, PLAIN_MAIN, profile);
      expect(problems).toEqual([]);
      return config?.checks[0]?.instances[0]?.profile?.points[0]?.quality;
    };
    const multiplied = { range: [-320, 80], rateMax: 120, spike: 4, stuckAfter: 60_000, verdicts: { spike: "mark" } };
    expect(qualityOf("{}")).toEqual(multiplied);
    expect(qualityOf("{ current: { quality: { spike: 5, stale_after: 9, verdict: { range: keep } } } }")).toEqual({
      ...multiplied,
      spike: 5,
      staleAfter: 9_000,
      verdicts: { spike: "mark", range: "keep" },
    });
  });

  test("do not let two instances share a name", () => {
    const text = `${instance("points: { power: { min_collection_interval: 1 } }")}  - { host: h, profile: acme/meter }\n`;
    const { problems } = loadFiles({ "device-profiles/acme/meter.yaml": PROFILE, "conf.d/modbus.yaml": text });
    expect(problems.map(({ found }) => found)).toEqual(["h-1, the name of the instance at conf.d/modbus.yaml:2"]);
  });
});
