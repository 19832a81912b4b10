/** What is constant of each series in a payload, encoded once and kept. */

import type { Series, SeriesId } from "../model/series.ts";

/** Beyond this many series what is kept of each is made anew. */
const HEADS_MAX = 20_000;

/** Gives the head of a series. */
export type HeadOf<Head> = (id: SeriesId, seriesOf: (id: SeriesId) => Series) => Head;

/** Makes what keeps heads. Limits: those of 20,000 series. */
export function createSeriesHeads<Head>(encodeHead: (series: Series) => Head): HeadOf<Head> {
  const heads = new Map<SeriesId, Head>();
  return (id, seriesOf) => {
    const kept = heads.get(id);
    if (kept !== undefined) return kept;
    if (heads.size >= HEADS_MAX) heads.clear();
    const head = encodeHead(seriesOf(id));
    heads.set(id, head);
    return head;
  };
}
