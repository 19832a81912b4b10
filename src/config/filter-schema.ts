/** What `filter` may say, for the whole gateway, for the instances of a file, for one of them, or for one point. */

import * as v from "valibot";
import {
  DETECTOR_KINDS,
  type Deadband,
  FILTER_MODES,
  type FilterPolicy,
  KEEP_POLICIES,
  SENSITIVITIES,
  STATISTICS,
} from "../model/filter.ts";
import { secondsField } from "../schema/schema-fields.ts";
import type { Complaint } from "./problems.ts";

const HOUR = 3_600_000;

const DEADBAND_WANTED = "a number of the point's unit such as 0.5, or a part such as 1%";
const DEADBAND = /^(\d+(?:\.\d+)?)\s*(%?)$/u;

const GLOB_WANTED = "a metric, in which * stands for anything, such as temperature.*";

const globsField = v.array(v.pipe(v.string(), v.regex(/^[\w.*-]+$/u, GLOB_WANTED), v.title(GLOB_WANTED)));

const limitField = v.pipe(v.number(), v.finite());

/** What holds for a point too. */
const pointEntries = {
  mode: v.optional(
    v.pipe(
      v.picklist(FILTER_MODES),
      v.examples(["reduce"]),
      v.description(
        "`all` looks at nothing, `mark` tells what is anomalous, `reduce` thins out the rest as well; left out, `all`.",
      ),
    ),
  ),
  detector: v.optional(
    v.pipe(
      v.picklist(DETECTOR_KINDS),
      v.examples(["ensemble"]),
      v.description("What tells what is anomalous; left out, `ensemble`."),
    ),
  ),
  sensitivity: v.optional(
    v.pipe(
      v.picklist(SENSITIVITIES),
      v.examples(["watch"]),
      v.description(
        "`alarm` tells what someone should get up for, `watch` what is worth a look as well; left out, `alarm`.",
      ),
    ),
  ),
  threshold: v.optional(
    v.pipe(
      v.strictObject({
        low: v.optional(v.pipe(limitField, v.examples([10]), v.description("Below it a value is anomalous."))),
        high: v.optional(v.pipe(limitField, v.examples([80]), v.description("Above it a value is anomalous."))),
      }),
      v.description(
        "Limits in the point's unit, such as `{ high: 80 }`, beyond which a value is anomalous, whatever the detector says.",
      ),
    ),
  ),
  keep: v.optional(
    v.pipe(
      v.picklist(KEEP_POLICIES),
      v.examples(["mean"]),
      v.description(
        "What `reduce` sends of an ordinary measurement: the mean of each window, if left out, or by `deadband`.",
      ),
    ),
  ),
  window: v.optional(
    v.pipe(
      secondsField(1, 3600, 60),
      v.check((window) => HOUR % window === 0, "a number of seconds that divides an hour, such as 60"),
      v.description("What is ordinary goes once in so long, which divides an hour; left out, 60."),
    ),
  ),
  pre: v.optional(
    v.pipe(
      secondsField(0, 3600, 120),
      v.description("How much goes in full of what was before something anomalous began; left out, 120."),
    ),
  ),
  post: v.optional(
    v.pipe(
      secondsField(0, 3600, 120),
      v.description("How much of after goes in full with what is anomalous; left out, 120."),
    ),
  ),
  deadband: v.optional(
    v.pipe(
      v.union([v.number(), v.string()]),
      v.title(DEADBAND_WANTED),
      v.examples(["1%"]),
      v.metadata({
        editor: {
          anyOf: [
            { type: "number", exclusiveMinimum: 0 },
            { type: "string", pattern: DEADBAND.source, patternErrorMessage: `Expected ${DEADBAND_WANTED}` },
          ],
        },
      }),
      v.check((written) => (parseDeadband(written)?.size ?? 0) > 0, ""),
      v.transform((written): Deadband | undefined => parseDeadband(written)),
      v.description("How far a value may move and go untold; a part is of the value that went last."),
    ),
  ),
  heartbeat: v.optional(
    v.pipe(
      secondsField(1, 86_400, 600),
      v.description("What does not change is told again after so long; left out, 600."),
    ),
  ),
  expected: v.optional(
    v.pipe(v.boolean(), v.examples([true]), v.description("Sends the expected range: two more series each.")),
  ),
  statistics: v.optional(
    v.pipe(
      v.array(v.picklist(STATISTICS)),
      v.examples([["max"]]),
      v.description("What else is told of each window: one more series each."),
    ),
  ),
};

const instanceEntries = {
  ...pointEntries,
  only: v.optional(
    v.pipe(globsField, v.examples([["temperature.*"]]), v.description("Metrics this is for; left out, all.")),
  ),
  except: v.optional(
    v.pipe(globsField, v.examples([["*.setpoint"]]), v.description("Metrics this is not for: of those all goes.")),
  ),
};

/** `filter` of `tidegate.yaml`, of `init_config` and of an instance. */
export const filterEntry = v.optional(
  v.pipe(
    v.strictObject(instanceEntries),
    v.examples([{ mode: "mark" } as never]),
    v.description("What is anomalous is told, and what is ordinary may go less often; see docs/filter.md."),
  ),
);

/** `filter` of a point. */
export const pointFilterEntry = v.optional(
  v.pipe(
    v.strictObject(pointEntries),
    v.examples([{ threshold: { high: 80 } } as never]),
    v.description("What the filter does with this point alone."),
  ),
);

/** The keys under `filter`. */
export type FilterKeys = NonNullable<v.InferOutput<typeof filterEntry>>;

/** Lays keys over a policy: what they do not say stays. */
export function overlayFilter(policy: FilterPolicy, keys: FilterKeys | undefined): FilterPolicy {
  if (keys === undefined) return policy;
  const { expected: hasExpected = policy.hasExpected, threshold = {}, ...others } = keys;
  const { low = policy.threshold.low, high = policy.threshold.high } = threshold;
  const said = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined));
  return {
    ...policy,
    ...said,
    hasExpected,
    threshold: { ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }) },
  };
}

/** Finds what keys say that cannot be together, by the key it is said with. */
export function findFilterContradictions({ keep, deadband, threshold }: FilterPolicy): readonly [string, Complaint][] {
  const { low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY } = threshold;
  return [
    ...(keep === "mean" || deadband !== undefined
      ? []
      : [
          [
            "keep",
            { found: `${keep} without a deadband`, expected: "how far a value may move", hint: "Add `deadband: 1%`." },
          ] as [string, Complaint],
        ]),
    ...(low < high
      ? []
      : [
          [
            "threshold",
            {
              found: `low ${low} and high ${high}`,
              expected: "a low that is below high",
              hint: "Between the two a value is ordinary; turn them round.",
            },
          ] as [string, Complaint],
        ]),
  ];
}

function parseDeadband(written: number | string): Deadband | undefined {
  const match = DEADBAND.exec(String(written));
  if (match === null) return undefined;
  return { size: Number(match[1]), unit: match[2] === "%" ? "percent" : "absolute" };
}
