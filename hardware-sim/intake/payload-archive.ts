/** A request body as it came. */
export interface ArchivedPayload {
  readonly endpoint: string;
  /** Units: milliseconds since 1970. */
  readonly at: number;
  readonly body: Uint8Array;
  /** Content-Encoding or, without one, Content-Type. */
  readonly encoding: string;
}

const COUNT_MAX = 1000;
const AGE_MS_MAX = 15 * 60 * 1000;
const BYTES_MAX = 64 * 1024 * 1024;

/** The last payloads, for tests to read. Limits: 1,000 payloads, 15 minutes, 64 MiB. */
export class PayloadArchive {
  readonly #payloads: ArchivedPayload[] = [];
  readonly #counts = new Map<string, number>();
  #bytes = 0;

  add(payload: ArchivedPayload): void {
    this.#payloads.push(payload);
    this.#bytes += payload.body.byteLength;
    this.#counts.set(payload.endpoint, (this.#counts.get(payload.endpoint) ?? 0) + 1);
    for (;;) {
      const [oldest] = this.#payloads;
      if (oldest === undefined) return;
      const isOverdue = payload.at - oldest.at > AGE_MS_MAX;
      if (!isOverdue && this.#payloads.length <= COUNT_MAX && this.#bytes <= BYTES_MAX) return;
      this.#payloads.shift();
      this.#bytes -= oldest.body.byteLength;
    }
  }

  /** What is kept of an endpoint, oldest first. */
  of(endpoint: string): readonly ArchivedPayload[] {
    return this.#payloads.filter((payload) => payload.endpoint === endpoint);
  }

  /** Payloads received per endpoint, kept or not. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  clear(): void {
    this.#payloads.length = 0;
    this.#counts.clear();
    this.#bytes = 0;
  }
}
