/** What `status` prints of readings that were not believed. */

import type { QualityStatus } from "../model/status.ts";
import { formatAge, formatCount } from "./quantities.ts";
import { formatValue, metricAndPoint } from "./stated-value.ts";

/** So many are shown; how many more there are is said. */
const SHOWN_MAX = 5;

/** Lays them out, those of which there are most first: what they are of, what was wrong, and the last of them. */
export function formatQuality(quality: QualityStatus | undefined, now: number): readonly string[] {
  if (quality === undefined) return [];
  const { waiting } = quality;
  const wait = `Readings In Doubt: ${formatCount(waiting)}, until the next tells whether they are spikes`;
  const last = waiting === 0 ? [] : [wait];
  if (quality.series.length === 0) return last;
  const moreCount = quality.series.length + quality.left_out - SHOWN_MAX;
  const more = moreCount > 0 ? [`  and ${formatCount(moreCount)} more, each with fewer`] : [];
  return [
    "Readings Not Believed:",
    ...quality.series.slice(0, SHOWN_MAX).flatMap((each) => formatSeries(each, now)),
    ...more,
    ...last,
  ];
}

function formatSeries(each: QualityStatus["series"][number], now: number): readonly string[] {
  const counts = [
    [each.dropped, "dropped"],
    [each.marked, "sent with a mark"],
    [each.kept, "only counted"],
  ] as const;
  const told = counts.flatMap(([count, word]) => (count > 0 ? [`${formatCount(count)} ${word}`] : []));
  const value = each.last_value === null ? "" : `${`${formatValue(each.last_value)} ${each.unit}`.trim()}, `;
  const lasting = each.lasting_s === null ? "" : `, for ${formatAge(1000 * each.lasting_s)}`;
  return [
    `  ${metricAndPoint(each, " ")}: ${told.join(", ")}`,
    `    ${each.reason}: ${each.meaning}${lasting}`,
    `    last ${value}${formatAge(now - each.last_at)} ago`,
  ];
}
