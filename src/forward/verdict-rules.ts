/**
 * What the answers of an intake mean, as a table that each intake has one of.
 *
 * The rule behind all of them: nothing is given up because of an answer that is not the intake's own. Only the intake
 * can accept, and only the intake can find fault with a sample; a portal or a proxy in between can do neither.
 */

import assert from "node:assert/strict";
import type { IntakeResponse, Verdict } from "../model/intake.ts";
import type { Millis } from "../model/time.ts";
import type { Scrubber } from "../telemetry/scrubber.ts";
import { parseRetryAfter } from "./retry-after.ts";

/** One row: what answers with a status of a range mean. */
export interface VerdictRule {
  /** First and last of the range. */
  readonly statuses: readonly [number, number];
  /** What the body must hold for the row to count; leaving it out means anything. */
  readonly body?: RegExp;
  readonly verdict: Verdict["kind"];
  /** The verdict when the body is not the intake's own answer; leaving it out means that the body does not matter. */
  readonly otherwise?: "hold";
  /** Set where the answer names what is wrong with a sample. */
  readonly isSure?: true;
  /** Set where the status is about the API key. */
  readonly isKeyRefused?: true;
  /** What the status tells, and what to do where a person must act. */
  readonly meaning: string;
}

/** What an intake's answers are judged by. */
export interface VerdictTable {
  /** The first row that fits counts; one fits every status. */
  readonly rules: readonly VerdictRule[];
  /** Says whether only the intake itself answers like this. */
  readonly isOwnAnswer: (response: IntakeResponse) => boolean;
  /** The keys of `tidegate.yaml` that say where the intake is. */
  readonly addressKeys: string;
  /** Shows what the intake found wrong, in one line; leaving it out means with the body. */
  readonly showAnswer?: (response: IntakeResponse) => string;
  /** Reads when to come again; leaving it out means from `Retry-After`. */
  readonly retryAfter?: (headers: IntakeResponse["headers"]) => Millis | undefined;
}

/** Enough of a stranger's answer to recognise who it is. */
const STRANGER_CHARACTERS_MAX = 80;

/** Judges an answer by a table. */
export function judgeByTable(response: IntakeResponse, table: VerdictTable): Verdict {
  const { status, headers, body } = response;
  const { showAnswer = showBody, retryAfter = parseRetryAfter } = table;
  const rule = table.rules.find(
    ({ statuses: [first, last], body: wanted }) => status >= first && status <= last && (wanted?.test(body) ?? true),
  );
  assert(rule !== undefined, "a status has at most three digits");
  if (rule.otherwise !== undefined && !table.isOwnAnswer(response)) {
    const found = showBody(response).slice(0, STRANGER_CHARACTERS_MAX);
    const remedy = `a portal or proxy seems to stand between; check the network, and ${table.addressKeys} in tidegate.yaml`;
    return { kind: "hold", reason: `${status} came without the intake's own answer, but with ${found}; ${remedy}` };
  }
  const reason = `the intake answered ${status}: ${rule.meaning}`;
  switch (rule.verdict) {
    case "accepted":
      return { kind: "accepted" };
    case "hold":
      return { kind: "hold", reason, ...(rule.isKeyRefused === true ? { isKeyRefused: true } : {}) };
    case "rejected":
      return {
        kind: "rejected",
        reason: `${status}: ${showAnswer(response)}`,
        ...(rule.isSure === true ? { isSure: true } : {}),
      };
    case "split":
      return { kind: "split", reason: `${status}: ${showAnswer(response)}` };
    case "retry": {
      const after = retryAfter(headers);
      return { kind: "retry", reason, ...(after === undefined ? {} : { after }) };
    }
  }
}

/** Takes secrets out of what a verdict says of an answer that repeats them. */
export function scrubVerdict(verdict: Verdict, scrubber: Pick<Scrubber, "scrub">): Verdict {
  return verdict.kind === "accepted" ? verdict : { ...verdict, reason: scrubber.scrub(verdict.reason) };
}

/** Shows a body in one line. */
export function showBody({ body }: Pick<IntakeResponse, "body">): string {
  const line = body.replace(/\s+/gu, " ").trim();
  return line === "" ? "an empty body" : line;
}
