/** Keys of `tidegate.yaml` that intakes of several types share. */

import * as v from "valibot";
import { OLDER_POLICIES } from "../model/config.ts";
import { secondsField, wholeNumberField } from "../schema/schema-fields.ts";
import { meteringEntries } from "./metering-schema.ts";

const NAME_WANTED = "a name in small letters, digits, - and _, such as second";

/** The keys that say which intake it is. */
export function namingEntries<const Type extends string>(type: Type) {
  return {
    name: v.pipe(
      v.string(),
      v.regex(/^[a-z\d][a-z\d_-]{0,62}$/u, NAME_WANTED),
      v.title(NAME_WANTED),
      v.examples(["second"]),
      v.description(
        "Names its place in the log: another name is another intake, which begins with the oldest reading.",
      ),
    ),
    type: v.pipe(v.literal(type), v.description("What kind of intake it is.")),
  };
}

/** The keys that say how readings go to an intake of any type. */
export const commonEntries = {
  ca_file: v.optional(
    v.pipe(
      v.string(),
      v.title("the path of a file with certificates in PEM"),
      v.minLength(1),
      v.examples(["plant-ca.pem"]),
      v.description("CAs of your own, trusted beside the public ones, for the intake and for a proxy."),
    ),
  ),
  flush_interval: v.optional(v.pipe(secondsField(1, 600), v.description("Time between two payloads.")), 10),
  timeout: v.optional(v.pipe(secondsField(1, 300), v.description("How long the intake may take to answer.")), 20),
  backfill_rate: v.optional(
    v.pipe(
      wholeNumberField(1, 1_000_000),
      v.description("Readings a second at most that go after an outage, beside the live ones, which go first."),
    ),
    10_000,
  ),
  older: v.optional(
    v.pipe(
      v.picklist(OLDER_POLICIES),
      v.examples(["hold"]),
      v.description("What becomes of older readings: expire, hold until they are taken, thin (1/min) or send."),
    ),
  ),
  thinning: v.optional(
    v.pipe(
      v.boolean(),
      v.description("Leaves out readings that a filter in mode `reduce` marked as ordinary; false sends each of them."),
    ),
    true,
  ),
  ...meteringEntries,
};

/** For intakes that take readings of any age: how old those may be that are sent. */
export const anyAgeEntry = v.optional(
  v.pipe(
    secondsField(60, 315_360_000, 2_592_000),
    v.description("Older readings are not sent; left out, none is too old. Set it to what the server keeps."),
  ),
);

/** Makes the field for the address of an intake, such as `example`, without the path of its API (`apiPath`). */
export function urlField(example: string, apiPath: RegExp) {
  const wanted = `an address such as ${example}\nThe gateway adds the path of its API to it; users and keys have keys of their own.`;
  return v.pipe(
    v.string(),
    v.title(`an address such as ${example}`),
    v.regex(/^https?:\/\/[^\s?#@]+$/u, wanted),
    v.check((text) => URL.canParse(text) && !apiPath.test(new URL(text).pathname), wanted),
    v.examples([example]),
    v.description("Where to send."),
  );
}

/** Makes the field for headers of every request; those the gateway sets itself are `own`, in small letters. */
export function headersField(own: readonly string[]) {
  const all = [...own, "content-length", "host", "user-agent"];
  return v.record(
    v.pipe(
      v.string(),
      v.regex(/^[\w!#$%&'*+.^`|~-]+$/u, "the name of a header, such as X-Scope-OrgID"),
      v.check((name) => !all.includes(name.toLowerCase()), "a header that the gateway does not set itself"),
    ),
    v.pipe(v.string(), v.regex(/^[\t\x20-\x7e]+$/u, "a text of ASCII characters without line breaks")),
  );
}

/** Makes the field for a text without control characters that is part of an address or a header. */
export function plainTextField(example: string, doc: string) {
  return v.pipe(
    v.string(),
    v.regex(/^[^\p{Cc}]+$/u, "a text without line breaks"),
    v.title("a text"),
    v.examples([example]),
    v.description(doc),
  );
}
