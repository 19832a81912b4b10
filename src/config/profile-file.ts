/** One file of a device profile, or of an abstract part of one, by itself. */

import * as v from "valibot";
import type { ConfigProblem } from "../model/config.ts";
import {
  BYTE_ORDERS,
  POINT_TYPES,
  REGISTER_BITS,
  REGISTER_BYTES,
  TABLES,
  TRUST_LEVELS,
  WORD_ORDERS,
} from "../model/profile.ts";
import { readTextFile } from "../platform/files.ts";
import { joinChoice } from "./describe-schema.ts";
import { identityField } from "./profile-identity.ts";
import { ADDRESS_PATTERN, isAddress } from "./register-address.ts";
import { metricField, pointNameField, statesField, tagField, unitField, wholeNumberField } from "./schema-fields.ts";
import { checkAgainst } from "./schema-problems.ts";
import { readYamlFile, type YamlFile } from "./yaml-file.ts";

const ORDER_HINT =
  "Of the usual letters, ABCD and ABCDEFGH are high-word-first, CDAB and GHEFCDAB low-word-first, EFGHABCD is low-half-first, CDABGHEF low-word-first-in-halves; BADC, DCBA, BADCFEHG, HGFEDCBA, FEHGBADC and DCBAHGFE are the same with `byte_order: low-byte-first`.";

const wordOrderField = v.pipe(
  v.picklist(WORD_ORDERS, `${joinChoice(WORD_ORDERS)}\n${ORDER_HINT}`),
  v.description("Which register of a value comes first; the last two are for 64 bits."),
);

const byteOrderField = v.pipe(
  v.picklist(BYTE_ORDERS),
  v.description("Which byte of a register comes first; almost always the high one."),
);

const registerBitsField = v.pipe(
  v.picklist(REGISTER_BITS),
  v.description("32 where each address holds 32 bits, as Enron's do; almost always 16."),
);

const tableField = v.pipe(
  v.picklist(TABLES),
  v.description("Where it is read from, which is what decides the function code."),
);

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

const addressField = v.pipe(
  v.union([v.number(), v.string()]),
  v.title("an address such as 12, 0x0C, holding:12 or 400013"),
  v.metadata({
    editor: {
      anyOf: [
        { type: "integer", minimum: 0, maximum: 465_536 },
        {
          type: "string",
          pattern: ADDRESS_PATTERN.source,
          patternErrorMessage: "Expected an address such as 12, 0x0C, holding:12 or 400013",
        },
      ],
    },
  }),
  v.check(isAddress, ""),
);

/** Says of a type that is none what to do with a text; leaves all else to say what types there are. */
function refuseText({ input, message }: v.PicklistIssue): string {
  if (!/^(text|string|ascii|char)/iu.test(String(input))) return message;
  return (
    "a type of numbers\nA series has no texts. Write a model, serial number or revision under `identity`; " +
    "`tidegate modbus read --type text` shows any other."
  );
}

const counterField = v.pipe(
  v.strictObject({
    wraps_at: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(2),
        v.examples([100_000_000]),
        v.description("The raw number at which it begins again at 0; left out, the range of an unsigned type."),
      ),
    ),
    max_per_hour: v.optional(
      v.pipe(v.number(), v.gtValue(0), v.description("The most that it can count in an hour, in the unit.")),
    ),
    delta: v.optional(
      v.pipe(v.boolean(), v.description("True sends what was counted since the reading before, as METRIC.delta.")),
    ),
  }),
  v.description("For a point that counts; {} will do. A step it cannot make is held back until it proves true."),
);

const textField = v.pipe(v.string(), v.minLength(1));

