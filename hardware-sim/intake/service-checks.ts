import { describe, FieldReader } from "./field-reader.ts";
import { CHECK_AGE_SECONDS_MAX } from "./limits.ts";

/** What a service check said. Units: `second` since 1970. */
export interface ServiceCheck {
  readonly check: string;
  readonly host: string;
  readonly tags: readonly string[];
  /** 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. */
  readonly status: number;
  readonly message: string;
  readonly second: number;
}

/** A service check as it stands: what it said last, and how often it came. */
export interface StandingCheck extends ServiceCheck {
  readonly arrivals: number;
}

/** What a payload holds, and what is wrong with it. A payload with one error is refused whole. */
export interface CheckedServiceChecks {
  readonly checks: readonly ServiceCheck[];
  readonly errors: readonly string[];
}

/** Checks a payload of `POST /api/v1/check_run` that came at `nowSecond`. Units: seconds since 1970. */
export function checkServiceChecks(json: unknown, nowSecond: number): CheckedServiceChecks {
  const reader = new FieldReader(nowSecond);
  if (!Array.isArray(json) || json.length === 0) {
    reader.note("payload", `is ${describe(json)}, expected a list with at least one service check`);
    return { checks: [], errors: reader.errors };
  }
  const checks = json.map((value, index) => readServiceCheck(`[${index}]`, value, reader));
  return { checks, errors: reader.errors };
}

function readServiceCheck(place: string, value: unknown, reader: FieldReader): ServiceCheck {
  const entry = reader.fields(place, value);
  const status = entry["status"];
  if (status !== 0 && status !== 1 && status !== 2 && status !== 3) {
    reader.note(place, `status is ${describe(status)}, expected 0, 1, 2 or 3`);
  }
  return {
    check: reader.text(place, entry, "check"),
    host: reader.text(place, entry, "host_name"),
    tags: reader.tags(place, entry["tags"]),
    status: Number(status),
    message: reader.optionalText(place, entry, "message"),
    second: reader.optionalSecond(place, "timestamp", entry["timestamp"], CHECK_AGE_SECONDS_MAX),
  };
}

/** Every service check the intake accepted, by name, host and tags. Limits: one entry for each. */
export class ServiceCheckBoard {
  /** Accepted service checks, repeats included. */
  count = 0;
  readonly #standing = new Map<string, StandingCheck>();

  /** Takes the service checks of one accepted payload; an older one never replaces a newer one. */
  record(checks: readonly ServiceCheck[]): void {
    this.count += checks.length;
    for (const check of checks) {
      const key = JSON.stringify([check.check, check.host, ...check.tags]);
      const before = this.#standing.get(key);
      const latest = before !== undefined && before.second > check.second ? before : check;
      this.#standing.set(key, { ...latest, arrivals: (before?.arrivals ?? 0) + 1 });
    }
  }

  /** What each said last, in the order they came first. */
  get latest(): readonly StandingCheck[] {
    return [...this.#standing.values()];
  }

  /** Forgets everything, the count included. */
  clear(): void {
    this.count = 0;
    this.#standing.clear();
  }
}
