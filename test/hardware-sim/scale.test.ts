import { describe, expect, test } from "vitest";
import { answerCommand, SCALE_FAULTS, speakLine } from "../../hardware-sim/devices/scale-talk.ts";
import { ScaleMachine } from "../../hardware-sim/plant/scale-machine.ts";
import { CAPACITY_GRAMS, PackingTable } from "../../hardware-sim/signals/packing-table.ts";
import { createRandom } from "../../hardware-sim/signals/seeded-random.ts";
import { loadProfile, SHIPPED_PROFILES } from "../../src/config/profiles.ts";
import { createInput, createLinks } from "../../src/inputs/serial/input.ts";
import { FLAG } from "../../src/model/samples.ts";
import { seconds } from "../../src/model/time.ts";
import { loadFiles } from "../config/config-folder.ts";
import { readingsOf } from "../conformance/input-suite.ts";
import { serialInstance } from "../inputs/serial/serial-bench.ts";
import { FakeHost } from "../support/fake-byte-stream.ts";
import { FakeClock } from "../support/fake-clock.ts";

const SETTLED = { grams: 1234.56, tareGrams: 184.5, isSettled: true, isOverloaded: false };
const ANY_DEVICE = { fields: { a: { metric: "a" } } };
const { signal } = new AbortController();

/** An input with a shipped profile, in front of a line on which nobody is yet. */
function createReader(id: string) {
  const profile = loadProfile(id, [SHIPPED_PROFILES])?.profile;
  if (profile === undefined) throw new Error(`there is no profile ${id}`);
  const clock = new FakeClock();
  const host = new FakeHost();
  const links = createLinks(clock, { openSerial: host.openSerial });
  const input = createInput({ ...serialInstance(ANY_DEVICE, { timeout: 1 }), profile }, { clock, links });
  return { clock, host, input };
}

describe("the packing table", () => {
  test("has boxes filled that come to rest, are taken away, and are leant upon now and then", () => {
    const table = new PackingTable(createRandom(1, "packing-table"));
    const states = Array.from({ length: 1500 }, (_, tenth) => table.at(tenth / 10));
    expect(states.filter(({ isSettled, grams }) => isSettled && grams > 1000).length).toBeGreaterThan(300);
    expect(states.filter(({ isSettled, grams }) => isSettled && grams === 0).length).toBeGreaterThan(100);
    expect(states.filter(({ grams }) => grams > CAPACITY_GRAMS).length).toBeGreaterThan(5);
    expect(Math.min(...states.map(({ grams }) => grams))).toBeGreaterThanOrEqual(0);
  });
});

describe("a scale in command mode", () => {
  test("is read as what it shows, by the profile that is shipped", async () => {
    const { clock, host, input } = createReader("mettler-toledo/sics");
    let state = SETTLED;
    let served = 0;
    let read = 0;
    host.play((bytes, peer) => {
      const said = answerCommand(Buffer.from(bytes).toString().trim(), state, undefined);
      served += said.quantities;
      peer.send(said.bytes);
    });
    const well = await clock.until(input.poll(signal));
    expect(readingsOf(input, well)).toEqual({ weight: 1234.56, stable: 1, overload: 0, tare: 184.5 });
    read += well.readings.count;
    state = { ...SETTLED, grams: -3.2, isSettled: false };
    const moving = await clock.until(input.poll(signal));
    expect(readingsOf(input, moving)).toEqual({ weight: -3.2, stable: 0, overload: 0, tare: 184.5 });
    expect(moving.readings.flags[0]).toBe(FLAG.suspect);
    read += moving.readings.count;
    state = { ...SETTLED, isOverloaded: true };
    const over = await clock.until(input.poll(signal));
    expect(readingsOf(input, over)).toEqual({ overload: 1, tare: 184.5 });
    expect(served).toBe(read + over.readings.count);
  });

  test.each(SCALE_FAULTS)(
    "gives no wrong weight while it has this fault, and a right one after it: %s",
    async (fault) => {
      const { clock, host, input } = createReader("mettler-toledo/sics");
      let ailing: typeof fault | undefined = fault;
      host.play((bytes, peer) => {
        const said = answerCommand(Buffer.from(bytes).toString().trim(), SETTLED, ailing);
        if (said.bytes.length > 0) peer.send(said.bytes);
      });
      const outcome = await clock.until(input.poll(signal));
      expect(readingsOf(input, outcome)["weight"]).toBeUndefined();
      expect(outcome.faults.length > 0).toBe(fault !== "overload");
      ailing = undefined;
      await clock.advance(seconds(15));
      const next = await clock.until(input.poll(signal));
      expect(next.faults).toEqual([]);
      expect(readingsOf(input, next)["weight"]).toBe(1234.56);
    },
  );
});

describe("a scale in continuous mode", () => {
  test.each([undefined, ...SCALE_FAULTS])(
    "gives what it shows ten times a second, and no wrong weight: %s",
    async (fault) => {
      const { clock, host, input } = createReader("and/standard-stream");
      await clock.until(input.open(signal));
      await clock.advance(seconds(1));
      for (let line = 0; line < 10; line += 1) {
        const { bytes } = speakLine({ ...SETTLED, grams: 100 + line }, fault);
        if (bytes.length > 0) host.peers[0]?.send(bytes);
      }
      const { readings, faults } = await clock.until(input.poll(signal));
      const rows = Array.from({ length: readings.count }, (_, row) => row);
      const weights = rows.filter((row) => readings.point[row] === 0).map((row) => readings.value[row]);
      expect(weights).toEqual(fault === undefined ? Array.from({ length: 10 }, (_, line) => 100 + line) : []);
      expect(faults).toEqual([]);
      await clock.advance(seconds(60));
      const later = await clock.until(input.poll(signal));
      const isHeard = fault === "garbage" || fault === "cut-short";
      expect(later.faults).toMatchObject([{ code: isHeard ? "INPUT_BAD_REPLY" : "INPUT_TIMEOUT" }]);
      expect(later.readings.count).toBe(0);
    },
  );
});

test("the scale of the plant has a configuration that the gateway takes", () => {
  const { files } = new ScaleMachine({ seed: 1, now: () => 0, terminals: "none here" });
  const text = (files["conf.d/serial.yaml"] ?? "").replace("port: 0", "port: 4001");
  const main = "api_key: 0123456789abcdef0123456789abcdef\n";
  expect(loadFiles({ "tidegate.yaml": main, "conf.d/serial.yaml": text }).problems).toEqual([]);
});
