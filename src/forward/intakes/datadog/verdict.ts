/**
 * What Datadog's answers mean, as a table.
 *
 * The rule behind it: nothing is given up because of an answer that is not the intake's own. Only the intake can
 * accept, and only the intake can find fault with a sample; a portal or a proxy in between can do neither.
 */

import assert from "node:assert/strict";
import type { IntakeResponse, Verdict } from "../../../model/intake.ts";
import { parseDelaySeconds, parseRetryAfter } from "../../retry-after.ts";

/** One row: what answers with a status of a range mean. */
export interface VerdictRule {
  /** First and last of the range. */
  readonly statuses: readonly [number, number];
  readonly verdict: Verdict["kind"];
  /** The verdict when the body is not the intake's own answer; leaving it out means that the body does not matter. */
  readonly otherwise?: "hold";
  /** Set where the status is about the API key. */
  readonly isKeyRefused?: true;
  /** What the status tells, and what to do where a person must act. */
  readonly meaning: string;
}

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
  { statuses: [404, 404], verdict: "hold", meaning: "no such route; correct `dd_url` or `url` in tidegate.yaml" },
  { statuses: [407, 407], verdict: "hold", meaning: "a proxy wants credentials; let the gateway pass without" },
  { statuses: [408, 408], verdict: "retry", meaning: "the request took too long" },
  { statuses: [413, 413], verdict: "split", meaning: "the payload is too big" },
  { statuses: [425, 425], verdict: "retry", meaning: "the request came too early" },
  { statuses: [429, 429], verdict: "retry", meaning: "too many requests" },
  { statuses: [500, 599], verdict: "retry", meaning: "the intake has trouble of its own" },
  { statuses: [0, 999], verdict: "retry", meaning: "not an answer the intake is known to give" },
];

/** Enough of a stranger's answer to recognise who it is. */
const STRANGER_CHARACTERS_MAX = 80;

/** Judges an answer of the Datadog intake. */
export function judgeDatadog(response: IntakeResponse): Verdict {
  const { status, headers, body } = response;
  const rule = VERDICT_RULES.find(({ statuses: [first, last] }) => status >= first && status <= last);
  assert(rule !== undefined, "a status has at most three digits");
  if (rule.otherwise !== undefined && !isOwnAnswer(response)) {
    const found = showBody(body).slice(0, STRANGER_CHARACTERS_MAX);
    const remedy =
      "a portal or proxy seems to stand between; check the network, and `dd_url` or `url` in tidegate.yaml";
    return { kind: "hold", reason: `${status} came without the intake's own answer, but with ${found}; ${remedy}` };
  }
  const reason = `the intake answered ${status}: ${rule.meaning}`;
  switch (rule.verdict) {
    case "accepted":
      return { kind: "accepted" };
    case "hold":
      return { kind: "hold", reason, ...(rule.isKeyRefused === true ? { isKeyRefused: true } : {}) };
    case "rejected":
    case "split":
      return { kind: rule.verdict, reason: `${status}: ${showBody(body)}` };
    case "retry": {
      const after = parseRetryAfter(headers) ?? parseDelaySeconds(headers["x-ratelimit-reset"]);
      return { kind: "retry", reason, ...(after === undefined ? {} : { after }) };
    }
  }
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

function showBody(body: string): string {
  const line = body.replace(/\s+/gu, " ").trim();
  return line === "" ? "an empty body" : line;
}
