/** A unit that refuses a part of what it is asked for. */

import { describe, expect, test } from "vitest";
import { createInput, createLinks } from "../../src/inputs/modbus/input.ts";
import type { InstanceConfig } from "../../src/model/config.ts";
import type { Input } from "../../src/model/input.ts";
import type { ModbusProfile, Point } from "../../src/model/profile.ts";
import { type Millis, millis, seconds } from "../../src/model/time.ts";
import { readingsOf } from "../conformance/input-suite.ts";
import { FakeHost } from "../support/fake-byte-stream.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeMemory } from "../support/fake-memory.ts";
import { RegisterDevice, type SeenRead } from "../support/register-device.ts";
import { createSeededRandom } from "../support/seeded-random.ts";
import { wordInstance, words } from "./word-instance.ts";

const signal = new AbortController().signal;

/** Numbers from `first` on, before `end`. */
function range(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, index) => first + index);
}

interface Bench {
  readonly clock: FakeClock;
  readonly device: RegisterDevice;
  readonly host: FakeHost;
  readonly input: Input;
  poll(): Promise<{ values: string[]; faults: { code: string; points: string[]; message: string }[]; is: boolean }>;
}

function openBench(instance: InstanceConfig, memory = new FakeMemory(), device = new RegisterDevice()): Bench {
  const clock = new FakeClock();
  const host = new FakeHost(device.play);
  const links = createLinks(clock, { openTcp: host.open });
  const input = createInput(instance, { clock, links, memory });
  const poll = async () => {
    const outcome = await clock.until(input.poll(signal));
    const values = readingsOf(input, outcome);
    expect(Object.entries(values).filter(([name, value]) => name !== `word ${value}`)).toEqual([]);
    const faults = outcome.faults.map(({ code, points, message }) => ({ code, points: [...points], message }));
    return { values: Object.keys(values), faults, is: outcome.isReachable };
  };
  return { clock, device, host, input, poll };
}

/** Refuses reads that touch some registers. */
function without(...bad: readonly number[]): (read: SeenRead) => number | undefined {
  return ({ address, count }) => (bad.some((each) => address <= each && each < address + count) ? 2 : undefined);
}

const names = (addresses: readonly number[]): string[] => addresses.map((address) => `word ${address}`);

describe("a unit that refuses one register of sixty", () => {
  const instance = wordInstance(words(...range(0, 60)));
  const good = range(0, 60).filter((address) => address !== 37);

  test("gives all the others in the same poll, and the bad one is named with its register and what to do", async () => {
    const bench = openBench(instance);
    bench.device.refuse = without(37);
    const { values, faults, is } = await bench.poll();
    expect(values.toSorted()).toEqual(names(good).toSorted());
    expect(is).toBe(true);
    expect(faults).toMatchObject([{ code: "INPUT_REFUSED", points: ["word 37"] }]);
    expect(faults[0]?.message).toContain("refuses word 37 (holding-register 37) by exception 2 (illegal data address)");
    expect(faults[0]?.message).toContain("compare the profile with the manual");
    // One for all, and two for each time that a half is cut in two: 60, 30, 15, 8, 4, 2.
    expect(bench.device.take().length).toBeLessThanOrEqual(1 + 2 * 6);
  });

  test("is not asked for it again, and for all others by as few requests as there can be", async () => {
    const bench = openBench(instance);
    bench.device.refuse = without(37);
    await bench.poll();
    bench.device.take();
    for (let turn = 0; turn < 3; turn += 1) {
      const { values, faults } = await bench.poll();
      expect(values).toHaveLength(59);
      expect(faults).toMatchObject([{ code: "INPUT_REFUSED", points: ["word 37"] }]);
      expect(bench.device.take()).toEqual(["3:0+37", "3:38+22"]);
    }
    expect(bench.host.peers).toHaveLength(1);
  });

  test("is asked again after a minute, then more and more seldom, alone", async () => {
    const bench = openBench(instance);
    bench.device.refuse = without(37);
    const askedAt: number[] = [];
    for (let at = 0; at < 3 * 3600; at += 15) {
      await bench.poll();
      if (bench.device.take().includes("3:37+1") && at > 0) askedAt.push(at);
      await bench.clock.advance(seconds(15));
    }
    expect(askedAt).toEqual([60, 60 + 240, 60 + 240 + 960, 60 + 240 + 960 + 3840]);
  });

  test("is read as a whole again when it does not refuse it any more", async () => {
    const bench = openBench(instance);
    bench.device.refuse = without(37);
    await bench.poll();
    bench.device.refuse = () => undefined;
    await bench.clock.advance(seconds(61));
    expect(await bench.poll()).toMatchObject({ faults: [], is: true });
    bench.device.take();
    expect((await bench.poll()).values).toHaveLength(60);
    expect(bench.device.take()).toEqual(["3:0+60"]);
  });

  test("is asked again at once when a person wants it", async () => {
    const bench = openBench(instance);
    bench.device.refuse = without(37);
    await bench.poll();
    bench.device.refuse = () => undefined;
    bench.device.take();
    bench.input.retry?.();
    expect((await bench.poll()).values).toHaveLength(60);
    expect(bench.device.take()).toEqual(["3:0+37", "3:38+22", "3:37+1"]);
  });

  test("is asked again when it may have been restarted, and not over and over where it cuts each connection", async () => {
    const bench = openBench(instance);
    bench.device.refuse = without(37);
    let asked = 0;
    for (let turn = 0; turn < 4 * 60; turn += 1) {
      await bench.poll();
      asked += bench.device.take().filter((read) => read === "3:37+1").length;
      for (const peer of bench.host.peers) peer.hangUp();
      await bench.clock.advance(seconds(15));
    }
    expect(asked).toBeGreaterThanOrEqual(4);
    expect(asked).toBeLessThanOrEqual(6);
  });

  test("is asked again soon after it had been silent", async () => {
    const bench = openBench(instance);
    bench.device.refuse = without(37);
    await bench.poll();
    for (let turn = 0; turn < 12; turn += 1) {
      await bench.clock.advance(seconds(15));
      await bench.poll();
    }
    bench.device.isSilent = true;
    for (let turn = 0; turn < 20; turn += 1) {
      await bench.clock.advance(seconds(15));
      await bench.poll();
    }
    bench.device.isSilent = false;
    bench.device.refuse = () => undefined;
    await bench.clock.advance(seconds(15));
    expect((await bench.poll()).values).toHaveLength(60);
  });
});

