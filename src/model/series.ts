/** A series is what an intake counts as one line on a graph: metric, tags, kind and unit. */

/** How values of a series add up over time: a gauge is a reading, a count is what was counted since the one before. */
export const SERIES_KINDS = ["gauge", "count"] as const;
export type SeriesKind = (typeof SERIES_KINDS)[number];

/** The definition of a series; it is written once and then known by a small integer. */
export interface Series {
  /** `namespace.quantity.detail`, dotted lowercase. */
  readonly metric: string;
  /** `key:value` strings, sorted and without repeats; make them with `toSortedTags`. */
  readonly tags: readonly string[];
  readonly kind: SeriesKind;
  /** The canonical unit of the metric, as in the catalogue (`V`, `W`, `degC`); empty when the metric has none. */
  readonly unit: string;
  /** Of a count: how often one is due. Units: whole seconds. Leaving it out means that nobody knows. */
  readonly intervalS?: number;
}

/** The small integer that stands for a series in every batch and block of one log. */
export type SeriesId = number;

/** Sorts tags and drops repeats, so that one series has one spelling. */
export function toSortedTags(tags: readonly string[]): readonly string[] {
  return [...new Set(tags)].sort();
}

/** Spells the identity of a series as one string: two series with the same key are the same series at every intake. */
export function seriesKey(series: Pick<Series, "metric" | "tags">): string {
  return `${series.metric}\n${series.tags.join("\n")}`;
}

/**
 * Keys of tags that the gateway sets by itself, or that name the host; a user's tag of the same key would contradict
 * them. Intakes compare tags in lower case, so a capital letter makes no other key.
 */
export const RESERVED_TAG_KEYS: readonly string[] = ["check", "instance", "profile", "point", "host"];
