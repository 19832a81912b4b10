/** From the blocks of a SunSpec device to the profile that reads it. */

import { REGISTERS_PER_READ_MAX } from "../decode/modbus-pdu.ts";
import { decodeText } from "../decode/register-text.ts";
import { metricOf } from "../model/metrics.ts";
import { type PointType, pointWidth } from "../model/profile.ts";
import type { SunSpecBlock, SunSpecDevice, SunSpecModel, SunSpecPoint, SunSpecType } from "../model/sunspec.ts";
import { formatPlainAddress } from "./register-address.ts";

/** The model that says who made the device. */
const COMMON_MODEL = 1;

/** Who made a device, as it says itself; empty where it does not. */
export interface SunSpecIdentity {
  readonly maker: string;
  readonly model: string;
  readonly version: string;
  readonly serial: string;
}

/** A point as it will be written. */
interface SunSpecDraftPoint {
  readonly name: string;
  /** Keys of a profile, with values as YAML writes them. */
  readonly keys: readonly (readonly [key: string, yaml: string])[];
}

/** A block and the points that are made of it. */
export interface SunSpecDraftBlock {
  readonly block: SunSpecBlock;
  /** What its points are called in front; undefined for a model that is not known. */
  readonly label: string | undefined;
  readonly points: readonly SunSpecDraftPoint[];
}

interface TypeReading {
  readonly type: PointType;
  /** Raw values that mean "not implemented", where they are others than those of the type. */
  readonly sentinels?: string;
}

/**
 * How the types of SunSpec are read; the others are no numbers that change.
 *
 * Source: SunSpec Device Information Model Specification, 4.2, for what is not implemented.
 */
const READINGS: Readonly<Partial<Record<SunSpecType, TypeReading>>> = {
  int16: { type: "int16" },
  uint16: { type: "uint16" },
  int32: { type: "int32" },
  uint32: { type: "uint32" },
  int64: { type: "int64" },
  uint64: { type: "uint64" },
  float32: { type: "float32" },
  float64: { type: "float64" },
  acc32: { type: "uint32", sentinels: "[0]" },
  acc64: { type: "uint64", sentinels: "[0]" },
  enum16: { type: "uint16" },
  count: { type: "uint16" },
};

/** What a profile of such a device says of all its points. */
export const SUNSPEC_SENTINELS: readonly string[] = [
  "  int16: [0x8000]",
  "  uint16: [0xFFFF]",
  "  int32: [0x80000000]",
  "  uint32: [0xFFFFFFFF]",
  "  int64: [0x8000000000000000]",
  "  uint64: [0xFFFFFFFFFFFFFFFF]",
];

/**
 * Where the common model has what it says: in registers from the one with its number on.
 *
 * Source: SunSpec Device Information Model Specification, model 1.
 */
const IDENTITY_PLACES: Readonly<Record<keyof SunSpecIdentity, { readonly at: number; readonly size: number }>> = {
  maker: { at: 2, size: 16 },
  model: { at: 18, size: 16 },
  version: { at: 42, size: 8 },
  serial: { at: 50, size: 16 },
};

/** Reads who made the device. */
export function identifySunSpec({ blocks }: SunSpecDevice): SunSpecIdentity {
  const registers = blocks.find(({ id }) => id === COMMON_MODEL)?.registers ?? [];
  const text = (trait: keyof SunSpecIdentity): string => {
    const { at, size } = IDENTITY_PLACES[trait];
    return decodeText(registers.slice(at, at + size));
  };
  return { maker: text("maker"), model: text("model"), version: text("version"), serial: text("serial") };
}

/** Writes the key of a profile by which the device is known again; nothing where it does not say who it is. */
export function draftSunSpecIdentity(device: SunSpecDevice): readonly string[] {
  const block = device.blocks.find(({ id }) => id === COMMON_MODEL);
  const { model, version, serial } = identifySunSpec(device);
  if (block === undefined) return [];
  const place = (trait: keyof SunSpecIdentity): string => {
    const { at, size } = IDENTITY_PLACES[trait];
    return `address: 0x${(block.address + at).toString(16).toUpperCase()}, type: text, registers: ${size}`;
  };
  const lines = [
    ...(model === "" ? [] : [`  model: { ${place("model")}, equals: [${JSON.stringify(model)}] }`]),
    ...(serial === "" ? [] : [`  serial: { ${place("serial")} }`]),
    ...(version === "" ? [] : [`  revision: { ${place("version")} }`]),
  ];
  return lines.length === 0 ? [] : ["identity:", ...lines];
}

/** Makes the points of a device. `hasExtra` asks for ratings and settings too. */
export function draftSunSpecPoints(
  { blocks }: SunSpecDevice,
  models: ReadonlyMap<number, SunSpecModel>,
  hasExtra: boolean,
): readonly SunSpecDraftBlock[] {
  const counts = new Map<string, number>();
  return blocks.map((block) => {
    const model = models.get(block.id);
    if (model === undefined) return { block, label: undefined, points: [] };
    const nth = (counts.get(model.label) ?? 0) + 1;
    counts.set(model.label, nth);
    const suffix = nth === 1 ? "" : `-${nth}`;
    const fixed = draftPoints(block, model, model.points, { start: 0, label: `${model.label}${suffix}`, suffix });
    return { block, label: model.label, points: [...fixed, ...draftRepeated(block, model, suffix)].flatMap(wanted) };
  });

  function wanted({ isExtra, ...point }: SunSpecDraftPoint & { readonly isExtra: boolean }): SunSpecDraftPoint[] {
    return isExtra && !hasExtra ? [] : [point];
  }
}

