/** The real way to a serial port, down to the kernel: a pseudo-terminal with the simulator's line behind it. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import fs, { mkdtempSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Device } from "../../../hardware-sim/devices/device.ts";
import { Terminals } from "../../../hardware-sim/lines/pseudo-terminal.ts";
import { SerialLine, type SerialLineOptions } from "../../../hardware-sim/lines/serial-line.ts";
import { createInput, createLinks } from "../../../src/inputs/modbus/input.ts";
import type { Input } from "../../../src/model/input.ts";
import { openSerialPort } from "../../../src/platform/serial-port.ts";
import { systemClock } from "../../../src/platform/system-clock.ts";
import { readingsOf } from "../../conformance/input-suite.ts";
import { smallMeter, smallMeterInstance } from "../../inputs/small-meter.ts";

const { signal } = new AbortController();
const BAUD = 115_200;
const settings = { baud: BAUD, parity: "none", stopBits: 1 } as const;

let terminals: Terminals;

beforeAll(async () => {
  const found = await Terminals.find();
  if (typeof found === "string") throw new Error(`there are no pseudo-terminals: ${found}`);
  terminals = found;
});

function plugInLine(options: Partial<SerialLineOptions> = {}): { line: SerialLine; device: Device } {
  const device = new Device(smallMeter, () => (point) => (point.type === "bit" ? 1 : 230));
  const units = new Map([[7, device]]);
  const line = new SerialLine({ units, now: () => 0, format: { baud: BAUD }, ...options }, terminals);
  line.plugIn();
  onTestFinished(() => line.unplug());
  return { line, device };
}

/** An input on a port, with the number of times that the port was opened. */
function watchPort(serial: string): { input: Input; opened: { count: number } } {
  const opened = { count: 0 };
  const links = createLinks(systemClock, {
    openSerial: (...words) => {
      opened.count += 1;
      return openSerialPort(...words);
    },
  });
  const place = { host: undefined, serial, baud: BAUD, unit: 7 };
  const input = createInput(smallMeterInstance(place), { clock: systemClock, links });
  onTestFinished(() => input[Symbol.asyncDispose]());
  return { input, opened };
}

/** Counts what this process reads from files and ports from now on. */
function countReads(): { count: number } {
  const reads = { count: 0 };
  const { readSync } = fs;
  const counting = (...words: Parameters<typeof readSync>): number => {
    reads.count += 1;
    return readSync(...words);
  };
  fs.readSync = counting as typeof readSync;
  syncBuiltinESMExports();
  onTestFinished(() => {
    fs.readSync = readSync;
    syncBuiltinESMExports();
  });
  return reads;
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await systemClock.turn();
}

describe("a line on a serial port", () => {
  test.each([
    ["that is quiet", {}],
    ["whose adapter hears itself", { hasEcho: true }],
    ["with parity and two stop bits", { format: { baud: BAUD, parity: "even", stopBits: 2 } }],
    ["whose units take their time", { turnaroundMs: 20 }],
  ] as const)("%s gives every value, and is asked only when it was silent", async (_what, options) => {
    const { line, device } = plugInLine(options);
    const { input, opened } = watchPort(line.path);
    const names = smallMeter.points.map(({ name }) => name);
    for (let poll = 1; poll <= 10; poll += 1) {
      const outcome = await input.poll(signal);
      expect(outcome.faults).toEqual([]);
      const held = names.map((name): [string, number | undefined] => [name, device.readBack(name)]);
      expect(readingsOf(input, outcome)).toEqual(Object.fromEntries(held));
    }
    expect(line.counts).toMatchObject({ requests: 40, tooEarly: 0 });
    expect(line.counts.shortestSilenceMs).toBeGreaterThanOrEqual(1.75);
    expect(opened.count).toBe(1);
  });

  test("notices who speaks too early, and its units do not answer that", async () => {
    const { line } = plugInLine();
    const request = Uint8Array.of(7, 4, 0, 0, 0, 1, 0x31, 0xac);
    const heard: Uint8Array[] = [];
    const onData = (bytes: Uint8Array): void => {
      heard.push(bytes);
      port.write(request);
    };
    const port = await openSerialPort(line.path, settings, { onData, onClose: () => undefined });
    onTestFinished(() => port.close());
    port.write(request);
    // On a busy machine it may take several tries to be too early.
    await expect.poll(() => line.counts.tooEarly).toBe(1);
    await turns(1000);
    expect(heard).toHaveLength(line.counts.requests - 1);
  });
});

