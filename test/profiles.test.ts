import { existsSync, readdirSync, readFileSync } from "node:fs";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { loadProfiles, profilesOf } from "../src/config/profiles.ts";
import { createInput, createLinks } from "../src/inputs/modbus/input.ts";
import { modbusSettings } from "../src/inputs/modbus/spec.ts";
import { METRICS } from "../src/model/metrics.ts";
import { type ModbusProfile, type Point, pointWidth } from "../src/model/profile.ts";
import { seconds } from "../src/model/time.ts";
import { unitFactor } from "../src/model/units.ts";
import { readingsOf } from "./conformance/input-suite.ts";
import { FakeClock } from "./support/fake-clock.ts";
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
