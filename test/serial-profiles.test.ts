/** The shipped profiles of serial lines against exchanges written by hand from the manuals that they name. */

import { readFileSync } from "node:fs";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { loadProfiles, profilesOf } from "../src/config/profiles.ts";
import { computeChecksum } from "../src/decode/frames/checksum.ts";
import { FrameSplitter } from "../src/decode/frames/frame-splitter.ts";
import { createInput, createLinks } from "../src/inputs/serial/input.ts";
import { serialSettings } from "../src/inputs/serial/spec.ts";
import { METRICS } from "../src/model/metrics.ts";
import { FLAG } from "../src/model/samples.ts";
import { seconds } from "../src/model/time.ts";
import { unitFactor } from "../src/model/units.ts";
import { readingsOf } from "./conformance/input-suite.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { LinePlayer, readLineScenes } from "./support/line-exchange.ts";

const shipped = new URL("../device-profiles/", import.meta.url).pathname;
const fixtures = new URL("./fixtures/profiles/", import.meta.url).pathname;
const profiles = profilesOf("serial", loadProfiles([shipped]).profiles.values());
const { signal } = new AbortController();

interface ExpectedPoll {
  readonly readings: Readonly<Record<string, number>>;
  readonly absent: number;
  /** Points whose reading had not settled. */
  readonly suspect: readonly string[];
}

test("there are scales of two makers that are asked and that speak, a multimeter, thermostats and particle sensors", () => {
  const isAsked = (vendor: string): boolean[] =>
    profiles.filter(({ id }) => id.startsWith(`${vendor}/`)).map(({ points }) => points[0]?.request !== undefined);
  expect(new Set(isAsked("mettler-toledo"))).toEqual(new Set([true, false]));
  expect(new Set(isAsked("and"))).toEqual(new Set([true, false]));
  expect(profiles.map(({ id }) => id)).toEqual(
    expect.arrayContaining(["keysight/34461a", "julabo/circulator", "plantower/pms5003", "nova/sds011"]),
  );
});

describe.each(profiles)("the profile $id", (profile) => {
  test("measures what the catalogue knows, in units that can be converted", () => {
    for (const { name, metric, unit } of profile.points) {
      const known = METRICS[metric];
      expect(known, `${name}: metric ${metric}`).toBeDefined();
      expect(unitFactor(unit, known?.unit ?? ""), `${name}: ${unit} of ${metric}`).toBeDefined();
    }
  });

  test("makes of each exchange exactly the readings that are expected, and marks what has not settled", async () => {
    const folder = `${fixtures}${profile.id}`;
    const { polls } = JSON.parse(readFileSync(`${folder}/expected.json`, "utf8")) as { polls: ExpectedPoll[] };
    const scenes = readLineScenes(`${folder}/exchange.line`);
    const player = new LinePlayer();
    const clock = new FakeClock();
    const input = createInput(
      {
        ...{ check: "serial", name: "fixture", file: "conf.d/serial.yaml", line: 1, tags: [], namespace: "" },
        interval: seconds(15),
        profile,
        settings: v.parse(serialSettings, { serial: "/dev/ttyAMA0" }),
      },
      { clock, links: createLinks(clock, { openSerial: player.host.openSerial }) },
    );
    await input.open(signal);
    await clock.advance(seconds(1));
    const seen: ExpectedPoll[] = [];
    for (const scene of scenes) {
      player.turnTo(scene);
      player.speak();
      const outcome = await clock.until(input.poll(signal));
      expect(outcome.faults).toEqual([]);
      const { readings } = outcome;
      const rows = Array.from({ length: readings.count }, (_, row) => row);
      const suspect = rows
        .filter((row) => ((readings.flags[row] ?? 0) & FLAG.suspect) !== 0)
        .map((row) => input.points[readings.point[row] ?? 0]?.name ?? "");
      seen.push({ readings: readingsOf(input, outcome), absent: outcome.absent, suspect });
    }
    expect(seen).toEqual(polls);
    expect(player.failures).toEqual([]);
  });
});

test("a particle sensor's frame whose length is not that of the manual is none, though its sum holds", () => {
  const { framing, checksum } = profiles.find(({ id }) => id === "plantower/pms5003") as (typeof profiles)[number];
  const splitter = new FrameSplitter(framing, checksum);
  const frames: string[] = [];
  const whole = Buffer.from("424d001c00050008000900050008000a03fc01360042000400020001970002ee", "hex");
  for (const lengthTold of [4, 12, 18, 28]) {
    const frame = Buffer.from([0x42, 0x4d, 0, lengthTold, ...new Uint8Array(lengthTold).fill(0xac)]);
    frame.writeUInt16BE(computeChecksum("sum16", frame, 0, lengthTold + 2), lengthTold + 2);
    splitter.push(frame, (found) => frames.push(`${found.length} bytes`));
    splitter.push(whole, (found) => frames.push(Buffer.from(found).equals(whole) ? "the whole one" : "another"));
  }
  expect(frames).toEqual([...Array<string>(3).fill("the whole one"), "32 bytes", "the whole one"]);
});
