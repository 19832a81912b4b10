import { inflateSync } from "node:zlib";
import type { HttpRequest, HttpResponse } from "../../src/platform/http-client.ts";

interface SeriesJson {
  readonly metric: string;
  readonly tags: readonly string[];
  readonly points: readonly { readonly timestamp: number; readonly value: number }[];
}

/** One point as an intake holds it: `key` is what makes it one. */
export interface HeldPoint {
  readonly key: string;
  readonly metric: string;
  readonly second: number;
  readonly value: number;
}

/** Decodes a Datadog v2 payload with code of its own. */
export function decodePayload(body: Uint8Array | undefined): HeldPoint[] {
  const { series } = JSON.parse(inflateSync(body ?? new Uint8Array()).toString("utf8")) as {
    series: readonly SeriesJson[];
  };
  return series.flatMap(({ metric, tags, points }) =>
    points.map(({ timestamp, value }) => ({
      key: `${metric} ${tags.join(",")} ${timestamp}`,
      metric,
      second: timestamp,
      value,
    })),
  );
}

/** An intake that holds one value by metric, tags and second, and refuses the values it is told to. */
export class FakeIntake {
  readonly held = new Map<string, HeldPoint>();
  /** Points it took that it held already. */
  readonly repeated: HeldPoint[] = [];
  /** Points in the order in which it took them. */
  readonly taken: HeldPoint[] = [];
  readonly poison = new Set<number>();
  pointCountMax = Number.POSITIVE_INFINITY;

  readonly take = (request: HttpRequest): HttpResponse => {
    const points = decodePayload(request.body);
    if (points.length > this.pointCountMax) return answer(413, '{"errors":["Payload too large"]}');
    const bad = points.find(({ value }) => this.poison.has(value));
    if (bad !== undefined) return answer(400, `{"errors":["bad value ${bad.value}"]}`);
    for (const point of points) {
      if (this.held.has(point.key)) this.repeated.push(point);
      this.held.set(point.key, point);
      this.taken.push(point);
    }
    return answer(202, '{"errors":[]}');
  };
}

/** Makes an answer. */
export function answer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status, body, headers };
}
