/** What is told of the cursors of a log. */

import type { CursorReport } from "../model/log-care.ts";
import type { CursorPlace } from "./cursor-state.ts";
import type { LogStorage } from "./log-storage.ts";

/** Reports every cursor; `keepers` are the names of those that keep samples, undefined while all do. */
export function reportCursors(
  storage: Pick<LogStorage, "state" | "momentOf">,
  places: Iterable<CursorPlace>,
  keepers: ReadonlySet<string> | undefined,
): CursorReport[] {
  return Array.from(places, ({ name, state: { position, counts, opening } }) => ({
    name,
    position,
    counts,
    opening,
    keepsSamples: keepers?.has(name) ?? true,
    lag: storage.state.end - position,
    nextAt: storage.momentOf(position),
  }));
}