function draftRepeated(block: SunSpecBlock, model: SunSpecModel, suffix: string): ReturnType<typeof draftPoints> {
  const { repeat } = model;
  if (repeat === undefined) return [];
  const room = Math.floor((block.length + 2 - repeat.at) / repeat.size);
  const told = block.registers[model.points.find(({ name }) => name === repeat.count)?.at ?? -1] ?? room;
  return Array.from({ length: Math.min(room, told) }, (_, index) => {
    const label = `${model.label}${index + 1}${suffix}`;
    const place = { start: repeat.at + index * repeat.size, label, suffix: "", part: label };
    return draftPoints(block, model, repeat.points, place);
  }).flat();
}

interface DraftPlace {
  /** What the places of the points are counted from, in registers from the begin of the block. */
  readonly start: number;
  readonly label: string;
  /** Tells the parts of several blocks of one model apart. */
  readonly suffix: string;
  /** The part, for points that do not name one. */
  readonly part?: string;
}

function draftPoints(
  block: SunSpecBlock,
  model: SunSpecModel,
  points: readonly SunSpecPoint[],
  { start, label, suffix, part }: DraftPlace,
): (SunSpecDraftPoint & { readonly isExtra: boolean })[] {
  return points.flatMap((point) => {
    const reading = READINGS[point.type];
    const { meaning } = point;
    if (reading === undefined || meaning === undefined) return [];
    const at = start + point.at;
    // A device may have less of a model than was published, and then says so by its length.
    if (at + pointWidth(reading.type) > block.length + 2) return [];
    const scale = findScale(block, model, point, at);
    if (scale === undefined) return [];
    const tags = meaning.tags.map((tag) => tag.replace(/^part:.*$/u, (whole) => `${whole}${suffix}`));
    if (part !== undefined) tags.push(`part:${part}`);
    const keys: [string, string][] = [
      ["address", toAddress(block.address + at)],
      ["type", reading.type],
      ...scale,
      ...(reading.sentinels === undefined ? [] : ([["sentinels", reading.sentinels]] as [string, string][])),
      ...(point.unit === "" ? [] : ([["unit", point.unit === "%" ? '"%"' : point.unit]] as [string, string][])),
      ["metric", meaning.metric],
      ...(tags.length === 0 ? [] : ([["tags", `{ ${tags.join(", ").replaceAll(":", ": ")} }`]] as [string, string][])),
      ...(meaning.range === undefined ? [] : ([["range", `[${meaning.range.join(", ")}]`]] as [string, string][])),
      ...(metricOf(meaning.metric)?.course === "total" ? ([["counter", "{}"]] as [string, string][]) : []),
      ...(meaning.states === undefined ? [] : ([["states", writeStates(meaning.states)]] as [string, string][])),
      ["page", `${block.id} ${point.name}`],
    ];
    return [{ name: `${label}-${meaning.name}`, keys, isExtra: meaning.isExtra }];
  });
}

/**
 * Finds how a point is scaled: by its register, which is read along with it, or, where that is too far away for one
 * request, by the power of ten that was found there. Undefined where the device does not have the register.
 */
function findScale(
  block: SunSpecBlock,
  model: SunSpecModel,
  point: SunSpecPoint,
  at: number,
): readonly [string, string][] | undefined {
  if (point.scaleBy === undefined) return [];
  const scaleAt = model.points.find(({ name }) => name === point.scaleBy)?.at;
  if (scaleAt === undefined || scaleAt > block.length + 1) return undefined;
  const width = pointWidth(READINGS[point.type]?.type ?? "uint16");
  const span = Math.max(at + width, scaleAt + 1) - Math.min(at, scaleAt);
  if (span <= REGISTERS_PER_READ_MAX) return [["scale_register", toAddress(block.address + scaleAt)]];
  const exponent = ((block.registers[scaleAt] ?? 0x8000) << 16) >> 16;
  return exponent < -10 || exponent > 10 ? undefined : [["scale", String(Number(`1e${exponent}`))]];
}

/** Words that older readers of YAML take for true or false are quoted, and whatever else could be no word. */
function writeStates(states: Readonly<Record<string, string>>): string {
  const isWord = (name: string): boolean => /^[a-z][a-z ]*$/iu.test(name) && !/^(on|off|yes|no|y|n)$/iu.test(name);
  const names = Object.entries(states).map(
    ([number, name]) => `${number}: ${isWord(name) ? name : JSON.stringify(name)}`,
  );
  return `{ ${names.join(", ")} }`;
}

/** SunSpec is in holding registers, about half of its addresses where a register number could be meant. */
function toAddress(address: number): string {
  return formatPlainAddress({ table: "holding-register", address });
}
