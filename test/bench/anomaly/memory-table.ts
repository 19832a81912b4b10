/** What a watched series costs: in the memory of the process, and in the file of what detectors know. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Marker } from "../../../src/filter/marking/marker.ts";
import { packSeries } from "../../../src/filter/marking/saved-states.ts";
import type { DetectorKind } from "../../../src/model/filter.ts";
import { SampleBuilder } from "../../../src/model/samples.ts";
import { epochMillis } from "../../../src/model/time.ts";
import { BEGIN, momentOf, specOf } from "../../filter/marking/watching.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";
import { fixed, printTable } from "../store/table.ts";

/** What one more series costs is told by the difference. */
const FEW = 20;
const MANY = 320;
const MINUTE = 60_000;

/** Minutes of a day and a half: all that a detector holds has been used by then. */
const MINUTES = 2160;

/** The heap in use and the arrays beside it, once garbage is gone. Units: bytes. */
function measureHeld(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // What the first pass finds dead may hold arrays that only the second frees.
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Watches so many series for as long, as a gateway does. */
function watchPlant(kind: DetectorKind, count: number): Marker {
  const marker = new Marker({ listener: { began() {}, ended() {}, forgotten() {} } });
  const random = createSeededRandom(1);
  for (let id = 1; id <= count; id += 1) marker.watch(specOf(id, { mode: "reduce", detector: kind }), momentOf(BEGIN));
  const [batch, target] = [new SampleBuilder(count), new SampleBuilder(2 * count)];
  for (let minute = 0; minute < MINUTES; minute += 1) {
    const at = BEGIN + minute * MINUTE;
    batch.clear();
    target.clear();
    for (let id = 1; id <= count; id += 1) batch.push(id, at, Math.sin(minute / 200) + random.next(), 0);
    marker.pass(batch, target, momentOf(at));
  }
  return marker;
}

/** What the process holds with so many series, and one of them in the file. Units: bytes. */
function measurePlant(kind: DetectorKind, count: number): { readonly held: number; readonly saved: number } {
  const marker = watchPlant(kind, count);
  const held = measureHeld();
  const [watched] = marker.series;
  if (watched === undefined) throw new RangeError("it watches no series");
  return { held, saved: packSeries("metric", watched.save(epochMillis(BEGIN))).bytes.length };
}

/** Prints what the process holds for each series, and how much of it is saved. */
export function printMemory(kinds: readonly DetectorKind[]): void {
  const rows = kinds.map((kind) => {
    const few = measurePlant(kind, FEW);
    const many = measurePlant(kind, MANY);
    return [kind, fixed((many.held - few.held) / (MANY - FEW) / 1000, 1), fixed(many.saved / 1000, 1)];
  });
  printTable(
    "Watched series, a value each minute for a day and a half",
    ["Detector", "KB of memory a series", "KB in the file"],
    rows,
  );
}
