import fc from "fast-check";
import { expect, test } from "vitest";
import type { LinkPlace } from "../../src/inputs/modbus/place.ts";
import { planReads } from "../../src/inputs/modbus/plan.ts";
import { type CostOfRead, costOfReadsAt } from "../../src/inputs/modbus/read-cost.ts";
import { PARITIES } from "../../src/model/line-settings.ts";
import {
  POINT_TYPES,
  type Point,
  type PointType,
  pointEnd,
  type RegisterSpan,
  TABLES,
  type Table,
} from "../../src/model/profile.ts";

function isBitTable(table: Table): boolean {
  return table === "coil" || table === "discrete-input";
}

const place = fc.oneof(
  fc.constant<LinkPlace>({ kind: "tcp", host: "10.0.0.5", port: 502 }),
  fc
    .record({
      baud: fc.constantFrom(300, 1200, 9600, 115_200),
      parity: fc.constantFrom(...PARITIES),
      stopBits: fc.constantFrom(1 as const, 2 as const),
    })
    .map((line): LinkPlace => ({ kind: "serial", serial: "/dev/ttyAMA0", line })),
);

function createPoint({
  table,
  address,
  type,
  scaleRegister,
}: Pick<Point, "table" | "address" | "type" | "scaleRegister">): Point {
  const bitOrType = isBitTable(table) ? "bit" : type;
  return {
    name: `${table}-${address}-${bitOrType}`,
    table,
    address,
    type: bitOrType,
    wordOrder: "high-word-first",
    byteOrder: "high-byte-first",
    scale: 1,
    offset: 0,
    ...(scaleRegister === undefined || isBitTable(table) ? {} : { scaleRegister }),
    sentinels: [],
    unit: "",
    metric: "",
    tags: [],
  };
}

const point = fc
  .record({
    table: fc.constantFrom(...TABLES),
    address: fc.oneof(fc.nat({ max: 400 }), fc.nat({ max: 65_000 })),
    type: fc.constantFrom(...POINT_TYPES),
    scaleAt: fc.option(fc.integer({ min: -60, max: 60 })),
  })
  .map(({ scaleAt, ...own }) =>
    createPoint(scaleAt === null ? own : { ...own, scaleRegister: Math.max(0, own.address + scaleAt) }),
  );

/** The first address that a request for the point has to hold, and the one behind the last. */
function spanOf(point: Point): readonly [start: number, end: number] {
  const { address, scaleRegister = address } = point;
  return [Math.min(address, scaleRegister), Math.max(pointEnd(point), scaleRegister + 1)];
}

const profile = fc.record({
  points: fc.array(point, { maxLength: 120 }),
  maxRegisters: fc.integer({ min: 4, max: 200 }),
  maxGap: fc.integer({ min: 0, max: 8 }),
  place,
});

test("a plan reads every point once and whole, within the limits, and across no gap that is forbidden", () => {
  fc.assert(
    fc.property(profile, ({ points, maxRegisters, maxGap, place }) => {
      const blocks = planReads({ points, maxRegisters, maxGap }, costOfReadsAt(place));
      const planned = blocks.flatMap((block) => block.points).sort((left, right) => left - right);
      expect(planned).toEqual(points.map((_, index) => index));
      for (const { table, request, points: indexes } of blocks) {
        const wanted = new Set<number>();
        for (const index of indexes) {
          const point = points[index] as Point;
          expect(point.table).toBe(table);
          const [start, end] = spanOf(point);
          for (let address = start; address < end; address += 1) wanted.add(address);
        }
        const end = request.address + request.count;
        expect(request.functionCode).toBe(TABLES.indexOf(table) + 1);
        const spans = indexes.map((index) => spanOf(points[index] as Point));
        const isWithinOne = spans.some(([from, to]) => from === request.address && to === end);
        const countMax = isBitTable(table) ? 2000 : Math.min(maxRegisters, 125);
        expect(request.count <= countMax || (isWithinOne && request.count <= 125)).toBe(true);
        expect(Math.min(...wanted)).toBe(request.address);
        expect(Math.max(...wanted)).toBe(end - 1);
        let gap = 0;
        for (let address = request.address; address < end; address += 1) {
          gap = wanted.has(address) ? 0 : gap + 1;
          expect(gap).toBeLessThanOrEqual(maxGap);
        }
      }
    }),
  );
});

