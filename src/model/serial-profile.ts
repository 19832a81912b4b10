/** What a device on a serial line says and how: frames, checksums, and where in a frame a value stands. */

import type { LineSettings } from "./line-settings.ts";
import type { PointType, ProfileBasics, SharedPoint } from "./profile.ts";

/** By what one frame is told from the next. */
export const FRAMING_TYPES = ["delimiter", "fixed", "length", "silence"] as const;
export type FramingType = (typeof FRAMING_TYPES)[number];

/** What turns bytes into characters. */
export const CHARSETS = ["ascii", "latin1", "utf-8"] as const;
export type Charset = (typeof CHARSETS)[number];

/** What a checksum is made by; of CRCs the name is that of the catalogue of parametrised CRC algorithms. */
export const CHECKSUM_TYPES = [
  "xor8",
  "sum8",
  "sum16",
  "lrc",
  "negated-sum7",
  "crc16-modbus",
  "crc16-ccitt-false",
  "crc16-xmodem",
  "crc16-kermit",
  "crc16-x25",
  "crc16-arc",
] as const;
export type ChecksumType = (typeof CHECKSUM_TYPES)[number];

/** How a checksum is written: its bytes as they are, or two hexadecimal digits for each. */
export const CHECKSUM_SPELLINGS = ["raw", "hex"] as const;
export type ChecksumSpelling = (typeof CHECKSUM_SPELLINGS)[number];

/** Which end of a number comes first. */
export const END_ORDERS = ["high-byte-first", "low-byte-first"] as const;
export type EndOrder = (typeof END_ORDERS)[number];

/** Bytes of the wire. Shape: each from 0 to 255. */
export type WireBytes = readonly number[];

/** How frames are told apart. Units: `gapMs` milliseconds, all others bytes. */
export type FramingRule =
  | {
      readonly type: "delimiter";
      /** Each ends a frame; none of them begins another one. Shape: at least one, none empty. */
      readonly ends: readonly WireBytes[];
      /** Empty where a frame begins behind the one before it. */
      readonly start: WireBytes;
      /** Bytes behind the end that belong to the frame, such as a checksum. */
      readonly trailer: number;
      readonly lengthMax: number;
    }
  | { readonly type: "fixed"; readonly start: WireBytes; readonly length: number }
  | {
      readonly type: "length";
      readonly start: WireBytes;
      /** Where in the frame its length stands. */
      readonly offset: number;
      readonly size: 1 | 2 | 4;
      readonly order: EndOrder;
      /** What is added to the number that stands there, to be the length of the whole frame. */
      readonly adds: number;
      readonly lengthMax: number;
    }
  | { readonly type: "silence"; readonly gapMs: number; readonly lengthMax: number };

/**
 * The checksum of a frame. Places count from the frame's first byte, its start and end included; negative ones from
 * behind its last.
 */
export interface ChecksumRule {
  readonly type: ChecksumType;
  /** The first byte it covers, and the first that it does not. */
  readonly from: number;
  readonly to: number;
  /** Where it stands. */
  readonly at: number;
  readonly spelling: ChecksumSpelling;
  readonly order: EndOrder;
}

/** What binary numbers there are in frames. */
export const FRAME_NUMBER_TYPES = [
  "uint8",
  "int8",
  "uint16",
  "int16",
  "uint24",
  "uint32",
  "int32",
  "float32",
  "float64",
  "bcd16",
  "bcd32",
] as const;
export type FrameNumberType = (typeof FRAME_NUMBER_TYPES)[number];

/** Where in a frame something stands. */
export type FieldPlace =
  /** All of it. */
  | { readonly by: "whole" }
  /** A part between separators. Shape: `index` counts from 0, and from the last one where it is negative. */
  | { readonly by: "position"; readonly index: number }
  /** Characters. Shape: from `start` on and before `end`, counted from 0. */
  | { readonly by: "columns"; readonly start: number; readonly end: number }
  /** A value of a JSON text. */
  | { readonly by: "json"; readonly path: string }
  /** What a named group of the point's pattern caught. */
  | { readonly by: "group"; readonly name: string }
  /** Bytes that are a number. Shape: `offset` counts from 0, and from behind the last byte where it is negative. */
  | { readonly by: "number"; readonly offset: number; readonly type: FrameNumberType; readonly order: EndOrder }
  /** Bits of one byte, from `low` (0 is the lowest) to `high`. */
  | { readonly by: "bits"; readonly offset: number; readonly low: number; readonly high: number };

/** What a status says of a reading: it counts, it has not settled, or there is none. */
export const STATUS_MEANINGS = ["stable", "unstable", "none"] as const;
export type StatusMeaning = (typeof STATUS_MEANINGS)[number];

/** A place whose text is looked up. Shape: texts without the blanks around them; of numbers their decimal digits. */
export interface LookedUp<Meaning> {
  readonly place: FieldPlace;
  readonly meanings: Readonly<Record<string, Meaning>>;
}

/** One quantity in the frames of a device. */
export interface SerialPoint extends SharedPoint {
  /** What is written to be told it; leaving it out means that the device says it by itself. */
  readonly request?: string;
  readonly place: FieldPlace;
  /** What the frame has to match; its groups are what `place` and the others name. */
  readonly pattern?: string;
  /** Frames of others are passed over. Shape: the texts that may stand there. */
  readonly when?: { readonly place: FieldPlace; readonly equals: readonly string[] };
  /** What texts the value may be, and the numbers they stand for; null for none. */
  readonly words?: Readonly<Record<string, number | null>>;
  /** Texts and numbers by which the device says "no reading". */
  readonly absent: readonly string[];
  readonly status?: LookedUp<StatusMeaning>;
  /** Units as the device spells them, by the symbol they are; leaving it out means that it is the point's own. */
  readonly unitIn?: LookedUp<string>;
  /** There where the sign stands apart: a minus, or a number other than 0. */
  readonly sign?: FieldPlace;
  /** What the number is multiplied by, as the frame says. */
  readonly multiplier?: LookedUp<number>;
}

/** How the line of a device is set when it is delivered; leaving one out means the usual. */
export type LineDefaults = Partial<LineSettings>;

/** A device on a serial line, from a file or from the instance itself. */
export interface SerialProfile extends ProfileBasics {
  readonly protocol: "serial";
  readonly line: LineDefaults;
  readonly framing: FramingRule;
  readonly checksum?: ChecksumRule;
  readonly charset: Charset;
  /** What stands before the decimals of a number. */
  readonly decimal: "." | ",";
  /** What stands between parts; leaving it out means blanks. */
  readonly separator?: string;
  /** What the device has to be left alone for between an answer and the next request. Units: milliseconds. */
  readonly pauseMs: number;
  readonly points: readonly SerialPoint[];
}

/** A type of frames as one of registers; a number of 24 bits is one of 32 whose highest byte is 0. */
export function registerTypeOf(type: FrameNumberType): PointType {
  return type === "uint24" ? "uint32" : type;
}

/** How many bytes a number takes. */
export function numberBytes(type: FrameNumberType): number {
  switch (type) {
    case "uint8":
    case "int8":
      return 1;
    case "uint16":
    case "int16":
    case "bcd16":
      return 2;
    case "uint24":
      return 3;
    case "float64":
      return 8;
    default:
      return 4;
  }
}
