/** What is told of the cursors of a log. */

import type { CursorReport } from "../model/log-care.ts";
import { type CursorPlace, countWaiting, neededFrom } from "./cursor-state.ts";
import type { LogStorage } from "./log-storage.ts";

/** Reports every cursor; `keepers` are the names of those that keep samples, undefined while all do. */
export function reportCursors(
  storage: Pick<LogStorage, "state" | "momentOf" | "heldSetAside">,
  places: Iterable<CursorPlace>,
  keepers: ReadonlySet<string> | undefined,
): CursorReport[] {
  return Array.from(places, ({ name, state }) => ({
    name,
    position: state.position,
    counts: state.counts,
    opening: state.opening,
    gaps: state.gaps.map(({ position, end }) => ({ from: position, to: end })),
    keepsSamples: keepers?.has(name) ?? true,
    lag: countWaiting(state, storage.state.end),
    nextAt: storage.momentOf(neededFrom(state)),
    setAside: storage.heldSetAside(name).size,
  }));
}
