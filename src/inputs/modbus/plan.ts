import {
  BITS_PER_READ_MAX,
  READ_FUNCTION,
  REGISTERS_PER_READ_MAX,
  type ReadRequest,
  readsBits,
} from "../../decode/modbus-pdu.ts";
import {
  type ModbusProfile,
  type Point,
  pointSpan,
  REGISTER_BITS,
  type RegisterSpan,
  TABLES,
  type Table,
} from "../../model/profile.ts";
import { registerBytesOf } from "./cheapest-read.ts";
import { placeOf } from "./place.ts";
import { type CostOfRead, costOfReadsAt } from "./read-cost.ts";
import type { ModbusSettings } from "./spec.ts";

/** One request and the points its answer holds. */
export interface ReadBlock {
  readonly table: Table;
  readonly request: ReadRequest;
  /** Indexes into the profile's points, by rising address. */
  readonly points: readonly number[];
}

/** What a plan follows from, beside what reads cost. Those with the same `id` are of one profile. */
export interface Readable
  extends Pick<ModbusProfile, "points" | "maxRegisters" | "maxGap" | "clearOnRead">,
    Partial<Pick<ModbusProfile, "id">> {
  /** What the device refuses to read: points there are left out. Leaving it out means nothing. */
  readonly refused?: readonly RegisterSpan[];
  /** Addresses at which no request may begin before them and end behind; leaving it out means none. */
  readonly cuts?: readonly RegisterCut[];
}

/** A place between two registers: before the one with the address. */
export interface RegisterCut {
  readonly table: Table;
  readonly address: number;
}

interface Span {
  readonly point: number;
  readonly start: number;
  readonly end: number;
}

/** Plans the requests of one instance, whose own limits go before those of its profile. */
export function planInstance(profile: ModbusProfile, settings: ModbusSettings): readonly ReadBlock[] {
  return planReads(toReadable(profile, settings), costOfReadsAt(placeOf(settings)));
}

/** Joins what a profile and its instance say of reading. */
export function toReadable(profile: ModbusProfile, settings: ModbusSettings): Readable {
  const { max_gap: maxGap = profile.maxGap, max_registers: registersMax = REGISTERS_PER_READ_MAX } = settings;
  return { ...profile, maxGap, maxRegisters: Math.min(registersMax, profile.maxRegisters) };
}

/**
 * Plans the requests that read all points in the least time: table by table, by rising address.
 *
 * A gap is bridged only up to `maxGap`, since many devices refuse a read that touches an unused register, and only
 * where that takes less time than another request. A register that a read clears is never in a gap; it has one request
 * for itself. A value is never split over two requests, nor from the register that scales it: they would be of
 * different moments.
 *
 * Limits: 125 registers or 2,000 bits per request; `maxRegisters` lowers the first, though never below the width of a
 * single point.
 */
export function planReads(readable: Readable, costOf: CostOfRead): readonly ReadBlock[] {
  return planTogether([readable], costOf);
}

/**
 * Plans the requests that read the points of several instances of one unit, as `planReads` does for one. A gap is
 * bridged where the instances of one profile allow it among their own points; a register that a read clears for one is
 * read alone for all, and once. Where limits differ so much that it takes longer than each for itself, nothing is
 * joined.
 *
 * Shape: blocks index the points of all, one after the other; at least one.
 */
export function planTogether(all: readonly Readable[], costOf: CostOfRead): readonly ReadBlock[] {
  const points = all.flatMap((each) => each.points);
  const together = TABLES.flatMap((table) =>
    REGISTER_BITS.flatMap((registerBits) => planTable({ table, registerBits }, points, all, costOf)),
  );
  if (all.length === 1 || all.some(({ clearOnRead = [] }) => clearOnRead.length > 0)) return together;
  let offset = 0;
  const apart = all.flatMap((each) => {
    const first = offset;
    offset += each.points.length;
    return planReads(each, costOf).map((block) => ({ ...block, points: block.points.map((index) => first + index) }));
  });
  return costOfPlan(together, costOf) <= costOfPlan(apart, costOf) ? together : apart;
}

/** Adds up how long the requests of a plan take. Units: milliseconds. */
export function costOfPlan(blocks: readonly ReadBlock[], costOf: CostOfRead): number {
  return blocks.reduce((sum, { request }) => sum + costOf(request).duration, 0);
}

/** Registers of one table and size: a request reads no others. */
type Kind = Required<Pick<Point, "table" | "registerBits">>;

