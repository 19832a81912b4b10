/** Says what to do about a value that the schema does not take. */

import { stringify } from "yaml";
import type { Expectation } from "../schema/describe-schema.ts";
import { didYouMean } from "./did-you-mean.ts";
import { isSecretName } from "./secret-names.ts";

/** A value where another was expected. */
export interface Misfit {
  readonly input: unknown;
  /** The type that was expected, as valibot calls it. */
  readonly type: string;
  readonly expectation: Expectation | undefined;
  /** How it was typed; undefined where it is a list, a map, or nothing. */
  readonly source: string | undefined;
  /** The last part of its path: a number in a list. */
  readonly key: string | number;
  /** Says whether another value would be taken in its place. */
  fits(value: unknown): boolean;
}

/** Longer examples explain less than the doc of the key. Units: characters. */
const EXAMPLE_MAX = 100;

/** Who has to choose among more keys looks them up. */
const KEYS_MAX = 12;

/** Says it in whole sentences; empty where what was expected says all. */
export function hintForMisfit(misfit: Misfit): string {
  const { input, expectation } = misfit;
  if (input === null) return "Write the value after the colon, or delete the line.";
  if (Array.isArray(input)) return hintForList(misfit, input);
  if (typeof input === "object") return hintForMap(misfit, input);
  const hint = typeof input === "string" ? hintForText(misfit, input) : hintForBareWord(misfit);
  if (hint !== undefined) return hint;
  if (misfit.type === "array" && expectation?.entryKeys === undefined) {
    return "Begin a new line with `- ` and the value, or put it in brackets.";
  }
  if (input === false && expectation?.keys.includes("enabled")) return `Write \`${misfit.key}: { enabled: false }\`.`;
  if (misfit.type === "strict_object" && expectation?.doc === "") return sayKeys(expectation.keys);
  return isOfMaps(misfit) ? sayExample(misfit) : (expectation?.doc ?? "");
}

/** What YAML takes for a number, or for true and false. */
function hintForBareWord(misfit: Misfit): string | undefined {
  const { input, type, source, key, fits } = misfit;
  const isSwitch = typeof input === "boolean";
  if (type === "array" && isSwitch) return sayExample(misfit);
  if (type !== "string" || source === undefined) return undefined;
  if (isSecretName(String(key))) return "Put it in quotes.";
  // Nobody calls anything `true`: it was meant as a switch, and is none.
  return fits(source) && !isSwitch ? `Put it in quotes: "${source}".` : sayExample(misfit);
}

function hintForText({ type, expectation, fits }: Misfit, input: string): string | undefined {
  const isNumber = input.trim() !== "" && Number.isFinite(Number(input));
  if (type === "number" && isNumber) return "Remove the quotes.";
  if (type === "number" && /^\d+(\.\d+)?\s*[a-z]+$/iu.test(input)) return "Write the number alone.";
  if ((isNumber && fits(Number(input))) || (/^(?:true|false)$/u.test(input) && fits(input === "true"))) {
    return "Remove the quotes.";
  }
  if (type === "boolean" && /^(?:yes|on)$/iu.test(input)) return "Write true.";
  if (type === "boolean" && /^(?:no|off)$/iu.test(input)) return "Write false.";
  const near = didYouMean(input, expectation?.options ?? []);
  return near === undefined ? undefined : `Did you mean ${near}?`;
}

function hintForList(misfit: Misfit, input: readonly unknown[]): string {
  const { type, expectation, key, fits } = misfit;
  const [pair] = input.flatMap((entry) => (typeof entry === "object" && entry !== null ? Object.keys(entry) : []));
  if (expectation?.isMap === true && pair !== undefined) return `Leave out the \`- \` before ${pair}.`;
  if (expectation?.isMap === true) return sayExample(misfit);
  const isOfValue = ["string", "number", "boolean", "picklist"].includes(type);
  const [only] = input;
  if (!isOfValue || isSecretName(String(key))) return expectation?.doc ?? "";
  if (input.length === 1 && typeof only !== "object" && fits(only)) return "Write the value without brackets and dash.";
  return sayExample(misfit);
}

/** In YAML both `- site: berlin`, a tag with a space too many, and a list whose entries lack `- ` are maps. */
function hintForMap(misfit: Misfit, input: object): string {
  const { type, expectation, key: own } = misfit;
  const [pair] = Object.entries(input);
  if (pair === undefined || isSecretName(pair[0])) return "";
  const [key, value] = pair;
  if (type === "array" && expectation?.entryKeys?.includes(key) === false) return sayExample(misfit);
  if (type === "array" && expectation?.isListOfTexts !== true) return `Put \`- \` before ${key}.`;
  if (typeof value === "object") return expectation?.doc ?? "";
  if (type === "array") return `Write each entry on a line of its own, as \`- ${key}:${String(value)}\`.`;
  if (type === "string" && typeof own === "number") {
    return `Leave out the space after the colon: ${key}:${String(value)}.`;
  }
  return type === "string" ? sayExample(misfit) : (expectation?.doc ?? "");
}

function sayKeys(keys: readonly string[]): string {
  const [first] = keys;
  if (first === undefined) return "";
  return keys.length > KEYS_MAX ? `Begin with a line such as \`${first}: ...\`.` : `Its keys are ${keys.join(", ")}.`;
}

/** Whether a map, or a list of them, was expected. */
function isOfMaps({ type, expectation }: Misfit): boolean {
  return type === "strict_object" || (type === "array" && expectation?.entryKeys !== undefined);
}

/** Shows how the key may be written, and says what it is for. */
function sayExample({ expectation, key }: Misfit): string {
  const { example, doc = "" } = expectation ?? {};
  const flow = stringify(example ?? "", { collectionStyle: "flow", lineWidth: 0 }).trim();
  const text = flow.replaceAll("[ ", "[").replaceAll(" ]", "]");
  if (example === undefined || typeof key === "number" || text.length > EXAMPLE_MAX) return doc;
  return `Write for instance \`${key}: ${text}\`.${doc === "" ? "" : ` ${doc}`}`;
}
