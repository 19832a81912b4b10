/** What a metered uplink does, in words for a person. */

import type { MeteredStatus } from "../../model/status.ts";
import type { Plan, Treatment } from "./plan.ts";

/** What is told of beside the figures. */
export interface MeteringFacts {
  readonly plan: Plan;
  readonly isUsedUp: boolean;
  /** Units: milliseconds since 1970. */
  readonly now: number;
}

/** Tells what was used, and what that means for what goes. */
export function describeMetering(figures: Omit<MeteredStatus, "text">, { plan, isUsedUp, now }: MeteringFacts): string {
  const used = describeUse(figures);
  const { opens_in_ms: opensIn } = figures;
  const until = opensIn === null ? "" : formatTime(now + opensIn);
  const course = isUsedUp
    ? `the budget is used up, and everything waits until ${until}`
    : opensIn === null
      ? describePlan(plan)
      : `nothing goes until ${until}`;
  return [used, course].filter((part) => part !== "").join("; ");
}

function describeUse(figures: Omit<MeteredStatus, "text">): string {
  const { day_bytes: day, day_bytes_max: dayMax, month_bytes: month, month_bytes_max: monthMax } = figures;
  const parts: string[] = [];
  if (day !== null && dayMax !== null) parts.push(`${formatMegabytes(day)} of ${formatMegabytes(dayMax)} MB today`);
  if (month !== null && monthMax !== null) {
    parts.push(`${formatMegabytes(month)} of ${formatMegabytes(monthMax)} MB this month`);
  }
  return parts.length === 0 ? "" : `used ${parts.join(", ")}`;
}

/** Says what of a plan is not as if there were no budget. */
function describePlan({ level, pace, of }: Plan): string {
  if (level === 0) return "";
  const parts = [
    describeTreatment("analog readings", of.analog),
    describeTreatment("energy readings", of.energy),
    describeTreatment("states", of.states),
    describeTreatment("alarms", of.alarms),
  ].filter((part) => part !== "");
  if (parts.length === 0) return `every reading goes, in payloads ${formatSpan(pace)} apart`;
  return `${parts.join(", ")}, so that it lasts`;
}

function describeTreatment(what: string, treatment: Treatment): string {
  switch (treatment.kind) {
    case "all":
      return "";
    case "every":
      return `${what} go once ${formatPace(treatment.span)}`;
    case "changes":
      return `${what} go when they change`;
    case "none":
      return `${what} are held back`;
  }
}

function formatPace(span: number): string {
  if (span === 60_000) return "a minute";
  return span === 3_600_000 ? "an hour" : `in ${formatSpan(span)}`;
}

function formatSpan(span: number): string {
  if (span < 60_000) return `${span / 1000} s`;
  return span < 3_600_000 ? `${span / 60_000} min` : `${span / 3_600_000} h`;
}

function formatMegabytes(bytes: number): string {
  const megabytes = bytes / 1e6;
  return megabytes < 10 && megabytes % 1 !== 0 ? megabytes.toFixed(1) : String(Math.round(megabytes));
}

function formatTime(at: number): string {
  return `${new Date(at).toISOString().replace("T", " ").slice(0, 16)} UTC`;
}
