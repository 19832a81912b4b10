/** What may be said of the quality of readings: of a point in its profile, of a point of an instance, of metrics. */

import * as v from "valibot";
import { DEFAULT_VERDICTS, type QualityRule, type QualityRules, VERDICTS } from "../model/quality.ts";
import { secondsField } from "../schema/schema-fields.ts";

const MONTH_S = 2_592_000;

/** The lowest and the highest believable value of a point. */
export const rangeField = v.pipe(
  v.tuple([v.number(), v.number()]),
  v.title("the lowest and the highest believable value, as in [80, 300]"),
  v.check(([low, high]) => low <= high, "the lower value first\nSwap the two."),
);

function verdictField(rule: QualityRule) {
  return v.optional(
    v.pipe(v.picklist(VERDICTS), v.description(`What becomes of what breaks it; left out, ${DEFAULT_VERDICTS[rule]}.`)),
  );
}

const qualityEntries = {
  range: v.optional(
    v.pipe(
      rangeField,
      v.examples([[0, 16]]),
      v.description("A reading outside of it is dropped; takes the place of the range that the point has."),
    ),
  ),
  rate_max: v.optional(
    v.pipe(
      v.number(),
      v.finite(),
      v.gtValue(0),
      v.examples([2]),
      v.description("The fastest believable change, in the unit a second, up or down; what is faster is marked."),
    ),
  ),
  spike: v.optional(
    v.pipe(
      v.number(),
      v.finite(),
      v.gtValue(0),
      v.examples([5]),
      v.description("The largest jump that one reading may make and the next take back; a wilder one is dropped."),
    ),
  ),
  stuck_after: v.optional(
    v.pipe(
      secondsField(1, MONTH_S, 3600),
      v.description("Seconds without any change after which a value is taken for stuck, and marked."),
    ),
  ),
  stale_after: v.optional(
    v.pipe(
      secondsField(1, MONTH_S, 120),
      v.description("Seconds that a reading's own moment may lie behind the clock; what is older is marked stale."),
    ),
  ),
  verdict: v.optional(
    v.pipe(
      v.strictObject({
        range: verdictField("range"),
        rate_max: verdictField("rate_max"),
        spike: verdictField("spike"),
        stuck_after: verdictField("stuck_after"),
        stale_after: verdictField("stale_after"),
      }),
      v.title("a map such as {spike: mark}"),
      v.examples([{ spike: "mark" }]),
      v.description("What becomes of readings, rule by rule: keep, which only counts, mark or drop."),
    ),
  ),
};

/** The rules of one point. */
export const qualityField = v.pipe(
  v.strictObject(qualityEntries),
  v.examples([{ rate_max: 2, spike: 5, stuck_after: 3600 }] as never),
  v.description("What is believed of readings, in the point's unit, and what becomes of the others."),
);

/** What a file says of the quality of a point. */
export type QualityKeys = v.InferOutput<typeof qualityField>;

const GLOB_WANTED = "names of metrics, in which * stands for any characters, such as pump.*";

/** The rules of an instance whose points no profile names. */
export const metricQualityField = v.pipe(
  v.array(
    v.strictObject({
      metrics: v.pipe(
        v.array(v.pipe(v.string(), v.regex(/^[\w.*-]{1,200}$/u, GLOB_WANTED))),
        v.minLength(1, "at least one name of a metric"),
        v.examples([["pump.*"]]),
        v.description("Names of metrics without namespace; * stands for any characters. Of several, the first counts."),
      ),
      ...qualityEntries,
    }),
  ),
  v.examples([[{ metrics: ["pump.*"], stuck_after: 3600 }]] as never),
  v.description("What is believed of readings, by their metrics, and what becomes of the others."),
);

/** What an instance says of the quality of metrics. */
export type MetricQualityKeys = v.InferOutput<typeof metricQualityField>;

/** Takes what is written for the rules of a point. */
export function toQualityRules(written: QualityKeys): QualityRules {
  const { range, rate_max: rateMax, spike, stuck_after: stuckAfter, stale_after: staleAfter, verdict } = written;
  const verdicts = Object.entries(verdict ?? {}).filter(([, each]) => each !== undefined);
  return {
    ...(range === undefined ? {} : { range }),
    ...(rateMax === undefined ? {} : { rateMax }),
    ...(spike === undefined ? {} : { spike }),
    ...(stuckAfter === undefined ? {} : { stuckAfter }),
    ...(staleAfter === undefined ? {} : { staleAfter }),
    ...(verdicts.length === 0 ? {} : { verdicts: Object.fromEntries(verdicts) }),
  };
}
