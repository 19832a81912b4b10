/** What a reading takes on the wire, and what it costs to write it so. */

import { constants, inflateSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { Payload, PointBatch } from "../../../src/model/intake.ts";
import { rateOf } from "../store/speed-table.ts";
import { fixed, printTable } from "../store/table.ts";
import { BUDGET, createEncoder, headBytes, TELEGRAF, WRITINGS, type Writing } from "./forms.ts";
import { mixPoints, SERIES_COUNT } from "./mix-points.ts";

/** Batches of which the mean is taken. */
const BATCHES = 20;

const LEVELS = [1, 3, 7, 9, 12, 14, 16, 19, 22];

/** A flush of ten seconds in each form, and fuller payloads beside it. */
export function printSizes(): void {
  const small = mixPoints(BATCHES, 10);
  const half = mixPoints(BATCHES / 2, 30);
  const large = mixPoints(BATCHES / 4, 100);
  const ours = withBudgets().map(([name, encode]) => {
    const bodyOf = (points: PointBatch): Uint8Array => encode(points).body;
    const head = Math.max(...small.map((points) => headBytes(encode(points))));
    const first = small[0];
    const raw = first === undefined ? 0 : encode(first).rawBytes;
    return [name, raw, meanOf(small, bodyOf), head, meanOf(half, bodyOf), meanOf(large, bodyOf)] as const;
  });
  const theirs = TELEGRAF.map(
    ([name, bodyOf]) =>
      [name, undefined, meanOf(small, bodyOf), undefined, meanOf(half, bodyOf), meanOf(large, bodyOf)] as const,
  );
  const head = ["form", "10 s, not compressed", "10 s", "with its HTTP head", "30 s", "100 s"];
  const count = SERIES_COUNT * 10;
  const table = [...theirs, ...ours].map(([name, raw, body, headSize, inHalf, inLarge]) => [
    name,
    fixed(raw === undefined ? undefined : raw / count, 1),
    fixed(body, 2),
    fixed(headSize === undefined ? undefined : body + headSize / count, 2),
    fixed(inHalf, 2),
    fixed(inLarge, 2),
  ]);
  printTable(`Bytes of body per reading, ${SERIES_COUNT} series at 1 Hz, by what one payload holds`, head, table);
}

/** Our forms as they go by default, and those that a budget of the uplink changes once more with one. */
function withBudgets(): readonly (readonly [string, (points: PointBatch) => Payload])[] {
  return WRITINGS.flatMap(([name, writing]) => {
    const isZstd = writing.compression === "zstd" || writing.seriesApi === "v3";
    const plain = [name, createEncoder(writing)] as const;
    return isZstd ? [plain, [`${name}, with a budget`, createEncoder(writing, BUDGET)] as const] : [plain];
  });
}

function meanOf(batches: readonly PointBatch[], bodyOf: (points: PointBatch) => Uint8Array): number {
  const bytes = batches.reduce((sum, points) => sum + bodyOf(points).length, 0);
  return bytes / batches.reduce((sum, { count }) => sum + count, 0);
}

/** What each level of zstd makes of a payload, and what it costs. */
export function printLevels(): void {
  const forms: readonly (readonly [string, Writing, (body: Uint8Array) => Uint8Array])[] = [
    ["protobuf", { encoding: "protobuf", compression: "zstd" }, zstdDecompressSync],
    ["columns", { seriesApi: "v3" }, zstdDecompressSync],
    ["JSON", {}, inflateSync],
  ];
  for (const [name, writing, decompress] of forms) {
    const encode = createEncoder(writing);
    const raws = [mixPoints(1, 10), mixPoints(1, 100)].map((batches) =>
      batches.map((points) => ({ count: points.count, raw: decompress(encode(points).body) })),
    );
    const table = LEVELS.map((level) => {
      const cells = raws.flat().flatMap(({ count, raw }) => {
        const press = (): Uint8Array =>
          zstdCompressSync(raw, { params: { [constants.ZSTD_c_compressionLevel]: level } });
        return [fixed(press().length / count, 2), fixed((1000 * count) / rateOf(count, press), 2)];
      });
      return [String(level), ...cells];
    });
    const head = ["level", "10 s, B each", "ms of CPU", "100 s, B each", "ms of CPU"];
    printTable(`zstd of ${name}, one payload of ${SERIES_COUNT} series`, head, table);
  }
}

/** How fast points become payloads. */
export function printRates(): void {
  const [small] = mixPoints(1, 10);
  const [large] = mixPoints(1, 100);
  if (small === undefined || large === undefined) throw new Error("there are no points");
  const table = withBudgets().map(([name, encode]) => {
    const rates = [small, large].map((points) => rateOf(points.count, () => encode(points)));
    return [name, ...rates.map((rate) => Math.round(rate).toLocaleString("en"))];
  });
  const head = ["form", "of 1,000", "of 10,000"];
  printTable("Samples encoded and compressed in a second of CPU, by the points of a payload", head, table);
}
