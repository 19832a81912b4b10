import { FieldReader, type Fields } from "./field-reader.ts";

/** A host as it described itself. */
export interface HostMetadata {
  readonly host: string;
  /** Host tags: the real intake joins them to everything that comes from the host. */
  readonly tags: readonly string[];
  readonly agentVersion: string;
  readonly meta: Fields;
}

/** A host as it stands: what it said last, and how often it did. */
export interface StandingHost extends HostMetadata {
  readonly arrivals: number;
}

/** What a payload holds, and what is wrong with it. */
export interface CheckedHost {
  readonly metadata: HostMetadata;
  readonly errors: readonly string[];
}

/** Checks a payload of `POST /intake/`. */
export function checkHost(json: unknown, nowSecond: number): CheckedHost {
  const reader = new FieldReader(nowSecond);
  const entry = reader.fields("payload", json);
  const apiKey = entry["apiKey"] ?? "";
  if (apiKey !== "") {
    reader.note("payload", "apiKey is filled in, expected an empty text; the key belongs in the header dd-api-key");
  }
  const metadata = {
    host: reader.text("payload", entry, "internalHostname"),
    tags: reader.tags("host-tags.system", reader.fields("host-tags", entry["host-tags"])["system"]),
    agentVersion: reader.text("payload", entry, "agentVersion"),
    meta: reader.fields("meta", entry["meta"]),
  };
  return { metadata, errors: reader.errors };
}

/** The hosts that described themselves. Limits: one entry for each. */
export class HostDirectory {
  /** Accepted descriptions, repeats included. */
  count = 0;
  readonly #hosts = new Map<string, StandingHost>();

  /** Takes a description in place of the one before. */
  record(metadata: HostMetadata): void {
    this.count += 1;
    const arrivals = (this.#hosts.get(metadata.host)?.arrivals ?? 0) + 1;
    this.#hosts.set(metadata.host, { ...metadata, arrivals });
  }

  /** What a host said last; undefined when it never spoke. */
  get(host: string): StandingHost | undefined {
    return this.#hosts.get(host);
  }

  /** What every host said last, in the order they first spoke. */
  get all(): readonly StandingHost[] {
    return [...this.#hosts.values()];
  }

  /** Forgets everything, the count included. */
  clear(): void {
    this.count = 0;
    this.#hosts.clear();
  }
}
