import {
  BITS_PER_READ_MAX,
  READ_FUNCTION,
  REGISTERS_PER_READ_MAX,
  type ReadRequest,
  readsBits,
} from "../../decode/modbus-pdu.ts";
import { type Profile, pointEnd, type RegisterSpan, TABLES, type Table } from "../../model/profile.ts";
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

/** What a plan follows from, beside what reads cost. */
export type Readable = Pick<Profile, "points" | "maxRegisters" | "maxGap" | "clearOnRead">;

interface Span {
  readonly point: number;
  readonly start: number;
  readonly end: number;
}

/** Plans the requests of one instance, whose own limits go before those of its profile. */
export function planInstance(profile: Profile, settings: ModbusSettings): readonly ReadBlock[] {
  const { max_gap: maxGap = profile.maxGap, max_registers: registersMax = REGISTERS_PER_READ_MAX } = settings;
  const maxRegisters = Math.min(registersMax, profile.maxRegisters);
  return planReads({ ...profile, maxGap, maxRegisters }, costOfReadsAt(placeOf(settings)));
}

/**
 * Plans the requests that read all points in the least time: table by table, by rising address.
 *
 * A gap is bridged only up to `maxGap`, since many devices refuse a read that touches an unused register, and only
 * where that takes less time than another request. A register that a read clears is never in a gap; it has one request
 * for itself. A value is never split over two requests: its halves would be of different moments.
 *
 * Limits: 125 registers or 2,000 bits per request; `maxRegisters` lowers the first, though never below the width of a
 * single point.
 */
export function planReads(readable: Readable, costOf: CostOfRead): readonly ReadBlock[] {
  return TABLES.flatMap((table) => planTable(table, readable, costOf));
}

function planTable(table: Table, { points, clearOnRead = [], ...limits }: Readable, costOf: CostOfRead): ReadBlock[] {
  const functionCode = READ_FUNCTION[table];
  const cleared = clearOnRead.filter((span) => span.table === table);
  const spans = points
    .map((point, index) => ({ point, index }))
    .filter(({ point }) => point.table === table)
    .map(({ point, index }): Span => ({ point: index, start: point.address, end: pointEnd(point) }))
    .sort((left, right) => left.start - right.start || left.end - right.end);
  const isShared = ({ start, end }: Span): boolean => !touches(cleared, start, end);
  const shared = partition(spans.filter(isShared), {
    countMax: readsBits(functionCode) ? BITS_PER_READ_MAX : Math.min(limits.maxRegisters, REGISTERS_PER_READ_MAX),
    isBridgeable: (from, to) => to - from <= limits.maxGap && !touches(cleared, from, to),
    // Whole nanoseconds, so that sums are exact and plans of the same cost are seen to be.
    costOf: (count) => Math.round(1e6 * costOf({ functionCode, count }).duration),
  });
  const alone = Map.groupBy(
    spans.filter((span) => !isShared(span)),
    ({ start }) => start,
  );
  return [...shared, ...alone.values()]
    .map((group) => toBlock(table, group))
    .sort((left, right) => left.request.address - right.request.address);
}

interface PartitionRules {
  readonly countMax: number;
  /** Says whether the unused addresses from `from` on, and before `to`, may be read. */
  readonly isBridgeable: (from: number, to: number) => boolean;
  readonly costOf: (count: number) => number;
}

/**
 * Cuts spans into the groups that cost least together. What is best for the spans from one on follows from what is best
 * for those from each later one on, so it is worked out from the last to the first.
 *
 * Shape: `spans` are sorted by start and end. Of groups that cost the same, the first is the longest.
 */
function partition(spans: readonly Span[], { countMax, isBridgeable, costOf }: PartitionRules): Span[][] {
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
      const hasRoom = last === first || joinedEnd === end || joinedEnd - start <= countMax;
      const isNear = span.start <= end || isBridgeable(end, span.start);
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

function touches(spans: readonly RegisterSpan[], start: number, end: number): boolean {
  return spans.some((span) => span.start < end && start < span.end);
}

function toBlock(table: Table, spans: readonly Span[]): ReadBlock {
  const address = Math.min(...spans.map((span) => span.start));
  const count = Math.max(...spans.map((span) => span.end)) - address;
  return {
    table,
    request: { functionCode: READ_FUNCTION[table], address, count },
    points: spans.map((span) => span.point),
  };
}
