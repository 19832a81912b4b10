import assert from "node:assert/strict";
import { roundDecimal } from "../../decode/decimal.ts";
import { readsBits } from "../../decode/modbus-pdu.ts";
import { decodeTableBit, type RegisterCoding, RegisterDecoder } from "../../decode/registers.ts";
import { applyScale, scaleByExponent } from "../../decode/scale.ts";
import { type Point, pointWidth } from "../../model/profile.ts";
import type { ReadBlock } from "./plan.ts";
import type { ReadingTable } from "./reading-table.ts";

interface PlacedPoint {
  /** Index into the profile's points. */
  readonly index: number;
  /** From the start of the answer's data; bytes, or bits in a bit table. */
  readonly offset: number;
  readonly bytes: number;
  readonly scale: number;
  readonly shift: number;
  /** Negative where nothing is rounded. */
  readonly decimals: number;
  /** Numbers that are 1, while all others are 0; absent where the number is the value. */
  readonly equals: Float64Array | undefined;
  /** Absent in a bit table. */
  readonly decoder: RegisterDecoder | undefined;
  /** Where the power of ten lies that scales the value, in bytes, and what reads it; absent where there is none. */
  readonly exponentOffset: number;
  readonly exponentDecoder: RegisterDecoder | undefined;
}

/** What became of the points of a block that have no reading. */
export interface BlockLeftovers {
  /** How many the device has no reading for. */
  readonly absent: number;
  /** Points whose value cannot be represented, each with its bytes as they came. */
  readonly bad: readonly { readonly point: number; readonly bytes: Uint8Array }[];
}

/** Turns the data of one block's answer into readings; everything that does not change is worked out once. */
export class BlockDecoder {
  readonly #places: readonly PlacedPoint[];

  constructor(block: ReadBlock, points: readonly Point[]) {
    const { registerBytes = 2 } = block.request;
    const isBitTable = readsBits(block.request.functionCode);
    this.#places = block.points.map((index) => {
      const point = points[index];
      assert(point !== undefined, "a plan names points of its own profile");
      const distance = point.address - block.request.address;
      return {
        index,
        offset: isBitTable ? distance : registerBytes * distance,
        bytes: 2 * pointWidth(point.type),
        scale: point.scale,
        shift: point.offset,
        decimals: point.decimals ?? -1,
        equals: point.equals === undefined ? undefined : Float64Array.from(point.equals),
        decoder: isBitTable ? undefined : new RegisterDecoder(point),
        exponentOffset: registerBytes * ((point.scaleRegister ?? point.address) - block.request.address),
        exponentDecoder: point.scaleRegister === undefined ? undefined : new RegisterDecoder(exponentCoding(point)),
      };
    });
  }

  /**
   * Adds a row to `table` for each point that has a reading.
   *
   * Units: `at` integer milliseconds since 1970. Shape: `data` is all that the block's request asked for.
   * Errors: `DECODE_SHORT_FRAME`.
   */
  decodeInto(table: ReadingTable, data: DataView, at: number): BlockLeftovers {
    let absent = 0;
    const bad: { point: number; bytes: Uint8Array }[] = [];
    for (const place of this.#places) {
      const value = valueAt(data, place);
      if (Number.isFinite(value)) table.push(place.index, at, value);
      else if (Number.isNaN(value)) absent += 1;
      else bad.push({ point: place.index, bytes: bytesOf(data, place) });
    }
    return { absent, bad };
  }
}

/** Decodes a value: NaN where there is none, an infinity where there is something else. */
function valueAt(data: DataView, place: PlacedPoint): number {
  const raw = place.decoder?.decode(data, place.offset) ?? decodeTableBit(data, place.offset);
  if (place.equals !== undefined) return Number.isFinite(raw) ? Number(place.equals.includes(raw)) : raw;
  const scaled =
    place.exponentDecoder === undefined
      ? raw
      : scaleByExponent(raw, place.exponentDecoder.decode(data, place.exponentOffset));
  const value = applyScale(scaled, place.scale, place.shift);
  return place.decimals < 0 ? value : roundDecimal(value, place.decimals);
}

/** A power of ten that is 0x8000 says that the device does not have the value. */
function exponentCoding({ byteOrder }: Point): RegisterCoding {
  return { type: "int16", wordOrder: "high-word-first", byteOrder, sentinels: [0x8000n] };
}

function bytesOf(data: DataView, place: PlacedPoint): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset + place.offset, place.bytes).slice();
}
