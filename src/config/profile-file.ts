/** One file of a device profile, or of an abstract part of one, by itself. */

import * as v from "valibot";
import type { ConfigProblem } from "../model/config.ts";
import { BYTE_ORDERS, POINT_TYPES, TABLES, WORD_ORDERS } from "../model/profile.ts";
import { readTextFile } from "../platform/files.ts";
import { tagField, wholeNumberField } from "./schema-fields.ts";
import { checkAgainst } from "./schema-problems.ts";
import { readYamlFile, type YamlFile } from "./yaml-file.ts";

const ORDER_HINT =
  "Of the usual letters, ABCD is high-word-first, CDAB is low-word-first; BADC and DCBA are the same two with `byte_order: low-byte-first`.";

const wordOrderField = v.picklist(WORD_ORDERS, `${WORD_ORDERS.join(" or ")}\n${ORDER_HINT}`);

const wholeField = v.union([v.pipe(v.number(), v.safeInteger()), v.bigint()]);

const sentinelsField = v.array(
  v.pipe(
    wholeField,
    v.title("a whole number such as 0xFFFF"),
    v.transform((raw) => BigInt(raw)),
  ),
);

const pointTagsField = v.pipe(
  v.union([v.array(v.string()), v.record(v.string(), v.union([v.string(), v.number()]))]),
  v.title("a map such as {phase: l1}"),
  v.transform((tags) => (Array.isArray(tags) ? tags : Object.entries(tags).map(([key, value]) => `${key}:${value}`))),
  v.array(tagField),
);

const textField = v.pipe(v.string(), v.minLength(1));

const pointSchema = v.strictObject({
  address: v.optional(v.pipe(wholeNumberField(0, 0xffff), v.description("The address on the wire, counted from 0."))),
  type: v.optional(v.picklist(POINT_TYPES)),
  table: v.optional(v.picklist(TABLES)),
  bit: v.optional(v.pipe(wholeNumberField(0, 15), v.description("0 is the lowest bit of the register."))),
  word_order: v.optional(wordOrderField),
  byte_order: v.optional(v.picklist(BYTE_ORDERS)),
  scale: v.optional(
    v.pipe(v.number(), v.finite(), v.notValue(0, "a number other than 0\nLeave it out for a scale of 1.")),
  ),
  offset: v.optional(v.pipe(v.number(), v.finite())),
  scale_by: v.optional(
    v.pipe(
      v.union([textField, v.array(textField)]),
      v.title("a param of the profile, or a list of them"),
      v.transform((names) => (Array.isArray(names) ? names : [names])),
    ),
  ),
  sentinels: v.optional(sentinelsField),
  unit: v.optional(textField),
  metric: v.optional(textField),
  tags: v.optional(pointTagsField),
  range: v.optional(
    v.pipe(
      v.tuple([v.number(), v.number()]),
      v.title("the lowest and the highest believable value, as in [80, 300]"),
      v.check(([low, high]) => low <= high, "the lower value first\nSwap the two."),
    ),
  ),
  page: v.optional(v.pipe(v.union([v.string(), v.number()]), v.title("a page or section"), v.transform(String))),
});

const finiteField = v.pipe(v.number(), v.finite());

const paramSchema = v.strictObject({
  default: finiteField,
  min: v.optional(finiteField),
  max: v.optional(finiteField),
  doc: v.pipe(textField, v.description("What the number is, and where to read it off.")),
});

const profileSchema = v.strictObject({
  id: v.optional(textField),
  description: v.optional(textField),
  source: v.optional(v.strictObject({ title: textField, edition: v.optional(textField), url: v.optional(textField) })),
  extends: v.optional(v.array(v.string())),
  protocol: v.optional(v.picklist(["modbus"])),
  table: v.optional(v.picklist(TABLES)),
  word_order: v.optional(wordOrderField),
  byte_order: v.optional(v.picklist(BYTE_ORDERS)),
  /** Source: MODBUS Application Protocol V1.1b3, 6.3 and 6.4: at most 125 registers in one request. */
  max_registers: v.optional(wholeNumberField(1, 125)),
  max_gap: v.optional(wholeNumberField(0, 124)),
  sentinels: v.optional(
    v.record(v.picklist(POINT_TYPES, `one of the types ${POINT_TYPES.join(", ")}`), sentinelsField),
  ),
  params: v.optional(
    v.record(v.pipe(v.string(), v.regex(/^[a-z][a-z\d_]*$/u, "a name in snake_case, such as ct_ratio")), paramSchema),
  ),
  points: v.optional(
    v.record(
      v.pipe(v.string(), v.regex(/^[a-z\d]+(-[a-z\d]+)*$/u, "a name in kebab-case, such as voltage-l1")),
      pointSchema,
    ),
  ),
});

/** What a file says of the device as a whole. */
export type ProfileKeys = v.InferOutput<typeof profileSchema>;

/** What a file says of one point. */
export type PointKeys = v.InferOutput<typeof pointSchema>;

/** One file and what it says. */
export interface ProfileFile {
  readonly yaml: YamlFile;
  readonly keys: ProfileKeys;
}

/** Reads one file: what it says, or every problem it has by itself. */
export function readProfileFile(path: string): {
  readonly profileFile: ProfileFile | undefined;
  readonly problems: readonly ConfigProblem[];
} {
  const read = readYamlFile(path, readTextFile, { expected: "a device profile" });
  const { yaml } = read;
  if (yaml === undefined) return { profileFile: undefined, problems: read.problems };
  const { value: keys, problems } = checkAgainst(profileSchema, yaml.value ?? {}, yaml, []);
  return {
    profileFile: keys === undefined ? undefined : { yaml, keys },
    problems: [...read.problems, ...problems],
  };
}