/** Few points, close to each other, of which two share registers only as a profile may have it: at the same place. */
const crowd = fc
  .record({
    table: fc.constantFrom(...TABLES),
    steps: fc.array(
      fc.record({
        gap: fc.nat({ max: 12 }),
        type: fc.constantFrom<PointType>("int16", "float32", "float64"),
        isTwice: fc.boolean(),
        scaleAt: fc.option(fc.integer({ min: 0, max: 15 })),
        isCleared: fc.integer({ min: 0, max: 5 }).map((drawn) => drawn === 0),
        isPolled: fc.integer({ min: 0, max: 5 }).map((drawn) => drawn > 0),
      }),
      { maxLength: 7 },
    ),
    maxRegisters: fc.integer({ min: 1, max: 30 }),
    maxGap: fc.nat({ max: 12 }),
    place,
  })
  .map(({ table, steps, ...rest }) => {
    const points: Point[] = [];
    const clearOnRead: RegisterSpan[] = [];
    let address = 0;
    for (const { gap, type, isTwice, scaleAt, isCleared, isPolled } of steps) {
      address += gap;
      const isScaled = scaleAt !== null && !steps.some((step) => step.isCleared);
      const one = createPoint({ table, address, type, ...(isScaled ? { scaleRegister: scaleAt } : {}) });
      if (isPolled && points.length < 7) points.push(one);
      if (isPolled && isTwice && points.length < 7) points.push(one);
      if (isCleared) clearOnRead.push({ table, start: address, end: pointEnd(one) });
      address = pointEnd(one);
    }
    return { table, points, clearOnRead, ...rest };
  });

interface Rules {
  readonly clearOnRead: readonly RegisterSpan[];
  readonly maxRegisters: number;
  readonly maxGap: number;
}

/** Says whether one request may read these points of one table. */
function isAllowed(points: readonly Point[], { clearOnRead, maxRegisters, maxGap }: Rules): boolean {
  const spans = points.map(spanOf);
  const start = Math.min(...spans.map(([from]) => from));
  const end = Math.max(...spans.map(([, to]) => to));
  const isOneValue = spans.every(([from, to]) => from === start && to === end);
  if (isOneValue) return true;
  if (clearOnRead.some((span) => span.start < end && start < span.end)) return false;
  const isWithinOne = spans.some(([from, to]) => from === start && to === end);
  if (!isWithinOne && points.some(({ table }) => !isBitTable(table)) && end - start > maxRegisters) return false;
  let gap = 0;
  for (let address = start; address < end; address += 1) {
    gap = spans.some(([from, to]) => from <= address && address < to) ? 0 : gap + 1;
    if (gap > maxGap) return false;
  }
  return true;
}

/** Every way to put points into groups, contiguous or not. */
function* partitionsOf(points: readonly Point[]): Generator<readonly (readonly Point[])[]> {
  const [first, ...others] = points;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const groups of partitionsOf(others)) {
    yield [[first], ...groups];
    for (const index of groups.keys()) {
      yield groups.map((group, position) => (position === index ? [first, ...group] : group));
    }
  }
}

function costOfGroups(groups: readonly (readonly Point[])[], table: Table, costOf: CostOfRead): number {
  return groups.reduce((sum, group) => {
    const spans = group.map(spanOf);
    const count = Math.max(...spans.map(([, to]) => to)) - Math.min(...spans.map(([from]) => from));
    return sum + costOf({ functionCode: TABLES.indexOf(table) + 1, count }).duration;
  }, 0);
}

test("no other way to read the points takes less time than the plan", () => {
  fc.assert(
    fc.property(crowd, ({ table, points, clearOnRead, maxRegisters, maxGap, place: bus }) => {
      const costOf = costOfReadsAt(bus);
      const rules = { clearOnRead, maxRegisters, maxGap };
      const blocks = planReads({ points, ...rules }, costOf);
      const groups = blocks.map((block) => block.points.map((index) => points[index] as Point));
      for (const group of groups) expect(isAllowed(group, rules)).toBe(true);
      let least = Number.POSITIVE_INFINITY;
      for (const others of partitionsOf(points)) {
        if (others.every((group) => isAllowed(group, rules))) {
          least = Math.min(least, costOfGroups(others, table, costOf));
        }
      }
      expect(costOfGroups(groups, table, costOf)).toBeCloseTo(least, 3);
    }),
    { numRuns: 500 },
  );
});
