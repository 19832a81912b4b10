/** A device profile: what one device model exposes, as read from `device-profiles/VENDOR/MODEL.yaml`. */

/** The four Modbus tables. */
export const TABLES = ["coil", "discrete-input", "holding-register", "input-register"] as const;
export type Table = (typeof TABLES)[number];

/** How the bits of a point become a number. */
export const POINT_TYPES = [
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "float32",
  "float64",
  "bit",
] as const;
export type PointType = (typeof POINT_TYPES)[number];

/** Which register of a value comes first on the wire: the one with its high word, or the one with its low word. */
export const WORD_ORDERS = ["high-word-first", "low-word-first"] as const;
export type WordOrder = (typeof WORD_ORDERS)[number];

/** Which byte of a register comes first on the wire; the standard says the high one. */
export const BYTE_ORDERS = ["high-byte-first", "low-byte-first"] as const;
export type ByteOrder = (typeof BYTE_ORDERS)[number];

/** Where a fact about a device was read. */
export interface Source {
  readonly title: string;
  readonly edition?: string;
  readonly url?: string;
}

/** How well the registers of a profile are founded, from the best to the least. */
export const TRUST_LEVELS = ["captured", "two-sources", "manual-only"] as const;
export type TrustLevel = (typeof TRUST_LEVELS)[number];

/** One quantity of a device: where it is, how it is coded, and what it is called. */
export interface Point {
  /** Kebab-case, unique in the profile. */
  readonly name: string;
  readonly table: Table;
  /** What the wire carries, counted from 0. */
  readonly address: number;
  readonly type: PointType;
  /** Bit of a register, 0 (lowest) to 15; only for type `bit` in a register table. */
  readonly bit?: number;
  readonly wordOrder: WordOrder;
  readonly byteOrder: ByteOrder;
  /** Params of the profile that the value is multiplied by. */
  readonly scaleBy?: readonly string[];
  /** value = raw * scale + offset, in `unit`. */
  readonly scale: number;
  readonly offset: number;
  /** Raw values, before scaling, by which the device says "no reading". */
  readonly sentinels: readonly bigint[];
  /** The unit of the value after scaling; converted to the metric's canonical unit by sampling. */
  readonly unit: string;
  readonly metric: string;
  readonly tags: readonly string[];
  /** Lowest and highest believable value, in `unit`; a value outside is dropped before the log and counted. */
  readonly range?: readonly [number, number];
  /** Section or page of the source. */
  readonly page?: string;
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

/** A profile with everything it extends folded in. */
export interface Profile {
  /** `vendor/model`. */
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
  readonly protocol: "modbus";
  /** Most registers one request may ask for. Limits: 125. */
  readonly maxRegisters: number;
  /** Unused registers that may be read through to join two points; 0 where gaps were not proven readable. */
  readonly maxGap: number;
  /** Registers that a read clears, whether their points are polled or not; leaving it out means none. */
  readonly clearOnRead?: readonly RegisterSpan[];
  /** What each instance may set; leaving it out means nothing. */
  readonly params?: Readonly<Record<string, ProfileParam>>;
  readonly points: readonly Point[];
}

/** Registers (or bits, in the bit tables) that a value of this type takes on the wire. */
export function pointWidth(type: PointType): number {
  switch (type) {
    case "int32":
    case "uint32":
    case "float32":
      return 2;
    case "int64":
    case "uint64":
    case "float64":
      return 4;
    default:
      return 1;
  }
}

/** Gives the address behind the last one of a point. */
export function pointEnd({ table, address, type }: Pick<Point, "table" | "address" | "type">): number {
  return address + (table === "coil" || table === "discrete-input" ? 1 : pointWidth(type));
}
