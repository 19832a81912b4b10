/** What InfluxDB's answers mean, as a table. */

import type { IntakeResponse, Verdict } from "../../../model/intake.ts";
import { judgeByTable, showBody, type VerdictRule } from "../../verdict-rules.ts";

const CREDENTIALS = "the user or token is refused; correct `username` and `password`, or `token`, in tidegate.yaml";

/**
 * Every status; the first row that fits counts.
 *
 * Of what it calls a partial write it has stored the lines it could, so the halves that go again overwrite the same.
 *
 * Source: InfluxDB 1 documentation, API reference, /write; InfluxDB 2 documentation, POST /api/v2/write; influxdb 1.6,
 * services/httpd/handler.go.
 */
export const INFLUX_VERDICTS: readonly VerdictRule[] = [
  { statuses: [204, 204], verdict: "accepted", otherwise: "hold", meaning: "the lines are stored" },
  { statuses: [200, 299], verdict: "hold", meaning: "not an answer of InfluxDB; correct `url` in tidegate.yaml" },
  { statuses: [300, 399], verdict: "hold", meaning: "a redirect; correct `url` in tidegate.yaml" },
  {
    statuses: [400, 422],
    body: /field type conflict/u,
    verdict: "rejected",
    otherwise: "hold",
    isSure: true,
    meaning: "the field was written as another type before",
  },
  {
    statuses: [400, 422],
    body: /beyond retention policy/u,
    verdict: "rejected",
    otherwise: "hold",
    isSure: true,
    meaning: "older than the retention policy keeps; set `max_age` to that",
  },
  { statuses: [400, 400], verdict: "rejected", otherwise: "hold", meaning: "some of the lines are not stored" },
  { statuses: [401, 401], verdict: "hold", meaning: CREDENTIALS },
  { statuses: [403, 403], verdict: "hold", meaning: CREDENTIALS },
  {
    statuses: [404, 404],
    body: /"database not found/u,
    verdict: "hold",
    meaning: "there is no such database; create it with `CREATE DATABASE`, or correct `database` in tidegate.yaml",
  },
  {
    statuses: [404, 404],
    verdict: "hold",
    meaning: "no such bucket, organization or route; create the bucket, or correct `bucket`, `org` or `url`",
  },
  { statuses: [407, 407], verdict: "hold", meaning: "a proxy wants credentials; let the gateway pass without" },
  { statuses: [408, 408], verdict: "retry", meaning: "the request took too long" },
  { statuses: [413, 413], verdict: "split", meaning: "the payload is too big" },
  { statuses: [422, 422], verdict: "rejected", otherwise: "hold", meaning: "some of the lines are not stored" },
  { statuses: [429, 429], verdict: "retry", meaning: "too many requests" },
  {
    statuses: [500, 500],
    body: /retention policy not found/u,
    verdict: "hold",
    meaning: "there is no such retention policy; create it, or correct `retention_policy` in tidegate.yaml",
  },
  { statuses: [500, 599], verdict: "retry", meaning: "InfluxDB has trouble of its own" },
  { statuses: [0, 999], verdict: "retry", meaning: "not an answer InfluxDB is known to give" },
];

const BEYOND_RETENTION = /(?:beyond|outside) (?:the )?retention policy/u;
const TOO_OLD = "older than the server keeps, set max_age to that";

/** Judges an answer of InfluxDB. */
export function judgeInflux(response: IntakeResponse): Verdict {
  return judgeByTable(response, {
    rules: INFLUX_VERDICTS,
    isOwnAnswer,
    addressKeys: "`url`",
    showAnswer: (answer) => (BEYOND_RETENTION.test(answer.body) ? `${TOO_OLD}: ${showBody(answer)}` : showBody(answer)),
  });
}

/**
 * Acceptance is an empty answer, which a portal has no use for. An error may list every line that is wrong and be cut
 * off, so only its beginning tells whose it is.
 */
function isOwnAnswer({ status, body }: IntakeResponse): boolean {
  if (status === 204) return body === "";
  return /^\s*\{\s*"(?:error|code|message)"\s*:\s*"[^"]/u.test(body);
}
