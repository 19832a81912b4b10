/** A device profile: what one device model exposes, as read from `device-profiles/VENDOR/MODEL.yaml`. */

import type { QualityRules } from "./quality.ts";
import type { SerialProfile } from "./serial-profile.ts";

/** The four Modbus tables. */
export const TABLES = ["coil", "discrete-input", "holding-register", "input-register"] as const;
export type Table = (typeof TABLES)[number];

/**
 * How the bits of a point become a number.
 *
 * `m10k` counts in registers of 0 to 9999, `float32-4q` folds the quadrant out of a power factor, `date-iec` (four
 * registers, IEC 60870-5-4) and `date-bytes` (three registers of month, day, year less 1900, hour, minute, second) give
 * seconds since 1970 by the device's own clock.
 */
export const POINT_TYPES = [
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "float32",
  "float64",
  "bcd16",
  "bcd32",
  "sign-magnitude16",
  "sign-magnitude32",
  "uint32-m10k",
  "uint48-m10k",
  "uint64-m10k",
  "int32-m10k",
  "int48-m10k",
  "int64-m10k",
  "float32-4q",
  "date-iec",
  "date-bytes",
  "bit",
] as const;
export type PointType = (typeof POINT_TYPES)[number];

/**
 * Which register of a value comes first on the wire. With the letters of manuals, for 32 bits: ABCD is
 * `high-word-first`, CDAB `low-word-first`. For 64 bits: ABCDEFGH, GHEFCDAB, then EFGHABCD and CDABGHEF, whose halves
 * of 32 bits are turned around, or the registers within them.
 */
export const WORD_ORDERS = ["high-word-first", "low-word-first", "low-half-first", "low-word-first-in-halves"] as const;
export type WordOrder = (typeof WORD_ORDERS)[number];

/** Which byte of a register comes first on the wire; the standard says the high one. */
export const BYTE_ORDERS = ["high-byte-first", "low-byte-first"] as const;
export type ByteOrder = (typeof BYTE_ORDERS)[number];

/** Which byte of a register holds a value of 8 bits. */
export const REGISTER_BYTES = ["low", "high"] as const;
export type RegisterByte = (typeof REGISTER_BYTES)[number];

/** Bits of one register: 16, or 32 where a device counts values by a single address, as Enron's do. */
export const REGISTER_BITS = [16, 32] as const;
export type RegisterBits = (typeof REGISTER_BITS)[number];

/** Where a fact about a device was read. */
export interface Source {
  readonly title: string;
  readonly edition?: string;
  readonly url?: string;
}

/** How well the registers of a profile are founded, from the best to the least. */
export const TRUST_LEVELS = ["captured", "two-sources", "manual-only"] as const;
export type TrustLevel = (typeof TRUST_LEVELS)[number];

/** What is known of a point that counts. Units: those of the point's value. */
export interface PointCounter {
  /** Where it begins again at 0; absent where that is not known. */
  readonly wrapsAt?: number;
  /** The most that it counts in an hour; absent where that is not known. */
  readonly perHourMax?: number;
  /** The step between two neighbouring readings; 0 for a float. */
  readonly resolution: number;
  /** The part of a reading by which it may fall from its rounding alone; leaving it out means that of a double. */
  readonly rounding?: number;
  /** Whether what it counted from reading to reading is a series of its own. */
  readonly hasDelta: boolean;
}

/** One quantity of a device, whatever it speaks: how its number becomes a value, and what it is called. */
export interface SharedPoint {
  /** Kebab-case, unique in the profile. */
  readonly name: string;
  /** Params of the profile that the value is multiplied by. */
  readonly scaleBy?: readonly string[];
  /** value = raw * scale + offset, in `unit`. */
  readonly scale: number;
  readonly offset: number;
  /** Digits behind the point that the value is rounded to; leaving it out means all there are. */
  readonly decimals?: number;
  /** The unit of the value after scaling; converted to the metric's canonical unit by sampling. */
  readonly unit: string;
  readonly metric: string;
  readonly tags: readonly string[];
  /** Lowest and highest believable value, in `unit`; a value outside is dropped before the log and counted. */
  readonly range?: readonly [number, number];
  /** What else is believed of it, and what becomes of the rest. */
  readonly quality?: QualityRules;
  /** What the numbers of a state are called, for those who read them. */
  readonly states?: Readonly<Record<string, string>>;
  /** Only for a point that counts. */
  readonly counter?: PointCounter;
  /** Section or page of the source. */
  readonly page?: string;
}

/** One quantity in the registers of a device: where it is and how it is coded. */
export interface Point extends SharedPoint {
  readonly table: Table;
  /** What the wire carries, counted from 0. */
  readonly address: number;
  readonly type: PointType;
  /** Bit of a register, 0 (lowest) to 15; only for type `bit` in a register table. */
  readonly bit?: number;
  /** Byte of a register; only for types of 8 bits, and the low one when left out. */
  readonly byte?: RegisterByte;
  /** Leaving it out means 16. */
  readonly registerBits?: RegisterBits;
  readonly wordOrder: WordOrder;
  readonly byteOrder: ByteOrder;
  /**
   * A register of the same table that holds a power of ten as an int16, by which the raw value is multiplied; it is
   * read by the same request, since a device may change both between two.
   */
  readonly scaleRegister?: number;
  /** Raw values, before scaling, by which the device says "no reading". */
  readonly sentinels: readonly bigint[];
  /** Raw numbers for which the value is 1; for any other it is 0. Leaving it out means that the number is the value. */
  readonly equals?: readonly number[];
}

