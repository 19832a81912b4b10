/**
 * How an address is written: `holding:0` is what the wire carries, and so is `0x0000`; 40001 and 400001 are register
 * numbers, whose first digit names the table and whose rest counts from 1. Of coils that digit is a 0: 00001 is the
 * number of a coil, and 1 an address.
 */

import { TABLES, type Table } from "../model/profile.ts";
import type { Complaint } from "./problems.ts";

/** Where a point is on the wire; the table is undefined where nothing tells it. */
export interface Place {
  readonly address: number;
  readonly table: Table | undefined;
}

/** What stands before the colon, in the order of `TABLES`. */
const PREFIXES = ["coil", "discrete", "holding", "input"] as const;

/** An address as it may be written. */
export const ADDRESS_PATTERN = /^((coil|discrete|input|holding):)?(0[xX][\dA-Fa-f]+|\d+)$/u;

const ADDRESS_MAX = 0xffff;

/** Five or six digits of which the first, a 0, names the table of coils. */
const COIL_NUMBER = /^0\d{4,5}$/u;

/** Says whether a text, or a number, is an address in one of its spellings. */
export function isAddress(written: string | number): boolean {
  const [, , prefix, digits] = ADDRESS_PATTERN.exec(String(written)) ?? [];
  if (digits === undefined) return false;
  return Number(digits) <= ADDRESS_MAX || (prefix === undefined && placeOfNumber(digits) !== undefined);
}

/** Says whether an address names its table by itself, whatever is written beside it. */
export function namesTable(written: string): boolean {
  return written.includes(":") || (/^\d+$/u.test(written) && Number(written) > ADDRESS_MAX);
}

/**
 * Finds what an address means beside the table that is written with it, or what is wrong with the two. A number that
 * may be an address and a register number of that table is refused: guessing would read the wrong registers.
 *
 * Shape: `written` is an address.
 */
export function placeOfAddress(written: string, table: Table | undefined): Place | Complaint {
  const [, , prefix, digits = ""] = ADDRESS_PATTERN.exec(written) ?? [];
  const number = Number(digits);
  const named = TABLES.find((each) => prefixOf(each) === prefix);
  if (named !== undefined) return withTable({ address: number, table: named }, table, written);
  const register = placeOfNumber(digits);
  if (register === undefined) return { address: number, table };
  if (number > ADDRESS_MAX || table === undefined) return withTable(register, table, written);
  if (register.table !== table) return { address: number, table };
  const asAddress = formatAddress({ address: number, table });
  const asRegister = formatAddress(register);
  return {
    found: `${written}, which may be an address or a register number`,
    expected: `${asAddress} or ${asRegister}`,
    hint: `Write ${asAddress} if the wire carries ${number}, ${asRegister} if the manual counts registers from ${written.slice(0, 1)}0001.`,
  };
}

function withTable(place: Place, table: Table | undefined, written: string): Place | Complaint {
  if (table === undefined || table === place.table) return place;
  const hint = "Correct the address, or the table.";
  return { found: `${written}, an address of table ${place.table}`, expected: `one of table ${table}`, hint };
}

/** Finds what digits mean as a register number; undefined where they are none. */
function placeOfNumber(digits: string): Place | undefined {
  const number = Number(digits);
  if (/x/iu.test(digits)) return undefined;
  if (!COIL_NUMBER.test(digits)) return placeOfRegister(number);
  return number === 0 || number > ADDRESS_MAX + 1 ? undefined : { address: number - 1, table: TABLES[0] };
}

/**
 * Finds what a register number of any table but that of coils means.
 *
 * Source: MODBUS Application Protocol V1.1b3, 4.4; the leading digit is a convention older than the standard.
 */
export function placeOfRegister(number: number): Place | undefined {
  const digits = number >= 100_000 ? 100_000 : 10_000;
  const table: Table | undefined = ({ 1: TABLES[1], 3: TABLES[3], 4: TABLES[2] } as const)[Math.floor(number / digits)];
  const rest = number % digits;
  return table === undefined || rest === 0 || rest > ADDRESS_MAX + 1 ? undefined : { address: rest - 1, table };
}

/** Gives the register number of a place, of five digits where they are enough, as manuals have it. */
export function registerNumberOf({ address, table }: { readonly address: number; readonly table: Table }): string {
  const digit = { coil: "0", "discrete-input": "1", "input-register": "3", "holding-register": "4" }[table];
  return `${digit}${String(address + 1).padStart(address < 9999 ? 4 : 5, "0")}`;
}

/** Writes an address so that it cannot be taken for anything else; without a table, as its number. */
export function formatAddress({ address, table }: Place): string {
  return table === undefined ? String(address) : `${prefixOf(table)}:${address}`;
}

/** Writes an address as short as it can be where its table is written beside it. */
export function formatPlainAddress(place: Place): string {
  return placeOfRegister(place.address)?.table === place.table ? formatAddress(place) : String(place.address);
}

function prefixOf(table: Table): string {
  return PREFIXES[TABLES.indexOf(table)] ?? table;
}
