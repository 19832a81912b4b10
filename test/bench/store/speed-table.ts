/** How fast the forms are made and read. */

import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { SampleBatch } from "../../../src/model/samples.ts";
import { decodeBlock, encodeBlock } from "../../../src/store/block.ts";
import { encodeSealed, openSealed } from "../../../src/store/sealed/sealed-block.ts";
import { toJson } from "./stored-size.ts";
import { fixed, printTable } from "./table.ts";

const RUNS = 12;

/** Rows a second of CPU time, from the fastest of some runs: wall time says more of who else is on the machine. */
export function rateOf(rows: number, run: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let count = 0; count < RUNS; count += 1) {
    const began = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(began);
    best = Math.min(best, user + system);
  }
  return (1e6 * rows) / best;
}

/** Times each form on the same rows. */
export function printSpeed(rows: SampleBatch, small: readonly SampleBatch[]): void {
  const sealed = encodeSealed(0, 1, rows);
  const blocks = small.map((batch) => encodeBlock(0, 1, batch));
  const packed = zstdCompressSync(Buffer.concat(blocks));
  const json = zstdCompressSync(toJson(rows));
  const forms: [string, () => unknown, () => unknown][] = [
    ["sealed", () => encodeSealed(0, 1, rows), () => openSealed(sealed, 0)?.readAll()],
    [
      "small blocks",
      () => small.map((batch) => encodeBlock(0, 1, batch)),
      () => blocks.map((each) => decodeBlock(each, 0)),
    ],
    [
      "small blocks, zstd -3",
      () => zstdCompressSync(Buffer.concat(small.map((batch) => encodeBlock(0, 1, batch)))),
      () => [zstdDecompressSync(packed), blocks.map((each) => decodeBlock(each, 0))],
    ],
    [
      "JSON, zstd -3",
      () => zstdCompressSync(toJson(rows)),
      () =>
        zstdDecompressSync(json)
          .toString()
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line)),
    ],
  ];
  const table = forms.map(([name, encode, decode]) => [
    name,
    fixed(rateOf(rows.count, encode) / 1e6, 2),
    fixed(rateOf(rows.count, decode) / 1e6, 2),
  ]);
  printTable("Speed, jitter each reading: million rows a second", ["form", "encode", "decode"], table);
}
