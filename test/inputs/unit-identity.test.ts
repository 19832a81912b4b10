/** Who answers: the device that is meant, or another one in its place. */

import { describe, expect, test } from "vitest";
import { createInput, createLinks } from "../../src/inputs/modbus/input.ts";
import type { InputMemory } from "../../src/model/input.ts";
import type { ProfileIdentity } from "../../src/model/profile.ts";
import { seconds } from "../../src/model/time.ts";
import { readingsOf } from "../conformance/input-suite.ts";
import { FakeHost } from "../support/fake-byte-stream.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { RegisterDevice } from "../support/register-device.ts";
import { wordInstance, words } from "./word-instance.ts";

const signal = new AbortController().signal;

const SERIAL = 900;
const MODEL = 910;
const place = { table: "holding-register", wordOrder: "high-word-first" } as const;
const identity: ProfileIdentity = {
  model: { ...place, address: MODEL, count: 2, type: "text", equals: ["B23", "B24"] },
  serial: { ...place, address: SERIAL, count: 2, type: "uint32" },
};

/** Gives a device a serial number and four letters that name its model. */
function become(device: RegisterDevice, serial: number, model = "B23 "): void {
  device.words.set(SERIAL, serial >>> 16).set(SERIAL + 1, serial & 0xffff);
  const [a = 0, b = 0, c = 0, d = 0] = Array.from(model, (letter) => letter.charCodeAt(0));
  device.words.set(MODEL, (a << 8) | b).set(MODEL + 1, (c << 8) | d);
}

function openBench(
  of = identity,
  settings: Parameters<typeof wordInstance>[1] = {},
  kept = new Map<string, unknown>(),
) {
  const clock = new FakeClock();
  const device = new RegisterDevice();
  become(device, 70_001);
  const host = new FakeHost(device.play);
  const links = createLinks(clock, { openTcp: host.open });
  const memory: InputMemory = {
    read: (key) => kept.get(key),
    write: (key, value) => void (value === undefined ? kept.delete(key) : kept.set(key, value)),
  };
  const plain = wordInstance(words(0, 1), settings);
  const profile = plain.profile === undefined ? undefined : { ...plain.profile, identity: of };
  const input = createInput({ ...plain, ...(profile === undefined ? {} : { profile }) }, { clock, links, memory });
  const poll = async () => {
    await clock.advance(seconds(15));
    const outcome = await clock.until(input.poll(signal));
    const { faults, events = [], isReachable } = outcome;
    return { values: Object.keys(readingsOf(input, outcome)).length, faults, events, isReachable };
  };
  const reconnect = (): void => {
    for (const peer of host.peers) peer.hangUp();
  };
  return { clock, device, host, input, kept, poll, reconnect };
}

