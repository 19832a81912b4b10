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

/** How much an event matters, in the words every intake knows. */
export const ALERT_TYPES = ["info", "warning", "error", "success"] as const;
export type AlertType = (typeof ALERT_TYPES)[number];

/** Whether an event is worth a look of its own. */
export const EVENT_PRIORITIES = ["normal", "low"] as const;
export type EventPriority = (typeof EVENT_PRIORITIES)[number];

/** Something that happened, told once. It belongs to this host; what is too long for an intake, its encoder cuts. */
export interface Event {
  readonly title: string;
  /** May be Markdown between lines of `%%%`. */
  readonly text: string;
  readonly at: EpochMillis;
  readonly alertType: AlertType;
  readonly priority: EventPriority;
  /** Events of one key are shown as one; empty for an event that stands alone. */
  readonly aggregationKey: string;
  readonly tags: readonly string[];
  /** Who tells: `tidegate`, or the name of a check. */
  readonly source: string;
}
