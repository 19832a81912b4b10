/** Everything that some registers may mean: each type in each order, as far as they differ. */

import {
  BYTE_ORDERS,
  type ByteOrder,
  POINT_TYPES,
  type PointType,
  pointBits,
  pointWidth,
  WORD_ORDERS,
  type WordOrder,
} from "../model/profile.ts";
import { RegisterDecoder } from "./registers.ts";

/** One meaning of the first registers of a read, in each of several reads. */
export interface Interpretation {
  /** Types that all give these values. */
  readonly types: readonly PointType[];
  readonly wordOrder: WordOrder;
  readonly byteOrder: ByteOrder;
  /** In the letters of manuals, A for the most significant byte. */
  readonly letters: string;
  /** One for each read; NaN is no reading, an infinity no value. */
  readonly values: readonly number[];
}

/**
 * Gives all meanings of what was read from one place, several times.
 *
 * Shape: `reads` all of the same length, of one register or more.
 */
export function interpretRegisters(reads: readonly DataView[]): readonly Interpretation[] {
  const width = (reads[0]?.byteLength ?? 0) / 2;
  const found = new Map<string, Interpretation & { readonly types: PointType[] }>();
  for (const type of POINT_TYPES.filter((each) => each !== "bit" && pointWidth(each) <= width)) {
    for (const wordOrder of ordersOf(type)) {
      for (const byteOrder of BYTE_ORDERS) {
        const decoder = new RegisterDecoder({ type, wordOrder, byteOrder, sentinels: [] });
        const values = reads.map((read) => decoder.decode(read, 0));
        const letters = lettersOf(type, wordOrder, byteOrder);
        const key = `${letters} ${values.join()}`;
        const same = found.get(key);
        if (same === undefined) found.set(key, { types: [type], wordOrder, byteOrder, letters, values });
        else same.types.push(type);
      }
    }
  }
  return [...found.values()];
}

/** Orders that make a difference to a type. */
function ordersOf(type: PointType): readonly WordOrder[] {
  const width = pointWidth(type);
  if (width === 1) return ["high-word-first"];
  return width === 4 ? WORD_ORDERS : ["high-word-first", "low-word-first"];
}

function lettersOf(type: PointType, wordOrder: WordOrder, byteOrder: ByteOrder): string {
  const width = pointWidth(type);
  const places = Array.from({ length: width }, (_, place) => place);
  const placeOf: Readonly<Record<WordOrder, (place: number) => number>> = {
    "high-word-first": (place) => place,
    "low-word-first": (place) => width - 1 - place,
    "low-half-first": (place) => place ^ 2,
    "low-word-first-in-halves": (place) => place ^ 1,
  };
  const pairs = places.map((place) => {
    const first = 65 + 2 * placeOf[wordOrder](place);
    const pair = String.fromCharCode(first, first + 1);
    return byteOrder === "high-byte-first" ? pair : `${pair[1]}${pair[0]}`;
  });
  if (pointBits(type) === 8) return byteOrder === "high-byte-first" ? "B" : "A";
  return pairs.join("");
}
