/** What the answers of a server that takes OTLP mean, as a table. */

import type { IntakeResponse, Verdict } from "../../../model/intake.ts";
import { judgeByTable, showBody, type VerdictRule } from "../../verdict-rules.ts";
import { readErrorMessage, readExportAnswer } from "./answer.ts";

const REFUSED = "the server does not know who sends; correct `headers` in tidegate.yaml";

/**
 * Every status; the first row that fits counts.
 *
 * The specification has senders throw away what any other status answers. We keep it: a server that was set up wrongly
 * is no reason to lose samples.
 *
 * Source: OpenTelemetry, OTLP Specification, OTLP/HTTP Response.
 */
export const OTLP_VERDICTS: readonly VerdictRule[] = [
  { statuses: [200, 200], verdict: "accepted", otherwise: "hold", meaning: "the points are taken" },
  { statuses: [201, 299], verdict: "hold", meaning: "not an answer of OTLP; correct `url` in tidegate.yaml" },
  { statuses: [300, 399], verdict: "hold", meaning: "a redirect; correct `url` in tidegate.yaml" },
  { statuses: [400, 400], verdict: "rejected", otherwise: "hold", meaning: "something in the payload is wrong" },
  { statuses: [401, 401], verdict: "hold", meaning: REFUSED },
  { statuses: [403, 403], verdict: "hold", meaning: REFUSED },
  { statuses: [404, 404], verdict: "hold", meaning: "no such route; correct `url`, or let the server take OTLP" },
  { statuses: [405, 405], verdict: "hold", meaning: "no such route; correct `url`, or let the server take OTLP" },
  { statuses: [407, 407], verdict: "hold", meaning: "a proxy wants credentials; let the gateway pass without" },
  { statuses: [408, 408], verdict: "retry", meaning: "the request took too long" },
  { statuses: [413, 413], verdict: "split", meaning: "the payload is too big" },
  { statuses: [415, 415], verdict: "hold", meaning: "the encoding is not known there; try the other `encoding`" },
  { statuses: [429, 429], verdict: "retry", meaning: "too many requests" },
  { statuses: [500, 599], verdict: "retry", meaning: "the server has trouble of its own" },
  { statuses: [0, 999], verdict: "retry", meaning: "not an answer OTLP knows" },
];

/**
 * How the OpenTelemetry Collector begins what it says of data that it will never take; it does so with status 500.
 *
 * Source: opentelemetry-collector, consumer/consumererror/permanent.go; receiver/otlpreceiver/internal/errors.
 */
const PERMANENT = /^Permanent error\b/u;

/** Judges an answer. Of a partial success it is not told which points were rejected, so it is halved to find them. */
export function judgeOtlp(response: IntakeResponse): Verdict {
  const { status } = response;
  if (status === 200) {
    const { rejected = 0, message = "" } = readExportAnswer(response) ?? {};
    if (rejected > 0)
      return {
        kind: "rejected",
        isSure: true,
        reason: `200: ${rejected} points rejected: ${showBody({ body: message })}`,
      };
  }
  const said = readErrorMessage(response);
  if (status === 500 && said !== undefined && PERMANENT.test(said)) {
    return { kind: "rejected", reason: `500: ${showBody({ body: said })}` };
  }
  return judgeByTable(response, {
    rules: OTLP_VERDICTS,
    isOwnAnswer: (answer) => (status === 200 ? readExportAnswer(answer) : readErrorMessage(answer)) !== undefined,
    addressKeys: "`url`",
    showAnswer: (answer) => showBody({ body: readErrorMessage(answer) ?? answer.body }),
  });
}
