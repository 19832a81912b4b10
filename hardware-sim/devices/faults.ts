import type { Damage, Mishearing } from "./answer-faults.ts";

/** What a unit does instead of answering well. */
export type UnitFault =
  /** Says nothing. */
  | { readonly kind: "silent" }
  /** Answers with an exception code. */
  | { readonly kind: "exception"; readonly code: number }
  /** Answers well, but late. Units: milliseconds. */
  | { readonly kind: "delay"; readonly delayMs: number }
  /** Cuts the connection instead of answering; on a serial port the adapter is gone for a moment. */
  | { readonly kind: "close" }
  /** Answers something else than it was asked. */
  | { readonly kind: "mishearing"; readonly mishearing: Mishearing }
  /** Answers well, and the bytes of its answer suffer on their way. */
  | { readonly kind: "damage"; readonly damage: Damage }
  /** What is asked comes back before the answer, as from an adapter that hears itself, or hears itself wrongly. */
  | { readonly kind: "echo"; readonly isAltered?: true }
  /** Refuses what touches registers that its maker has reserved, with exception 2. Both ends are among them. */
  | { readonly kind: "reserved"; readonly first: number; readonly last: number };

/** The faults that are planned for the units behind one socket. */
export class FaultPlan {
  readonly #planned = new Map<number, { readonly fault: UnitFault; left: number }>();

  /** Plans a fault for the next `times` requests to a unit; leaving out `times` means until `clear`. */
  set(unit: number, fault: UnitFault, times = Number.POSITIVE_INFINITY): void {
    this.#planned.set(unit, { fault, left: times });
  }

  /** Lets a unit answer well again. */
  clear(unit: number): void {
    this.#planned.delete(unit);
  }

  /** The fault that meets the next request to a unit; counts it as used. */
  take(unit: number): UnitFault | undefined {
    const planned = this.#planned.get(unit);
    if (planned === undefined) return undefined;
    planned.left -= 1;
    if (planned.left <= 0) this.#planned.delete(unit);
    return planned.fault;
  }
}
