/** Keys under `filter` that change nothing: nobody means them so. */

import type { FilterPolicy } from "../model/filter.ts";
import type { FilterKeys } from "./filter-schema.ts";

const MODE_ALL_IDLE = "`mode: all`, which is how it is left out, looks at nothing; add `mode: mark` or `reduce`";

/**
 * Says of keys which of them change nothing, and why; undefined where each does. With `mode: all` beside them they were
 * put aside on purpose.
 */
export function describeIdleKeys(policy: FilterPolicy, keys: FilterKeys): string | undefined {
  const { mode: written, only: _only, except: _except, ...others } = keys;
  const said = Object.entries(others).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  const describe = (idle: readonly string[], why: string): string | undefined =>
    idle.length === 0
      ? undefined
      : `${idle.join(", ")} under filter ${idle.length === 1 ? "does" : "do"} nothing: ${why}.`;
  if (policy.mode === "all") return written === "all" ? undefined : describe(said, MODE_ALL_IDLE);
  if (policy.mode === "mark") {
    return describe(
      said.filter((key) => ["keep", "deadband", "statistics"].includes(key)),
      "`mode: mark` thins nothing out; `reduce` does",
    );
  }
  if (policy.keep !== "mean") return undefined;
  return describe(
    said.filter((key) => key === "deadband"),
    "`keep: mean` goes by windows; add `keep: deadband` or `swinging-door`",
  );
}
