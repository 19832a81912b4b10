/** From what is written of a quantity in the frames of a device to the point, or to what is wrong with it. */

import { LinearPattern } from "../decode/fields/linear-pattern.ts";
import { parseJsonPath } from "../decode/json-path.ts";
import { metricOf } from "../model/metrics.ts";
import {
  type FieldPlace,
  type LookedUp,
  numberBytes,
  registerTypeOf,
  type SerialPoint,
} from "../model/serial-profile.ts";
import { isUnit, UNIT_SYMBOLS, unitFactor, unitsLike } from "../model/units.ts";
import { didYouMean } from "./did-you-mean.ts";
import type { ComplainAt } from "./instance-profile.ts";
import { checkMetric, checkParams } from "./point-checks.ts";
import { toCounter } from "./point-counter.ts";
import { buildQuality } from "./point-quality.ts";
import type { Complaint } from "./problems.ts";
import type { PlaceKeys, SerialPointKeys } from "./serial-fields.ts";
import type { TalkSource } from "./serial-talk.ts";

/** Objects to a key of the point, or to the point as a whole. */
type Complain = (key: keyof SerialPointKeys | undefined, complaint: Complaint) => void;

/** Keys of a place of which just one stands. */
const PLACE_KEYS = ["position", "columns", "json", "at"] as const;

/** Where a problem goes, and what may be said. */
export interface PointRules {
  readonly complain: ComplainAt;
  /** Whether a metric may have any name. */
  readonly isInline: boolean;
}

/** Builds a point; undefined where it names no metric. */
export function buildSerialPoint(source: TalkSource, name: string, rules: PointRules): SerialPoint | undefined {
  const complain: Complain = (key, complaint) => {
    const path = key === undefined ? ["points", name] : ["points", name, key];
    rules.complain(path, complaint, key === undefined ? "key" : "value");
  };
  const get: GetKey = (key) => source.getOfPoint(name, key);
  const metric = get("metric");
  if (metric === undefined) {
    const hint = "Add a line `metric: ...`.";
    complain(undefined, { found: "no metric", expected: "a metric for every point", hint });
    return undefined;
  }
  const unit = get("unit") ?? "";
  if (rules.isInline && metricOf(metric) === undefined) checkOwnUnit(unit, complain);
  else checkMetric(metric, unit, complain);
  const scaleBy = get("scale_by");
  checkParams(scaleBy ?? [], Object.keys(source.get("params") ?? {}), complain);
  const request = get("request") ?? source.get("request");
  const words = get("words");
  const [counter, decimals, range] = [get("counter"), get("decimals"), get("range")];
  const [states, page] = [get("states"), get("page")];
  const scale = get("scale") ?? 1;
  const places = buildPlaces(get, unit, complain);
  const type = places.place.by === "number" ? registerTypeOf(places.place.type) : "float64";
  return {
    name,
    ...(request === undefined ? {} : { request }),
    ...places,
    ...(words === undefined ? {} : { words: mapValues(words, (number) => (number === "none" ? null : number)) }),
    absent: get("sentinels") ?? [],
    ...(scaleBy === undefined ? {} : { scaleBy }),
    scale,
    offset: get("offset") ?? 0,
    ...(decimals === undefined ? {} : { decimals }),
    unit,
    metric,
    tags: get("tags") ?? [],
    ...(range === undefined ? {} : { range }),
    ...buildQuality(get("quality"), { metric, counter, states, range }, (found) => complain("quality", found)),
    ...(states === undefined ? {} : { states }),
    ...(counter === undefined ? {} : { counter: toCounter(counter, { type, scale, scaleRegister: undefined }) }),
    ...(page === undefined ? {} : { page }),
  };
}

/** Gives what is written under a key of the point. */
type GetKey = <Key extends keyof SerialPointKeys>(key: Key) => SerialPointKeys[Key] | undefined;

type Places = Pick<SerialPoint, "place" | "pattern" | "when" | "status" | "unitIn" | "sign" | "multiplier">;

/** Builds what says where things stand: the value, and what goes with it. */
function buildPlaces(get: GetKey, unit: string, complain: Complain): Places {
  const pattern = get("pattern");
  const groups = pattern === undefined ? [] : groupsOf(pattern, complain);
  const at = (keys: PlaceKeys, group: string, key: keyof SerialPointKeys | undefined): FieldPlace =>
    placeOf(keys, groups, group, (complaint) => complain(key, complaint));
  const written = { position: get("position"), columns: get("columns"), json: get("json"), at: get("at") };
  const place = at({ ...written, type: get("type"), order: get("order"), bits: get("bits") }, "value", undefined);
  if (pattern !== undefined && place.by === "whole") {
    const expected = "one around the number, as in (?<value>[\\d.]+)";
    complain("pattern", {
      found: "no group named value",
      expected,
      hint: "Or say by another key where the number is.",
    });
  }
  const lookUp = <Meaning>(
    key: "status" | "unit_in" | "multiplier",
    group: string,
    meanings: Readonly<Record<string, Meaning>>,
  ): LookedUp<Meaning> => {
    const own = at(get(key) ?? {}, group, key);
    if (own.by === "whole") {
      complain(key, { found: "no place", expected: "position, columns, json or at", hint: "Say where it stands." });
    }
    return { place: own, meanings };
  };
  const [status, unitIn, multiplier] = [get("status"), get("unit_in"), get("multiplier")];
  const [sign, when] = [get("sign"), get("when")];
  const hasUnit = unitIn !== undefined || groups.includes("unit");
  return {
    place,
    ...(pattern === undefined ? {} : { pattern }),
    ...(when === undefined ? {} : { when: { place: at(when, "", "when"), equals: when.equals } }),
    ...(status === undefined ? {} : { status: lookUp("status", "status", status.words) }),
    ...(hasUnit ? { unitIn: lookUp("unit_in", "unit", unitsOf(unitIn?.words ?? {}, unit, complain)) } : {}),
    ...(sign === undefined && !groups.includes("sign") ? {} : { sign: at(sign ?? {}, "sign", "sign") }),
    ...(multiplier === undefined ? {} : { multiplier: lookUp("multiplier", "multiplier", multiplier.words) }),
  };
}

