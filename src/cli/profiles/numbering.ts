/** How a list counts its addresses: as they are on the wire, from 1, or by register numbers such as 40001. */

import { TABLES, type Table } from "../../model/profile.ts";
import type { CsvRow } from "./parse-csv.ts";
import type { PointColumns } from "./point-columns.ts";
import { parseAddress } from "./point-words.ts";

/** What a list calls the first register. */
export const NUMBERINGS = ["0", "1", "40001"] as const;
export type Numbering = (typeof NUMBERINGS)[number];

/** How a list counts, and what is to be said of it where that is a guess. */
export interface ListNumbering {
  readonly numbering: Numbering;
  readonly doubt: string;
}

/** Finds how a list counts: as its reader says, else as its numbers suggest. */
export function findNumbering(
  told: Numbering | undefined,
  rows: readonly CsvRow[],
  columns: PointColumns,
): ListNumbering {
  if (told !== undefined) return { numbering: told, doubt: "" };
  const addresses = rows.flatMap((row) => parseAddress(columns.cell(row, "address"), false) ?? []);
  if (addresses.length === 0 || columns.has("registerNumber")) return { numbering: "0", doubt: "" };
  const lowest = Math.min(...addresses);
  if (addresses.every((address) => address > 30_000 && placeOfRegister(address) !== undefined)) {
    const { address } = placeOfRegister(lowest) ?? { address: 0 };
    const doubt = `the list counts registers from 40001, so ${lowest} is taken for address ${address}; import again with --count-from 40001 where that is right, or with --count-from 0 where the device means its numbers as they are.`;
    return { numbering: "40001", doubt };
  }
  const doubt =
    "the list begins with 1; import again with --count-from 1 where it calls the first register so, or with --count-from 0 where not.";
  return { numbering: "0", doubt: lowest === 1 ? doubt : "" };
}

/** Where a point is, and the table where its number tells it. */
export interface Place {
  readonly address: number;
  readonly table: Table | undefined;
}

/** Finds what a number of the list means on the wire; undefined where it means nothing. */
export function placeOf(number: number, numbering: Numbering): Place | undefined {
  if (numbering === "40001") return placeOfRegister(number);
  const address = number - Number(numbering);
  return address < 0 ? undefined : { address, table: undefined };
}

/**
 * Finds what a register number means: its first digit names the table, the rest counts from 1.
 *
 * Source: MODBUS Application Protocol V1.1b3, 4.4; the leading digit is a convention older than the standard.
 */
export function placeOfRegister(number: number): Place | undefined {
  const digits = number >= 100_000 ? 100_000 : 10_000;
  const table: Table | undefined = ({ 1: TABLES[1], 3: TABLES[3], 4: TABLES[2] } as const)[Math.floor(number / digits)];
  const place = number % digits;
  return table === undefined || place === 0 ? undefined : { address: place - 1, table };
}
