/** Frames to values: what each point of a device makes of a frame. */

import type { LookedUp, SerialPoint, SerialProfile } from "../../model/serial-profile.ts";
import { unitFactor } from "../../model/units.ts";
import { roundDecimal } from "../decimal.ts";
import { type JsonPath, parseJsonPath } from "../json-path.ts";
import { applyScale, scaleDecimal } from "../scale.ts";
import { compilePattern, type Found, FrameView } from "./frame-view.ts";
import type { LinearPattern } from "./linear-pattern.ts";
import { parseNumberText } from "./number-text.ts";

/**
 * What a point makes of a frame: `value`, or `unsettled` where the device says that it has not settled; `absent` where
 * the device has no reading; `other` where the frame is none of its own; `missing` where it has no such place, and
 * `bad` where what stands there is no value.
 */
export const OUTCOME = { other: 0, value: 1, unsettled: 2, absent: 3, missing: 4, bad: 5 } as const;
export type Outcome = (typeof OUTCOME)[keyof typeof OUTCOME];

/** What is needed of a profile to read its frames. */
export type ReadingRules = Pick<SerialProfile, "charset" | "separator" | "decimal">;

/** How much of a frame is shown, and of words that are none of a device. */
const SHOWN_MAX = 40;
const WORDS_MAX = 120;

interface PointReader {
  readonly point: SerialPoint;
  readonly pattern: LinearPattern | undefined;
  /** The paths into JSON of its places, by their text. */
  readonly paths: ReadonlyMap<string, JsonPath>;
  /** Numbers among what means "no reading". */
  readonly absentNumbers: readonly number[];
}

/** Reads the frames of one device, one after the other. */
export class FrameReader {
  /** What each point made of the last frame. */
  readonly outcome: Uint8Array;
  /** The values of those that have one. */
  readonly value: Float64Array;
  /** What was found and what was expected, for those to whom it was bad or missing. */
  readonly complaint: string[];
  readonly #rules: ReadingRules;
  readonly #points: readonly PointReader[];
  readonly #view: FrameView;

  constructor(rules: ReadingRules, points: readonly SerialPoint[]) {
    this.#rules = rules;
    this.#points = points.map(prepare);
    this.#view = new FrameView(rules);
    this.outcome = new Uint8Array(points.length);
    this.value = new Float64Array(points.length);
    this.complaint = points.map(() => "");
  }

  /**
   * Reads a frame with those points that `isAsked` names, and says whether any of them found something of its own.
   *
   * Shape: `frame` and `content` as a splitter gives them.
   */
  read(frame: Uint8Array, content: Uint8Array, isAsked: (point: number) => boolean = () => true): boolean {
    this.#view.look(frame, content);
    let isOwn = false;
    for (const [index, reader] of this.#points.entries()) {
      const outcome = isAsked(index) ? this.#readPoint(reader, index) : OUTCOME.other;
      this.outcome[index] = outcome;
      isOwn ||= outcome !== OUTCOME.other && outcome !== OUTCOME.missing;
    }
    return isOwn;
  }

