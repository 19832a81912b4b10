/** What a faulty line does to its units travels to the section of `status` that says how each bus is. */

import { expect, test } from "vitest";
import { createInput, createLinks } from "../../src/inputs/modbus/input.ts";
import { seconds } from "../../src/model/time.ts";
import { describeBuses, type LoadPart } from "../../src/sampling/bus-load.ts";
import { BusQueue } from "../../src/sampling/bus-queue.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FaultyLine, type LineFault } from "../support/faulty-line.ts";
import { createSeededRandom } from "../support/seeded-random.ts";
import { wordInstance, words } from "./word-instance.ts";

const { signal } = new AbortController();

/** Polls units 1 to 3 of a line, of which unit 2 meets `faults` in turn, and gives what is said of each. */
async function pollThree(faults: readonly LineFault[], pollCount: number) {
  const clock = new FakeClock();
  const random = createSeededRandom(5);
  let serial = 0;
  const line = new FaultyLine(clock, random, (unit) =>
    unit === 2 ? (faults[serial++ % faults.length] ?? "none") : "none",
  );
  const links = createLinks(clock, { openTcp: (_host, _port, timeout, events) => line.openLine(timeout, events) });
  const bus = new BusQueue(clock);
  const parts: LoadPart[] = [1, 2, 3].map((unit) => {
    const instance = wordInstance(words(0, 1), { name: `unit-${unit}`, settings: { framing: "rtu", unit } });
    return { interval: seconds(15), input: createInput(instance, { clock, links }), bus };
  });
  for (let poll = 0; poll < pollCount; poll += 1) {
    for (const { input } of parts) await clock.until(input.poll(signal));
    await clock.advance(seconds(15));
  }
  return describeBuses(parts)[0]?.devices ?? [];
}

const CLEAN = { timeouts: 0, checksum_errors: 0, cut_short: 0, late: 0, strangers: 0, noise_bytes: 0, warning: null };

test("wrong checksums, noise, late and broken answers are told of the unit they came from, and its drop is named", async () => {
  const devices = await pollThree(["flipped-bit", "none", "noise-before", "none", "cut-short", "none"], 120);
  const [first, bad, third] = devices;
  expect(first).toMatchObject(CLEAN);
  expect(third).toMatchObject(CLEAN);
  expect(bad?.device).toContain("unit 2");
  expect(bad?.checksum_errors).toBeGreaterThan(10);
  expect(bad?.cut_short).toBeGreaterThan(5);
  expect(bad?.noise_bytes).toBeGreaterThan(50);
  expect(bad?.warning).toMatch(/unit 2 was asked came back damaged, .*: look at its own drop/u);
});

test("answers that come after they were given up are told as late, and are no damage", async () => {
  const [, bad] = await pollThree(["late", "none", "none", "none"], 60);
  expect(bad?.late).toBeGreaterThan(3);
  expect(bad?.timeouts).toBeGreaterThan(3);
  expect([bad?.checksum_errors, bad?.warning]).toEqual([0, null]);
});

test.each(["rtu", "ascii"] as const)(
  "a port of %s that is slower than it has to be says so from its opening on",
  async (framing) => {
    const clock = new FakeClock();
    const notice = { found: "The adapter waits.", remedy: "Tell it not to." };
    const stream = { write: () => undefined, close: () => undefined, notice };
    const links = createLinks(clock, { openSerial: async () => stream });
    const settings = { host: undefined, serial: "/dev/ttyUSB0", framing };
    const input = createInput(wordInstance(words(0), { settings }), { clock, links });
    expect(input.busNotice?.()).toBe(undefined);
    // The package that speaks ASCII is loaded from disk, which the fake clock does not wait for.
    await input.open(signal);
    expect(input.busNotice?.()).toEqual(notice);
    const parts: LoadPart[] = [{ interval: seconds(15), input, bus: new BusQueue(clock) }];
    expect(describeBuses(parts)[0]).toMatchObject({ notice });
  },
);
