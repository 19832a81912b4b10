/** What came of asking: right, refused by the gateway, or a wrong value. */
export const OUTCOMES = ["right", "refused", "wrong"] as const;

/** One of `OUTCOMES`. */
export type Outcome = (typeof OUTCOMES)[number];

/** How often each came. */
export type OutcomeCounts = Record<Outcome, number>;

/** What came of a run. A plain object, to be sent from process to process. */
export interface Tally extends OutcomeCounts {
  /** Requests that were sent, with those that were made to settle what was owed. */
  sent: number;
  /** What was drawn anew, as no receiver could have told it from a good answer. */
  drawnAnew: number;
  /** By what befell the request itself; what befell one before it may matter more. */
  readonly byFate: Record<string, OutcomeCounts>;
}

/** Begins a tally in which nothing was asked. */
export function createTally(): Tally {
  return { right: 0, refused: 0, wrong: 0, sent: 0, drawnAnew: 0, byFate: {} };
}

/** Counts exchanges that came out the same. */
export function countOutcome(tally: Tally, fate: string, outcome: Outcome, times = 1): void {
  tally[outcome] += times;
  tally.byFate[fate] ??= { right: 0, refused: 0, wrong: 0 };
  tally.byFate[fate][outcome] += times;
}

/** Adds what came of another run. */
export function addTally(total: Tally, { sent, drawnAnew, byFate }: Tally): void {
  total.sent += sent;
  total.drawnAnew += drawnAnew;
  for (const [fate, counts] of Object.entries(byFate)) {
    for (const outcome of OUTCOMES) countOutcome(total, fate, outcome, counts[outcome]);
  }
}
