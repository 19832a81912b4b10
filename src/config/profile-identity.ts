/** Where a profile says that its device tells what it is. */

import * as v from "valibot";
import {
  IDENTITY_TYPES,
  type IdentityRegister,
  type ProfileIdentity,
  TABLES,
  TEXT_PLACEMENTS,
} from "../model/profile.ts";
import { wholeNumberField } from "../schema/schema-fields.ts";
import type { ProfileKeys } from "./profile-file.ts";
import type { ProfileLayers } from "./profile-layers.ts";

const placeFields = {
  address: v.pipe(wholeNumberField(0, 65_535), v.description("The address on the wire, counted from 0.")),
  table: v.optional(v.pipe(v.picklist(TABLES), v.description("Left out, that of the profile."))),
  type: v.pipe(v.picklist(IDENTITY_TYPES), v.description("How it is coded.")),
  registers: v.optional(v.pipe(wholeNumberField(1, 32), v.description("Of a text: how many there are."))),
  placement: v.optional(
    v.pipe(
      v.picklist(TEXT_PLACEMENTS),
      v.description("Of a text: which byte comes first, or which one has the only character. `high-byte-first`."),
    ),
  ),
};

const equalsField = (description: string) =>
  v.pipe(
    v.array(v.pipe(v.union([v.string(), v.number()]), v.title("a text or a number"), v.transform(String))),
    v.minLength(1),
    v.description(description),
  );

/** What the key `identity` of a profile holds. */
export const identityField = v.strictObject({
  model: v.optional(
    v.pipe(
      v.strictObject({
        ...placeFields,
        equals: equalsField("What it holds in the devices of this profile; a text without the blanks around it."),
      }),
      v.description("Tells which model it is; readings of another one are held back."),
    ),
  ),
  serial: v.optional(
    v.pipe(
      v.strictObject(placeFields),
      v.description("Tells which one of its kind it is; it is remembered, and a change is an event."),
    ),
  ),
  revision: v.optional(
    v.pipe(
      v.strictObject(placeFields),
      v.description("Tells the revision of its firmware; a change is an event, and readings go on."),
    ),
  ),
  device_identification: v.optional(
    v.pipe(
      v.union([
        v.boolean(),
        v.strictObject({ equals: equalsField("The product codes of the devices of this profile.") }),
      ]),
      v.title("true, or `equals` with product codes"),
      v.description(
        "The device answers function 43/14. Vendor and product code are remembered, and readings of another device " +
          "are held back; another revision is an event.",
      ),
    ),
  ),
});

type PlaceKeys = NonNullable<v.InferOutput<typeof identityField>["serial"]>;

/** Takes from a profile where its device tells what it is; undefined where it does not. */
export function buildIdentity(layers: ProfileLayers<ProfileKeys>): ProfileIdentity | undefined {
  const { model, serial, revision, device_identification: said = false } = layers.get("identity") ?? {};
  const identification = said === true ? {} : said || undefined;
  if ([model, serial, revision, identification].every((each) => each === undefined)) return undefined;
  return {
    ...(model === undefined ? {} : { model: { ...toRegister(model, layers), equals: model.equals } }),
    ...(serial === undefined ? {} : { serial: toRegister(serial, layers) }),
    ...(revision === undefined ? {} : { revision: toRegister(revision, layers) }),
    ...(identification === undefined ? {} : { identification }),
  };
}

function toRegister(
  { address, table, type, registers = 1, placement }: PlaceKeys,
  layers: ProfileLayers<ProfileKeys>,
): IdentityRegister {
  const count = type === "text" ? registers : type === "uint16" ? 1 : 2;
  return {
    table: table ?? layers.get("table") ?? "holding-register",
    ...{ address, type, count, wordOrder: layers.get("word_order") ?? "high-word-first" },
    ...(placement === undefined ? {} : { placement }),
  };
}
