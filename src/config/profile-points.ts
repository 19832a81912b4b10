/** From what the layers of a profile say of a point, to the point, or to what is wrong with it. */

import { REGISTERS_PER_READ_MAX } from "../decode/modbus-pdu.ts";
import type { ConfigProblem } from "../model/config.ts";
import { machineMetricOf } from "../model/metrics.ts";
import {
  type Point,
  type PointType,
  pointBits,
  pointEnd,
  pointSpan,
  pointWidth,
  type RegisterBits,
  type Table,
  type WordOrder,
} from "../model/profile.ts";
import { type Complain as ComplainOf, checkMetric, checkParams, complainAbout } from "./point-checks.ts";
import { toCounter } from "./point-counter.ts";
import { buildQuality } from "./point-quality.ts";
import type { Complaint } from "./problems.ts";
import type { PointKeys, ProfileKeys } from "./profile-file.ts";
import type { ProfileLayers } from "./profile-layers.ts";
import { namesTable, type Place, placeOfAddress } from "./register-address.ts";
import { complainOfScaleRegister } from "./scale-registers.ts";

/**
 * Makes the points of a profile. A point that only a part describes, and that no layer gives an address, is one this
 * device does not have.
 */
export function buildPoints(layers: ProfileLayers<ProfileKeys>): {
  readonly points: readonly Point[];
  readonly problems: readonly ConfigProblem[];
} {
  const points: Point[] = [];
  const problems: ConfigProblem[] = [];
  for (const name of layers.pointNames()) {
    if (!layers.isOwnPoint(name) && layers.getOfPoint(name, "address") === undefined) continue;
    const complain = complainAbout(layers, name, problems);
    const point = buildPoint(layers, name, complain);
    if (point === undefined) continue;
    const other = points.find((candidate) => collides(point, candidate));
    if (other !== undefined) complain("address", describeCollision(point, other));
    points.push(point);
  }
  const clearOnRead = points.filter(({ name }) => layers.getOfPoint(name, "clear_on_read")).map(pointSpan);
  const limits = { maxRegisters: layers.get("max_registers") ?? REGISTERS_PER_READ_MAX, clearOnRead };
  for (const point of points) {
    const complaint = complainOfScaleRegister(point, points, limits);
    if (complaint !== undefined) complainAbout(layers, point.name, problems)("scale_register", complaint);
  }
  return { points, problems };
}

/** Objects to a key of the point, or to the point as a whole. */
type Complain = ComplainOf<PointKeys>;