const pointSchema = v.strictObject({
  address: v.optional(
    v.pipe(
      addressField,
      v.description("The address on the wire, counted from 0, or a register number such as 400001."),
    ),
  ),
  type: v.optional(v.pipe(v.picklist(POINT_TYPES, refuseText), v.description("How its bits become a number."))),
  table: v.optional(tableField),
  bit: v.optional(v.pipe(wholeNumberField(0, 15), v.description("0 is the lowest bit of the register."))),
  byte: v.optional(
    v.pipe(
      v.picklist(REGISTER_BYTES),
      v.description("Of int8 and uint8: which byte of the register; low if left out."),
    ),
  ),
  word_order: v.optional(wordOrderField),
  byte_order: v.optional(byteOrderField),
  register_bits: v.optional(registerBitsField),
  scale: v.optional(
    v.pipe(
      v.number(),
      v.finite(),
      v.notValue(0, "a number other than 0\nLeave it out for a scale of 1."),
      v.description("What the number is multiplied by to be in the unit."),
    ),
  ),
  offset: v.optional(v.pipe(v.number(), v.finite(), v.description("Added after the scale."))),
  scale_register: v.optional(
    v.pipe(
      addressField,
      v.description("The address of a power of ten, as an int16, that multiplies the number; read along with it."),
    ),
  ),
  decimals: v.optional(
    v.pipe(wholeNumberField(0, 9), v.description("Digits behind the point that the value is rounded to.")),
  ),
  scale_by: v.optional(
    v.pipe(
      v.union([textField, v.array(textField)]),
      v.title("a param of the profile, or a list of them"),
      v.transform((names) => (Array.isArray(names) ? names : [names])),
      v.description("Params that multiply scale, offset and range."),
    ),
  ),
  clear_on_read: v.optional(
    v.pipe(v.boolean(), v.description("True where a read clears it: it is read alone, and never in passing.")),
  ),
  sentinels: v.optional(v.pipe(sentinelsField, v.description("Raw numbers that mean the device has no reading."))),
  equals: v.optional(
    v.pipe(
      v.union([v.number(), v.array(v.number())]),
      v.title("a number, or a list of them"),
      v.transform((numbers) => (Array.isArray(numbers) ? numbers : [numbers])),
      v.description("Raw numbers for which the value is 1; for all others it is 0."),
    ),
  ),
  states: v.optional(
    v.pipe(
      statesField,
      v.examples([{ 0: "stopped", 1: "running" }]),
      v.description("What the numbers of a state are called; shown beside them."),
    ),
  ),
  counter: v.optional(counterField),
  unit: v.optional(v.pipe(unitField, v.description("The unit after scale and offset."))),
  metric: v.optional(
    v.pipe(metricField, v.description("What the quantity is called; phases, sides and parts are tags.")),
  ),
  tags: v.optional(v.pipe(pointTagsField, v.description("Put on the series of this point."))),
  range: v.optional(
    v.pipe(
      v.tuple([v.number(), v.number()]),
      v.title("the lowest and the highest believable value, as in [80, 300]"),
      v.check(([low, high]) => low <= high, "the lower value first\nSwap the two."),
      v.description("A reading outside of it is dropped and counted."),
    ),
  ),
  page: v.optional(
    v.pipe(
      v.union([v.string(), v.number()]),
      v.title("a page or section"),
      v.transform(String),
      v.description("Where in the source it was read."),
    ),
  ),
});

const finiteField = v.pipe(v.number(), v.finite());

const paramSchema = v.strictObject({
  default: finiteField,
  min: v.optional(finiteField),
  max: v.optional(finiteField),
  doc: v.pipe(textField, v.description("What the number is, and where to read it off.")),
});

const sourceField = v.strictObject({ title: textField, edition: v.optional(textField), url: v.optional(textField) });

/** A whole file. */
export const profileSchema = v.strictObject({
  id: v.optional(v.pipe(textField, v.description("VENDOR/MODEL, as the path of the file."))),
  description: v.optional(v.pipe(textField, v.description("What the device is, in a few words."))),
  source: v.optional(
    v.pipe(sourceField, v.description("The manual the registers were read from, so that others can check them.")),
  ),
  trust: v.optional(
    v.pipe(
      v.picklist(TRUST_LEVELS),
      v.description(
        "How well the registers are founded: on a recording of a real device, on two sources that agree, or on one.",
      ),
    ),
  ),
  confirmed_by: v.optional(
    v.pipe(sourceField, v.description("The recording, or the second source, that the trust level rests on.")),
  ),
  extends: v.optional(
    v.pipe(
      v.array(v.string()),
      v.description("Parts this file builds on, such as _three-phase-meter; later ones win."),
    ),
  ),
  protocol: v.optional(v.picklist(["modbus"])),
  table: v.optional(tableField),
  word_order: v.optional(wordOrderField),
  byte_order: v.optional(byteOrderField),
  register_bits: v.optional(registerBitsField),
  /** Source: MODBUS Application Protocol V1.1b3, 6.3 and 6.4: at most 125 registers in one request. */
  max_registers: v.optional(v.pipe(wholeNumberField(1, 125), v.description("Most registers in one request."))),
  max_gap: v.optional(
    v.pipe(
      wholeNumberField(0, 124),
      v.description("How many unused registers may be read through between two points."),
    ),
  ),
  sentinels: v.optional(
    v.record(v.picklist(POINT_TYPES, `one of the types ${POINT_TYPES.join(", ")}`), sentinelsField),
  ),
  params: v.optional(
    v.record(v.pipe(v.string(), v.regex(/^[a-z][a-z\d_]*$/u, "a name in snake_case, such as ct_ratio")), paramSchema),
  ),
  identity: v.optional(
    v.pipe(identityField, v.description("Where the device tells what it is; it is asked after each connecting.")),
  ),
  points: v.optional(v.record(pointNameField, pointSchema)),
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