/** Addresses of one table, from `start` on and before `end`. */
export interface RegisterSpan {
  readonly table: Table;
  readonly start: number;
  readonly end: number;
}

/** A number that only the place where a device is built in decides, such as the ratio of a current transformer. */
export interface ProfileParam {
  readonly default: number;
  readonly min?: number;
  readonly max?: number;
  /** A full sentence: what it is, and where to read it off. */
  readonly doc: string;
}

/** How a register tells who a device is. */
export const IDENTITY_TYPES = ["text", "uint16", "uint32", "int32"] as const;

/** Where a register has its characters: two of them with either byte first, or one in either byte. */
export const TEXT_PLACEMENTS = ["high-byte-first", "low-byte-first", "high-byte", "low-byte"] as const;
export type TextPlacement = (typeof TEXT_PLACEMENTS)[number];

/** Registers by which a device tells who it is. */
export interface IdentityRegister {
  readonly table: Table;
  readonly address: number;
  /** How many registers there are. */
  readonly count: number;
  readonly type: (typeof IDENTITY_TYPES)[number];
  readonly wordOrder: WordOrder;
  /** Only for a text; leaving it out means two characters in each register, the first in the high byte. */
  readonly placement?: TextPlacement;
}

/** Where a device tells which model it is, and which one of its kind. */
export interface ProfileIdentity {
  readonly model?: IdentityRegister & {
    /** What it holds in the devices of the profile; texts without the blanks around them, whole numbers in decimal. */
    readonly equals: readonly string[];
  };
  readonly serial?: IdentityRegister;
  /** Of the device's firmware or hardware. */
  readonly revision?: IdentityRegister;
  /** There where the device answers function 43/14, by which it tells vendor, product code and revision. */
  readonly identification?: {
    /** The product codes of the devices of the profile; leaving it out means any. */
    readonly equals?: readonly string[];
  };
}

/** What every profile says, whatever the device speaks. */
export interface ProfileBasics {
  /** `vendor/model`; empty where an instance says itself what its device is. */
  readonly id: string;
  readonly description: string;
  readonly source: Source;
  /**
   * `captured` where a recording of a real device decodes to what it showed, `two-sources` where two that do not
   * follow from each other agree, `manual-only` where one stands alone.
   */
  readonly trust: TrustLevel;
  /** The recording, or the second source; there unless the trust is `manual-only`. */
  readonly confirmedBy?: Source;
  /** What each instance may set; leaving it out means nothing. */
  readonly params?: Readonly<Record<string, ProfileParam>>;
}

/** What a device speaks, which is the name of the input that reads it. */
export const PROTOCOLS = ["modbus", "serial"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** A profile with everything it extends folded in. */
export type Profile = ModbusProfile | SerialProfile;

/** A device with registers. */
export interface ModbusProfile extends ProfileBasics {
  readonly protocol: "modbus";
  /** Most registers one request may ask for. Limits: 125. */
  readonly maxRegisters: number;
  /** Unused registers that may be read through to join two points; 0 where gaps were not proven readable. */
  readonly maxGap: number;
  /** Registers that a read clears, whether their points are polled or not; leaving it out means none. */
  readonly clearOnRead?: readonly RegisterSpan[];
  /** Leaving it out means that the device does not tell. */
  readonly identity?: ProfileIdentity;
  readonly points: readonly Point[];
}

/** Registers of 16 bits (or bits, in the bit tables) that a value of this type takes on the wire. */
export function pointWidth(type: PointType): number {
  switch (type) {
    case "int32":
    case "uint32":
    case "float32":
    case "bcd32":
    case "sign-magnitude32":
    case "uint32-m10k":
    case "int32-m10k":
    case "float32-4q":
      return 2;
    case "uint48-m10k":
    case "int48-m10k":
    case "date-bytes":
      return 3;
    case "int64":
    case "uint64":
    case "float64":
    case "uint64-m10k":
    case "int64-m10k":
    case "date-iec":
      return 4;
    default:
      return 1;
  }
}

/** Bits of its registers that a value of this type takes. */
export function pointBits(type: PointType): number {
  if (type === "bit") return 1;
  return type === "int8" || type === "uint8" ? 8 : 16 * pointWidth(type);
}

/** Gives the address behind the last one of a point. */
export function pointEnd(point: Pick<Point, "table" | "address" | "type" | "registerBits">): number {
  const { table, address, type, registerBits = 16 } = point;
  return address + (table === "coil" || table === "discrete-input" ? 1 : (16 * pointWidth(type)) / registerBits);
}

/** Addresses that one request has to read together, for the point to have a value of one moment. */
export function pointSpan(
  point: Pick<Point, "table" | "address" | "type" | "registerBits" | "scaleRegister">,
): RegisterSpan {
  const { table, address, scaleRegister = address } = point;
  return { table, start: Math.min(address, scaleRegister), end: Math.max(pointEnd(point), scaleRegister + 1) };
}