function buildPoint(layers: ProfileLayers<ProfileKeys>, name: string, complain: Complain): Point | undefined {
  const get = <Key extends keyof PointKeys>(key: Key): PointKeys[Key] | undefined => layers.getOfPoint(name, key);
  const place = readPlace(layers, name, "address", complain);
  const address = place?.address;
  const type = get("type");
  const metric = get("metric");
  const table = place?.table ?? get("table") ?? layers.get("table");
  const missing = Object.entries({ address, type, metric, table }).find(([, value]) => value === undefined)?.[0];
  if (get("address") !== undefined && place === undefined) return undefined;
  if (address === undefined || type === undefined || metric === undefined || table === undefined) {
    complain(undefined, {
      found: `no ${missing ?? "key"}`,
      expected: "address, type, table and metric for every point",
      hint: missing === "table" ? "Add it here, or once for the whole profile." : `Add a line \`${missing}: ...\`.`,
    });
    return undefined;
  }

  const unit = get("unit") ?? "";
  const bit = get("bit");
  const byte = get("byte");
  const decimals = get("decimals");
  const scaleRegister = readPlace(layers, name, "scale_register", complain, table)?.address;
  const range = get("range");
  const page = get("page");
  const counter = get("counter");
  const scale = get("scale") ?? 1;
  const scaleBy = get("scale_by");
  const sentinels = get("sentinels") ?? layers.get("sentinels")?.[type] ?? [];
  const isBitTable = table === "coil" || table === "discrete-input";
  checkMetric(metric, unit, complain);
  if (counter !== undefined && machineMetricOf(metric)?.course !== "total") {
    const expected = "no counter, because the metric is no total";
    complain("counter", { found: `a counter of ${metric}`, expected, hint: "Choose another metric, or delete it." });
  }
  const equals = get("equals");
  const states = get("states");
  checkEquals(equals, { type, metric, scale }, complain);
  checkParams(scaleBy ?? [], Object.keys(layers.get("params") ?? {}), complain);
  checkSentinels(type, sentinels, complain);
  const registerBits = isBitTable ? 16 : (get("register_bits") ?? layers.get("register_bits") ?? 16);
  checkPlace({ address, type, bit, byte, table, isBitTable, registerBits }, complain);
  const wordOrder = chooseWordOrder(type, get("word_order"), layers.get("word_order"), complain);
  return {
    name,
    table,
    address,
    type,
    ...(bit === undefined ? {} : { bit }),
    ...(byte === undefined ? {} : { byte }),
    ...(registerBits === 16 ? {} : { registerBits }),
    wordOrder,
    byteOrder: get("byte_order") ?? layers.get("byte_order") ?? "high-byte-first",
    ...(scaleBy === undefined ? {} : { scaleBy }),
    scale,
    offset: get("offset") ?? 0,
    ...(scaleRegister === undefined ? {} : { scaleRegister }),
    ...(decimals === undefined ? {} : { decimals }),
    sentinels,
    unit,
    metric,
    tags: get("tags") ?? [],
    ...(range === undefined ? {} : { range }),
    ...buildQuality(get("quality"), { metric, counter, states, range }, (found) => complain("quality", found)),
    ...(equals === undefined ? {} : { equals }),
    ...(states === undefined ? {} : { states }),
    ...(counter === undefined ? {} : { counter: toCounter(counter, { type, scale, scaleRegister }) }),
    ...(page === undefined ? {} : { page }),
  };
}

/**
 * Reads an address as it was typed, since 0x9C41 and 40001 are the same number and not the same place. A table that the
 * point itself names, or that its address does, goes before the one of the profile.
 */
function readPlace(
  layers: ProfileLayers<ProfileKeys>,
  name: string,
  key: "address" | "scale_register",
  complain: Complain,
  table: Table | undefined = layers.getOfPoint(name, "table"),
): Place | undefined {
  const written = layers.getOfPoint(name, key);
  if (written === undefined) return undefined;
  const path = ["points", name, key];
  const typed = layers.fileWith(path)?.sourceOf(path) ?? String(written);
  const usual = namesTable(typed) ? undefined : layers.get("table");
  const place = placeOfAddress(typed, table ?? usual);
  if ("address" in place) return place;
  complain(key, place);
  return undefined;
}

/** What is only 1 or 0 has a metric that says so, and a raw number that can be the same as another. */
function checkEquals(
  equals: readonly number[] | undefined,
  { type, metric, scale }: Pick<Point, "type" | "metric" | "scale">,
  complain: Complain,
): void {
  if (equals === undefined) return;
  const found = `equals for ${metric}, a ${type} scaled by ${scale}`;
  const course = machineMetricOf(metric)?.course;
  if (course !== undefined && course !== "state") {
    const expected = "a metric that is 1 or 0";
    complain("equals", { found, expected, hint: "Choose one such as machine.running, or delete the line." });
  } else if (scale !== 1 || /^(float|date|bit)/u.test(type)) {
    complain("equals", { found, expected: "a type of whole numbers, without scale", hint: "" });
  }
}

interface Location {
  readonly address: number;
  readonly type: PointType;
  readonly bit: number | undefined;
  readonly byte: string | undefined;
  readonly table: string;
  readonly isBitTable: boolean;
  readonly registerBits: RegisterBits;
}

