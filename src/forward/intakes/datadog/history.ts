/**
 * Historical Metrics Ingestion: by it an account takes points of any age, which it throws away otherwise. It is turned
 * on for each metric by itself.
 *
 * Source: Datadog API reference, Enable historical metrics ingestion (preview); datadog-api-client-typescript,
 * `createHistoricalMetricsConfiguration`, for its answers.
 */

import type { DatadogConfig } from "../../../model/config.ts";
import type { IntakeResponse, Payload } from "../../../model/intake.ts";
import type { Millis } from "../../../model/time.ts";
import { parseDelaySeconds, parseRetryAfter } from "../../retry-after.ts";

const TYPE = "historical_metrics_configurations";

/** Source: Datadog documentation, Historical Metrics Ingestion: not supported for these sites. */
const SITES_WITHOUT = /(^|\.)ddog-gov\.com$/u;

/** What is longer says no more. */
const SAID_CHARACTERS_MAX = 200;

/** What the account says of one metric; `said` is what else its answer holds, and empty where that is nothing. */
export type HistoryAnswer =
  | { readonly kind: "turned-on" | "on-already"; readonly said: string }
  /** No point of it has come yet, and thus it is not there to be changed. */
  | { readonly kind: "unknown-metric"; readonly said: string }
  /** The keys do not allow it. */
  | { readonly kind: "forbidden"; readonly said: string }
  /** Nothing is wrong with what was asked; `after` is what the account wants to be waited for. */
  | { readonly kind: "later"; readonly said: string; readonly after?: Millis }
  | { readonly kind: "refused"; readonly said: string }
  /** Someone else answers in the place of Datadog. */
  | { readonly kind: "stranger"; readonly said: string };

/** Says whether the site of an intake knows history at all. */
export function hasHistory({ url }: Pick<DatadogConfig, "url">): boolean {
  return !SITES_WITHOUT.test(new URL(url).hostname);
}

/** Encodes the request that turns history on for a metric, as it is spelled for Datadog. */
export function encodeHistoryRequest(
  { apiKey }: Pick<DatadogConfig, "apiKey">,
  appKey: string,
  metric: string,
): Payload {
  const body = Buffer.from(JSON.stringify({ data: { type: TYPE, id: metric } }));
  return {
    path: "/api/v2/metrics/historical-metrics-configurations",
    headers: {
      accept: "application/json",
      "content-type": "application/json",
      "dd-api-key": apiKey,
      "dd-application-key": appKey,
    },
    body,
    rawBytes: body.byteLength,
  };
}

/** Judges the answer to it. A conflict is no failure: it says that what was asked for is so. */
export function judgeHistory(response: IntakeResponse): HistoryAnswer {
  const { status, headers } = response;
  const own = readOwnAnswer(response);
  if (status === 408 || status === 429 || status >= 500) {
    const after = parseRetryAfter(headers) ?? parseDelaySeconds(headers["x-ratelimit-reset"]);
    return { kind: "later", said: own?.said ?? String(status), ...(after === undefined ? {} : { after }) };
  }
  if (own === undefined) return { kind: "stranger", said: String(status) };
  if (status < 300) {
    if (!own.isTaken) return { kind: "stranger", said: String(status) };
    return { kind: status === 201 ? "turned-on" : "on-already", said: "" };
  }
  const said = own.said === "" ? String(status) : `${status}: ${own.said}`;
  switch (status) {
    case 401:
    case 403:
      return { kind: "forbidden", said };
    case 404:
      return { kind: "unknown-metric", said };
    case 409:
      return { kind: "on-already", said };
    default:
      return { kind: "refused", said };
  }
}

/** Datadog answers with what was made, or with errors that are texts, or maps with a title and a detail. */
function readOwnAnswer({ body }: IntakeResponse): { readonly isTaken: boolean; readonly said: string } | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof answer !== "object" || answer === null) return undefined;
  const errors: unknown = Reflect.get(answer, "errors");
  if (Array.isArray(errors)) {
    return { isTaken: false, said: errors.map(sayError).join("; ").slice(0, SAID_CHARACTERS_MAX) };
  }
  const data: unknown = Reflect.get(answer, "data");
  return typeof data === "object" && data !== null && Reflect.get(data, "type") === TYPE
    ? { isTaken: true, said: "" }
    : undefined;
}

function sayError(error: unknown): string {
  if (typeof error !== "object" || error === null) return String(error);
  return String(Reflect.get(error, "detail") ?? Reflect.get(error, "title") ?? "");
}
