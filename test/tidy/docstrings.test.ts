import { expect, test } from "vitest";
import { docstrings } from "./docstrings.ts";
import { plant } from "./plant.ts";

const errors =
  "/** Every code. */\nexport const ERRORS = {\n  STORE_FULL: { exit: 1 },\n  INPUT_TIMEOUT: {\n  },\n};\n";

test("exports without a docstring, or with one that begins with no sentence, are found", () => {
  const text = `
export function a(): void {}
/** returns b */
export const b = 1;
/** Interface. */
export interface C {}
// A comment is no docstring.
export type D = string;
/** This one is documented. */

export abstract class E {}
`.trimStart();
  expect(docstrings(plant({ "src/store/log.ts": text }))).toMatchInlineSnapshot(`
    [
      "src/store/log.ts:1: a has no docstring; use a sentence of what it is",
      "src/store/log.ts:3: b begins its docstring with no sentence; use a capital, a verb and a full stop",
      "src/store/log.ts:5: C begins its docstring with no sentence; use a capital, a verb and a full stop",
      "src/store/log.ts:7: D has no docstring; use a sentence of what it is",
      "src/store/log.ts:10: E has no docstring; use a sentence of what it is",
    ]
  `);
});

test("codes that do not exist are found in every docstring, those of members included", () => {
  const text = `
/**
 * Opens the log.
 *
 * Errors: \`STORE_FULL\` when full, \`STORE_GONE\`
 * or \`INPUT_LATE\`.
 * Source: the table \`NOT_A_CODE\`.
 */
export function openLog(): void {}
/** Reads blocks. */
export interface Reader {
  /** Reads on. Errors: \`STORE_EMPTY\`. */
  read(): void;
}
`.trimStart();
  expect(docstrings(plant({ "src/model/errors.ts": errors, "src/store/log.ts": text }))).toMatchInlineSnapshot(`
    [
      "src/store/log.ts:4: STORE_GONE is no code; use one of ERRORS in src/model/errors.ts",
      "src/store/log.ts:4: INPUT_LATE is no code; use one of ERRORS in src/model/errors.ts",
      "src/store/log.ts:11: STORE_EMPTY is no code; use one of ERRORS in src/model/errors.ts",
    ]
  `);
});

test("exported functions that take bytes must say of which shape", () => {
  const text = `
/** Decodes a number. */
export function decodeA(
  bytes: Uint8Array,
): number {}
/** Decodes a number. */
export const decodeB = (bytes: Uint8Array): number => 0;
/** Encodes a number. */
export function encode(value: number): Uint8Array {}
/** Decodes a number. Shape: at least 2 bytes. */
export function decodeC<T>(bytes: Uint8Array): T {}
`.trimStart();
  expect(docstrings(plant({ "src/decode/numbers.ts": text }))).toMatchInlineSnapshot(`
    [
      "src/decode/numbers.ts:2: decodeA takes bytes; use a line \`Shape:\` that says what they must look like",
      "src/decode/numbers.ts:6: decodeB takes bytes; use a line \`Shape:\` that says what they must look like",
    ]
  `);
});

test("limits must say who sets them, on top or in their rows", () => {
  const text = `
/** Most points of one payload. */
export const POINTS_MAX = 10_000;
/** Most bytes. Source: the intake's manual, limits. */
export const BYTES_MAX = 512_000;
/** All limits. */
export const LIMITS = {
  /** Source: the intake's manual. */
  points: 10,
};
`.trimStart();
  expect(docstrings(plant({ "src/forward/intakes/a/limits.ts": text }))).toMatchInlineSnapshot(`
    [
      "src/forward/intakes/a/limits.ts:2: POINTS_MAX is a limit; use a line \`Source:\` that says who sets it",
    ]
  `);
});

test("documented exports have no findings, nor has a type below the constant it is made from", () => {
  const text = `
/** Opens a log. Errors: \`STORE_FULL\`. */
export async function openLog(): Promise<void> {}
/** The levels. */
export const LEVELS = ["a", "b"] as const;
export type Level = (typeof LEVELS)[number];
export { other } from "./other.ts";
`.trimStart();
  expect(docstrings(plant({ "src/model/errors.ts": errors, "src/store/log.ts": text }))).toEqual([]);
});
