/** A device that an instance describes itself, by `fields` and what goes with them, instead of naming a profile. */

import type { Profile } from "../model/profile.ts";
import type { ComplainAt } from "./instance-profile.ts";
import type { InstanceKeys } from "./instance-schema.ts";
import { talkEntries } from "./serial-fields.ts";
import { buildTalk, type TalkSource } from "./serial-talk.ts";

const TALK_KEYS = Object.keys(talkEntries) as (keyof typeof talkEntries)[];

/**
 * Makes a profile without an id of what an instance says; `named` is the profile that it names, which says all of that
 * by itself. Undefined where there is neither.
 */
export function describeInline(
  keys: InstanceKeys,
  named: Profile | undefined,
  complain: ComplainAt,
): Profile | undefined {
  const { fields } = keys;
  if (keys.profile !== undefined) {
    for (const key of ["fields", ...TALK_KEYS] as const) {
      if (keys[key] === undefined) continue;
      const expected = "none of these beside `profile`, which says it already";
      complain([key], { found: key, expected, hint: "Delete the line, or `profile`." }, "key");
    }
    return named;
  }
  if (fields === undefined || Object.keys(fields).length === 0) {
    complain([], {
      found: "neither profile nor fields",
      expected: "one of them",
      hint: "`tidegate profiles list` shows the devices there are; `fields` says what any other device sends.",
    });
    return undefined;
  }
  const source: TalkSource = {
    get: (key) =>
      Object.hasOwn(talkEntries, key) ? (keys as unknown as Readonly<Record<string, never>>)[key] : undefined,
    getOfPoint: (point, key) => (fields[point] as Record<string, never> | undefined)?.[key],
    pointNames: () => Object.keys(fields),
  };
  const talk = buildTalk(
    source,
    ([first = "", ...rest], complaint, at) => complain([first === "points" ? "fields" : first, ...rest], complaint, at),
    true,
  );
  return {
    id: "",
    description: "A device described by its instance",
    source: { title: "The instance itself" },
    trust: "manual-only",
    ...talk,
  };
}
