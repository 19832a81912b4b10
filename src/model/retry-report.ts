/** How it went to send once more what an intake had refused. */

/** Why samples that are set aside stay so without being sent. */
export const UNSENT_REASONS = ["tooOld", "tooFarAhead", "inOrderOnly", "untold", "nameless"] as const;
export type UnsentReason = (typeof UNSENT_REASONS)[number];

/** One round at one intake. Its counts are samples, each in one of them at the end. */
export interface RetryReport {
  readonly intake: string;
  readonly isRunning: boolean;
  /** What the round is about. */
  readonly chosen: number;
  readonly delivered: number;
  /** Not sent, or sent together with it: a later sample of the same series and moment counts. */
  readonly collapsed: number;
  readonly refused: number;
  readonly unsent: Readonly<Record<UnsentReason, number>>;
  /** Why the round ended before it was through; empty when it did not. */
  readonly reason: string;
}
