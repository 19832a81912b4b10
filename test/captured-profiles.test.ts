/** Profiles against what real devices answered: see `from` and `about` of each `capture.json` for who recorded it. */

import { existsSync, readFileSync } from "node:fs";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { loadProfiles, profilesOf } from "../src/config/profiles.ts";
import { createInput, createLinks } from "../src/inputs/modbus/input.ts";
import { modbusSettings } from "../src/inputs/modbus/spec.ts";
import { type ModbusProfile, pointEnd } from "../src/model/profile.ts";
import { seconds } from "../src/model/time.ts";
import { readingsOf } from "./conformance/input-suite.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { type RecordedRead, RegisterImage } from "./support/register-image.ts";

interface Capture {
  readonly from: string;
  readonly about: string;
  readonly reads: readonly RecordedRead[];
  /** What was made of it elsewhere, with the digits that were shown. */
  readonly shown: Readonly<Record<string, string>>;
}

const shipped = new URL("../device-profiles/", import.meta.url).pathname;
const fixtures = new URL("./fixtures/profiles/", import.meta.url).pathname;
const profiles = profilesOf("modbus", loadProfiles([shipped]).profiles.values());
const captureFile = (id: string): string => `${fixtures}${id}/capture.json`;
const captured = profiles.filter(({ trust }) => trust === "captured");

/** Reads once what was recorded, and nothing else. */
async function pollRecorded(profile: ModbusProfile, image: RegisterImage) {
  const points = profile.points.filter((point) => image.holds(point.table, point.address, pointEnd(point)));
  const clock = new FakeClock();
  const input = createInput(
    {
      ...{ check: "modbus", name: "capture", file: "conf.d/modbus.yaml", line: 1, tags: [], namespace: "" },
      interval: seconds(15),
      profile: { ...profile, points },
      settings: v.parse(modbusSettings, { host: "10.0.0.5", unit: 1 }),
    },
    { clock, links: createLinks(clock, { openTcp: image.host.open }) },
  );
  const outcome = await clock.until(input.poll(new AbortController().signal));
  return { points, outcome, readings: readingsOf(input, outcome) };
}

describe("the trust of the shipped profiles", () => {
  test("is captured for just those that have a recording", () => {
    expect(captured.length).toBeGreaterThan(0);
    expect(profiles.filter(({ id }) => existsSync(captureFile(id)))).toEqual(captured);
  });
});

describe.each(captured)("the profile $id", (profile: ModbusProfile) => {
  const capture = JSON.parse(readFileSync(captureFile(profile.id), "utf8")) as Capture;

  test("names the place its recording is from", () => {
    expect(profile.confirmedBy?.url).toBe(capture.from);
    expect(capture.about).toMatch(/^\S.{30,}\.$/u);
  });

  test("makes of the recording what was shown, to the last digit", async () => {
    const { outcome, readings } = await pollRecorded(profile, new RegisterImage(capture.reads));
    expect(outcome.faults).toEqual([]);
    const shown = Object.entries(capture.shown).map(([name, text]) => {
      const digits = text.split(".")[1]?.length ?? 0;
      return [name, readings[name]?.toFixed(digits)];
    });
    expect(Object.fromEntries(shown)).toEqual(capture.shown);
  });

  test("makes of the rest of the recording nothing that its ranges would drop", async () => {
    const { points, readings } = await pollRecorded(profile, new RegisterImage(capture.reads));
    const dropped = points.filter(({ name, range }) => {
      const value = readings[name];
      return value !== undefined && range !== undefined && (value < range[0] || value > range[1]);
    });
    expect(dropped.map(({ name }) => `${name} ${readings[name]}`)).toEqual([]);
  });
});
