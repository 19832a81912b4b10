/** One file of a device profile, or of an abstract part of one, by itself. */

import * as v from "valibot";
import type { ConfigProblem } from "../model/config.ts";
import { BYTE_ORDERS, POINT_TYPES, REGISTER_BITS, REGISTER_BYTES, TABLES, WORD_ORDERS } from "../model/profile.ts";
import { readTextFile } from "../platform/files.ts";
import { joinChoice } from "../schema/describe-schema.ts";
import { pointNameField, wholeNumberField } from "../schema/schema-fields.ts";
import { profileBasicEntries, sharedPointEntries } from "./profile-fields.ts";
import { identityField } from "./profile-identity.ts";
import { ADDRESS_PATTERN, isAddress } from "./register-address.ts";
import { checkAgainst } from "./schema-problems.ts";
import { type SerialProfileKeys, serialProfileSchema } from "./serial-fields.ts";
import { type ReadYaml, readYamlFile, type YamlFile } from "./yaml-file.ts";

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
  scale_register: v.optional(
    v.pipe(
      addressField,
      v.description("The address of a power of ten, as an int16, that multiplies the number; read along with it."),
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
  ...sharedPointEntries,
});

/** A whole file. */
export const profileSchema = v.strictObject({
  ...profileBasicEntries,
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
  identity: v.optional(
    v.pipe(identityField, v.description("Where the device tells what it is; it is asked after each connecting.")),
  ),
  points: v.optional(v.record(pointNameField, pointSchema)),
});

/** What a file says of the device as a whole. */
export type ProfileKeys = v.InferOutput<typeof profileSchema>;

/** What a file says of one point. */
export type PointKeys = v.InferOutput<typeof pointSchema>;

/** One file: what it says, or every problem it has by itself. */
export interface ReadProfileFile<Keys> {
  readonly profileFile: { readonly yaml: YamlFile; readonly keys: Keys } | undefined;
  readonly problems: readonly ConfigProblem[];
}

/** The files of profiles. Each is read and parsed once while this lives: many profiles extend the same part. */
export class ProfileFiles {
  readonly #found = new Map<string, ReadYaml>();

  /** Tells what a file says that its device speaks, whatever else is wrong with it; undefined where it does not. */
  protocolOf(path: string): string | undefined {
    const value = this.#find(path).yaml?.value;
    const protocol: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "protocol") : undefined;
    return typeof protocol === "string" ? protocol : undefined;
  }

  /** Reads a file of a profile of Modbus. */
  read(path: string): ReadProfileFile<ProfileKeys> {
    return checkKeys(this.#find(path), profileSchema);
  }

  /** Reads a file of a profile of a serial line. */
  readSerial(path: string): ReadProfileFile<SerialProfileKeys> {
    return checkKeys(this.#find(path), serialProfileSchema);
  }

  #find(path: string): ReadYaml {
    const found = this.#found.get(path) ?? readYamlFile(path, readTextFile, { expected: "a device profile" });
    this.#found.set(path, found);
    return found;
  }
}

function checkKeys<const Schema extends v.GenericSchema>(
  { yaml, problems: ownProblems }: ReadYaml,
  schema: Schema,
): ReadProfileFile<v.InferOutput<Schema>> {
  if (yaml === undefined) return { profileFile: undefined, problems: ownProblems };
  const { value: keys, problems } = checkAgainst(schema, yaml.value ?? {}, yaml, []);
  return {
    profileFile: keys === undefined ? undefined : { yaml, keys: keys as v.InferOutput<Schema> },
    problems: [...ownProblems, ...problems],
  };
}
