/** From one row of a point list to one point of a profile, or to what keeps it from being one. */

import { type Place, placeOfRegister } from "../../config/register-address.ts";
import { TABLES, type Table } from "../../model/profile.ts";
import { type Numbering, placeOf } from "./numbering.ts";
import type { CsvRow } from "./parse-csv.ts";
import type { PointColumns } from "./point-columns.ts";
import { chooseMetric, phaseTagOf } from "./point-meaning.ts";
import {
  foldLetters,
  metricsOfUnit,
  parseAddress,
  parseDecimal,
  parseSentinels,
  parseTable,
  parseType,
  parseUnit,
  parseWordOrder,
} from "./point-words.ts";

/** A point as it will be written. */
export interface DraftPoint {
  readonly name: string;
  /** The row it was read from. */
  readonly line: number;
  readonly table: Table | undefined;
  /** Keys of a profile, with values as YAML writes them. */
  readonly keys: readonly (readonly [key: string, yaml: string])[];
  /** What could not be read; such a point is written as a comment. */
  readonly problems: readonly string[];
}

/**
 * Reads a row. Cells that are empty are left out; nothing is guessed but the metric, where unit and name leave one, and
 * the phase that a name tells.
 */
export function draftPoint(row: CsvRow, columns: PointColumns, numbering: Numbering): DraftPoint {
  const problems: string[] = [];
  const keys: [string, string][] = [];
  const read = (column: Parameters<PointColumns["cell"]>[1]): string => columns.cell(row, column);
  /** Adds `key` from what `parse` makes of a cell; a cell it cannot read is a problem. */
  const add = <Value>(
    key: string,
    column: Parameters<PointColumns["cell"]>[1],
    parse: (text: string) => Value | undefined,
    expected: string,
  ): Value | undefined => {
    const text = read(column);
    if (text === "") return undefined;
    const value = parse(text);
    if (value === undefined) problems.push(`${key}: found "${text}", expected ${expected}.`);
    else keys.push([key, Array.isArray(value) ? `[${value.join(", ")}]` : toYaml(value)]);
    return value;
  };

  const name = toKebab(read("name"));
  if (name === "") problems.push("name: found nothing to make a name of, expected letters or digits.");
  const place = readPlace(read, numbering);
  if (place === undefined) problems.push("address: found none that can be read, expected a number such as 12 or 0x0C.");
  else keys.push(["address", String(place.address)]);
  add("type", "type", parseType, "one such as uint16, int32 or float32");
  if (read("type") === "") problems.push("type: found none, expected one such as uint16, int32 or float32.");
  const table = readTable(read("table"), problems) ?? place?.table;
  add("bit", "bit", parseDecimal, "a number from 0 to 15");
  add("word_order", "wordOrder", parseWordOrder, "high-word-first (ABCD) or low-word-first (CDAB)");
  add("scale", "scale", parseDecimal, "a number such as 0.1");
  add("offset", "offset", parseDecimal, "a number");
  const unit = add("unit", "unit", parseUnit, "a unit") ?? "";
  const metric = read("metric") || (chooseMetric(name, unit) ?? askForMetric(unit, problems));
  if (metric !== "") keys.push(["metric", toYaml(metric)]);
  const tags = read("tags")
    .split(/[\s,;]+/u)
    .filter((tag) => tag !== "");
  const phase = columns.has("tags") ? undefined : phaseTagOf(name, metric);
  if (phase !== undefined) tags.push(phase);
  if (tags.length > 0) keys.push(["tags", `[${tags.map(toYaml).join(", ")}]`]);
  add("sentinels", "sentinels", parseSentinels, "whole numbers such as 65535 or 0xFFFF");
  addRange(read("min"), read("max"), keys, problems);
  add("page", "page", (text) => text, "a page");
  return { name, line: row.line, table, keys, problems };
}

function readPlace(
  read: (column: "address" | "addressHex" | "registerNumber") => string,
  numbering: Numbering,
): Place | undefined {
  const fromRegister = parseAddress(read("registerNumber"), false);
  if (fromRegister !== undefined) return placeOfRegister(fromRegister);
  const number = parseAddress(read("address"), false) ?? parseAddress(read("addressHex"), true);
  return number === undefined ? undefined : placeOf(number, numbering);
}

function readTable(text: string, problems: string[]): Table | undefined {
  const table = text === "" ? undefined : parseTable(text);
  if (text !== "" && table === undefined)
    problems.push(`table: found "${text}", expected one of ${TABLES.join(", ")}.`);
  return table;
}

function askForMetric(unit: string, problems: string[]): "" {
  const fitting = metricsOfUnit(unit);
  const choice = fitting.length > 0 ? `One of ${fitting.join(", ")}.` : "docs/metrics.md lists them.";
  problems.push(`metric: found none, expected one of the catalogue. ${choice}`);
  return "";
}

function addRange(low: string, high: string, keys: [string, string][], problems: string[]): void {
  if (low === "" && high === "") return;
  const range = [parseDecimal(low), parseDecimal(high)];
  if (range.includes(undefined)) problems.push(`range: found "${low}" to "${high}", expected two numbers.`);
  else keys.push(["range", `[${range.join(", ")}]`]);
}

/** Makes a point's name of any text: accents go, what is no letter or digit becomes a hyphen. */
export function toKebab(text: string): string {
  return foldLetters(text)
    .replaceAll(/[^a-z\d]+/gu, "-")
    .replaceAll(/^-|-$/gu, "");
}

/** Writes a value as YAML; a text that could be taken for something else stands in quotes. */
export function toYaml(value: unknown): string {
  if (typeof value !== "string") return String(value);
  const isPlain = /^[a-z][\w./-]*(:[\w./-]+)?$/iu.test(value) && !/^(true|false|null)$/iu.test(value);
  return isPlain ? value : JSON.stringify(value);
}
