/** What Datadog's answers mean, as a table. */

import type { IntakeResponse, Verdict } from "../../../model/intake.ts";
import { parseDelaySeconds, parseRetryAfter } from "../../retry-after.ts";
import { judgeByTable, type VerdictRule } from "../../verdict-rules.ts";

const KEY_REFUSED = "the API key is refused; correct `api_key` in tidegate.yaml";

/**
 * Every status; the first row that fits counts.
 *
 * Source: Datadog API reference, Submit metrics (v2), responses; RFC 9110 for the rest.
 */
export const VERDICT_RULES: readonly VerdictRule[] = [
  { statuses: [200, 299], verdict: "accepted", otherwise: "hold", meaning: "the payload is taken" },
  { statuses: [300, 399], verdict: "hold", meaning: "a redirect; correct `dd_url` or `url` in tidegate.yaml" },
  { statuses: [400, 400], verdict: "rejected", otherwise: "hold", meaning: "something in the payload is wrong" },
  { statuses: [401, 401], verdict: "hold", isKeyRefused: true, meaning: KEY_REFUSED },
  { statuses: [403, 403], verdict: "hold", isKeyRefused: true, meaning: KEY_REFUSED },
  {
    statuses: [404, 404],
    verdict: "hold",
    meaning: "no such route; correct `dd_url`, `url` or `series_api` in tidegate.yaml",
  },
  { statuses: [407, 407], verdict: "hold", meaning: "a proxy wants credentials; let the gateway pass without" },
  { statuses: [408, 408], verdict: "retry", meaning: "the request took too long" },
  { statuses: [413, 413], verdict: "split", meaning: "the payload is too big" },
  { statuses: [425, 425], verdict: "retry", meaning: "the request came too early" },
  { statuses: [429, 429], verdict: "retry", meaning: "too many requests" },
  { statuses: [500, 599], verdict: "retry", meaning: "the intake has trouble of its own" },
  { statuses: [0, 999], verdict: "retry", meaning: "not an answer the intake is known to give" },
];

/** Judges an answer of the Datadog intake. */
export function judgeDatadog(response: IntakeResponse): Verdict {
  return judgeBy(isOwnAnswer, response);
}

/** Judges an answer to series in columns, which may come as a message without a word where all is well. */
export function judgeDatadogColumns(response: IntakeResponse): Verdict {
  return judgeBy((answer) => isOwnAnswer(answer) || isOwnColumnsAnswer(answer), response);
}

function judgeBy(isOwn: (response: IntakeResponse) => boolean, response: IntakeResponse): Verdict {
  return judgeByTable(response, {
    rules: VERDICT_RULES,
    isOwnAnswer: isOwn,
    addressKeys: "`dd_url` or `url`",
    retryAfter: (headers) => parseRetryAfter(headers) ?? parseDelaySeconds(headers["x-ratelimit-reset"]),
  });
}

/**
 * Reads the answer to the question whether the API key is good; undefined when it does not tell, as when the intake has
 * trouble or someone else answers.
 *
 * Source: Datadog API reference, Validate API key.
 */
export function judgeDatadogKey(response: IntakeResponse): boolean | undefined {
  const { status, body } = response;
  if (status === 403) return isOwnAnswer(response) ? false : undefined;
  return status === 200 && /^\s*\{\s*"valid"\s*:\s*true\b/u.test(body) ? true : undefined;
}

/** Only the intake itself answers in this JSON: without errors when it is content, with errors when it is not. */
function isOwnAnswer({ status, body }: IntakeResponse): boolean {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return false;
  }
  if (typeof answer !== "object" || answer === null) return false;
  const isContent = status < 300;
  if ("errors" in answer) return Array.isArray(answer.errors) && (answer.errors.length === 0) === isContent;
  return isContent && "status" in answer && answer.status === "ok";
}

/**
 * The message is `Response { string error = 1; }`, in protobuf or JSON. No portal answers 202 and nothing else.
 *
 * Source: DataDog/agent-payload, proto/metrics/intake_v3.proto.
 */
function isOwnColumnsAnswer({ status, headers, body }: IntakeResponse): boolean {
  const isContent = status < 300;
  if (/^application\/(?:x-)?protobuf\b/iu.test(headers["content-type"] ?? "")) return (body === "") === isContent;
  if (isContent && body === "") return status === 202;
  return isContent ? /^\s*\{\s*(?:"error"\s*:\s*""\s*)?\}\s*$/u.test(body) : /^\s*\{\s*"error"\s*:\s*"[^"]/u.test(body);
}
