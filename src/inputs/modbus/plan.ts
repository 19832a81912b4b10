import {
  BITS_PER_READ_MAX,
  READ_FUNCTION,
  REGISTERS_PER_READ_MAX,
  type ReadRequest,
  readsBits,
} from "../../decode/modbus-pdu.ts";
import { type Point, type Profile, pointWidth, TABLES, type Table } from "../../model/profile.ts";

/** One request and the points its answer holds. */
export interface ReadBlock {
  readonly table: Table;
  readonly request: ReadRequest;
  /** Indexes into the profile's points, by rising address. */
  readonly points: readonly number[];
}

interface Span {
  readonly point: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Plans the requests that read all points: table by table, by rising address, neighbours together.
 *
 * A gap is bridged only up to the profile's `maxGap`, since many devices refuse a read that touches an unused register.
 * A value is never split over two requests: its halves would be of different moments.
 *
 * Limits: 125 registers or 2,000 bits per request; the profile's `maxRegisters` lowers the first, though never below
 * the width of a single point.
 */
export function planReads(profile: Pick<Profile, "points" | "maxRegisters" | "maxGap">): readonly ReadBlock[] {
  return TABLES.flatMap((table) => {
    const spans = profile.points
      .map((point, index) => ({ point, index }))
      .filter(({ point }) => point.table === table)
      .map(({ point, index }): Span => ({ point: index, start: point.address, end: endOf(point) }))
      .sort((left, right) => left.start - right.start || left.end - right.end);
    const countMax = readsBits(READ_FUNCTION[table])
      ? BITS_PER_READ_MAX
      : Math.min(profile.maxRegisters, REGISTERS_PER_READ_MAX);
    return groupSpans(spans, countMax, profile.maxGap).map((group) => toBlock(table, group));
  });
}

function groupSpans(spans: readonly Span[], countMax: number, maxGap: number): Span[][] {
  const groups: Span[][] = [];
  let group: Span[] = [];
  let start = 0;
  let end = 0;
  for (const span of spans) {
    const joinedEnd = Math.max(end, span.end);
    if (group.length > 0 && span.start - end <= maxGap && joinedEnd - start <= countMax) {
      group.push(span);
      end = joinedEnd;
    } else {
      group = [span];
      groups.push(group);
      start = span.start;
      end = span.end;
    }
  }
  return groups;
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

function endOf(point: Point): number {
  return point.address + (readsBits(READ_FUNCTION[point.table]) ? 1 : pointWidth(point.type));
}
