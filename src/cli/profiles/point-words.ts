/** The words by which point lists call tables, types, orders, units and numbers, and what a profile calls them. */

import { METRICS } from "../../model/metrics.ts";
import { POINT_TYPES, type PointType, TABLES, type Table, type WordOrder } from "../../model/profile.ts";
import { isUnit, UNIT_SYMBOLS, unitFactor } from "../../model/units.ts";

/**
 * Reads a table from its name, its function code, or the digit that register numbers begin with (`3x`, `4x`).
 *
 * Source: MODBUS Application Protocol V1.1b3, 4.3 and 6.1 to 6.4.
 */
export function parseTable(text: string): Table | undefined {
  const word = text.toLowerCase().replaceAll(/[^a-z\d]/gu, "");
  const code = /^(?:fc|function)?0*([1-4])$/u.exec(word)?.[1];
  if (code !== undefined) return TABLES[Number(code) - 1];
  if (/^4x+$/u.test(word) || word.startsWith("holding") || word === "hr") return "holding-register";
  if (/^3x+$/u.test(word) || word.startsWith("inputreg") || word === "input" || word === "ir") return "input-register";
  if (/^1x+$/u.test(word) || word.startsWith("discrete") || word === "di") return "discrete-input";
  if (/^0x+$/u.test(word) || word.startsWith("coil") || word === "co") return "coil";
  return undefined;
}

/** Reads a type from the many ways to write one: `U16`, `INT32`, `Float`, `unsigned short`, `IEEE754`. */
export function parseType(text: string): PointType | undefined {
  const word = text.toLowerCase().replaceAll(/[^a-z\d]/gu, "");
  const named = POINT_TYPES.find((type) => type.replaceAll("-", "") === word);
  if (named !== undefined) return named;
  const [, letters = "", digits = "16", tail = ""] = /^([a-z]+)(8|16|32|64)?([a-z]*)$/u.exec(word) ?? [];
  const isUnsigned =
    tail === "u" || ["u", "ui", "uint", "unsigned", "unsignedint", "ushort", "unsignedshort"].includes(letters);
  const isSigned = ["s", "i", "si", "int", "sint", "integer", "signed", "signedint", "short", "signedshort"].includes(
    letters,
  );
  if (/^(bool|boolean|bit)$/u.test(word)) return "bit";
  if (/^(bcd|bcd16)$/u.test(word)) return "bcd16";
  if (/^(float|real|single|f32|ieee754|float32ieee754)$/u.test(word)) return "float32";
  if (/^(double|lreal|f64)$/u.test(word)) return "float64";
  if (word === "word") return "uint16";
  if (word === "dword" || word === "ulong" || word === "udint") return "uint32";
  if (word === "long" || word === "dint") return "int32";
  if (isUnsigned) return `uint${digits}` as PointType;
  if (isSigned) return `int${digits}` as PointType;
  return undefined;
}

/** Reads the order of registers. */
export function parseWordOrder(text: string): WordOrder | undefined {
  const word = text.toLowerCase().replaceAll(/[^a-z]/gu, "");
  if (["abcd", "abcdefgh", "big", "bigendian", "highwordfirst", "msw", "mswfirst"].includes(word))
    return "high-word-first";
  if (["cdab", "ghefcdab", "little", "littleendian", "lowwordfirst", "lsw", "lswfirst"].includes(word))
    return "low-word-first";
  if (word === "efghabcd" || word === "lowhalffirst") return "low-half-first";
  return word === "cdabghef" || word === "lowwordfirstinhalves" ? "low-word-first-in-halves" : undefined;
}

/** Reads a number as a spreadsheet of any country writes it: the last of comma and point is the decimal one. */
export function parseDecimal(text: string): number | undefined {
  const plain = text.replaceAll(/[\s_']/gu, "");
  const [thousands, decimal] = plain.lastIndexOf(",") > plain.lastIndexOf(".") ? [".", ","] : [",", "."];
  const normal = plain.replaceAll(thousands, "").replace(decimal, ".");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/iu.test(normal) ? Number(normal) : undefined;
}

/** Reads an address: decimal, `0x10`, or `10h`; with `isHex`, hexadecimal without a mark too. */
export function parseAddress(text: string, isHex: boolean): number | undefined {
  const plain = text.trim();
  const marked = /^0x([\da-f]+)$/iu.exec(plain)?.[1] ?? /^([\da-f]+)h$/iu.exec(plain)?.[1];
  if (marked !== undefined) return Number.parseInt(marked, 16);
  if (isHex) return /^[\da-f]+$/iu.test(plain) ? Number.parseInt(plain, 16) : undefined;
  return /^\d+$/u.test(plain) ? Number(plain) : undefined;
}

/** Reads raw numbers that mean there is no reading, one or several. */
export function parseSentinels(text: string): readonly string[] | undefined {
  const numbers = text.split(/[\s,;/]+/u).filter((number) => number !== "");
  return numbers.every((number) => /^(-?\d+|0x[\da-f]+)$/iu.test(number)) ? numbers : undefined;
}

/** Puts a text into the small letters of the alphabet: accents go, ligatures come apart. */
export function foldLetters(text: string): string {
  return text
    .normalize("NFKD")
    .replaceAll(/\p{Mark}/gu, "")
    .toLowerCase()
    .replaceAll("ß", "ss");
}

/** Finds the unit of the house; a spelling it does not know is given back, for the verifier to complain of. */
export function parseUnit(text: string): string {
  const plain = text
    .replaceAll("³", "3")
    .replaceAll("²", "2")
    .replace(/^[°℃]?C$|^℃$/u, "degC");
  if (isUnit(plain)) return plain;
  const near = UNIT_SYMBOLS.filter((symbol) => symbol.toLowerCase() === plain.toLowerCase());
  return near.length === 1 ? (near[0] ?? plain) : plain;
}

/** What inputs make themselves of places and pulses; no list of registers has it. */
const MADE_BY_INPUTS = /^(gps|pulse)\./u;

/** Lists the metrics of registers that can be kept in a unit. Units: `unit` is the point's. */
export function metricsOfUnit(unit: string): readonly string[] {
  if (unit === "") return [];
  return Object.entries(METRICS).flatMap(([name, metric]) =>
    unitFactor(unit, metric.unit) === undefined || MADE_BY_INPUTS.test(name) ? [] : [name],
  );
}
