import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GpioLine, LineWish } from "../../src/platform/gpio-line.ts";
import { type CreateOnOffLine, listSysfsChips, openSysfsLine } from "../../src/platform/gpio-sysfs.ts";
import { encodeLineRequest } from "../../src/platform/gpio-uapi.ts";
import { watchDescriptor } from "../../src/platform/line-descriptor.ts";
import { createGpioOpener, surveyGpio } from "../../src/platform/open-gpio-line.ts";
import { systemClock } from "../../src/platform/system-clock.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeGpioKernel, headerChip } from "../support/fake-gpio-kernel.ts";

const PLAIN: LineWish = { bias: "as-is", isInverted: false, debounceMs: 0, edges: "both" };

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tidegate-gpio-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A folder as sysfs shows chips in it. */
function makeSysfs(...chips: readonly { readonly label: string; readonly base: number; readonly lines: number }[]) {
  for (const { label, base, lines } of chips) {
    mkdirSync(join(folder, `gpiochip${base}`));
    writeFileSync(join(folder, `gpiochip${base}/label`), `${label}\n`);
    writeFileSync(join(folder, `gpiochip${base}/base`), `${base}\n`);
    writeFileSync(join(folder, `gpiochip${base}/ngpio`), `${lines}\n`);
  }
}

describe("sysfs", () => {
  const place = { chips: ["pinctrl-rp1", "pinctrl-bcm2711"], line: 17, inWords: "pin 11 (line 17)" };

  /**
   * Plays `onoff` and the kernel below it: notes what is asked for, and lets levels be told. An edge is told of once,
   * to whoever reads the level through the descriptor that waits for edges.
   */
  function fakeOnOff() {
    const asked: unknown[] = [];
    let level = 0;
    let isPending = false;
    let setFile: (level: number) => void = () => undefined;
    let listen: (error: Error | null, value: number) => void = () => undefined;
    const readSync = (): number => {
      isPending = false;
      return level;
    };
    const create: CreateOnOffLine = (number, options) => {
      asked.push([number, options]);
      mkdirSync(join(folder, `gpio${number}`));
      setFile = (value) => writeFileSync(join(folder, `gpio${number}/value`), `${value}\n`);
      setFile(level);
      return { readSync, watch: (listener) => (listen = listener), unwatchAll: () => {}, unexport: () => {} };
    };
    const change = (value: number): void => {
      level = value;
      isPending = true;
      setFile(value);
    };
    const wake = (): void => {
      if (isPending) listen(null, readSync());
    };
    const tell = (value: number): void => {
      change(value);
      wake();
    };
    return { asked, create, change, wake, tell, fail: () => listen(new Error("EIO"), 0) };
  }

  function open(create: CreateOnOffLine, wish: Partial<LineWish> = {}) {
    const edges: [isRising: number, number: number][] = [];
    const ends: string[] = [];
    const events = {
      onEdges: ({ isRising, number, count }: { isRising: Uint8Array; number: Uint32Array; count: number }) => {
        for (let row = 0; row < count; row += 1) edges.push([isRising[row] ?? 0, number[row] ?? 0]);
      },
      onClose: (reason: string) => void ends.push(reason),
    };
    const line = openSysfsLine(create, place, { ...PLAIN, ...wish }, events, new FakeClock(), folder);
    return { line, edges, ends };
  }

  test("finds the number of a line by the label of its chip, wherever the kernel has put it", () => {
    makeSysfs(
      { label: "raspberrypi-exp-gpio", base: 504, lines: 8 },
      { label: "pinctrl-bcm2711", base: 512, lines: 58 },
    );
    const { asked, create } = fakeOnOff();
    expect(open(create, { isInverted: true, debounceMs: 5 }).line.inWords).toBe("line 17 of pinctrl-bcm2711");
    expect(asked).toEqual([[529, { activeLow: true, debounceTimeout: 5 }]]);
  });

  test("numbers edges, with two more where the level is what it was", () => {
    makeSysfs({ label: "pinctrl-rp1", base: 571, lines: 54 });
    const { create, tell } = fakeOnOff();
    const { edges } = open(create);
    for (const level of [1, 0, 0, 1]) tell(level);
    expect(edges).toEqual([
      [1, 1],
      [0, 2],
      [0, 4],
      [1, 5],
    ]);
  });

  test("lets the level be looked at before an edge is told, and tells the edge all the same", () => {
    makeSysfs({ label: "pinctrl-rp1", base: 571, lines: 54 });
    const { create, change, wake } = fakeOnOff();
    const { line, edges } = open(create);
    expect(line.isActive()).toBe(false);
    change(1);
    expect(line.isActive()).toBe(true);
    wake();
    expect(edges).toEqual([[1, 1]]);
  });

  test("of pulses alone numbers those that were over before anybody looked", () => {
    makeSysfs({ label: "pinctrl-rp1", base: 571, lines: 54 });
    const { create, tell } = fakeOnOff();
    const { edges } = open(create, { edges: "rising" });
    for (const level of [1, 0, 0, 0, 1, 1]) tell(level);
    expect(edges.map(([, number]) => number)).toEqual([1, 2, 3, 4, 5]);
  });

  test("takes a level that came back within the debounce time for none", () => {
    makeSysfs({ label: "pinctrl-rp1", base: 571, lines: 54 });
    const { create, tell } = fakeOnOff();
    const { edges } = open(create, { debounceMs: 20 });
    for (const level of [0, 1, 1, 0]) tell(level);
    expect(edges).toEqual([
      [1, 1],
      [0, 2],
    ]);
  });

  test("says what it cannot do", () => {
    makeSysfs({ label: "pinctrl-rp1", base: 571, lines: 54 });
    const { create } = fakeOnOff();
    expect(() => open(create, { bias: "pull-up" })).toThrow(/has no bias through sysfs/u);
    const named = { ...place, line: "GPIO17" };
    const nothing = { onEdges: () => undefined, onClose: () => undefined };
    expect(() => openSysfsLine(create, named, PLAIN, nothing, new FakeClock(), folder)).toThrow(/which has no names/u);
    const busy: CreateOnOffLine = () => {
      throw Object.assign(new Error("EBUSY: resource busy, write"), { code: "EBUSY" });
    };
    expect(() => open(busy)).toThrow(/line 17 of pinctrl-rp1 belongs to another program or driver/u);
  });

  test("ends a line whose files fail", () => {
    makeSysfs({ label: "pinctrl-rp1", base: 571, lines: 54 });
    const { create, fail } = fakeOnOff();
    const { line, ends } = open(create);
    fail();
    expect(ends).toEqual(["EIO"]);
    expect(() => line.isActive()).toThrow(/cannot be read any more/u);
  });
});