  #readPoint(reader: PointReader, index: number): Outcome {
    const { point, pattern } = reader;
    let caught: ReadonlyMap<string, string> | undefined;
    if (pattern !== undefined) {
      const { text } = this.#view;
      caught = text === undefined ? undefined : pattern.match(text);
      if (caught === undefined) return this.#miss(index, `a frame that matches its pattern`);
    }
    const find = (place: SerialPoint["place"]): Found =>
      this.#view.find(place, caught, place.by === "json" ? reader.paths.get(place.path) : undefined);
    if (point.when !== undefined) {
      const found = find(point.when.place);
      if (found === undefined || !point.when.equals.some((text) => isSame(text, found))) return OUTCOME.other;
    }
    let isUnsettled = false;
    if (point.status !== undefined) {
      const meaning = this.#lookUp(point.status, find, index);
      if (meaning === undefined) return OUTCOME.bad;
      if (meaning === "none") return OUTCOME.absent;
      isUnsettled = meaning === "unstable";
    }
    const found = find(point.place);
    if (found === undefined) return this.#miss(index, describePlace(point.place));
    const outcome = this.#valueOf(reader, found, find, index);
    return outcome === OUTCOME.value && isUnsettled ? OUTCOME.unsettled : outcome;
  }

  #valueOf(
    reader: PointReader,
    found: string | number,
    find: (place: SerialPoint["place"]) => Found,
    index: number,
  ): Outcome {
    const { point, absentNumbers } = reader;
    if (point.absent.some((text) => isSame(text, found))) return OUTCOME.absent;
    if (point.words !== undefined) {
      const word = meaningOf(point.words, found);
      if (word === null) return OUTCOME.absent;
      if (word === undefined) return this.#refuse(index, found, Object.keys(point.words).join(", "));
      this.value[index] = applyScale(word, point.scale, point.offset);
      return OUTCOME.value;
    }
    const number = typeof found === "number" ? found : parseNumberText(found, this.#rules.decimal);
    if (number === undefined) return this.#refuse(index, found, "a number");
    if (Number.isNaN(number) || absentNumbers.includes(number)) return OUTCOME.absent;
    if (!Number.isFinite(number)) return this.#refuse(index, found, "a number that can be kept");
    let raw = number;
    if (point.sign !== undefined && isNegative(find(point.sign))) raw = 0 - raw;
    if (point.multiplier !== undefined) {
      const factor = this.#lookUp(point.multiplier, find, index);
      if (factor === undefined) return OUTCOME.bad;
      raw = scaleDecimal(raw, factor);
    }
    let value = applyScale(raw, point.scale, point.offset);
    if (point.unitIn !== undefined) {
      const unit = this.#lookUp(point.unitIn, find, index);
      if (unit === undefined) return OUTCOME.bad;
      value = scaleDecimal(value, unitFactor(unit, point.unit) ?? Number.NaN);
    }
    this.value[index] = point.decimals === undefined ? value + 0 : roundDecimal(value, point.decimals) + 0;
    return OUTCOME.value;
  }

  #lookUp<Meaning>(
    { place, meanings }: LookedUp<Meaning>,
    find: (place: SerialPoint["place"]) => Found,
    index: number,
  ): Meaning | undefined {
    const found = find(place) ?? "";
    const meaning = meaningOf(meanings, found);
    if (meaning === undefined) this.#refuse(index, found, Object.keys(meanings).join(", "));
    return meaning;
  }

  #refuse(index: number, found: string | number, expected: string): Outcome {
    this.complaint[index] = `found ${typeof found === "number" ? found : `"${showText(found)}"`}, expected ${expected}`;
    return OUTCOME.bad;
  }

  #miss(index: number, expected: string): Outcome {
    const { text } = this.#view;
    const found = text === undefined ? "bytes that are no text of its charset" : `"${showText(text)}"`;
    this.complaint[index] = `found ${found}, expected ${expected}`;
    return OUTCOME.missing;
  }
}

function prepare(point: SerialPoint): PointReader {
  const places = [
    point.place,
    point.when?.place,
    point.status?.place,
    point.unitIn?.place,
    point.sign,
    point.multiplier?.place,
  ];
  const paths = new Map<string, JsonPath>();
  for (const place of places) {
    const path = place?.by === "json" ? parseJsonPath(place.path) : undefined;
    if (path !== undefined) paths.set(path.text, path);
  }
  const absentNumbers = point.absent.flatMap((text) => parseNumberText(text, ".") ?? []);
  return { point, pattern: compilePattern(point.pattern), paths, absentNumbers };
}

function meaningOf<Meaning>(meanings: Readonly<Record<string, Meaning>>, found: string | number): Meaning | undefined {
  const key = String(found).trim();
  return Object.hasOwn(meanings, key) ? meanings[key] : undefined;
}

function isSame(text: string, found: string | number): boolean {
  return text.trim() === String(found).trim();
}

/** A sign that is left blank, or not there, is a plus. */
function isNegative(found: Found): boolean {
  return typeof found === "number" ? found !== 0 : found?.trim() === "-";
}

function describePlace(place: SerialPoint["place"]): string {
  switch (place.by) {
    case "position":
      return `${place.index < 0 ? -place.index : place.index + 1} parts or more`;
    case "columns":
      return `more than ${place.start} characters`;
    case "json":
      return `JSON with ${place.path}`;
    case "group":
      return `something for the group ${place.name}`;
    case "number":
    case "bits":
      return `a frame that reaches to byte ${place.offset}`;
    case "whole":
      return "a text";
  }
}

/** Shows what a device sent, with what cannot be printed as its code. Leaving out `lengthMax` means a short piece. */
export function showText(text: string, lengthMax = SHOWN_MAX): string {
  const shown = text.length > lengthMax ? `${text.slice(0, lengthMax)}...` : text;
  return shown.replaceAll(/[^\x20-\x7e]/gu, (character) => {
    const named = { "\r": "\\r", "\n": "\\n", "\t": "\\t" }[character];
    return named ?? `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, "0")}`;
  });
}

/** Shows what somebody said who may not be the device, long enough for a sentence. Shape: any bytes. */
export function showWords(content: Uint8Array): string {
  return showText(Buffer.from(content).toString("latin1").trim(), WORDS_MAX);
}
