import { existsSync, readdirSync, readFileSync } from "node:fs";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { loadProfiles, profilesOf } from "../src/config/profiles.ts";
import { scaleDecimal } from "../src/decode/scale.ts";
import { QualityFilter } from "../src/filter/quality.ts";
import { createInput, createLinks } from "../src/inputs/modbus/input.ts";
import { modbusSettings } from "../src/inputs/modbus/spec.ts";
import type { InputPoint } from "../src/model/input.ts";
import { METRICS } from "../src/model/metrics.ts";
import { type ModbusProfile, type Point, pointWidth } from "../src/model/profile.ts";
import { FLAG, SampleBuilder } from "../src/model/samples.ts";
import { type MonotonicMillis, seconds } from "../src/model/time.ts";
import { unitFactor } from "../src/model/units.ts";
import { canonicalQuality } from "../src/sampling/point-quality.ts";
import { canonicalFactor } from "../src/sampling/to-samples.ts";
import { readingsOf } from "./conformance/input-suite.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { batchOf, rowsOf } from "./support/samples.ts";
import { readWireScript, WirePlayer } from "./support/wire-exchange.ts";

const shipped = new URL("../device-profiles/", import.meta.url).pathname;
const fixtures = new URL("./fixtures/profiles/", import.meta.url).pathname;
const { profiles, problems } = loadProfiles([shipped]);

/** `VENDOR/MODEL` of the entries whose name `pattern` fits, its first group being the model. */
function idsIn(folder: string, pattern: RegExp): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((vendor) => vendor.isDirectory() && !vendor.name.startsWith("_"))
    .flatMap((vendor) =>
      readdirSync(`${folder}${vendor.name}`)
        .map((name) => pattern.exec(name)?.[1])
        .filter((model) => model !== undefined)
        .map((model) => `${vendor.name}/${model}`),
    )
    .sort();
}

/** Two points lie over each other with different codings, so one of the two addresses is wrong. */
function contradicts(left: Point, right: Point): boolean {
  const overlaps =
    left.table === right.table &&
    left.address < right.address + pointWidth(right.type) &&
    right.address < left.address + pointWidth(left.type);
  const isSameCoding =
    left.type === right.type &&
    left.wordOrder === right.wordOrder &&
    left.byteOrder === right.byteOrder &&
    (left.type === "bit" || left.address === right.address);
  return overlaps && !isSameCoding;
}

describe("the shipped profiles", () => {
  test("load without a problem, each under the id that its path says", () => {
    expect(problems).toEqual([]);
    expect([...profiles.keys()].sort()).toEqual(idsIn(shipped, /^([^_].*)\.yaml$/));
    for (const [id, profile] of profiles) expect(profile.id).toBe(id);
  });

  test("have a fixture each, and no fixture is without its profile", () => {
    expect(idsIn(fixtures, /^(.+)$/)).toEqual([...profiles.keys()].sort());
  });

  test("know at least twenty devices that exist, most of them from more than one source", () => {
    const real = [...profiles.values()].filter(({ id }) => !id.startsWith("tidegate/"));
    expect(real.length).toBeGreaterThanOrEqual(20);
    expect(real.filter(({ trust }) => trust !== "manual-only").length).toBeGreaterThan(real.length / 2);
  });

  test("spell each vendor one way", () => {
    const vendors = new Set([...profiles.keys()].map((id) => id.split("/")[0] ?? ""));
    const plain = [...vendors].map((vendor) => vendor.replaceAll(/[^a-z0-9]/gi, "").toLowerCase());
    expect(new Set(plain).size).toBe(vendors.size);
  });

  test.each([
    ["nova/sds011", "pm2-5", [0, 999.9, 1000], "ug/m3"],
    ["nova/sds011", "pm10", [0, 999.9, 6553.5], "ug/m3"],
    ["pzem/004t-v3", "voltage", [80, 260, 260.1], "V"],
    ["pzem/004t-v3", "voltage", [80, 230, 79.9], "V"],
    ["pzem/004t-v3", "power", [0, 23_000, 23_000.1], "W"],
  ] as const)("mark what is beyond the range that the maker of %s says it measures: %s", (id, name, values, unit) => {
    const point = profiles.get(id)?.points.find((each) => each.name === name) as InputPoint | undefined;
    expect(point?.unit).toBe(unit);
    const filter = new QualityFilter();
    filter.setRules(1, point && canonicalQuality(point), seconds(1));
    const factor = point === undefined ? 1 : canonicalFactor(point);
    const target = new SampleBuilder();
    const dropped = {};
    const batch = batchOf(...values.map((value, row) => [1, row * 1000, scaleDecimal(value, factor)] as const));
    filter.pass(batch, target, dropped, 0 as MonotonicMillis);
    expect(rowsOf(target).map(([, , , flags]) => flags)).toEqual([0, 0, FLAG.suspect]);
    expect(dropped).toEqual({});
  });
});

describe.each(profilesOf("modbus", profiles.values()))("the profile $id", (profile: ModbusProfile) => {
  test("says where its facts were read", () => {
    expect(profile.source.title).not.toBe("");
    expect(profile.points.length).toBeGreaterThan(0);
    expect(profile.maxRegisters).toBeLessThanOrEqual(125);
  });

  test("measures what the catalogue knows, in units that can be converted", () => {
    for (const { name, metric, unit } of profile.points) {
      const known = METRICS[metric];
      expect(known, `${name}: metric ${metric}`).toBeDefined();
      expect(unitFactor(unit, known?.unit ?? ""), `${name}: ${unit} of ${metric}`).toBeDefined();
    }
  });

  test("scales nothing to zero, and gives ranges their right way round", () => {
    for (const { name, scale, range } of profile.points) {
      expect(scale, name).not.toBe(0);
      if (range !== undefined) expect(range[0], name).toBeLessThan(range[1]);
    }
  });

  test("reads no register in two ways, and names no point twice", () => {
    const { points } = profile;
    const pairs = points.flatMap((left, index) => points.slice(index + 1).map((right) => [left, right] as const));
    const contradictions = pairs.filter(([left, right]) => contradicts(left, right));
    expect(contradictions.map(([left, right]) => `${left.name} and ${right.name}`)).toEqual([]);
    expect(new Set(points.map((point) => point.name)).size).toBe(points.length);
  });

  test("makes of its exchange exactly the readings that are expected", async () => {
    const folder = `${fixtures}${profile.id}`;
    expect(existsSync(folder), folder).toBe(true);
    const expected = JSON.parse(readFileSync(`${folder}/expected.json`, "utf8")) as unknown;
    const script = readWireScript(`${folder}/exchange.wire`);
    const player = new WirePlayer(script);
    const clock = new FakeClock();
    const input = createInput(
      {
        check: "modbus",
        name: "fixture",
        file: "conf.d/modbus.yaml",
        line: 1,
        tags: [],
        namespace: "",
        interval: seconds(15),
        profile,
        settings: v.parse(modbusSettings, { host: "10.0.0.5", unit: script.exchanges[0]?.request.unit ?? 1 }),
      },
      { clock, links: createLinks(clock, { openTcp: player.host.open }) },
    );
    const outcome = await clock.until(input.poll(new AbortController().signal));
    const readings = readingsOf(input, outcome);
    const absent = profile.points.map((point) => point.name).filter((name) => !(name in readings));
    expect(player.failures).toEqual([]);
    expect(player.unplayed).toEqual([]);
    expect(outcome.faults).toEqual([]);
    expect({ readings, absent }).toEqual(expected);
    expect(outcome.absent).toBe(absent.length);
  });
});
