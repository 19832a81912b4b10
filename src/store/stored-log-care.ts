/** How a person looks after a log; the log that it belongs to gives each task its turn. */

import assert from "node:assert/strict";
import { CURSOR_COUNTS, type Sequence, type SetAside } from "../model/log.ts";
import type { CursorReport, Finding, Inspection, LevelSurvey, LogCare, LogPage, PageQuery } from "../model/log-care.ts";
import type { Series, SeriesId } from "../model/series.ts";
import type { LogStorage } from "./log-storage.ts";
import type { SetAsideKeeper } from "./set-aside-keeper.ts";

/** What a log does for whoever looks after it. */
export interface CareOwner {
  /** Runs a task when nothing else uses the storage. Errors: `STORE_CLOSED`, and those of the task. */
  attend<T>(task: () => Promise<T>): Promise<T>;
}

/** Looks after what a storage keeps. */
export class StoredLogCare implements LogCare {
  readonly #storage: LogStorage;
  readonly #owner: CareOwner;
  readonly #refused: SetAsideKeeper;

  constructor(storage: LogStorage, owner: CareOwner, refused: SetAsideKeeper) {
    this.#storage = storage;
    this.#owner = owner;
    this.#refused = refused;
  }

  survey(): readonly LevelSurvey[] {
    return this.#storage.survey();
  }

  series(): readonly (readonly [SeriesId, Series])[] {
    return this.#storage.series.list();
  }

  cursors(): readonly CursorReport[] {
    return this.#storage.listCursors();
  }

  async dropCursor(name: string): Promise<void> {
    await this.#owner.attend(async () => {
      const cursor = this.cursors().find((each) => each.name === name);
      assert(cursor?.keepsSamples !== true, "a cursor that keeps samples is not dropped");
      if (cursor !== undefined) await this.#storage.dropCursor(name);
    });
  }

  async setAside(name: string): Promise<readonly SetAside[]> {
    return await this.#refused.read(name);
  }

  async dropSetAside(name: string, sequences: ReadonlySet<Sequence>): Promise<number> {
    return await this.#refused.drop(name, sequences);
  }

  async page(query: PageQuery): Promise<LogPage> {
    return await this.#owner.attend(async () => {
      await this.#storage.placeEpochs();
      return await this.#storage.page(query);
    });
  }

  async inspect(from: Sequence): Promise<Inspection> {
    return await this.#inspect(from, false);
  }

  async repair(from: Sequence): Promise<Inspection> {
    return await this.#inspect(from, true);
  }

  async #inspect(from: Sequence, isRepairing: boolean): Promise<Inspection> {
    if (from === 0 && (await this.#storage.check())) await this.#owner.attend(() => this.#storage.sync());
    const inspection = await this.#owner.attend(() => this.#storage.inspect(from, isRepairing));
    if (from > 0) return inspection;
    const cursors = this.cursors().flatMap((cursor) => judgeCursor(cursor, this.#storage.state.end));
    return { ...inspection, findings: [...cursors, ...inspection.findings] };
  }
}

/** Holds the figures of a cursor against each other and against the end of the log. */
function judgeCursor({ name, position, counts, opening, gaps, nextAt }: CursorReport, end: Sequence): Finding[] {
  const told = CURSOR_COUNTS.reduce((sum, key) => sum + counts[key], 0);
  const place = { kind: "cursor", from: position, to: end, fromAt: nextAt, toAt: undefined, series: [] } as const;
  if (position > end) {
    const what = `The cursor ${name} stands at ${position}, after the end of the log at ${end}.`;
    return [{ ...place, what, count: position - end }];
  }
  const passed = position - opening.sequence - gaps.reduce((sum, { from, to }) => sum + to - from, 0);
  if (told === passed) return [];
  const what = `The cursor ${name} has passed ${passed} samples and counts what became of ${told}.`;
  return [{ ...place, what, count: Math.abs(passed - told) }];
}
