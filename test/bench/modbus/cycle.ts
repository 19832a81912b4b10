/** How near a serial line comes to what its wire allows. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { LineTiming } from "../../../src/inputs/modbus/line-timing.ts";
import { RtuLink } from "../../../src/inputs/modbus/rtu-link.ts";
import { seconds } from "../../../src/model/time.ts";
import { openSerialPort } from "../../../src/platform/serial-port.ts";
import { systemClock } from "../../../src/platform/system-clock.ts";
import { quantile } from "../log/usage.ts";
import { fixed, printTable } from "../store/table.ts";

const LINE = new URL("line/run.ts", import.meta.url).pathname;

const BAUDS = [9600, 19_200, 115_200] as const;
const TURNAROUNDS_MS = [0, 10, 50] as const;
const COUNTS = [125, 10] as const;

/** Each line is read for so long. */
const SECONDS_EACH = 4;

/** Around the registers: eight bytes ask, five are around the data that answers. */
const FRAME_BYTES = 13;

/** Prints what a cycle takes above its floor, and the shortest silence that was sent. */
export async function printCycles(): Promise<void> {
  for (const count of COUNTS) {
    const rows: string[][] = [];
    for (const baud of BAUDS) {
      for (const turnaroundMs of TURNAROUNDS_MS) rows.push(await measureLine(baud, turnaroundMs, count));
    }
    printTable(
      `${count} registers in a request on a paced pseudo-terminal`,
      ["baud", "turnaround, ms", "floor, ms", "median over", "p90 over", "silence, of ms", "too early", "CPU"],
      rows,
    );
  }
}

async function measureLine(baud: number, turnaroundMs: number, count: number): Promise<string[]> {
  const child = spawn(process.execPath, [LINE, String(baud), String(turnaroundMs)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const path = String((await lines.next()).value);
  const settings = { baud, parity: "none", stopBits: 1 } as const;
  const timing = new LineTiming(settings);
  const floor = timing.wireTime(FRAME_BYTES + 2 * count) + 2 * timing.silence + turnaroundMs;
  const silences: number[] = [];
  const link = new RtuLink({ name: path, settings, openLine: (_timeout, events) => openWatched(events) }, systemClock);

  /** Notes how long nothing was heard before something was said. */
  async function openWatched(events: Parameters<typeof openSerialPort>[2]): ReturnType<typeof openSerialPort> {
    let heardAt = Number.NEGATIVE_INFINITY;
    const onData = (bytes: Uint8Array): void => {
      heardAt = systemClock.monotonic();
      events.onData(bytes);
    };
    const port = await openSerialPort(path, settings, { ...events, onData });
    const write = (bytes: Uint8Array): void => {
      silences.push(systemClock.monotonic() - heardAt);
      port.write(bytes);
    };
    return { write, close: () => port.close() };
  }

  const cpuFrom = process.cpuUsage();
  const from = performance.now();
  const cycles = await readOver(link, count, Math.ceil((1000 * SECONDS_EACH) / floor));
  const cpu = process.cpuUsage(cpuFrom);
  const cpuShare = (cpu.user + cpu.system) / 1000 / (performance.now() - from);
  link.close();
  child.stdin.end();
  const { tooEarly } = JSON.parse(String((await lines.next()).value)) as { readonly tooEarly: number };
  if (child.exitCode === null) await once(child, "exit");
  const over = (share: number): string => `${fixed(100 * (quantile(cycles, share) / floor - 1), 2)} %`;
  return [
    String(baud),
    ...[String(turnaroundMs), fixed(floor, 1), over(0.5), over(0.9)],
    ...[`${fixed(Math.min(...silences), 2)} of ${fixed(timing.silence, 2)}`, String(tooEarly)],
    `${fixed(100 * cpuShare, 1)} %`,
  ];
}

/** Asks again as soon as it was answered; gives how long each cycle took. Units: milliseconds. */
async function readOver(link: RtuLink, count: number, cycles: number): Promise<number[]> {
  const { signal } = new AbortController();
  const request = { unit: 1, pdu: Uint8Array.of(3, 0, 0, 0, count), timeout: seconds(2), signal };
  await link.request(request);
  const taken: number[] = [];
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    const from = performance.now();
    await link.request(request);
    taken.push(performance.now() - from);
  }
  return taken;
}