function planTable(kind: Kind, points: readonly Point[], all: readonly Readable[], costOf: CostOfRead): ReadBlock[] {
  const { table, registerBits } = kind;
  const functionCode = READ_FUNCTION[table];
  const cleared = all.flatMap(({ clearOnRead = [] }) => clearOnRead).filter((span) => span.table === table);
  const refused = all.flatMap((each) => each.refused ?? []).filter((span) => span.table === table);
  const cuts = all.flatMap((each) => each.cuts ?? []).filter((cut) => cut.table === table);
  const spans = toSpans(kind, points).filter(({ start, end }) => !touches(refused, start, end));
  const isShared = ({ start, end }: Span): boolean => !touches(cleared, start, end);
  const fittingMax = Math.floor((16 * REGISTERS_PER_READ_MAX) / registerBits);
  const registersMax = Math.min(...all.map(({ maxRegisters }) => maxRegisters), fittingMax);
  const isAllowed = gapRuleOf(kind, all);
  const shared = partition(spans.filter(isShared), {
    countMax: readsBits(functionCode) ? BITS_PER_READ_MAX : registersMax,
    isJoinable: (from, to) =>
      (from === to || isAllowed(from, to)) &&
      !touches(cleared, from, to) &&
      !touches(refused, from, to) &&
      !cuts.some(({ address }) => from <= address && address <= to),
    // Whole nanoseconds, so that sums are exact and plans of the same cost are seen to be.
    costOf: (count) => Math.round(1e6 * costOf({ functionCode, count, ...registerBytesOf(kind) }).duration),
  });
  const alone = Map.groupBy(
    spans.filter((span) => !isShared(span)),
    ({ start }) => start,
  );
  return [...shared, ...alone.values()]
    .map((group) => toBlock(kind, group))
    .sort((left, right) => left.request.address - right.request.address);
}

function toSpans({ table, registerBits }: Kind, points: readonly Point[]): Span[] {
  return points
    .map((point, index) => ({ point, index }))
    .filter(({ point }) => point.table === table && (point.registerBits ?? 16) === registerBits)
    .map(({ point, index }): Span => ({ point: index, ...pointSpan(point) }))
    .sort((left, right) => left.start - right.start || left.end - right.end);
}

/**
 * Makes the rule that says whether a gap is small enough. A profile speaks of the gaps between its own points, and what
 * lies within one of these is as readable as all of it.
 */
function gapRuleOf(kind: Kind, all: readonly Readable[]): (from: number, to: number) => boolean {
  const [only] = all;
  if (all.length === 1 && only !== undefined) return (from, to) => to - from <= only.maxGap;
  const rules = [...Map.groupBy(all, ({ id }) => id ?? "").values()].map((some) => ({
    maxGap: Math.min(...some.map(({ maxGap }) => maxGap)),
    spans: toSpans(
      kind,
      some.flatMap(({ points }) => points),
    ),
  }));
  return (from, to) =>
    rules.some(({ maxGap, spans }) => {
      const before = Math.max(...spans.filter(({ end }) => end <= from).map(({ end }) => end));
      const after = Math.min(...spans.filter(({ start }) => start >= to).map(({ start }) => start));
      return after - before <= maxGap;
    });
}

interface PartitionRules {
  readonly countMax: number;
  /**
   * Says whether what ends before `from` and what begins at `to` may be read by one request, through the unused
   * addresses in between.
   */
  readonly isJoinable: (from: number, to: number) => boolean;
  readonly costOf: (count: number) => number;
}

/**
 * Cuts spans into the groups that cost least together. What is best for the spans from one on follows from what is best
 * for those from each later one on, so it is worked out from the last to the first.
 *
 * Shape: `spans` are sorted by start and end. Of groups that cost the same, the first is the longest.
 */
function partition(spans: readonly Span[], { countMax, isJoinable, costOf }: PartitionRules): Span[][] {
  /** By the index of a span: the least cost of it and all behind it, and where the group that begins with it ends. */
  const costs = new Float64Array(spans.length + 1);
  const groupEnds = new Uint32Array(spans.length);
  for (let first = spans.length - 1; first >= 0; first -= 1) {
    const start = spans[first]?.start ?? 0;
    let end = start;
    costs[first] = Number.POSITIVE_INFINITY;
    for (let last = first; last < spans.length; last += 1) {
      const span = spans[last] as Span;
      const joinedEnd = Math.max(end, span.end);
      const isWithinOne = span.start === start || joinedEnd === end;
      const hasRoom = isWithinOne || joinedEnd - start <= countMax;
      const isNear = last === first || span.start < end || isJoinable(end, span.start);
      if (!hasRoom || !isNear) break;
      end = joinedEnd;
      const cost = costOf(end - start) + (costs[last + 1] ?? 0);
      if (cost > (costs[first] ?? 0)) continue;
      costs[first] = cost;
      groupEnds[first] = last + 1;
    }
  }
  const groups: Span[][] = [];
  for (let first = 0; first < spans.length; first = groupEnds[first] ?? spans.length) {
    groups.push(spans.slice(first, groupEnds[first]));
  }
  return groups;
}

/** Makes the request that reads some points of a table, whatever lies between them. Shape: by rising address. */
export function blockOf(table: Table, points: readonly Point[], indexes: readonly number[]): ReadBlock {
  const wanted = new Set(indexes);
  const kind = { table, registerBits: points[indexes[0] ?? 0]?.registerBits ?? 16 };
  return toBlock(
    kind,
    toSpans(kind, points).filter(({ point }) => wanted.has(point)),
  );
}

function touches(spans: readonly RegisterSpan[], start: number, end: number): boolean {
  return spans.some((span) => span.start < end && start < span.end);
}

function toBlock(kind: Kind, spans: readonly Span[]): ReadBlock {
  const address = Math.min(...spans.map((span) => span.start));
  const count = Math.max(...spans.map((span) => span.end)) - address;
  return {
    table: kind.table,
    request: { functionCode: READ_FUNCTION[kind.table], address, count, ...registerBytesOf(kind) },
    points: spans.map((span) => span.point),
  };
}
