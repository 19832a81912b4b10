/**
 * Series as Prometheus names them: a name with unit and `_total`, and labels made of tags.
 *
 * Labels hold what tags hold, letter for letter; only keys are bent, because they have to be words of ASCII letters,
 * digits and underscores.
 *
 * Source: Prometheus documentation, Data model.
 */

import { courseOfSeries, type PrometheusMetric, toPrometheus } from "../../../model/metrics.ts";
import { type Series, seriesKey } from "../../../model/series.ts";
import type { GatewayIdentity } from "../../gateway-identity.ts";
import { toKeyedTagsWithHost } from "../../keyed-tags.ts";

/** A label: name and value, neither of them empty. */
export type Label = readonly [name: string, value: string];

/** A series in Prometheus' words. */
export interface SpelledSeries extends Pick<PrometheusMetric, "type"> {
  /** Sorted by name, `__name__` among them. */
  readonly labels: readonly Label[];
  /** Why it must not be sent: what it would be mixed up with; undefined where all is well. */
  readonly conflict: string | undefined;
}

/** Beyond this many spellings conflicts are looked for anew. */
const SPELLINGS_MAX = 20_000;

/**
 * Makes what spells series, and finds those that become one by it; `tell` hears of each of these once.
 *
 * Limits: knows the spellings of 20,000 series.
 */
export function createSpeller(
  identity: Pick<GatewayIdentity, "hostname" | "tags">,
  tell: (conflict: string) => void,
): (series: Series) => SpelledSeries {
  const spellings = new Map<string, Series>();
  const told = new Set<string>();
  return (series) => {
    const { name, type } = toPrometheus(series.metric, series.unit, courseOfSeries(series));
    const tags = toKeyedTagsWithHost(series, identity, "host", toLabelName);
    const labels = [...tags, ["__name__", name] as const].sort(([a], [b]) => (a < b ? -1 : 1));
    const spelling = JSON.stringify(labels);
    const other = spellings.get(spelling);
    if (other === undefined || seriesKey(other) === seriesKey(series)) {
      if (spellings.size >= SPELLINGS_MAX) spellings.clear();
      spellings.set(spelling, series);
      return { type, labels, conflict: undefined };
    }
    const conflict = `${describe(series)} and ${describe(other)} are both ${name} with the same labels; rename one`;
    if (!told.has(conflict) && told.size < SPELLINGS_MAX) {
      told.add(conflict);
      tell(conflict);
    }
    return { type, labels, conflict };
  };
}

/** Spells the key of a tag as the name of a label. */
export function toLabelName(key: string): string {
  const spelled = key.replace(/[^A-Za-z0-9_]/gu, "_");
  // What begins with a digit is no name, and what begins with two underscores is Prometheus' own.
  return /^(\d|__|$)/u.test(spelled) ? `t_${spelled}` : spelled;
}

function describe({ metric, tags }: Series): string {
  return `${metric} {${tags.join(", ")}}`;
}
