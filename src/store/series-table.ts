/**
 * The series of one log and the small integers that stand for them. An id is given once and never means another
 * series, so a series that changes its unit becomes a new one.
 *
 * ```
 * struct Definition {         // payload of a record, version 1, under its id
 *   text metric; varint n; text tags[n]; text kind; text unit;
 *   varint intervalS;         // of a count only; 0 where nobody knows
 * }
 * ```
 */

import assert from "node:assert/strict";
import { courseOfSeries } from "../model/metrics.ts";
import { type Series, type SeriesId, seriesKey } from "../model/series.ts";
import { isOfLeads, summarizedBy } from "../model/thinning.ts";
import type { DatabaseOperation } from "../platform/level-database.ts";
import { definitionKey } from "./keys.ts";
import { openRecord, sealRecord, startRecord } from "./record.ts";
import type { StoredCourse } from "./thinning.ts";

const VERSION = 1;

/** Encodes the definition of a series. */
export function encodeDefinition(series: Series): Uint8Array {
  const writer = startRecord(VERSION);
  writer.text(series.metric);
  writer.texts(series.tags);
  writer.text(series.kind);
  writer.text(series.unit);
  if (series.kind === "count") writer.varint(series.intervalS ?? 0);
  return sealRecord(writer);
}

/** Decodes the definition of a series; undefined when it is damaged. Shape: a whole record. */
export function decodeDefinition(bytes: Uint8Array): Series | undefined {
  const reader = openRecord(bytes, VERSION);
  if (reader === undefined) return undefined;
  const metric = reader.text();
  const tags = reader.texts();
  const kind = reader.text();
  const unit = reader.text();
  const intervalS = kind === "count" ? reader.varint() : 0;
  if (reader.isBroken || (kind !== "gauge" && kind !== "count")) return undefined;
  return { metric, tags, kind, unit, ...(intervalS === 0 ? {} : { intervalS }) };
}

/** Finds series by id and ids by series. */
export class SeriesTable {
  readonly #series: (Series | undefined)[];
  readonly #ids = new Map<string, SeriesId>();
  #durableCount: number;

  /** Takes the definitions read from disk; undefined stands for an id whose definition was lost. */
  constructor(durable: readonly (Series | undefined)[] = []) {
    this.#series = [...durable];
    this.#durableCount = durable.length;
    for (const [id, series] of this.#series.entries()) {
      if (series !== undefined) this.#ids.set(identityOf(series), id);
    }
  }

  /** How many ids were given. */
  get count(): number {
    return this.#series.length;
  }

  /** Finds or gives the id of a series. */
  define(series: Series): SeriesId {
    const identity = identityOf(series);
    const known = this.#ids.get(identity);
    if (known !== undefined) return known;
    const id = this.#series.length;
    this.#series.push({ ...series, tags: [...series.tags] });
    this.#ids.set(identity, id);
    return id;
  }

  /** Says whether the id was given and its definition is not lost. */
  has(id: SeriesId): boolean {
    return this.#series[id] !== undefined;
  }

  /** Every definition that is not lost, by id. */
  list(): (readonly [SeriesId, Series])[] {
    return this.#series.flatMap((series, id) => (series === undefined ? [] : [[id, series] as const]));
  }

  /** The definition behind an id; undefined when it is lost. */
  find(id: SeriesId): Series | undefined {
    return this.#series[id];
  }

  /** The definition behind an id. Errors: an unknown id is a bug. */
  get(id: SeriesId): Series {
    const series = this.#series[id];
    assert(series !== undefined, `series ${id} was never defined`);
    return series;
  }

  /** How its values follow each other; those of a series whose definition is lost are taken for measurements. */
  courseOf(id: SeriesId): StoredCourse {
    const series = this.#series[id];
    if (series === undefined) return "measurement";
    if (isOfLeads(series)) return "lead";
    return summarizedBy(series) === undefined ? courseOfSeries(series) : "summary";
  }

  /** The writes that make every definition durable. */
  operations(): DatabaseOperation[] {
    return this.#series.slice(this.#durableCount).map((series, index) => {
      assert(series !== undefined, "only definitions from the disk can be lost");
      return { type: "put", key: definitionKey(this.#durableCount + index), value: encodeDefinition(series) };
    });
  }

  /** Notes that the first `count` definitions are on disk. */
  markDurable(count: number): void {
    this.#durableCount = count;
  }
}

function identityOf(series: Series): string {
  return `${series.kind}\n${series.unit}\n${series.intervalS ?? ""}\n${seriesKey(series)}`;
}
