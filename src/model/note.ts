/** Notes: what is text and goes stale, beside the samples which are numbers and do not. */

import type { EpochMillis } from "./time.ts";

/** What a service check can say, with the numbers every intake knows. */
export const SERVICE_STATUS = { ok: 0, warning: 1, critical: 2, unknown: 3 } as const;
export type ServiceStatus = (typeof SERVICE_STATUS)[keyof typeof SERVICE_STATUS];

/** A service status in the word every intake shows. */
export type ServiceStatusWord = "OK" | "WARNING" | "CRITICAL" | "UNKNOWN";

const STATUS_WORDS: readonly ServiceStatusWord[] = ["OK", "WARNING", "CRITICAL", "UNKNOWN"];

/** Says a service status as its word. */
export function serviceStatusWord(status: ServiceStatus): ServiceStatusWord {
  return STATUS_WORDS[status] ?? "UNKNOWN";
}

/** The state of a check or a device at a moment. Of one (name, tags) only the latest counts. */
export interface ServiceCheck {
  readonly name: string;
  readonly status: ServiceStatus;
  readonly tags: readonly string[];
  /** Empty when all is well. */
  readonly message: string;
  readonly at: EpochMillis;
}
