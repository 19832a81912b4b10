/** Series as `--series` takes them. */

import type { Log } from "../../model/log.ts";
import type { Series, SeriesId } from "../../model/series.ts";

/** Makes what names the series of a log, those whose definition is lost too. */
export function createNamer(log: Log): (id: SeriesId) => string {
  const known = new Map(log.care.series());
  return (id) => {
    const series = known.get(id);
    return series === undefined ? "nobody knows what" : spellSeries(series);
  };
}

function spellSeries({ metric, tags }: Pick<Series, "metric" | "tags">): string {
  return tags.length === 0 ? metric : `${metric}{${tags.join(",")}}`;
}
