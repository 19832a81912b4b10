/** Asks for the history of one metric after the other, and waits where the account wants that. */

import type { HistoryAnswer } from "../../forward/intakes/datadog/history.ts";
import { GatewayError } from "../../model/errors.ts";
import { type Clock, millis, seconds, sleep } from "../../model/time.ts";

/** How often a metric is asked about before it is left. */
const TRIES = 4;

/** Where the account does not say how long it wants to be left alone, and the longest it is believed. */
const WAIT = { usual: seconds(5), most: seconds(60) };

/** What became of one metric. */
export interface HistoryResult {
  readonly metric: string;
  readonly result: HistoryAnswer["kind"] | "unreachable" | "not-asked";
  /** What was answered, or went wrong; empty where there is nothing to add. */
  readonly said: string;
}

/** After these the next metric would fare no better. */
const LAST: ReadonlySet<HistoryResult["result"]> = new Set(["forbidden", "stranger", "unreachable", "later"]);

/** Asks for each metric. Where nothing more can come of it, the rest is not asked for. */
export async function turnOnHistory(
  metrics: readonly string[],
  ask: (metric: string) => Promise<HistoryAnswer>,
  clock: Clock,
): Promise<readonly HistoryResult[]> {
  const results: HistoryResult[] = [];
  for (const metric of metrics) {
    const last = results.at(-1);
    const isOver = last !== undefined && (last.result === "not-asked" || LAST.has(last.result));
    results.push(isOver ? { metric, result: "not-asked", said: "" } : await askPatiently(metric, ask, clock));
  }
  return results;
}

async function askPatiently(
  metric: string,
  ask: (metric: string) => Promise<HistoryAnswer>,
  clock: Clock,
): Promise<HistoryResult> {
  for (let tries = 1; ; tries += 1) {
    try {
      const answer = await ask(metric);
      const { kind, said } = answer;
      if (kind !== "later" || tries === TRIES) return { metric, result: kind, said };
      const wait = millis(Math.min(answer.after ?? WAIT.usual, WAIT.most));
      await sleep(clock, `history of ${metric}`, wait);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return { metric, result: "unreachable", said: error.message };
    }
  }
}
