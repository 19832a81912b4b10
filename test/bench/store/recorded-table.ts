/** Recorded series: what a sealed block takes for their values, against the usual transforms under `zstd -19`. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { SampleBatch } from "../../../src/model/samples.ts";
import { ByteWriter } from "../../../src/store/byte-writer.ts";
import { writeColumnPlan } from "../../../src/store/sealed/column.ts";
import { encodeSealed, openSealed } from "../../../src/store/sealed/sealed-block.ts";
import { measureComparators } from "./comparators.ts";
import { fixed, printTable } from "./table.ts";

/** Prints a row for each CSV file of moments and values under `folder`. */
export async function printRecorded(folder: string): Promise<void> {
  const table: string[][] = [];
  const all = { rows: 0, sealed: 0, rival: 0 };
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".csv")).sort();
  for (const name of names) {
    const batch = parseSeries(await readFile(join(folder, name), "utf8"));
    const rival = measureComparators(batch.value);
    const sealed = valueBytes(batch);
    const each = (bytes: number | undefined): string => fixed(bytes === undefined ? undefined : bytes / batch.count);
    all.rows += batch.count;
    all.sealed += sealed;
    all.rival += rival.smallest;
    const ratio = fixed((100 * sealed) / rival.smallest - 100, 1);
    const sizes = [sealed, rival.xor, rival.transposed, rival.decimals].map(each);
    table.push([basename(name, ".csv"), String(batch.count), ...sizes, ratio]);
  }
  const ratio = fixed((100 * all.sealed) / all.rival - 100, 1);
  table.push(["all", String(all.rows), fixed(all.sealed / all.rows), "", "", fixed(all.rival / all.rows), ratio]);
  const head = ["series", "rows", "sealed", "XOR", "transposed", "decimals", "sealed to smallest %"];
  printTable("Recorded series, values only, bytes per value; of all: the sum of the smallest", head, table);
}

/** The stream of the values and what the directory says of it. */
function valueBytes(batch: SampleBatch): number {
  const column = openSealed(encodeSealed(0, 0, batch), 0)?.directory.series[0]?.column;
  assert(column !== undefined, "a block holds the series it was made of");
  const head = new ByteWriter();
  writeColumnPlan(head, column, 0);
  return column.bytes + head.length;
}

function parseSeries(text: string): SampleBatch {
  const lines = text.trim().split("\n").slice(1);
  const at = Float64Array.from(lines, (line) => Date.parse(`${line.split(",")[0]?.replace(" ", "T")}Z`));
  const value = Float64Array.from(lines, (line) => Number(line.split(",")[1]));
  return { series: new Uint32Array(lines.length), at, value, flags: new Uint8Array(lines.length), count: lines.length };
}
