/** How the turn of a lane ended. */

import type { Interruption } from "./deliver-slice.ts";

/**
 * At the end of the lane, with more to read at once, or before. Where nothing was wrong and yet nothing moved, there is
 * no turn before the next flush: else a lane could turn for ever without a rest. A log that cannot be read brings no
 * backoff: trying again sends nothing, and delivery goes on as soon as the disk heals.
 */
export type Outcome =
  | { readonly kind: "drained" }
  | { readonly kind: "more" }
  | { readonly kind: "unmoved" }
  | { readonly kind: "unread"; readonly reason: string }
  | Interruption;

/** What keeps a lane from going on at once. */
export type Trouble = Exclude<Outcome, { kind: "drained" | "more" | "unmoved" }>;

/** Whether the lane is to wait. */
export function isTrouble(outcome: Outcome): outcome is Trouble {
  return outcome.kind !== "drained" && outcome.kind !== "more" && outcome.kind !== "unmoved";
}

/** Whether samples of the lane keep it from going on, and not the intake. */
export function isOfSamples(trouble: Trouble): boolean {
  return "isOfSamples" in trouble;
}
