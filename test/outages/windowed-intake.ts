/** A Datadog intake that says 202 to everything and keeps what its window allows, behind an uplink of so much. */

import { inflateSync } from "node:zlib";
import type { HttpRequest, HttpResponse } from "../../src/platform/http-client.ts";

interface SentSeries {
  readonly metric: string;
  readonly tags: readonly string[];
  readonly points: readonly { readonly timestamp: number; readonly value: number }[];
}

/** Hears of each point that came in time: which series, which second, what value. */
export type OnPoint = (key: string, second: number, value: number) => void;

/** What such an intake is told apart by: metric and tags. */
export function keyOf({ metric, tags }: Pick<SentSeries, "metric" | "tags">): string {
  return `${metric} ${tags.join(",")}`;
}

/** Takes series as JSON with deflate. */
export class WindowedIntake {
  /** Points that were accepted and thrown away, because they were too old. */
  vanished = 0;
  /** What is older is thrown away. Units: milliseconds. */
  window: number;
  readonly #now: () => number;
  readonly #onPoint: OnPoint;

  constructor(window: number, now: () => number, onPoint: OnPoint) {
    this.window = window;
    this.#now = now;
    this.#onPoint = onPoint;
  }

  readonly take = ({ body }: HttpRequest): HttpResponse => {
    const { series } = JSON.parse(inflateSync(body ?? new Uint8Array()).toString()) as {
      readonly series: readonly SentSeries[];
    };
    const oldest = (this.#now() - this.window) / 1000;
    for (const one of series) {
      const key = keyOf(one);
      for (const { timestamp, value } of one.points) {
        if (timestamp < oldest) this.vanished += 1;
        else this.#onPoint(key, timestamp, value);
      }
    }
    return { status: 202, body: '{"errors":[]}', headers: {} };
  };
}
