/** The quality rules of a point, held against what the point is. */

import { machineMetricOf } from "../model/metrics.ts";
import { QUALITY_RULES, type QualityRule, type QualityRules } from "../model/quality.ts";
import type { Complaint } from "./problems.ts";
import { type QualityKeys, toQualityRules } from "./quality-fields.ts";
import type { Path } from "./yaml-file.ts";

/** Objects to a key below `quality`. */
export type ComplainOfRule = (path: Path, complaint: Complaint) => void;

/** What of a point decides which rules it can have. */
export interface RuledPoint {
  readonly metric: string;
  readonly counter?: unknown;
  readonly states?: unknown;
  readonly range?: unknown;
}

const KEY_OF = {
  range: "range",
  rate_max: "rateMax",
  spike: "spike",
  stuck_after: "stuckAfter",
  stale_after: "staleAfter",
} as const satisfies Readonly<Record<QualityRule, keyof QualityRules>>;

/** Makes the rules of a point of what a profile says of them; nothing where it says nothing. */
export function buildQuality(
  written: QualityKeys | undefined,
  point: RuledPoint,
  complain: (complaint: Complaint) => void,
): { readonly quality?: QualityRules } {
  if (written === undefined) return {};
  const quality = toQualityRules(written);
  checkQuality(quality, point, (_, complaint) => complain(complaint));
  return { quality };
}

/** Complains of rules that the point cannot have, and of verdicts of rules that nobody set. */
export function checkQuality(quality: QualityRules, point: RuledPoint, complain: ComplainOfRule): void {
  for (const rule of ["rate_max", "spike"] as const) {
    if (quality[KEY_OF[rule]] === undefined) continue;
    if (point.counter !== undefined) {
      const hint = "Delete it; `max_per_hour` says how fast this one can count.";
      complain([rule], {
        found: `${rule} for a point that counts`,
        expected: "none, because a counter has rules of its own",
        hint,
      });
    } else if (point.states !== undefined || machineMetricOf(point.metric)?.course === "state") {
      const hint = "Delete it; a state goes from one number to another at once.";
      complain([rule], { found: `${rule} for a state`, expected: "none, because a state is no measurement", hint });
    }
  }
  complainOfVerdicts(quality, point.range !== undefined, complain);
}

/** Complains of verdicts of rules that nobody set. */
export function complainOfVerdicts(quality: QualityRules, hasRange: boolean, complain: ComplainOfRule): void {
  for (const rule of QUALITY_RULES) {
    if (quality.verdicts?.[rule] === undefined || quality[KEY_OF[rule]] !== undefined) continue;
    if (rule === "range" && hasRange) continue;
    const hint = `Add a line \`${rule}: ...\` beside \`verdict\`, or delete the verdict.`;
    complain(["verdict", rule], {
      found: `a verdict of ${rule}, which is not set`,
      expected: "verdicts of rules that are",
      hint,
    });
  }
}

/** What a param multiplies is the value, and with it all that is believed of it. */
export function scaleQuality(quality: QualityRules, scale: (limit: number) => number): QualityRules {
  const { range, rateMax, spike } = quality;
  const [low = 0, high = 0] = range?.map(scale).toSorted((a, b) => a - b) ?? [];
  return {
    ...quality,
    ...(range === undefined ? {} : { range: [low, high] as const }),
    ...(rateMax === undefined ? {} : { rateMax: Math.abs(scale(rateMax)) }),
    ...(spike === undefined ? {} : { spike: Math.abs(scale(spike)) }),
  };
}

/** Puts the rules of an instance over those of its profile, rule by rule. */
export function mergeQuality(ofProfile: QualityRules | undefined, own: QualityRules): QualityRules {
  const verdicts = { ...ofProfile?.verdicts, ...own.verdicts };
  return { ...ofProfile, ...own, ...(Object.keys(verdicts).length === 0 ? {} : { verdicts }) };
}
