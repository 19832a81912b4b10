/** What `tidegate.yaml` may say of a metered uplink: the same keys for intakes of every type. */

import * as v from "valibot";
import type { BudgetConfig, MeteringConfig, TimeWindow } from "../model/config.ts";
import { millis } from "../model/time.ts";
import { secondsField, sizeField, wholeNumberField } from "../schema/schema-fields.ts";
import { isLoopback } from "./choose-proxy.ts";

const WINDOW = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/u;

const WINDOW_WANTED = "a time of the day in UTC such as 06:00-06:15";

const windowField = v.pipe(
  v.string(),
  v.title(WINDOW_WANTED),
  v.regex(WINDOW, WINDOW_WANTED),
  v.check(isLasting, "a time that ends after it begins, or on the day after"),
  v.transform(parseWindow),
);

/** The keys of a metered uplink. */
export const meteringEntries = {
  budget: v.optional(
    v.pipe(
      v.strictObject({
        per_day: v.optional(v.pipe(sizeField("5MB"), v.description("Most bytes of a day, in UTC."))),
        per_month: v.optional(v.pipe(sizeField("50MB"), v.description("Most bytes of a month."))),
        month_starts: v.optional(
          v.pipe(wholeNumberField(1, 28), v.description("The day of the month that a month begins with, in UTC.")),
          1,
        ),
      }),
      v.description("What a metered uplink may carry; what matters least is held back so that it lasts."),
    ),
  ),
  schedule: v.optional(
    v.pipe(
      v.array(windowField),
      v.examples([["06:00-06:15", "18:00-18:15"] as never]),
      v.description("Times of the day, in UTC, in which readings go; outside of them they wait in the log."),
    ),
    [],
  ),
  alarms_at_once: v.optional(
    v.pipe(
      v.boolean(),
      v.description("Alarms, and events and service checks of trouble, go outside of `schedule` too."),
    ),
    false,
  ),
  start_jitter: v.optional(
    v.pipe(
      secondsField(0, 3600, 60),
      v.description("The start, and the return after an outage, are spread over so long; left out, `flush_interval`."),
    ),
  ),
};

const meteringSchema = v.object(meteringEntries);

/** What an intake's keys say of its uplink. */
export type MeteringKeys = v.InferOutput<typeof meteringSchema>;

/** Makes the metering of an intake; none where everything goes as it comes. One on this machine spreads nothing. */
export function readMetering(
  keys: MeteringKeys,
  { url, flushInterval }: { readonly url: string; readonly flushInterval: MeteringConfig["startJitter"] },
): { readonly metering?: MeteringConfig } {
  const { schedule, alarms_at_once: isSendingAlarmsAtOnce, start_jitter: jitter } = keys;
  const budget = readBudget(keys.budget);
  const startJitter = jitter ?? (isLoopback(url) ? millis(0) : flushInterval);
  if (budget === undefined && schedule.length === 0 && startJitter === 0) return {};
  return { metering: { ...(budget && { budget }), schedule, isSendingAlarmsAtOnce, startJitter } };
}

function readBudget(keys: MeteringKeys["budget"]): BudgetConfig | undefined {
  if (keys === undefined) return undefined;
  const { per_day: day, per_month: month, month_starts: monthStarts } = keys;
  if (day === undefined && month === undefined) return undefined;
  return {
    monthStarts,
    ...(day === undefined ? {} : { dayBytesMax: day }),
    ...(month === undefined ? {} : { monthBytesMax: month }),
  };
}

function isLasting(text: string): boolean {
  const { from, to } = parseWindow(text);
  return from !== to;
}

function parseWindow(text: string): TimeWindow {
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = (WINDOW.exec(text) ?? []).slice(1).map(Number);
  return { from: (fromHour * 60 + fromMinute) * 60_000, to: (toHour * 60 + toMinute) * 60_000 };
}

const DAY_MS = 86_400_000;

/** The longest time between two windows; 0 where there are none. Units: milliseconds. */
export function longestWait(schedule: readonly TimeWindow[]): number {
  const sorted = [...schedule].sort((one, other) => one.from - other.from);
  const waits = sorted.map(({ from, to }, index) => {
    const end = to > from ? to : to + DAY_MS;
    const next = sorted[index + 1]?.from ?? (sorted[0]?.from ?? 0) + DAY_MS;
    return Math.max(0, next - end);
  });
  return Math.max(0, ...waits);
}
