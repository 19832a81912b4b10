/** The cursors of a log and what they set aside, each in a record of its own: made, moved on, looked at, forgotten. */

import type { Sequence, SetAside } from "../model/log.ts";
import type { CursorReport } from "../model/log-care.ts";
import type { Database, DatabaseOperation } from "../platform/level-database.ts";
import { encodeCursor } from "./cursor-record.ts";
import { reportCursors } from "./cursor-report.ts";
import { type CursorPlace, type CursorState, loseUntil, neededFrom, openCursorState } from "./cursor-state.ts";
import { joinStretches, type Stretch } from "./gaps.ts";
import { cursorKey } from "./keys.ts";
import type { LogStorage, SetAsideChange } from "./log-storage.ts";
import { type FoundShelf, SetAsideShelf } from "./set-aside-shelf.ts";
import type { LogState } from "./state-record.ts";

/** Cursors that lose samples; memory follows with `settle`. */
export interface CursorLoss {
  /** Shape: empty when no cursor loses any. */
  readonly operations: readonly DatabaseOperation[];
  settle(): void;
}

/** Keeps the cursors of one log. Errors: `STORE_FAILED`; nothing has changed then. */
export class StoredCursors {
  readonly #database: Database;
  readonly #places = new Map<string, CursorPlace>();
  readonly #shelf: SetAsideShelf;
  /** Names of the cursors that keep samples; undefined while all do. */
  #keepers: ReadonlySet<string> | undefined;

  constructor(
    database: Database,
    recovered: { readonly cursors: ReadonlyMap<string, CursorState>; readonly setAside: Pick<FoundShelf, "rings"> },
  ) {
    this.#database = database;
    for (const [name, state] of recovered.cursors) this.#places.set(name, { name, state });
    this.#shelf = new SetAsideShelf(recovered.setAside);
  }

  /** From now on only these keep samples from going. */
  keepFor(names: readonly string[]): void {
    this.#keepers = new Set(names);
  }

  /** As `LogStorage` gives it. */
  get needed(): readonly Stretch[] {
    const keeping = this.#keeping();
    return keeping.length === 0 ? [{ from: 0, to: Number.POSITIVE_INFINITY }] : joinStretches(keeping);
  }

  /** Where those that keep samples begin to need them; without one, everything is kept for the first. */
  get positions(): readonly Sequence[] {
    const keeping = this.#keeping();
    return keeping.length === 0 ? [0] : keeping.map(neededFrom);
  }

  /** Finds a cursor, or makes one at the oldest sample that `log` holds. */
  async open(name: string, log: LogState): Promise<CursorPlace> {
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const place = { name, state: openCursorState(log.head, log.tally) };
    await this.#database.write([putCursor(name, place.state)], { sync: true });
    this.#places.set(name, place);
    return place;
  }

  /** Puts the next state of a cursor in the place of the one it has, with the samples that it sets aside. */
  async commit(place: CursorPlace, next: CursorState, setAside: readonly SetAside[], isSynced: boolean): Promise<void> {
    const refused = this.#shelf.planPut(place.name, place.state.setAsideCount, setAside);
    await this.#database.write([putCursor(place.name, next), ...refused.operations], { sync: isSynced });
    place.state = next;
    refused.settle();
  }

  /** Sequences of what is set aside of a cursor. */
  heldSetAside(name: string): ReadonlySet<Sequence> {
    return this.#shelf.held(name);
  }

  /** Reads it, by sequence. */
  async readSetAside(name: string): Promise<readonly SetAside[]> {
    return await this.#shelf.read(this.#database, name);
  }

  /** Changes what is set aside, and in the same write puts the cursor's next state, if any. */
  async commitSetAside(
    name: string,
    next: CursorState | undefined,
    { gone, changed }: SetAsideChange,
    isSynced: boolean,
  ): Promise<void> {
    const place = this.#places.get(name);
    const change = this.#shelf.planChange(name, gone, changed);
    const operations = next === undefined ? [] : [putCursor(name, next)];
    await this.#database.write([...operations, ...change.operations], { sync: isSynced });
    change.settle();
    if (place !== undefined && next !== undefined) place.state = next;
  }

  /** Plans to move the cursors on that have not passed what goes, which is all before `end`. */
  planLoss(end: Sequence): CursorLoss {
    const losers = new Map<CursorPlace, CursorState>();
    for (const place of this.#places.values()) {
      const state = loseUntil(place.state, end);
      if (state !== place.state) losers.set(place, state);
    }
    return {
      operations: [...losers].map(([{ name }, state]) => putCursor(name, state)),
      settle: () => {
        for (const [place, state] of losers) place.state = state;
      },
    };
  }

  /** Reports every cursor, with or without a reader. */
  report(log: Pick<LogStorage, "state" | "momentOf" | "heldSetAside">): readonly CursorReport[] {
    return reportCursors(log, this.#places.values(), this.#keepers);
  }

  /** Forgets a cursor and what it set aside. */
  async drop(name: string): Promise<void> {
    const refused = this.#shelf.planForget(name);
    await this.#database.write([{ type: "del", key: cursorKey(name) }, ...refused.operations], { sync: true });
    refused.settle();
    this.#places.delete(name);
  }

  #keeping(): readonly CursorState[] {
    const keepers = this.#keepers;
    const places = [...this.#places.values()].filter(({ name }) => keepers === undefined || keepers.has(name));
    return places.map(({ state }) => state);
  }
}

function putCursor(name: string, state: CursorState): DatabaseOperation {
  return { type: "put", key: cursorKey(name), value: encodeCursor(state) };
}
