import { FieldReader } from "./field-reader.ts";
import { AGGREGATION_KEY_LENGTH_MAX, EVENT_AGE_SECONDS_MAX, EVENT_TEXT_LENGTH_MAX } from "./limits.ts";

/** An event as the intake keeps it; texts that were left out are empty. Units: `second` since 1970. */
export interface IntakeEvent {
  readonly title: string;
  readonly text: string;
  readonly host: string;
  readonly tags: readonly string[];
  readonly alertType: string;
  readonly priority: string;
  readonly aggregationKey: string;
  readonly sourceTypeName: string;
  readonly second: number;
}

/** Source: Datadog API reference, Post an event, `alert_type`; info when left out. */
const ALERT_TYPES = ["info", "error", "warning", "success", "user_update", "recommendation", "snapshot"] as const;

/** Source: as above, `priority`; normal when left out. */
const PRIORITIES = ["normal", "low"] as const;

const KEPT_MAX = 1000;

/** What a payload holds, and what is wrong with it. */
export interface CheckedEvent {
  readonly event: IntakeEvent;
  readonly errors: readonly string[];
}

/** Checks a payload of `POST /api/v1/events`, one event, that came at `nowSecond`. Units: seconds since 1970. */
export function checkEvent(json: unknown, nowSecond: number): CheckedEvent {
  const reader = new FieldReader(nowSecond);
  const entry = reader.fields("payload", json);
  const event = {
    title: reader.text("payload", entry, "title"),
    text: reader.text("payload", entry, "text", EVENT_TEXT_LENGTH_MAX),
    host: reader.optionalText("payload", entry, "host"),
    tags: reader.tags("payload", entry["tags"] ?? []),
    alertType: reader.word("payload", entry, "alert_type", ALERT_TYPES),
    priority: reader.word("payload", entry, "priority", PRIORITIES),
    aggregationKey: reader.optionalText("payload", entry, "aggregation_key", AGGREGATION_KEY_LENGTH_MAX),
    sourceTypeName: reader.optionalText("payload", entry, "source_type_name"),
    second: reader.optionalSecond("payload", "date_happened", entry["date_happened"], EVENT_AGE_SECONDS_MAX),
  };
  return { event, errors: reader.errors };
}

/** The events the intake accepted. Limits: keeps the last 1,000. */
export class EventList {
  /** Accepted events, kept or not. */
  count = 0;
  readonly #kept: IntakeEvent[] = [];

  record(event: IntakeEvent): void {
    this.count += 1;
    this.#kept.push(event);
    if (this.#kept.length > KEPT_MAX) this.#kept.shift();
  }

  /** The events that are kept, in the order they came. */
  get kept(): readonly IntakeEvent[] {
    return this.#kept;
  }

  /** Forgets everything, the count included. */
  clear(): void {
    this.count = 0;
    this.#kept.length = 0;
  }
}
