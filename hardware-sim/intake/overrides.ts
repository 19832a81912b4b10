/** Answers and accidents that tests order at `/fakeintake/configure/override`. */

/** What to do with the next requests to an endpoint instead of, or around, the usual. */
export interface Override {
  /** Path, without query. */
  readonly endpoint: string;
  /** Leaving it out means POST. */
  readonly method?: string;
  /** Leaving it out means the usual answer, where there is no `drop`. */
  readonly statusCode?: number;
  /** Leaving it out means application/json. */
  readonly contentType?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Requests it holds for; leaving it out means until it is replaced or cleared, 0 means not at all. */
  readonly times?: number;
  /** Waits before the answer. Units: milliseconds. */
  readonly delay_ms?: number;
  /** Takes the whole request, then cuts the connection. */
  readonly drop?: boolean;
  /** Processes the payload as usual and only then answers with the failure: accepted, and the sender does not know. */
  readonly after?: boolean;
}

const FIELDS: Readonly<Record<keyof Override, string>> = {
  endpoint: "string",
  method: "string",
  statusCode: "number",
  contentType: "string",
  body: "string",
  headers: "object",
  times: "number",
  delay_ms: "number",
  drop: "boolean",
  after: "boolean",
};

/** Reads an override from JSON; gives the first thing that is wrong as a sentence. */
export function parseOverride(json: unknown): Override | string {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return "an override is an object";
  for (const [name, value] of Object.entries(json)) {
    if (!Object.hasOwn(FIELDS, name)) return `${name} is not a key of an override: ${Object.keys(FIELDS).join(", ")}`;
    const expected = FIELDS[name as keyof Override];
    if (typeof value !== expected || value === null)
      return `${name} is ${JSON.stringify(value)}, expected a ${expected}`;
  }
  return "endpoint" in json ? (json as Override) : "endpoint is missing, expected a path such as /api/v2/series";
}

/** The overrides in force: one for each method and endpoint. */
export class OverrideTable {
  readonly #table = new Map<string, { readonly override: Override; left: number }>();

  /** Puts an override in force in place of the one before. */
  set(override: Override): void {
    const key = `${override.method ?? "POST"} ${override.endpoint}`;
    const left = override.times ?? Number.POSITIVE_INFINITY;
    if (left > 0) this.#table.set(key, { override, left });
    else this.#table.delete(key);
  }

  /** The override that meets this request; counts it as used. */
  take(method: string, endpoint: string): Override | undefined {
    const key = `${method} ${endpoint}`;
    const found = this.#table.get(key);
    if (found === undefined) return undefined;
    found.left -= 1;
    if (found.left <= 0) this.#table.delete(key);
    return found.override;
  }

  clear(): void {
    this.#table.clear();
  }
}
