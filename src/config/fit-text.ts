import { type GenericSchema, safeParse } from "valibot";
import { describeExpectation, schemaAt } from "../schema/describe-schema.ts";
import type { Path } from "./yaml-file.ts";

/**
 * Reads a text that came from outside of YAML, such as an environment variable, as what the schema expects at `path`:
 * as it is where a text will do, else as JSON, and a list of texts also with commas or spaces between them. What fits
 * in no way comes back as near as it can, for the schema to object to.
 */
export function fitText(schema: GenericSchema, path: Path, text: string): unknown {
  const target = schemaAt(schema, path);
  if (target === undefined || safeParse(target, text).success) return text;
  const json = parseJson(text);
  if (json !== undefined) return json;
  if (describeExpectation(schema, path)?.isListOfTexts === true) {
    return text.split(/[\s,]+/u).filter((entry) => entry !== "");
  }
  return text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
