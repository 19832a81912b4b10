/**
 * What the answers of a receiver of remote write mean, as a table.
 *
 * Receivers answer in plain words, and Prometheus says with 500 that a sample is too old. What names a fault of a
 * sample counts as one, whatever its status, and is believed without a later acceptance.
 */

import type { IntakeResponse, Verdict } from "../../../model/intake.ts";
import { judgeByTable, type VerdictRule } from "../../verdict-rules.ts";

/**
 * Words that name a fault of a sample, and not of a limit or of the receiver.
 *
 * Source: Prometheus, storage/interface.go, the errors of an appender, and model/labels; Thanos, pkg/receive; Grafana
 * Mimir, its catalogue of errors.
 */
const SAMPLE_FAULT =
  /^(?!\s*<).*(out of order sample|out-of-order|duplicate sample|out of bounds|too old sample|too far in the (past|future)|is not unique|err-mimir-(sample|label|metric-name|max-label|missing-metric|too-far))/isu;

/** Words that say that the receiver holds a later sample of the series. */
const OUT_OF_ORDER = /out.of.order/iu;

const REFUSED = "it refuses the request; correct `username`, `password`, `bearer_token` or `headers` in tidegate.yaml";

/**
 * Every status; the first row that fits counts.
 *
 * Source: Prometheus Remote-Write Specification; RFC 9110 for the rest.
 */
export const VERDICT_RULES: readonly VerdictRule[] = [
  { statuses: [200, 299], verdict: "accepted", otherwise: "hold", meaning: "the payload is taken" },
  { statuses: [300, 399], verdict: "hold", meaning: "a redirect; correct `url` in tidegate.yaml" },
  {
    statuses: [400, 599],
    body: SAMPLE_FAULT,
    verdict: "rejected",
    isSure: true,
    meaning: "the answer names what is wrong with a sample",
  },
  { statuses: [400, 400], verdict: "rejected", otherwise: "hold", meaning: "something in the payload is wrong" },
  { statuses: [401, 401], verdict: "hold", meaning: REFUSED },
  { statuses: [403, 403], verdict: "hold", meaning: REFUSED },
  {
    statuses: [404, 404],
    verdict: "hold",
    meaning: "no such route; `url` in tidegate.yaml has to hold the whole path, and the receiver has to be switched on",
  },
  { statuses: [407, 407], verdict: "hold", meaning: "a proxy wants credentials; let the gateway pass without" },
  { statuses: [408, 408], verdict: "retry", meaning: "the request took too long" },
  { statuses: [413, 413], verdict: "split", meaning: "the payload is too big" },
  { statuses: [415, 415], verdict: "hold", meaning: "it does not know this version; set `version` in tidegate.yaml" },
  { statuses: [422, 422], verdict: "rejected", otherwise: "hold", meaning: "something in the payload is wrong" },
  { statuses: [425, 425], verdict: "retry", meaning: "the request came too early" },
  { statuses: [429, 429], verdict: "retry", meaning: "too many requests" },
  { statuses: [500, 599], verdict: "retry", meaning: "the intake has trouble of its own" },
  { statuses: [0, 999], verdict: "retry", meaning: "not an answer the intake is known to give" },
];

/** Judges an answer to a request of version 1.0, or to one of 2.0 that says how many samples were written. */
export function judgeRemoteWrite(response: IntakeResponse): Verdict {
  return judgeByTable(response, { rules: VERDICT_RULES, isOwnAnswer, addressKeys: "`url`" });
}

/** Says whether an answer refuses a sample because a later one of its series is held. */
export function isOutOfOrder({ status, body }: IntakeResponse): boolean {
  return status >= 400 && SAMPLE_FAULT.test(body) && OUT_OF_ORDER.test(body);
}

/** Reads how many samples a receiver of 2.0 has written; undefined where it does not tell, as those of 1.0 do not. */
export function readWritten({ headers }: Pick<IntakeResponse, "headers">): number | undefined {
  const text = headers["x-prometheus-remote-write-samples-written"];
  return text !== undefined && /^\d+$/u.test(text) ? Number(text) : undefined;
}

/** Receivers accept without a word, and object in a sentence of plain text. */
function isOwnAnswer(response: IntakeResponse): boolean {
  const body = response.body.trim();
  if (response.status < 300) return body === "" || readWritten(response) !== undefined;
  return !body.startsWith("<") && /[\p{L}\d"':.,-]+\s+\p{L}+/u.test(body);
}
