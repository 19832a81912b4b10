/** Which column of a point list says what: manuals and spreadsheets have many words for few things. */

import { GatewayError } from "../../model/errors.ts";
import type { CsvRow } from "./parse-csv.ts";

/** What a column can say of a point, with the headings it is known by; of two that fit, the one named first counts. */
const HEADINGS = {
  name: ["name", "point", "pointname", "signal", "parameter", "variable", "label", "registername", "description"],
  table: ["table", "registertype", "regtype", "function", "functioncode", "fc", "area", "objecttype", "object"],
  address: ["address", "addr", "registeraddress", "startaddress", "addressdec", "register", "reg", "dec"],
  addressHex: ["addresshex", "hexaddress", "hex", "registerhex"],
  registerNumber: ["registernumber", "reference", "modicon", "plcaddress"],
  type: ["type", "datatype", "format", "dataformat", "encoding"],
  scale: ["scale", "factor", "scalefactor", "multiplier", "gain", "resolution"],
  offset: ["offset"],
  unit: ["unit", "units"],
  metric: ["metric"],
  tags: ["tags", "tag"],
  min: ["min", "minimum", "low"],
  max: ["max", "maximum", "high"],
  bit: ["bit"],
  wordOrder: ["wordorder", "order", "endianness", "endian"],
  page: ["page", "section"],
} as const;

/** What a column can say. */
export type ColumnName = keyof typeof HEADINGS;

/** The columns of a list. */
export interface PointColumns {
  /** Gives the text of a row in a column; empty when there is no such column. */
  cell(row: CsvRow, column: ColumnName): string;
  has(column: ColumnName): boolean;
  /** Headings that say nothing a profile holds. */
  readonly unused: readonly string[];
}

/** Reads the headings. Errors: `CONFIG_INVALID` when there is no column to tell the addresses or names from. */
export function readColumns(file: string, header: CsvRow | undefined): PointColumns {
  const headings = (header?.cells ?? []).map((cell) => cell.toLowerCase().replaceAll(/\(.*\)|[^a-z\d]/gu, ""));
  const places = new Map<ColumnName, number>();
  for (const [column, words] of Object.entries(HEADINGS) as [ColumnName, readonly string[]][]) {
    const place = words.map((word) => headings.indexOf(word)).find((index) => index >= 0);
    if (place !== undefined) places.set(column, place);
  }
  const hasAddress = places.has("address") || places.has("addressHex") || places.has("registerNumber");
  for (const [column, isThere] of [
    ["address", hasAddress],
    ["name", places.has("name")],
  ] as const) {
    if (isThere) continue;
    const found = header === undefined ? "nothing" : header.cells.join(", ");
    throw new GatewayError(
      "CONFIG_INVALID",
      `${file} has no column for the ${column}: its first line says ${found}. Head the columns name, address, type, ` +
        "and where known table, scale, unit, metric, tags, min, max.",
    );
  }
  const used = new Set(places.values());
  return {
    cell: (row, column) => row.cells[places.get(column) ?? -1] ?? "",
    has: (column) => places.has(column),
    unused: (header?.cells ?? []).filter((cell, index) => cell !== "" && !used.has(index)),
  };
}