function checkPlace({ address, type, bit, byte, table, isBitTable, registerBits }: Location, complain: Complain): void {
  if (isBitTable && type !== "bit") {
    complain("type", { found: type, expected: `bit, because a ${table} holds nothing else`, hint: "" });
  }
  if (type === "bit" && !isBitTable && bit === undefined) {
    const hint = "Add a line `bit: 0` for the lowest bit of the register, up to 15 for the highest.";
    complain(undefined, { found: "no bit", expected: "the number of the bit in its register", hint });
  }
  if (bit !== undefined && (type !== "bit" || isBitTable)) {
    const expected = "no bit, which belongs only to type bit in a register";
    complain("bit", { found: String(bit), expected, hint: "Delete the line, or set `type: bit`." });
  }
  if (byte !== undefined && pointBits(type) !== 8) {
    const expected = "no byte, which belongs only to the types int8 and uint8";
    complain("byte", { found: byte, expected, hint: "Delete the line, or set `type: uint8`." });
  }
  const width = isBitTable ? 1 : (16 * pointWidth(type)) / registerBits;
  if (!Number.isInteger(width)) {
    const expected = "a type of 32 or 64 bits, because its registers have 32";
    complain("type", { found: type, expected, hint: "Write `register_bits: 16` for this point if that is wrong." });
  } else if (address + width > 0x1_0000) {
    const found = `${address}, from which a ${type} runs past the last address`;
    complain("address", { found, expected: `at most ${0x1_0000 - width}`, hint: "" });
  }
}

/** The order a point is read in: its own, or the profile's; one register has none. */
function chooseWordOrder(
  type: PointType,
  own: WordOrder | undefined,
  common: WordOrder | undefined,
  complain: Complain,
): WordOrder {
  const order = own ?? common ?? "high-word-first";
  const needsHalves = order === "low-half-first" || order === "low-word-first-in-halves";
  if (!needsHalves || pointWidth(type) === 4) return order;
  if (pointWidth(type) > 1 || own !== undefined) {
    const found = `${order} for type ${type}`;
    const expected = "high-word-first or low-word-first";
    const hint = own === undefined ? `That is what the profile says; this point needs a word_order of its own.` : "";
    complain(own === undefined ? undefined : "word_order", { found, expected, hint });
  }
  return "high-word-first";
}

/** Sentinels are bit patterns, so a signed type may be given either sign; one that has too many bits is a slip. */
function checkSentinels(type: PointType, sentinels: readonly bigint[], complain: Complain): void {
  const bits = pointBits(type);
  const tooWide = sentinels.find((raw) => BigInt.asIntN(bits, raw) !== raw && BigInt.asUintN(bits, raw) !== raw);
  if (type === "bit" && sentinels.length > 0) {
    complain("sentinels", { found: "sentinels of a bit", expected: "none", hint: "Delete the line." });
  } else if (tooWide !== undefined) {
    const hint = "Such a number is never read; count the digits.";
    complain("sentinels", { found: String(tooWide), expected: `a number that fits into ${bits} bits`, hint });
  }
}

/** Two points may share registers when they read them alike, or when one of them reads a part of a single register. */
function collides(point: Point, other: Point): boolean {
  const isApart = point.table !== other.table || pointEnd(point) <= other.address || pointEnd(other) <= point.address;
  if (isApart) return false;
  if (point.registerBits !== other.registerBits) return true;
  if (point.type === other.type) return point.address !== other.address;
  return !((isPart(point.type) || isPart(other.type)) && pointWidth(point.type) === 1 && pointWidth(other.type) === 1);
}

function isPart(type: PointType): boolean {
  return pointBits(type) < 16;
}

function describeCollision(point: Point, other: Point): Complaint {
  return {
    found: `${point.address}, where ${other.name} (${other.type} at ${other.address}) is read too`,
    expected: "registers of its own, or the same type at the same address",
    hint: `A ${point.type} takes ${pointWidth(point.type)}, a ${other.type} ${pointWidth(other.type)} registers.`,
  };
}
