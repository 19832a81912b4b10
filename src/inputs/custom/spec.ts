import * as v from "valibot";
import type { Secret } from "../../model/config.ts";
import { wholeNumberField } from "../../schema/schema-fields.ts";

/** What the process of a check may take, where nothing is said. Units: MiB. */
const MEMORY_MIB = 96;

/** What an instance of a check of your own says to the gateway. All its keys go to the check as they are, these too. */
export const customSettings = v.looseObject({
  run_timeout: v.optional(
    v.pipe(
      v.number(),
      v.minValue(0.1),
      v.maxValue(600),
      v.examples([5]),
      v.description("Seconds a run may take before it is ended; the interval when left out, and at most 10."),
    ),
  ),
  memory_limit: v.pipe(
    v.optional(wholeNumberField(64, 4096), MEMORY_MIB),
    v.description("MiB that the process of the check may take, Node itself among them; 48 less are for objects."),
  ),
});

/** The settings of one instance, complete. */
export interface CustomSettings {
  readonly run_timeout?: number;
  readonly memory_limit: number;
  /** The file in `checks.d`, and what tells that it, or what lies in folders beside it, was changed. */
  readonly code: { readonly file: string; readonly print: string };
  /** What of the keys below nobody else is to read. */
  readonly secrets: readonly Secret[];
  readonly init_config: Readonly<Record<string, unknown>>;
  /** The entry as it was written, with what its references led to. */
  readonly instance: Readonly<Record<string, unknown>>;
}
