/** How a list counts its addresses: as they are on the wire, from 1, or by register numbers such as 40001. */

import { type Place, placeOfRegister } from "../../config/register-address.ts";
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

/** Finds what a number of the list means on the wire; undefined where it means nothing. */
export function placeOf(number: number, numbering: Numbering): Place | undefined {
  if (numbering === "40001") return placeOfRegister(number);
  const address = number - Number(numbering);
  return address < 0 ? undefined : { address, table: undefined };
}
