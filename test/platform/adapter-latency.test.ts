import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { lowerLatency } from "../../src/platform/adapter-latency.ts";
import type { ControlDevice } from "../../src/platform/device-control.ts";

const FD = 7;
const NAME = "usb:0403:6001";
const TIMER = "sys/class/tty/ttyUSB0/device/latency_timer";

/** A machine with an adapter at /dev/ttyUSB0; without `timer` it has none. */
function machineWith(timer?: string): string {
  const root = mkdtempSync(join(tmpdir(), "tidegate-latency-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "dev/serial/by-id"), { recursive: true });
  mkdirSync(join(root, "sys/class/tty/ttyUSB0/device"), { recursive: true });
  writeFileSync(join(root, "dev/ttyUSB0"), "");
  symlinkSync("../../ttyUSB0", join(root, "dev/serial/by-id/usb-FTDI"));
  if (timer !== undefined) writeFileSync(join(root, TIMER), `${timer}\n`);
  return root;
}

/** The kernel's driver of the adapter: with the flag it says that the timer is at 1, whatever it was set to. */
function driverOf(root: string, flagsBefore: number) {
  const settings = new Uint32Array(32).fill(0xabcd);
  settings[4] = flagsBefore;
  const calls: (readonly [number, number])[] = [];
  const control: ControlDevice = async (fd, request, value) => {
    calls.push([fd, request]);
    if (request === 0x541e) value.set(settings);
    else settings.set(value);
    if (((settings[4] ?? 0) & 0x2000) !== 0) writeFileSync(join(root, TIMER), "1\n");
    return undefined;
  };
  return { settings, calls, control };
}

const refuse: ControlDevice = async () => "the driver of the port has no such mode (EPERM)";
const mayNotWrite = (): Promise<void> => Promise.reject(new Error("EACCES: permission denied"));

describe("the timer by which an adapter holds back what it hears", () => {
  test("that this user cannot lower is told of, with what it costs, why, and what to do", async () => {
    const root = machineWith("16");
    const place = { root, control: refuse, write: mayNotWrite };
    expect(await lowerLatency(NAME, "/dev/ttyUSB0", FD, place)).toEqual({
      found:
        "usb:0403:6001 holds back what it hears for up to 16 ms, which every request costs, and the driver of the port " +
        "has no such mode (EPERM).",
      remedy:
        `As root: \`echo 1 > /${TIMER}\`, or for good by a rule of udev: ACTION=="add", ` +
        'SUBSYSTEM=="usb-serial", ATTR{latency_timer}="1".',
    });
  });

  test("that stays as it was, though the driver took the flag, is told of too", async () => {
    const root = machineWith("16");
    const place = { root, control: async () => undefined, write: mayNotWrite };
    expect((await lowerLatency(NAME, "/dev/ttyUSB0", FD, place))?.found).toContain(
      "up to 16 ms, which every request costs, and its driver takes no notice of being asked.",
    );
  });

  test("is lowered by the driver's flag, and all else that is set in it stays", async () => {
    const root = machineWith("16");
    const { settings, calls, control } = driverOf(root, 0x1010);
    expect(await lowerLatency(NAME, "/dev/serial/by-id/usb-FTDI", FD, { root, control, write: mayNotWrite })).toBe(
      undefined,
    );
    expect(calls).toEqual([
      [FD, 0x541e],
      [FD, 0x541f],
    ]);
    expect(settings).toEqual(new Uint32Array(32).fill(0xabcd).fill(0x3010, 4, 5));
  });

  test("is written where the kernel cannot be told otherwise and this user may", async () => {
    const root = machineWith("16");
    expect(await lowerLatency(NAME, "/dev/ttyUSB0", FD, { root, control: refuse })).toBe(undefined);
    expect(readFileSync(join(root, TIMER), "utf8")).toBe("1");
  });

  test.each([
    ["is as short as it can be", "1"],
    ["is not there, as with most adapters", undefined],
    ["says nothing that is a time", "on"],
  ])("is left alone where it %s", async (_, timer) => {
    const root = machineWith(timer);
    const asked: number[] = [];
    const control: ControlDevice = async (_fd, request) => {
      asked.push(request);
      return undefined;
    };
    const write = async (file: string): Promise<void> => void asked.push(file.length);
    expect(await lowerLatency(NAME, "/dev/ttyUSB0", FD, { root, control, write })).toBe(undefined);
    expect(await lowerLatency(NAME, "/dev/nowhere", FD, { root, control, write })).toBe(undefined);
    expect(asked).toEqual([]);
  });
});
