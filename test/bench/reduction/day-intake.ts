/** Datadog's intake as far as the bench needs one: takes all, counts bytes, and hands on the points of series. */

import { inflateSync } from "node:zlib";
import type { HttpClient, HttpRequest, HttpResponse } from "../../../src/platform/http-client.ts";

/** Hears a point. Units: `second` since 1970. */
export type HearPoint = (metric: string, tags: readonly string[], second: number, value: number) => void;

interface SentSeries {
  readonly series: readonly {
    readonly metric: string;
    readonly tags?: readonly string[];
    readonly points: readonly { readonly timestamp: number; readonly value: number }[];
  }[];
}

/** Counts what comes while it listens. */
export class DayIntake implements HttpClient {
  /** Bodies of series, and of service checks, events and what the host is. */
  seriesBytes = 0;
  noteBytes = 0;
  requests = 0;
  points = 0;
  /** Metric and tags of every series that came. */
  readonly series = new Set<string>();
  /** Before that nothing is counted. */
  isListening = false;
  readonly #hear: HearPoint;

  constructor(hear: HearPoint) {
    this.#hear = hear;
  }

  send({ url, body, method }: HttpRequest): Promise<HttpResponse> {
    const isOfSeries = url.pathname.endsWith("/series");
    if (this.isListening) {
      this.requests += 1;
      if (isOfSeries) this.#take(body ?? new Uint8Array());
      else this.noteBytes += body?.byteLength ?? 0;
    }
    const answer = isOfSeries ? '{"errors":[]}' : method === "GET" ? '{"valid":true}' : '{"status":"ok"}';
    return Promise.resolve({ status: method === "GET" ? 200 : 202, headers: {}, body: answer });
  }

  close(): void {}

  #take(body: Uint8Array): void {
    this.seriesBytes += body.byteLength;
    const { series } = JSON.parse(inflateSync(body).toString("utf8")) as SentSeries;
    for (const { metric, tags = [], points } of series) {
      this.series.add(`${metric} ${tags.join(" ")}`);
      this.points += points.length;
      for (const { timestamp, value } of points) this.#hear(metric, tags, timestamp, value);
    }
  }
}