describe("the way to the lines of a machine", () => {
  const kernelWith = (...chips: Parameters<typeof headerChip>[]) =>
    new FakeGpioKernel(
      new FakeClock(),
      chips.map(([label]) => headerChip(label)),
    );

  test("is the character device where the kernel has it", async () => {
    const survey = await surveyGpio({ findKernel: async () => kernelWith(["pinctrl-rp1"]) });
    expect(survey).toMatchObject({ way: "character-device", chips: ["pinctrl-rp1"], isDenied: false });
  });

  test("is sysfs where only that is there, and says why", async () => {
    makeSysfs({ label: "pinctrl-bcm2835", base: 0, lines: 54 });
    const { way, reasons } = await surveyGpio({
      findKernel: async () => kernelWith(),
      findOnOff: async () => () => {
        throw new Error("nothing is opened");
      },
      listSysfs: () => listSysfsChips(folder),
    });
    expect(way).toBe("sysfs");
    expect(reasons).toEqual([
      "There is no /dev/gpiochip*.",
      "sysfs is used instead, without pull resistors and with the moments of this process: pinctrl-bcm2835.",
    ]);
  });

  test("is none where neither is there, or onoff was not built", async () => {
    const findKernel = async () => kernelWith();
    const nothing = await surveyGpio({ findKernel, listSysfs: () => [] });
    expect(nothing.way).toBeUndefined();
    makeSysfs({ label: "pinctrl-bcm2835", base: 0, lines: 54 });
    const { way, reasons } = await surveyGpio({
      ...{ findKernel, listSysfs: () => listSysfsChips(folder) },
      findOnOff: async () => "its native binding was not built",
    });
    expect(way).toBeUndefined();
    expect(reasons[1]).toBe("sysfs has pinctrl-bcm2835, and cannot be used: its native binding was not built.");
  });

  test("is not sysfs where the character device is only closed to this user", async () => {
    const clock = new FakeClock();
    const kernel = new FakeGpioKernel(clock, [{ ...headerChip(), isDenied: true }]);
    makeSysfs({ label: "pinctrl-bcm2711", base: 512, lines: 58 });
    const survey = await surveyGpio({ findKernel: async () => kernel, listSysfs: () => listSysfsChips(folder) });
    expect(survey).toMatchObject({ way: "character-device", isDenied: true, chips: [] });
  });
});

