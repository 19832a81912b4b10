/** One question to an intake: will you take these points. */

import assert from "node:assert/strict";
import type { Intake, Payload, PointBatch, Verdict } from "../model/intake.ts";
import type { Series, SeriesId } from "../model/series.ts";

/** Source: `SetAside.answer` in `src/model/log.ts`. */
const ANSWER_CHARACTERS_MAX = 500;

/** Enough of an answer to understand it in one line of a log. */
const ANSWER_CHARACTERS_SHOWN = 120;

/** What asking needs. */
export interface AskParts {
  readonly intake: Intake;
  readonly seriesOf: (id: SeriesId) => Series;
  /** Sends a payload and judges the answer. Errors: `INTAKE_UNREACHABLE`. */
  readonly send: (payload: Payload) => Promise<Verdict>;
}

/** Encodes and sends. What would break the intake's limits is not sent: it is refused here, as the intake would. */
export async function askIntake(points: PointBatch, { intake, seriesOf, send }: AskParts): Promise<Verdict> {
  const { limits } = intake;
  assert(points.count <= limits.pointCountMax, "a slice is read with more rows than the intake takes points");
  const payload = intake.encode(points, seriesOf);
  if (payload.refusal !== undefined) return { kind: "rejected", reason: `not sent: ${payload.refusal}`, isSure: true };
  const wireBytes = payload.body.byteLength;
  if (wireBytes > limits.wireBytesMax || payload.rawBytes > limits.rawBytesMax) {
    const found = `${wireBytes} bytes, ${payload.rawBytes} before compression`;
    const expected = `the intake takes ${limits.wireBytesMax}, ${limits.rawBytesMax} before compression`;
    return { kind: "rejected", reason: `not sent: ${found}; ${expected}` };
  }
  return send(payload);
}

/** Cuts the answer that refused a sample to what is kept of it. */
export function toKeptAnswer(reason: string): string {
  return reason.slice(0, ANSWER_CHARACTERS_MAX);
}

/** Cuts it to what is shown of it. */
export function toShownAnswer(reason: string): string {
  return reason.slice(0, ANSWER_CHARACTERS_SHOWN);
}