function mapValues<From, To>(
  map: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}

function checkOwnUnit(unit: string, complain: Complain): void {
  if (unit === "" || isUnit(unit)) return;
  const near = didYouMean(unit, UNIT_SYMBOLS);
  const hint = near === undefined ? `One of ${UNIT_SYMBOLS.join(", ")}; or leave it out.` : `Did you mean ${near}?`;
  complain("unit", { found: `"${unit}"`, expected: "a unit that is known", hint });
}

/** Compiles the pattern once to see whether it is one. */
function groupsOf(pattern: string, complain: Complain): readonly string[] {
  try {
    return new LinearPattern(pattern).groups;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const hint = "A pattern is matched in linear time, so it can neither refer back nor look ahead or behind.";
    complain("pattern", { found: error.message, expected: "a regular expression", hint });
    return ["value"];
  }
}

/** The one place that is written; where none is, the group of that name, or the whole frame. */
function placeOf(
  keys: PlaceKeys,
  groups: readonly string[],
  group: string,
  complain: (complaint: Complaint) => void,
): FieldPlace {
  const given = PLACE_KEYS.filter((key) => keys[key] !== undefined);
  if (given.length > 1) {
    complain({ found: given.join(" and "), expected: "one of them", hint: "Each says where the value is." });
  }
  if (keys.at === undefined && (keys.type !== undefined || keys.bits !== undefined)) {
    complain({
      found: `${keys.type === undefined ? "bits" : "type"} without at`,
      expected: "the byte it begins with",
      hint: "Add a line `at: 0`.",
    });
  }
  const { position, columns, json, at, type, order = "high-byte-first", bits } = keys;
  if (position !== undefined) return { by: "position", index: position > 0 ? position - 1 : position };
  if (columns !== undefined) return { by: "columns", start: columns[0] - 1, end: columns[1] };
  if (json !== undefined) {
    const path = parseJsonPath(json);
    if (path === undefined || path.names.length > 0 || json.includes("*")) {
      complain({ found: `"${json}"`, expected: "a path to one value, such as data.weight or sensors[0]", hint: "" });
    }
    return { by: "json", path: json };
  }
  if (at !== undefined) return placeOfBytes(at, { type, order, bits }, complain);
  return groups.includes(group) ? { by: "group", name: group } : { by: "whole" };
}

function placeOfBytes(
  at: number,
  { type, order = "high-byte-first", bits }: Pick<PlaceKeys, "type" | "order" | "bits">,
  complain: (complaint: Complaint) => void,
): FieldPlace {
  if ((type === undefined) === (bits === undefined)) {
    const found = type === undefined ? "at alone" : "type and bits";
    complain({
      found,
      expected: "either a type or bits beside at",
      hint: "A type is a number of bytes; bits are of one byte.",
    });
  }
  if (bits !== undefined) return { by: "bits", offset: at, low: bits[0], high: bits[1] };
  const own = type ?? "uint8";
  if (at < 0 && at + numberBytes(own) > 0) {
    const expected = `at most ${-numberBytes(own)}, because a ${own} takes ${numberBytes(own)} bytes`;
    complain({ found: String(at), expected, hint: "Negative places count from behind the last byte." });
  }
  return { by: "number", offset: at, type: own, order };
}

/** Every unit that fits the point's own is known by its symbol, and by the words written for it. */
function unitsOf(
  words: Readonly<Record<string, string>>,
  unit: string,
  complain: Complain,
): Readonly<Record<string, string>> {
  const fitting = unitsLike(unit);
  if (unit === "")
    complain("unit_in", {
      found: "no unit of the point itself",
      expected: "the unit that all others are converted to",
      hint: "Add a line `unit: ...`.",
    });
  for (const [word, symbol] of Object.entries(words)) {
    if (unitFactor(symbol, unit) !== undefined) continue;
    complain("unit_in", {
      found: `${symbol || "nothing"} for "${word}"`,
      expected: `a unit that ${unit} can be made of`,
      hint: `One of ${fitting.join(", ")}.`,
    });
  }
  return { ...Object.fromEntries(fitting.map((symbol) => [symbol, symbol])), ...words };
}
