/** One frame under the eyes of several points: text, parts and JSON are made of it once, and only when asked for. */

import {
  type Charset,
  type FieldPlace,
  numberBytes,
  registerTypeOf,
  type SerialProfile,
} from "../../model/serial-profile.ts";
import { findJson, type JsonPath } from "../json-path.ts";
import { toNumber } from "../raw-number.ts";
import { LinearPattern } from "./linear-pattern.ts";

/** What stands at a place: a text, a number, or nothing because the frame has no such place. */
export type Found = string | number | undefined;

/** How bytes are characters, and what stands between parts. */
export type TextRules = Pick<SerialProfile, "charset" | "separator">;

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Looks at one frame after the other. */
export class FrameView {
  readonly #rules: TextRules;
  #frame: Uint8Array = new Uint8Array();
  #content: Uint8Array = new Uint8Array();
  #text: string | undefined;
  #isText: boolean | undefined;
  #parts: readonly string[] | undefined;
  #json: unknown;
  #isParsed = false;

  constructor(rules: TextRules) {
    this.#rules = rules;
  }

  /** Turns to a frame. Shape: as a splitter gives them; views that hold until the next one. */
  look(frame: Uint8Array, content: Uint8Array): void {
    this.#frame = frame;
    this.#content = content;
    this.#isText = undefined;
    this.#text = undefined;
    this.#parts = undefined;
    this.#json = undefined;
    this.#isParsed = false;
  }

  /** What is between start and end as text; undefined where the bytes are no text of the charset. */
  get text(): string | undefined {
    if (this.#isText === undefined) {
      this.#text = decodeText(this.#content, this.#rules.charset);
      this.#isText = this.#text !== undefined;
    }
    return this.#text;
  }

  /** Finds what stands at a place; `caught` are the groups of the pattern of whoever asks. */
  find(place: FieldPlace, caught: ReadonlyMap<string, string> | undefined, path: JsonPath | undefined): Found {
    switch (place.by) {
      case "whole":
        return this.text;
      case "group":
        return caught?.get(place.name);
      case "position":
        return this.#split()?.at(place.index);
      case "columns":
        return this.text === undefined || this.text.length <= place.start
          ? undefined
          : this.text.slice(place.start, place.end);
      case "json":
        return path === undefined ? undefined : toFound(findJson(path, this.#parse()));
      case "number":
        return this.#readNumber(place);
      case "bits": {
        const byte = this.#frame.at(place.offset);
        const mask = 2 ** (place.high - place.low + 1) - 1;
        return byte === undefined ? undefined : (byte >> place.low) & mask;
      }
    }
  }

  #split(): readonly string[] | undefined {
    const { separator } = this.#rules;
    this.#parts ??= separator === undefined ? this.text?.trim().split(/\s+/u) : this.text?.split(separator);
    return this.#parts;
  }

  #parse(): unknown {
    if (!this.#isParsed) {
      this.#isParsed = true;
      try {
        this.#json = JSON.parse(this.text ?? "");
      } catch {
        this.#json = undefined;
      }
    }
    return this.#json;
  }

  #readNumber({ offset, type, order }: Extract<FieldPlace, { readonly by: "number" }>): Found {
    const size = numberBytes(type);
    const start = offset < 0 ? this.#frame.length + offset : offset;
    if (start < 0 || start + size > this.#frame.length) return undefined;
    let high = 0;
    let low = 0;
    for (let index = 0; index < size; index += 1) {
      const byte = this.#frame[start + (order === "high-byte-first" ? index : size - 1 - index)] ?? 0;
      if (size - index > 4) high = ((high << 8) | byte) >>> 0;
      else low = ((low << 8) | byte) >>> 0;
    }
    return toNumber(registerTypeOf(type), high, low);
  }
}

function toFound(value: unknown): Found {
  return typeof value === "number" || typeof value === "string" ? value : value === null ? "null" : undefined;
}

/**
 * Decodes bytes as text; undefined where they are none of the charset.
 *
 * Shape: `bytes` of any length.
 */
export function decodeText(bytes: Uint8Array, charset: Charset): string | undefined {
  if (charset === "utf-8") {
    try {
      return decoder.decode(bytes);
    } catch {
      return undefined;
    }
  }
  if (charset === "ascii" && bytes.some((byte) => byte > 0x7f)) return undefined;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

/** Compiles the pattern of a point; one that configuration let pass is one. */
export function compilePattern(pattern: string | undefined): LinearPattern | undefined {
  return pattern === undefined ? undefined : new LinearPattern(pattern);
}
