import type { PointBatch } from "../../src/model/intake.ts";
import type { Series } from "../../src/model/series.ts";
import { createSeededRandom } from "../support/seeded-random.ts";

/** A series whose points are known before anyone sends them. Units: seconds since 1970. */
export interface KnownSeries {
  readonly series: Series;
  readonly points: readonly (readonly [second: number, value: number])[];
}

/** One point as someone holds it. */
export interface HeldPoint {
  readonly metric: string;
  readonly host: string;
  readonly tags: readonly string[];
  readonly second: number;
  readonly value: number;
}

/** The host that all known points come from. */
export const HOST = "peer-test";

const POINTS_PER_SERIES = 60;

/**
 * Series of decimals of up to `digitsMax` significant digits, the last points at `lastSecond`.
 *
 * As with registers and their scale, all values of one series have the same number of decimals, from none to twelve, or
 * are multiples of a thousand.
 */
export function createDecimalSeries(lastSecond: number, digitsMax: number): readonly KnownSeries[] {
  const random = createSeededRandom(digitsMax);
  return Array.from({ length: 16 }, (_, index) => {
    const exponent = 3 - index;
    const points = Array.from({ length: POINTS_PER_SERIES }, (_, back) => {
      const digits = 1 + (back % digitsMax);
      const magnitude = Math.floor((0.1 + 0.9 * random.next()) * 10 ** digits);
      const sign = random.next() < 0.3 ? "-" : "";
      return [lastSecond - back, Number(`${sign}${magnitude}e${exponent}`)] as const;
    });
    return {
      series: {
        metric: "peer.decimals",
        tags: [`digits:${digitsMax}`, `instance:series-${index}`, "profile:abb/b23", "site:zürich", "url:a:b/c.d_e"],
        kind: "gauge",
        unit: "W",
      },
      points: points.reverse(),
    };
  });
}

/** A series of doubles that are hard to write down in full, the last point at `lastSecond`. */
export function createDoubleSeries(lastSecond: number): KnownSeries {
  const values = [
    0,
    0.1 + 0.2,
    1 / 3,
    -1e-7,
    1e21,
    Number.MIN_VALUE,
    -Number.MAX_VALUE,
    Number.MAX_SAFE_INTEGER,
    2 ** 63,
    Math.fround(230.1),
  ];
  const first = lastSecond - values.length + 1;
  return {
    series: { metric: "peer.doubles", tags: ["phase:l1"], kind: "gauge", unit: "" },
    points: values.map((value, index) => [first + index, value] as const),
  };
}

/** Known points as the forwarder hands them to an intake. */
export function toBatch(known: readonly KnownSeries[]): PointBatch {
  const rows = known.flatMap(({ points }, id) => points.map((point) => [id, ...point] as const));
  return {
    series: Uint32Array.from(rows, ([id]) => id),
    moment: Float64Array.from(rows, ([, second]) => second * 1000),
    value: Float64Array.from(rows, ([, , value]) => value),
    count: rows.length,
  };
}

/** Known points as they should be held, in the order of `sortHeld`. */
export function toHeld(known: readonly KnownSeries[]): readonly HeldPoint[] {
  const held = known.flatMap(({ series: { metric, tags }, points }) =>
    points.map(([second, value]) => ({ metric, host: HOST, tags: [...tags].sort(), second, value })),
  );
  return sortHeld(held);
}

/** Puts points in an order that does not depend on who held them. */
export function sortHeld(points: readonly HeldPoint[]): readonly HeldPoint[] {
  const keyed = points.map((point) => ({ point, key: JSON.stringify([point.metric, point.tags, point.second]) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ point }) => point);
}
