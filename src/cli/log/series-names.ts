/** Series as `--series` takes them. */

import { nameAtIntake } from "../../forward/series-at-intake.ts";
import type { Log } from "../../model/log.ts";
import type { Series, SeriesId } from "../../model/series.ts";

/** Makes what names the series of a log and of its intakes, those whose definition is lost too. */
export function createNamer(log: Log): (id: SeriesId) => string {
  const known = new Map(log.care.series());
  const seriesAt = nameAtIntake((id) => known.get(id));
  return (id) => {
    const series = seriesAt(id);
    return series === undefined ? "nobody knows what" : spellSeries(series);
  };
}

function spellSeries({ metric, tags }: Pick<Series, "metric" | "tags">): string {
  return tags.length === 0 ? metric : `${metric}{${tags.join(",")}}`;
}
