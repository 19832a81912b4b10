/** Where the two versions of the series route put the same things. */

import { describe, type FieldReader, type Fields, isFields } from "./field-reader.ts";

/** How one version of the API spells a series. */
export interface SeriesDialect {
  /** What `type` says of a gauge, and of a count. */
  readonly gauge: string | number;
  readonly count: string | number;
  /** Reads the host of a series. */
  readonly host: (place: string, entry: Fields, reader: FieldReader) => string;
  /** Takes a point apart. */
  readonly point: (point: unknown) => { readonly timestamp?: unknown; readonly value?: unknown };
}

/** `POST /api/v2/series`. Source: Datadog API reference, Submit metrics (v2); type 1 is count, 3 is gauge. */
export const SERIES_V2: SeriesDialect = {
  gauge: 3,
  count: 1,
  host(place, { resources }, reader) {
    const entries = Array.isArray(resources) ? resources.filter(isFields) : [];
    const names = entries.filter((entry) => entry["type"] === "host").map((entry) => entry["name"]);
    const [name] = names;
    if (names.length === 1 && typeof name === "string" && name !== "") return name;
    reader.note(place, `resources is ${describe(resources)}, expected exactly one of type host with a name`);
    return "";
  },
  point: (point) => (isFields(point) ? point : {}),
};

/** `POST /api/v1/series`. Source: Datadog API reference, Submit metrics (v1). */
export const SERIES_V1: SeriesDialect = {
  gauge: "gauge",
  count: "count",
  host: (place, entry, reader) => reader.text(place, entry, "host"),
  point: (point) => (Array.isArray(point) && point.length === 2 ? { timestamp: point[0], value: point[1] } : {}),
};
