/** What the stated mix costs: by column, against other forms, and by the size of the block. */

import type { SampleBatch } from "../../../src/model/samples.ts";
import { encodeSealed, openSealed, type SealedBlock } from "../../../src/store/sealed/sealed-block.ts";
import { zstdSize } from "./comparators.ts";
import { rateOf } from "./speed-table.ts";
import { type Jitter, kindOf, MIX, mixRows } from "./stated-mix.ts";
import { cut, indexBytes, plainPutsBytes, smallBlocks, toJson } from "./stored-size.ts";
import { fixed, printTable } from "./table.ts";

const SERIES = 100;
const ROUNDS = 655;
const SEED = 22;
const JITTERS: readonly Jitter[] = ["each reading", "each poll"];

/** Where the bytes of a sealed block go, for moments that jitter with each reading and with each poll. */
export function printSplit(): void {
  const columns = JITTERS.map((jitter) => {
    const rows = mixRows(SERIES, ROUNDS, jitter, SEED);
    const bytes = encodeSealed(1e9, 1, rows);
    return splitOf(rows, bytes, openSealed(bytes, 1e9));
  });
  const names = [...(columns[0]?.keys() ?? [])];
  const rows = names.map((name) => [name, ...columns.map((column) => fixed(column.get(name)))]);
  const title = `Sealed, ${SERIES} series at 1 Hz, ${SERIES * ROUNDS} rows: bytes per reading of all, by column`;
  printTable(title, ["column", ...JITTERS.map((jitter) => `jitter ${jitter}`)], rows);
}

function splitOf(rows: SampleBatch, bytes: Uint8Array, block: SealedBlock | undefined): Map<string, number> {
  const { moments = [], series = [] } = block?.directory ?? {};
  const each = (total: number): number => total / rows.count;
  const momentBytes = moments.reduce((sum, { column }) => sum + column.bytes, 0);
  const seriesBytes = series.reduce((sum, { column }) => sum + column.bytes, 0);
  const keys = indexBytes(rows, bytes.length);
  const split = new Map([["moments", each(momentBytes)]]);
  for (const { kind, share } of MIX) {
    const ofKind = series
      .filter(({ id }) => kindOf(id, SERIES) === kind)
      .reduce((sum, { column }) => sum + column.bytes, 0);
    split.set(`values: ${kind} (${fixed(100 * share, 0)} %)`, each(ofKind));
  }
  split.set("order, directory, checksum", each(bytes.length - momentBytes - seriesBytes));
  split.set("key and index record", each(keys));
  split.set("all", each(bytes.length + keys));
  return split;
}

/** The sealed block beside what comes before it and what others do. */
export async function printForms(): Promise<void> {
  const table: string[][] = [];
  for (const jitter of JITTERS) {
    const rows = mixRows(SERIES, ROUNDS, jitter, SEED);
    const small = smallBlocks(rows, SERIES);
    const json = toJson(rows);
    const sealed = encodeSealed(1e9, 1, rows);
    const each = (total: number): string => fixed(total / rows.count, 2);
    table.push([
      `jitter ${jitter}`,
      each(sealed.length + indexBytes(rows, sealed.length)),
      each(small.bytes),
      each(zstdSize(Buffer.concat(small.blocks))),
      each(Buffer.byteLength(json)),
      each(zstdSize(Buffer.from(json), 3)),
      each(await plainPutsBytes(rows)),
    ]);
  }
  const head = [
    "bytes per reading",
    "sealed",
    "before sealing",
    "that, zstd -19",
    "JSON",
    "JSON, zstd -3",
    "LevelDB puts",
  ];
  printTable(
    `Forms, ${SERIES} series at 1 Hz; before sealing: a block each second; keys and indexes counted`,
    head,
    table,
  );
}

/** What the number of rows and of series in a block does to size and time. */
export function printSweep(): void {
  const table: string[][] = [];
  for (const [series, rounds] of [
    [100, 10],
    [100, 40],
    [100, 163],
    [100, 327],
    [100, 655],
    [20, 3_276],
    [500, 131],
    [2_000, 32],
  ] as const) {
    const rows = mixRows(series, rounds, "each reading", SEED);
    const bytes = encodeSealed(1e9, 1, rows);
    const shared = mixRows(series, rounds, "each poll", SEED);
    const sharedBytes = encodeSealed(1e9, 1, shared);
    const perBlock = (rate: number): string => fixed((1_000 * rows.count) / rate, 1);
    table.push([
      `${series} series x ${rounds}`,
      fixed((bytes.length + indexBytes(rows, bytes.length)) / rows.count),
      fixed((sharedBytes.length + indexBytes(shared, sharedBytes.length)) / rows.count),
      perBlock(rateOf(rows.count, () => encodeSealed(1e9, 1, rows))),
      perBlock(rateOf(rows.count, () => openSealed(bytes, 1e9)?.readAll())),
      perBlock(rateOf(rows.count, () => openSealed(bytes, 1e9)?.readSeries(7))),
    ]);
  }
  const head = ["block", "B, each reading", "B, each poll", "encode ms", "decode ms", "one series ms"];
  printTable("Size of the block: bytes per reading, time per block", head, table);
}

/** The rows of the mix for measuring speed, and a part of them for forms that are slow. */
export function speedRows(): { rows: SampleBatch; small: SampleBatch[] } {
  const rows = mixRows(SERIES, ROUNDS, "each reading", SEED);
  const small = Array.from({ length: ROUNDS }, (_, round) => cut(rows, round * SERIES, (round + 1) * SERIES));
  return { rows, small };
}