describe("a device that tells what it is", () => {
  test("of another model than the profile is for has its readings held back, and an event says so once", async () => {
    const bench = openBench();
    become(bench.device, 70_001, "C11 ");
    const first = await bench.poll();
    expect(first).toMatchObject({ values: 0, isReachable: true, faults: [{ code: "INPUT_OTHER_DEVICE" }] });
    expect(first.faults[0]?.points).toEqual(["word 0", "word 1"]);
    expect(first.faults[0]?.message).toContain("of model C11, and the profile is for B23 or B24");
    expect(first.events).toHaveLength(1);
    expect(await bench.poll()).toMatchObject({ values: 0, events: [] });
    expect(bench.device.take().some((read) => read.startsWith("3:0+"))).toBe(false);
  });

  test("is asked once while the connection lasts, and by one read after it was made anew", async () => {
    const bench = openBench();
    expect(await bench.poll()).toMatchObject({ values: 2, faults: [], events: [] });
    expect(bench.device.take()).toEqual(["3:900+2", "3:910+2", "3:0+2"]);
    await bench.poll();
    expect(bench.device.take()).toEqual(["3:0+2"]);
    bench.reconnect();
    expect(await bench.poll()).toMatchObject({ values: 2, faults: [] });
    expect(bench.device.take()).toEqual(["3:900+2", "3:0+2"]);
    expect(bench.input.describeDevice?.()).toBe("model B23, serial number 70001");
  });

  test("gives no reading under the name of the one before, from the first poll after it took its place", async () => {
    const bench = openBench();
    await bench.poll();
    bench.reconnect();
    become(bench.device, 70_002);
    const { values, faults, events, isReachable } = await bench.poll();
    expect([values, isReachable]).toEqual([0, true]);
    expect(faults[0]?.message).toContain("says serial number 70002, and it was 70001 before: was the meter replaced?");
    expect(events).toMatchObject([
      { title: expect.stringMatching(/^Meter replaced\? .* serial number 70002, before 70001$/) },
    ]);
    expect(await bench.poll()).toMatchObject({ values: 0, events: [] });
  });

  test("is asked again after it was silent, as on a line that stays connected while a meter is replaced", async () => {
    const bench = openBench();
    await bench.poll();
    bench.device.isSilent = true;
    await bench.poll();
    bench.device.isSilent = false;
    become(bench.device, 70_002);
    expect(await bench.poll()).toMatchObject({ values: 0, faults: [{ code: "INPUT_OTHER_DEVICE" }] });
  });

  test("goes on by itself when the right one is back", async () => {
    const bench = openBench();
    await bench.poll();
    bench.reconnect();
    become(bench.device, 70_002);
    await bench.poll();
    bench.reconnect();
    become(bench.device, 70_001);
    expect(await bench.poll()).toMatchObject({ values: 2, faults: [] });
  });

  test("goes on when a person accepts it, and is then the one that is expected", async () => {
    const bench = openBench();
    await bench.poll();
    bench.reconnect();
    become(bench.device, 70_002);
    await bench.poll();
    expect(bench.input.accept?.()).toBe("model B23, serial number 70002");
    expect(await bench.poll()).toMatchObject({ values: 2, faults: [] });
    bench.reconnect();
    become(bench.device, 70_001);
    expect(await bench.poll()).toMatchObject({ values: 0, faults: [{ code: "INPUT_OTHER_DEVICE" }] });
  });

  test("is remembered beyond a restart", async () => {
    const kept = new Map<string, unknown>();
    await openBench(identity, {}, kept).poll();
    const bench = openBench(identity, {}, kept);
    become(bench.device, 70_002);
    expect(await bench.poll()).toMatchObject({ values: 0, faults: [{ code: "INPUT_OTHER_DEVICE" }] });
    for (const damaged of [null, 7, "x", { serial: 7 }]) {
      for (const key of kept.keys()) kept.set(key, damaged);
      expect(await openBench(identity, {}, kept).poll()).toMatchObject({ values: 2, faults: [] });
    }
  });

  test("is the one whose serial number the instance names, whatever was seen before", async () => {
    const bench = openBench(identity, { settings: { serial_number: "70002" } });
    const { values, faults } = await bench.poll();
    expect(values).toBe(0);
    expect(faults[0]?.message).toContain("says serial number 70001, and `serial_number` names 70002");
    become(bench.device, 70_002);
    expect(await bench.poll()).toMatchObject({ values: 2, faults: [] });
  });

  test("is taken as it is where it does not have the registers for that", async () => {
    const bench = openBench();
    bench.device.refuse = ({ address }) => (address >= SERIAL ? 2 : undefined);
    expect(await bench.poll()).toMatchObject({ values: 2, faults: [] });
    expect(bench.input.describeDevice?.()).toBeUndefined();
  });

  test("gives no reading while it cannot be asked", async () => {
    const bench = openBench();
    bench.device.isSilent = true;
    expect(await bench.poll()).toMatchObject({ values: 0, isReachable: false, faults: [{ code: "INPUT_TIMEOUT" }] });
    expect(bench.device.take()).toHaveLength(1);
  });
});