describe("what is refused", () => {
  test("is found where it lies in the unused registers between two points", async () => {
    const bench = openBench(wordInstance(words(0, 1, 5, 6, 9), { maxGap: 8 }));
    bench.device.refuse = without(3);
    expect((await bench.poll()).faults).toEqual([]);
    bench.device.take();
    expect(await bench.poll()).toMatchObject({ faults: [], values: names([0, 1, 5, 6, 9]) });
    expect(bench.device.take()).toEqual(["3:0+2", "3:5+5"]);
  });

  test("is found where it is the length", async () => {
    const bench = openBench(wordInstance(words(...range(0, 100))));
    bench.device.refuse = ({ count }) => (count > 40 ? 3 : undefined);
    for (let turn = 0; turn < 3; turn += 1) {
      const { values, faults } = await bench.poll();
      expect(values).toHaveLength(100);
      expect(faults).toEqual([]);
    }
    bench.device.take();
    await bench.poll();
    expect(bench.device.take().length).toBeLessThanOrEqual(4);
  });

  test("is never looked for inside a value", async () => {
    const [base] = words(0);
    if (base === undefined) throw new Error("there is a word");
    const points: Point[] = range(0, 8).map((index) => ({
      ...base,
      ...{ name: `long ${index}`, address: 4 * index, type: "uint64" },
    }));
    const bench = openBench(wordInstance(points));
    bench.device.refuse = without(10);
    const { faults } = await bench.clock.until(bench.input.poll(signal));
    expect(faults).toMatchObject([{ code: "INPUT_REFUSED", points: ["long 2"] }]);
    for (const { address, count } of bench.device.seen) expect([address % 4, count % 4]).toEqual([0, 0]);
  });

  test("is asked for once where a read would clear it", async () => {
    const clearOnRead = [{ table: "holding-register", start: 5, end: 6 }] as const;
    const bench = openBench(wordInstance(words(4, 5, 6), { clearOnRead }));
    bench.device.refuse = without(5);
    const { values, faults } = await bench.poll();
    expect(values).toEqual(names([4, 6]));
    expect(faults).toMatchObject([{ points: ["word 5"] }]);
    expect(bench.device.take()).toEqual(["3:4+1", "3:5+1", "3:6+1"]);
  });

  test("by exception 1 is bisected where the table is there, and otherwise left as it is", async () => {
    const bench = openBench(wordInstance(words(...range(0, 8), 20), { maxRegisters: 8 }));
    bench.device.refuse = ({ address, count }) => (address <= 3 && 3 < address + count ? 1 : undefined);
    expect((await bench.poll()).faults).toMatchObject([{ code: "INPUT_EXCEPTION" }]);
    expect((await bench.poll()).faults).toMatchObject([{ code: "INPUT_REFUSED", points: ["word 3"] }]);
    const other = openBench(wordInstance(words(...range(0, 8))));
    other.device.refuse = () => 1;
    for (let turn = 0; turn < 3; turn += 1) {
      expect((await other.poll()).faults).toMatchObject([{ code: "INPUT_EXCEPTION" }]);
      expect(other.device.take()).toEqual(["3:0+8"]);
    }
  });

  test("is everything, of a unit that is there: it is asked for no more than whether it is", async () => {
    const bench = openBench(wordInstance(words(0, 1, 2)));
    bench.device.refuse = () => 2;
    for (let turn = 0; turn < 2; turn += 1) await bench.poll();
    bench.device.take();
    expect(await bench.poll()).toMatchObject({ is: true, values: [], faults: [{ points: names([0, 1, 2]) }] });
    expect(bench.device.take()).toHaveLength(1);
    bench.device.isSilent = true;
    expect(await bench.poll()).toMatchObject({ is: false });
  });
});

