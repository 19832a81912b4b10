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
  const device = new RegisterDevice(settings.settings?.framing === "rtu" ? "rtu" : "tcp");
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

describe("a device that tells vendor, product code and revision", () => {
  const told = { identification: {} };

  function tell(bench: ReturnType<typeof openBench>, ...texts: readonly string[]): void {
    bench.device.identification = (objectId) => {
      const text = texts[objectId] ?? "";
      const bytes = [objectId, text.length, ...Array.from(text, (letter) => letter.charCodeAt(0))];
      const isMore = objectId + 1 < texts.length;
      return [...(isMore ? [0xff, objectId + 1] : [0, 0]), 1, ...bytes];
    };
  }

  test.each(["tcp", "rtu"] as const)(
    "is known by them over %s, and they are asked for until they end",
    async (framing) => {
      const bench = openBench(told, { settings: { framing } });
      tell(bench, "Acme Drives", "AD-400 ", "V2.11");
      expect(await bench.poll()).toMatchObject({ values: 2, faults: [], events: [] });
      expect(bench.device.take()).toEqual(["43:3585+0", "43:3585+0", "43:3585+0", "3:0+2"]);
      expect(bench.input.describeDevice?.()).toBe("vendor Acme Drives, product code AD-400, revision V2.11");
      expect([...bench.kept.values()]).toEqual([{ vendor: "Acme Drives", product: "AD-400", revision: "V2.11" }]);
      await bench.poll();
      expect(bench.device.take()).toEqual(["3:0+2"]);
    },
  );

  test("has its readings held back when it is another product than before", async () => {
    const bench = openBench(told);
    tell(bench, "Acme Drives", "AD-400", "V2.11");
    await bench.poll();
    for (const other of [
      ["Acme Drives", "AD-500", "V2.11"],
      ["Bolt", "AD-400", "V2.11"],
    ]) {
      bench.reconnect();
      tell(bench, ...other);
      const { values, faults, events } = await bench.poll();
      expect([values, events.length]).toEqual([0, 1]);
      expect(faults[0]?.message).toContain(
        `vendor ${other[0]}, product code ${other[1]}, and it was vendor Acme Drives`,
      );
    }
    bench.reconnect();
    bench.device.identification = undefined;
    expect((await bench.poll()).faults[0]?.message).toContain("says no product code, and it was vendor Acme Drives");
    bench.reconnect();
    tell(bench, "Acme Drives", "AD-400", "V2.11");
    expect(await bench.poll()).toMatchObject({ values: 2, faults: [] });
  });

  test("goes on when only its revision is another, and an event says so", async () => {
    const bench = openBench(told);
    tell(bench, "Acme Drives", "AD-400", "V2.11");
    await bench.poll();
    bench.reconnect();
    tell(bench, "Acme Drives", "AD-400", "V2.12");
    expect(await bench.poll()).toMatchObject({
      ...{ values: 2, faults: [] },
      events: [{ title: expect.stringMatching(/ is of revision V2\.12, before V2\.11$/) }],
    });
    bench.reconnect();
    expect(await bench.poll()).toMatchObject({ values: 2, events: [] });
  });

  test.each([
    ["function 43/14", { serial: identity.serial, identification: {} }],
    ["registers", { serial: identity.serial, revision: { ...place, address: MODEL, count: 2, type: "text" } }],
  ] as const)("is asked by %s for its revision even where its serial number is the one before", async (by, of) => {
    const bench = openBench(of as ProfileIdentity);
    const update = (revision: string): void => {
      if (by === "registers") become(bench.device, 70_001, revision);
      else tell(bench, "Acme Drives", "AD-400", revision);
    };
    update("V2.1");
    expect(await bench.poll()).toMatchObject({ values: 2, events: [] });
    expect(bench.input.describeDevice?.()).toMatch(/revision V2\.1, serial number 70001$/);
    bench.reconnect();
    update("V2.2");
    expect(await bench.poll()).toMatchObject({
      ...{ values: 2, faults: [] },
      events: [{ title: expect.stringMatching(/ is of revision V2\.2, before V2\.1$/) }],
    });
  });

  test("that is none of those the profile is for has its readings held back from the first poll on", async () => {
    const bench = openBench({ identification: { equals: ["AD-400", "AD-450"] } });
    tell(bench, "Acme Drives", "AD-500", "V1");
    const { values, faults } = await bench.poll();
    expect(values).toBe(0);
    expect(faults[0]?.message).toContain("product code AD-500, and the profile is for AD-400 or AD-450");
    tell(bench, "Acme Drives", "AD-450", "V1");
    expect(await bench.poll()).toMatchObject({ values: 2 });
  });

  test("is taken as it is where it refuses the function, or answers what cannot be", async () => {
    const bench = openBench(told);
    expect(await bench.poll()).toMatchObject({ values: 2, faults: [] });
    const other = openBench(told);
    other.device.identification = () => [0, 0, 9];
    expect(await other.poll()).toMatchObject({ values: 2, faults: [] });
    expect(other.input.describeDevice?.()).toBeUndefined();
  });

  test("is asked no more than three times, whatever it says follows", async () => {
    const bench = openBench(told);
    bench.device.identification = (objectId) => [0xff, objectId + 1, 1, objectId, 1, 0x41];
    await bench.poll();
    expect(bench.device.take().filter((read) => read.startsWith("43:"))).toHaveLength(3);
  });

  test("owes its identification after it was late, and is asked for something else first", async () => {
    const bench = openBench(told, { settings: { framing: "rtu" } });
    tell(bench, "Acme Drives", "AD-400", "V2.11");
    bench.device.isSilent = true;
    await bench.poll();
    bench.device.take();
    bench.device.isSilent = false;
    await bench.poll();
    expect(bench.device.take().at(-1)).toBe("3:0+2");
    expect(bench.input.describeDevice?.()).toContain("AD-400");
  });
});

test("a serial number may have its characters in any place of its registers", async () => {
  const serial = { ...place, address: SERIAL, count: 2, type: "text", placement: "low-byte-first" } as const;
  const bench = openBench({ serial });
  bench.device.words.set(SERIAL, 0x4241).set(SERIAL + 1, 0x0043);
  await bench.poll();
  expect(bench.input.describeDevice?.()).toBe("serial number ABC");
});