describe("the request of a line", () => {
  test("is laid out as the kernel has it", () => {
    const bytes = encodeLineRequest({
      ...{ offset: 17, consumer: "tidegate", bias: "pull-down", isInverted: true, debounceMs: 7.5 },
      ...{ edges: "both", eventsKept: 1024 },
    });
    const view = new DataView(bytes.buffer);
    expect(bytes).toHaveLength(592);
    expect(view.getUint32(0, true)).toBe(17);
    expect(Buffer.from(bytes.subarray(256, 265)).toString("latin1")).toBe("tidegate\0");
    expect(view.getBigUint64(288, true)).toBe(0b10_0011_0110n);
    expect([view.getUint32(296, true), view.getUint32(320, true), view.getUint32(328, true)]).toEqual([1, 3, 7500]);
    expect([view.getUint32(560, true), view.getUint32(564, true)]).toEqual([1, 1024]);
  });
});

describe("a simulated chip", () => {
  function makeLine(): string {
    const line = join(folder, "flow-meter");
    mkdirSync(line);
    execFileSync("mkfifo", [join(line, "events")]);
    writeFileSync(join(line, "value"), "1\n");
    return line;
  }

  function eventOf(number: number, isRising: boolean): Uint8Array {
    const bytes = new Uint8Array(48);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(0, BigInt(Math.round(systemClock.monotonic() * 1e6)), true);
    view.setUint32(8, isRising ? 1 : 2, true);
    view.setUint32(20, number, true);
    return bytes;
  }

  async function openLine(onEdges: (numbers: number[]) => void, onClose: (reason: string) => void): Promise<GpioLine> {
    return await createGpioOpener(undefined)(
      { chips: [folder], line: "flow-meter", inWords: "line flow-meter" },
      PLAIN,
      { onEdges: ({ number, count }) => onEdges([...number.subarray(0, count)]), onClose },
      systemClock,
    );
  }

  test("is read by the events in its pipe, as soon as they come", async () => {
    const writer = openSync(join(makeLine(), "events"), constants.O_RDWR | constants.O_NONBLOCK);
    const came = Promise.withResolvers<number[]>();
    const line = await openLine(came.resolve, () => undefined);
    expect(line.isActive()).toBe(true);
    writeSync(writer, Buffer.concat([eventOf(1, false), eventOf(2, true)]));
    expect(await came.promise).toEqual([1, 2]);
    line.close();
    line.close();
    closeSync(writer);
  });

  test("is gone when nobody holds the other end any more", async () => {
    const writer = openSync(join(makeLine(), "events"), constants.O_RDWR | constants.O_NONBLOCK);
    const gone = Promise.withResolvers<string>();
    const line = await openLine(() => undefined, gone.resolve);
    closeSync(writer);
    expect(await gone.promise).toBe("its other end was closed");
    expect(() => line.isActive()).toThrow(/it was closed/u);
  });

  test("is refused where there is no pipe", async () => {
    await expect(
      openLine(
        () => undefined,
        () => undefined,
      ),
    ).rejects.toThrow(/a simulated chip has a pipe/u);
    mkdirSync(join(folder, "flow-meter"));
    writeFileSync(join(folder, "flow-meter/events"), "");
    await expect(
      openLine(
        () => undefined,
        () => undefined,
      ),
    ).rejects.toThrow(/is no pipe/u);
  });

  test("is looked at by a timer where nothing watches descriptors", async () => {
    const line = makeLine();
    const writer = openSync(join(line, "events"), constants.O_RDWR | constants.O_NONBLOCK);
    const reader = openSync(join(line, "events"), constants.O_RDONLY | constants.O_NONBLOCK);
    const clock = new FakeClock();
    const descriptor = await watchDescriptor(reader, clock, async () => undefined);
    let calls = 0;
    descriptor.wait(() => {
      calls += 1;
    });
    expect(calls).toBe(0);
    await clock.advance(25 as Parameters<typeof clock.advance>[0]);
    expect(calls).toBe(1);
    expect(descriptor.read(new Uint8Array(48))).toBe(0);
    writeSync(writer, eventOf(1, true));
    expect(descriptor.read(new Uint8Array(48))).toBe(48);
    descriptor.close();
    closeSync(writer);
  });
});
