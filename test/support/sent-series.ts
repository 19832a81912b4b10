import { inflateSync } from "node:zlib";
import type { HttpRequest } from "../../src/platform/http-client.ts";

/** What was sent of each metric by series as JSON, in order. */
export function sentSeries(requests: readonly HttpRequest[]): Record<string, number[]> {
  const sent: Record<string, number[]> = {};
  for (const { url, body } of requests) {
    if (!url.pathname.endsWith("/series")) continue;
    const { series } = JSON.parse(inflateSync(body ?? "").toString("utf8")) as {
      series: { metric: string; points: { value: number }[] }[];
    };
    for (const { metric, points } of series) {
      sent[metric] = [...(sent[metric] ?? []), ...points.map(({ value }) => value)];
    }
  }
  return sent;
}
