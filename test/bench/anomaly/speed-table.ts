/** How fast detectors are, and how much they hold. */

import { createDetector } from "../../../src/filter/detectors/create-detector.ts";
import type { DetectorKind } from "../../../src/model/filter.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";
import { fixed, printTable } from "../store/table.ts";

/** Values drawn once, so that drawing them is not timed. */
const DRAWN = 65_536;

const SECOND = 1000;
const FIVE_MINUTES = 300_000;

function drawValues(): Float64Array {
  const random = createSeededRandom(1);
  return Float64Array.from({ length: DRAWN }, () => random.next() + random.next() + random.next());
}

/** Hands over `count` values that swing and are noisy. Gives the CPU time. Units: seconds. */
function timeValues(kind: DetectorKind, count: number, every: number): number {
  const drawn = drawValues();
  const detector = createDetector(kind);
  const begin = process.cpuUsage();
  for (let index = 0; index < count; index += 1) {
    detector.take(index * every, (drawn[index % DRAWN] ?? 0) + Math.sin(index / 3000));
  }
  const { user } = process.cpuUsage(begin);
  return user / 1e6;
}

/** Prints values a second of CPU time, with values each second and each five minutes, and the size of the state. */
export function printSpeed(kinds: readonly DetectorKind[], count: number): void {
  const rows = kinds.map((kind) => {
    const fast = timeValues(kind, count, SECOND);
    const slow = timeValues(kind, count, FIVE_MINUTES);
    return [
      kind,
      Math.round(count / fast).toLocaleString("en"),
      Math.round(count / slow).toLocaleString("en"),
      fixed((1e6 * slow) / count, 2),
      createDetector(kind).stateBytes.toLocaleString("en"),
    ];
  });
  const head = ["Detector", "values a second, at 1 Hz", "at 5 min", "us a value, at 5 min", "bytes of state"];
  printTable(`${count.toLocaleString("en")} values, CPU time of one core`, head, rows);
}

/** Prints what the process holds after each tenth of very many values. */
export function printLong(kinds: readonly DetectorKind[], count: number): void {
  const drawn = drawValues();
  for (const kind of kinds) {
    const detector = createDetector(kind);
    const rows: string[][] = [];
    for (let index = 0; index < count; index += 1) {
      detector.take(index * SECOND, (drawn[index % DRAWN] ?? 0) + Math.sin(index / 3000));
      if ((index + 1) % Math.ceil(count / 10) !== 0 && index + 1 !== count) continue;
      globalThis.gc?.();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      const held = [heapUsed, arrayBuffers].map((bytes) => fixed(bytes / 1e6, 2));
      rows.push([(index + 1).toLocaleString("en"), ...held, detector.stateBytes.toLocaleString("en")]);
    }
    printTable(kind, ["Values", "MB of heap", "MB of arrays", "bytes of state"], rows);
  }
}
