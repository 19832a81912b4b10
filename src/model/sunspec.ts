/** SunSpec: a device that says by itself what it is made of, in blocks of registers whose layout is published. */

/** How SunSpec codes a point. */
export const SUNSPEC_TYPES = [
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "float32",
  "float64",
  "acc32",
  "acc64",
  "enum16",
  "bitfield16",
  "bitfield32",
  "count",
  "sunssf",
  "string",
] as const;
export type SunSpecType = (typeof SUNSPEC_TYPES)[number];

/** What a point of a model is to us. */
export interface SunSpecMeaning {
  /** Kebab-case, unique in its model. */
  readonly name: string;
  readonly metric: string;
  readonly tags: readonly string[];
  readonly range?: readonly [number, number];
  /** What its numbers are called. */
  readonly states?: Readonly<Record<string, string>>;
  /** Whether it is a rating, a setting or told elsewhere too, so that few want it. */
  readonly isExtra: boolean;
}

/** One point of a model. */
export interface SunSpecPoint {
  /** As SunSpec calls it. */
  readonly name: string;
  /** Registers from the one that holds the model's number, or from the first of a repetition. */
  readonly at: number;
  readonly type: SunSpecType;
  /** The point of its model that holds its power of ten. */
  readonly scaleBy?: string;
  /** After scaling; empty for a number without one. */
  readonly unit: string;
  /** Left out where no reading is made of it. */
  readonly meaning?: SunSpecMeaning;
}

/** A part of a model that comes several times. */
export interface SunSpecRepeat {
  readonly at: number;
  /** Registers of one repetition. */
  readonly size: number;
  /** The point that says how many there are. */
  readonly count: string;
  readonly points: readonly SunSpecPoint[];
}

/** The layout of models that are laid out alike. */
export interface SunSpecModel {
  readonly ids: readonly number[];
  /** What its points are called in front. */
  readonly label: string;
  readonly points: readonly SunSpecPoint[];
  readonly repeat?: SunSpecRepeat;
}

/** A block of registers as a device has it. */
export interface SunSpecBlock {
  /** The number of its model. */
  readonly id: number;
  /** Where that number stands. */
  readonly address: number;
  /** All registers of the block, its number and length included; empty where nobody asked for them. */
  readonly registers: readonly number[];
  /** Registers behind number and length. */
  readonly length: number;
}

/** A device as its blocks tell it. */
export interface SunSpecDevice {
  /** Where the marker stands. */
  readonly base: number;
  readonly blocks: readonly SunSpecBlock[];
  /** Whether the list of blocks came to its end mark. */
  readonly isWhole: boolean;
}