describe("what is known of a unit", () => {
  const instance = wordInstance(words(...range(0, 60)));

  async function learn(memory: FakeMemory): Promise<void> {
    const bench = openBench(instance, memory);
    bench.device.refuse = without(37);
    await bench.poll();
    await bench.poll();
  }

  async function firstReads(of: InstanceConfig, memory: FakeMemory): Promise<string[]> {
    const bench = openBench(of, memory);
    bench.device.refuse = without(37);
    await bench.poll();
    return bench.device.take();
  }

  test("outlives the gateway, and is written when it changes and not at every poll", async () => {
    const memory = new FakeMemory();
    await learn(memory);
    expect(memory.writeCount).toBe(1);
    expect(await firstReads(instance, memory)).toEqual(["3:0+37", "3:38+22"]);
    expect(memory.writeCount).toBe(1);
  });

  test("is not that of another unit, another place or another profile", async () => {
    const memory = new FakeMemory();
    await learn(memory);
    const points = (instance.profile as ModbusProfile).points;
    for (const other of [
      wordInstance(points, { settings: { unit: 8 } }),
      wordInstance(points, { settings: { host: "10.0.0.6" } }),
      wordInstance(points, { id: "test/other" }),
      wordInstance([...points.slice(0, -1), ...words(60)]),
    ]) {
      expect((await firstReads(other, memory)).length).toBeGreaterThan(4);
    }
  });

  test("is nothing where the memory holds what nobody wrote", async () => {
    const memory = new FakeMemory();
    await learn(memory);
    for (const damaged of [
      7,
      "x",
      [],
      { spans: 3 },
      { spans: [["coils", 1, 2, 2], [1], null], cuts: [["coil", -1]] },
    ]) {
      for (const key of memory.known.keys()) memory.known.set(key, damaged);
      expect((await firstReads(instance, memory))[0]).toBe("3:0+60");
    }
  });
});

describe("bisecting", () => {
  /** A device that takes its time. */
  class SlowDevice extends RegisterDevice {
    readonly #clock: FakeClock;
    readonly #delay: Millis;

    constructor(clock: FakeClock, delay: Millis) {
      super();
      this.#clock = clock;
      this.#delay = delay;
    }

    override readonly play: RegisterDevice["play"] = (bytes, peer) => {
      this.#clock.after("slow device", this.#delay, () => this.answerTo(bytes, peer));
    };
  }

  test("takes no more than a tenth of the interval, over as many polls as it needs", async () => {
    const clock = new FakeClock();
    const device = new SlowDevice(clock, millis(100));
    const links = createLinks(clock, { openTcp: new FakeHost(device.play).open });
    const input = createInput(wordInstance(words(...range(0, 60)), { interval: seconds(5) }), { clock, links });
    device.refuse = without(3, 17, 29, 30, 44, 58);
    let worst = 0;
    let before = 0;
    for (let turn = 0; turn < 30; turn += 1) {
      const planned = turn === 0 ? 1 : before;
      const outcome = await clock.until(input.poll(signal));
      const asked = device.take().length;
      worst = Math.max(worst, asked - planned);
      before = asked;
      if (turn === 29) expect(outcome.readings.count).toBe(54);
      await clock.advance(seconds(1));
    }
    // Five requests of 100 ms are a tenth of five seconds; halves that were read well are asked on beside them.
    expect(worst).toBeLessThanOrEqual(6);
  });

  test.each([1, 2, 3, 4])("finds all that can be read, whatever is refused, seed %i", async (seed) => {
    const random = createSeededRandom(seed);
    const draw = (below: number): number => Math.floor(random.next() * below);
    for (let round = 0; round < 60; round += 1) {
      const addresses = range(0, 40 + draw(80)).filter(() => draw(4) > 0);
      const bad = range(0, draw(6)).map(() => draw(120));
      const countMax = draw(3) === 0 ? 5 + draw(40) : 125;
      const maxGap = draw(3) * 3;
      const bench = openBench(wordInstance(words(...addresses), { maxGap }));
      const refuseBad = without(...bad);
      bench.device.refuse = (read) => (read.count > countMax ? 3 : refuseBad(read));
      const good = addresses.filter((address) => !bad.includes(address));
      let polls = 0;
      do {
        bench.device.take();
        await bench.poll();
        polls += 1;
      } while (polls < 20 && bench.device.seen.some((read) => bench.device.refuse(read) !== undefined));
      expect(polls).toBeLessThan(20);
      if (good.length === 0) continue;
      const { values, faults } = await bench.poll();
      expect(values.toSorted()).toEqual(names(good).toSorted());
      expect(faults.flatMap(({ points }) => points).toSorted()).toEqual(
        names(addresses.filter((address) => bad.includes(address))).toSorted(),
      );
    }
  });
});
