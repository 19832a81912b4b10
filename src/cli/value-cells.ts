/** Last values side by side, as the live view shows them: name, value, unit, age. */

import type { ValueStatus } from "../model/status.ts";
import { formatAge } from "./quantities.ts";
import { formatStated, pointInShort } from "./stated-value.ts";
import { fitEnd, fitMiddle, padEnd, padStart } from "./text-width.ts";

const CELL_WIDTH_MAX = 38;
const INDENT = 2;
const VALUE_WIDTH = 9;
const UNIT_WIDTH = 5;
const AGE_WIDTH = 4;
/** Digits that fit; a display on site shows no more of them. */
const DIGITS = 6;

/** Draws values in at most `rows` rows, as many side by side as there is room for, and counts those left out. */
export function formatValueRows(values: readonly ValueStatus[], now: number, columns: number, rows: number) {
  const cellsPerRow = Math.max(1, Math.floor(columns / (CELL_WIDTH_MAX + INDENT)));
  const width = Math.min(CELL_WIDTH_MAX, columns - INDENT);
  const shown = values.slice(0, cellsPerRow * rows);
  const drawn: string[] = [];
  for (let index = 0; index < shown.length; index += cellsPerRow) {
    const cells = shown.slice(index, index + cellsPerRow).map((value) => formatCell(value, now, width));
    drawn.push(`  ${cells.join("  ")}`);
  }
  return { drawn, hiddenCount: values.length - shown.length };
}

function formatCell(value: ValueStatus, now: number, width: number): string {
  const nameWidth = Math.max(1, width - VALUE_WIDTH - UNIT_WIDTH - AGE_WIDTH - 3);
  const name = padEnd(fitMiddle(pointInShort(value), nameWidth), nameWidth);
  const [age = ""] = formatAge(now - value.at).split(" ");
  return [name, formatSaid(value), padStart(age, AGE_WIDTH)].join(" ");
}

/** A state has no unit, so its name takes that room too. */
function formatSaid({ value, state, unit }: ValueStatus): string {
  const said = formatShort(value);
  if (state === undefined) return `${padStart(said, VALUE_WIDTH)} ${padEnd(fitEnd(unit, UNIT_WIDTH), UNIT_WIDTH)}`;
  const width = VALUE_WIDTH + 1 + UNIT_WIDTH;
  return padStart(fitEnd(formatStated(said, state), width), width);
}

/** Writes a value in at most 9 characters. Units: as given. */
export function formatShort(value: number): string {
  const magnitude = Math.abs(value);
  const text = magnitude >= 1e6 && magnitude < 1e8 ? value.toFixed(0) : String(Number(value.toPrecision(DIGITS)));
  return text.length <= VALUE_WIDTH ? text : value.toExponential(2);
}
