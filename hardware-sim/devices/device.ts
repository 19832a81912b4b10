import {
  type ModbusProfile,
  type Point,
  type ProfileIdentity,
  pointBits,
  pointEnd,
  pointWidth,
  type Table,
} from "../../src/model/profile.ts";
import { type Coding, canEncode, encodeAbsence, encodeRegisters } from "./encode-registers.ts";
import type { Identification } from "./identification.ts";
import { RegisterBank } from "./register-bank.ts";

/** Looks at the world at a moment, in seconds since the plant started, and gives each point's value in its unit. */
export type Signals = (atSeconds: number) => (point: Point) => number;

/** What a point was given instead of its signal: a value that stays, or the device's own "no reading". */
export type Held = number | "absent";

/** A device made from a profile: it keeps its registers true to its signals and counts what it served. */
export class Device {
  readonly profile: ModbusProfile;
  readonly bank = new RegisterBank();
  /** Points whose registers were wholly inside an answered read; each read of a point counts once. */
  served = 0;
  /** What it says by function 43/14; absent where it does not know that function. */
  identification: Identification | undefined;
  readonly #signals: Signals;
  readonly #held = new Map<string, Held>();
  readonly #readBack = new Map<string, number | undefined>();

  constructor(profile: ModbusProfile, signals: Signals) {
    this.profile = profile;
    this.#signals = signals;
    for (const point of profile.points) {
      // It has them from the start: how long an answer is depends on them.
      if (point.registerBits === 32) this.#writeWords(point, Array(pointWidth(point.type)).fill(0));
      // A register of status bits has its unused bits at 0; only registers without any point tell their address.
      if (point.bit !== undefined || pointBits(point.type) === 8) this.bank.write(point.table, point.address, [0]);
    }
    const { model, identification } = profile.identity ?? {};
    const [vendor = "", product = ""] = profile.id.split("/");
    if (identification !== undefined) this.identification = [vendor, identification.equals?.[0] ?? product, "1.0"];
    if (model !== undefined) this.bank.write(model.table, model.address, encodeModel(model));
  }

  /** Makes a point stand still at a value; `undefined` gives it back to its signal. Errors: an unknown point. */
  hold(name: string, held: Held | undefined): void {
    if (!this.profile.points.some((point) => point.name === name)) {
      throw new RangeError(`${this.profile.id} has no point "${name}"`);
    }
    if (held === undefined) this.#held.delete(name);
    else this.#held.set(name, held);
  }

  /** Brings the registers to a moment. Units: seconds since the plant started. */
  advanceTo(atSeconds: number): void {
    const valueAt = this.#signals(atSeconds);
    const values = this.profile.points.map((point) => ({
      point,
      held: this.#held.get(point.name) ?? valueAt(point),
    }));
    const exponents = this.#chooseExponents(values);
    for (const { point, held } of values) this.#write(point, held, exponents.get(scaleKey(point)));
  }

  /** Writes the powers of ten into the registers that scale others: for each the finest that holds all its values. */
  #chooseExponents(values: readonly { point: Point; held: Held }[]): ReadonlyMap<string, number> {
    const exponents = new Map<string, number>();
    for (const { point, held } of values) {
      if (point.scaleRegister === undefined || held === "absent") continue;
      const chosen = Math.max(exponents.get(scaleKey(point)) ?? EXPONENT_MIN, finestExponent(point, held));
      exponents.set(scaleKey(point), chosen);
    }
    for (const { point } of values) {
      const { table, scaleRegister, byteOrder } = point;
      if (scaleRegister === undefined) continue;
      const coding = { ...EXPONENT_CODING, byteOrder };
      const exponent = exponents.get(scaleKey(point));
      const { words } = exponent === undefined ? encodeAbsence(coding) : encodeRegisters(coding, exponent);
      this.bank.write(table, scaleRegister, words);
    }
    return exponents;
  }

  /**
   * What a reader of the registers should find in a point now, in the point's unit; undefined before the first
   * `advanceTo` and for "no reading".
   */
  readBack(name: string): number | undefined {
    return this.#readBack.get(name);
  }

  /** Counts the points that an answered read held whole. */
  countServed(table: Table, address: number, count: number): void {
    const end = address + count;
    for (const point of this.profile.points) {
      if (point.table !== table || point.address < address) continue;
      if (pointEnd(point) <= end) this.served += 1;
    }
  }

  #write(point: Point, held: Held, exponent = 0): void {
    if (point.bit !== undefined) {
      const isSet = held !== "absent" && held !== 0;
      this.bank.writeBit(point.table, point.address, point.bit, isSet);
      this.#readBack.set(point.name, isSet ? 1 : 0);
      return;
    }
    const { words, readBack } =
      held === "absent" ? encodeAbsence(point) : encodeRegisters(scaledPoint(point, exponent), toNumber(point, held));
    const [word = 0] = words;
    if (pointBits(point.type) === 8) this.bank.writeBits(point.table, point.address, word, byteMask(point));
    else this.#writeWords(point, words);
    this.#readBack.set(
      point.name,
      point.equals === undefined ? readBack : Number(point.equals.includes(readBack ?? 0)),
    );
  }

  #writeWords({ table, address, registerBits }: Point, words: readonly number[]): void {
    if (registerBits === 32) this.bank.writeWide(table, address, words);
    else this.bank.write(table, address, words);
  }
}

/** The number that says of a state whether it is the one that a point asks for: the first of these, or another. */
function toNumber({ equals }: Point, held: number): number {
  if (equals === undefined) return held;
  let other = 0;
  while (equals.includes(other)) other += 1;
  return held === 0 ? other : (equals[0] ?? 0);
}

/** How a register holds a power of ten; the sentinel says that what it scales is not there. */
const EXPONENT_CODING: Coding = {
  type: "int16",
  wordOrder: "high-word-first",
  byteOrder: "high-byte-first",
  scale: 1,
  offset: 0,
  sentinels: [0x8000n],
};

/** No device resolves finer than thousandths of what its profile says. */
const EXPONENT_MIN = -3;

const EXPONENT_MAX = 10;

function scaleKey({ table, scaleRegister }: Point): string {
  return `${table} ${scaleRegister}`;
}

function finestExponent(point: Point, value: number): number {
  for (let exponent = EXPONENT_MIN; exponent <= EXPONENT_MAX; exponent += 1) {
    if (canEncode(scaledPoint(point, exponent), value)) return exponent;
  }
  return EXPONENT_MIN;
}

function scaledPoint(point: Point, exponent: number): Point {
  return exponent === 0 ? point : { ...point, scale: point.scale * Number(`1e${exponent}`) };
}

/** The bits of its register that are the point's own. */
function byteMask({ byte, byteOrder }: Point): number {
  return (byte === "high") === (byteOrder === "high-byte-first") ? 0xff00 : 0x00ff;
}

/** Codes what a device of a profile says that it is. Shape: as many words as there are registers. */
function encodeModel({ type, count, wordOrder, equals }: NonNullable<ProfileIdentity["model"]>): number[] {
  const [expected = ""] = equals;
  if (type !== "text") {
    const number = Number(expected);
    const words = count === 1 ? [number & 0xffff] : [(number >>> 16) & 0xffff, number & 0xffff];
    return wordOrder === "high-word-first" ? words : words.reverse();
  }
  const letters = expected.padEnd(2 * count, "\0");
  return Array.from(
    { length: count },
    (_, index) => (letters.charCodeAt(2 * index) << 8) | letters.charCodeAt(2 * index + 1),
  );
}
