/** Where a key belongs that stands where nobody knows it. */

import type { GenericSchema } from "valibot";
import { type PlaceOfKey, placesBelow } from "../schema/describe-schema.ts";
import type { Path } from "./yaml-file.ts";

/** What is known of a place in which an unknown key was found. */
interface Place {
  readonly path: Path;
  /** The keys that are known there. */
  readonly siblings: readonly string[];
  readonly key: string;
}

const IS_POINT = "min_collection_interval";
const IS_FILTER = "sensitivity";
const IS_QUALITY = "stuck_after";
const IS_PROFILE_POINT = "scale";

/** Keys of the filter and of quality rules that are looked for beside each other, or a storey too high or too low. */
const RULES = /^(?:range|rate_max|spike|stuck_after|stale_after|verdict)$/u;
const FILTER = /^(?:mode|detector|sensitivity|threshold|keep|window|pre|post|deadband|heartbeat|expected|statistics)$/u;
const ENDS = /^(?:min|max|minimum|maximum|lower|upper|low|high)$/u;

/** Says what to do about an unknown key; undefined where nothing is known of it. */
export function adviseOnMisplaced(
  schema: GenericSchema,
  path: Path,
  value: unknown,
  known: Omit<Place, "path">,
): string | undefined {
  const place = { ...known, path };
  const advice = ADVICE.find(([isMeant]) => isMeant(place));
  if (advice !== undefined) return advice[1](place);
  const [first, ...others] = placesBelow(schema, path, place.key, value);
  return first === undefined || others.length > 0 ? undefined : sayPlace(first, place.key);
}

function sayPlace({ parent, kind }: PlaceOfKey, key: string): string {
  if (kind === "entry") return `Write it in an entry of \`${parent}\`.`;
  if (kind === "named") return `Write it under a name: \`${parent}: { NAME: { ${key}: ... } }\`.`;
  return `Write it under \`${parent}\`: \`${parent}: { ${key}: ... }\`.`;
}

const has =
  (mark: string, keys: RegExp) =>
  ({ siblings, key }: Place): boolean =>
    siblings.includes(mark) && keys.test(key);

/** The list whose entries are what is read, where these are no points of a profile; undefined elsewhere. */
const listIn = (path: Path): string | undefined => ["topics", "sensors"].find((list) => path.includes(list));

const ADVICE: readonly (readonly [(place: Place) => boolean, (place: Place) => string])[] = [
  [
    ({ siblings, key }) => siblings.includes("low") && siblings.includes("high") && ENDS.test(key),
    ({ key }) => `Write \`${/^(?:mi|lo)/u.test(key) ? "low" : "high"}\`.`,
  ],
  [has(IS_QUALITY, ENDS), () => "Write both ends as `range: [80, 300]`."],
  [has(IS_QUALITY, FILTER), () => "Write it under `filter`, which stands beside `quality`."],
  [has(IS_FILTER, RULES), ({ key }) => `Write it under \`quality\`, beside \`filter\`: \`quality: { ${key}: ... }\`.`],
  [
    has(IS_FILTER, /^(?:only|except)$/u),
    () => "Delete it: of a point nothing else is meant. It is for the `filter` of an instance.",
  ],
  [
    has(IS_FILTER, /^points$/u),
    () => "Write `points: { NAME: { filter: ... } }` into the instance: each point has a `filter` of its own.",
  ],
  [
    has(IS_FILTER, /^thinning$/u),
    () => "Write it under `forward`, or in an entry of `intakes`: each intake says whether it thins.",
  ],
  [
    has(IS_POINT, /^points$/u),
    ({ siblings }) =>
      siblings.includes("quality")
        ? "Delete it: without a profile points have no names. `filter` with `only`, and `quality`, go by metrics."
        : "Write it into an entry of `instances`.",
  ],
  [
    ({ path, key }) => listIn(path) !== undefined && (key === "filter" || FILTER.test(key)),
    ({ path }) =>
      `Write \`filter: { only: [METRIC], ... }\` beside \`${listIn(path)}\`; what has another limit is another instance.`,
  ],
  [
    ({ path, key }) => listIn(path) !== undefined && (key === "quality" || RULES.test(key)),
    ({ path }) => `Write \`quality: [{ metrics: [METRIC], range: [LOW, HIGH] }]\` beside \`${listIn(path)}\`.`,
  ],
  [
    ({ siblings, key }) => key === "quality" && !siblings.includes("points") && !siblings.includes(IS_PROFILE_POINT),
    () =>
      "Write it in a file of conf.d, into an entry of `instances`; where that has a profile, under `points: NAME:`.",
  ],
  [
    ({ siblings, key }) => siblings.includes(IS_PROFILE_POINT) && (key === "filter" || FILTER.test(key)),
    () => "Write it where the device is configured: under `points: NAME: filter:` of an instance in conf.d.",
  ],
];