test("a port without the kernel's RS-485 says so, and is free again", async () => {
  const { line } = plugInLine();
  const deaf = { onData: () => undefined, onClose: () => undefined };
  const rs485 = { rtsWhileSending: "high", rtsDelayMs: 1 } as const;
  await expect(openSerialPort(line.path, { ...settings, rs485 }, deaf)).rejects.toMatchObject({
    code: "INPUT_UNREACHABLE",
    message: expect.stringMatching(
      /RS-485 was asked for and the driver of the port has no such mode \(E\w+\)\. Leave/u,
    ),
  });
  const port = await openSerialPort(line.path, settings, deaf);
  port.close();
});

describe("a port that is unplugged", () => {
  test("while data flows is told of once, and is not read on", async () => {
    for (let round = 0; round < 20; round += 1) {
      const reads = countReads();
      const closings: string[] = [];
      let byteCount = 0;
      const terminal = terminals.open(() => undefined);
      await openSerialPort(terminal.path, settings, {
        onData: (bytes) => {
          byteCount += bytes.length;
        },
        onClose: (reason) => closings.push(reason),
      });
      while (byteCount < 5000) {
        terminal.write(new Uint8Array(500));
        await systemClock.turn();
      }
      terminal.hangUp();
      await expect.poll(() => closings, { interval: 1 }).toEqual([expect.stringContaining("unplugged")]);
      const readsWhenClosed = reads.count;
      await turns(1000);
      expect(reads.count - readsWhenClosed).toBe(0);
      expect(closings).toHaveLength(1);
    }
  });

  test("is told of, whatever programs were started while it was there", async () => {
    const closings: string[] = [];
    const terminal = terminals.open(() => undefined);
    const port = await openSerialPort(terminal.path, settings, {
      onData: () => undefined,
      onClose: (reason) => closings.push(reason),
    });
    onTestFinished(() => port.close());
    const heir = spawn("sleep", ["60"]);
    onTestFinished(() => void heir.kill());
    await once(heir, "spawn");
    terminal.hangUp();
    await expect.poll(() => closings, { interval: 1 }).toEqual([expect.stringContaining("unplugged")]);
  });

  test("costs a fault and one try to open it each poll, and is read again when it is back under its name", async () => {
    const folder = mkdtempSync("/dev/shm/tidegate-line-");
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { line } = plugInLine({ link: join(folder, "usb-adapter") });
    const reads = countReads();
    const { input, opened } = watchPort(line.path);
    const well = { faults: [], isReachable: true };
    expect(await input.poll(signal)).toMatchObject(well);
    line.unplug();
    for (let poll = 1; poll <= 5; poll += 1) {
      const outcome = await input.poll(signal);
      expect(outcome).toMatchObject({ isReachable: false, faults: [{ code: "INPUT_UNREACHABLE" }] });
      expect(outcome.faults[0]?.message).toMatch(/usb-adapter is not there/u);
      expect(opened.count).toBe(1 + poll);
    }
    const readsWhileGone = reads.count;
    await turns(1000);
    expect(reads.count).toBe(readsWhileGone);
    line.plugIn();
    expect(await input.poll(signal)).toMatchObject(well);
    expect(await input.poll(signal)).toMatchObject(well);
    expect(opened.count).toBe(7);
  });

  test("in the middle of an answer costs that poll alone", async () => {
    const folder = mkdtempSync("/dev/shm/tidegate-line-");
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { line } = plugInLine({ link: join(folder, "usb-adapter"), format: { baud: 1200 } });
    const { input } = watchPort(line.path);
    const outcome = input.poll(signal);
    await expect.poll(() => line.counts.requests).toBe(1);
    line.unplug();
    expect(await outcome).toMatchObject({ isReachable: false });
    line.plugIn();
  });

  test("instead of an answer is back a moment later, and costs one poll", async () => {
    const folder = mkdtempSync("/dev/shm/tidegate-line-");
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { line } = plugInLine({ link: join(folder, "usb-adapter") });
    const { input } = watchPort(line.path);
    line.faults.set(7, { kind: "close" }, 1);
    expect(await input.poll(signal)).toMatchObject({ isReachable: false });
    await expect.poll(() => line.path).not.toBe("");
    expect(await input.poll(signal)).toMatchObject({ faults: [], isReachable: true });
  });
});
