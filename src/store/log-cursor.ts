/** A cursor as its reader holds it; the log that made it does the work. */

import type { Cursor, CursorStep, LogSlice, Sequence } from "../model/log.ts";
import type { CursorPlace } from "./cursor-state.ts";

/** What a log does for its cursors. */
export interface CursorOwner {
  readCursor(place: CursorPlace, countMax: number): Promise<LogSlice>;
  commitCursor(place: CursorPlace, base: Sequence, step: CursorStep): Promise<void>;
}

/** Joins a place with the log that keeps it. */
export class LogCursor implements Cursor {
  readonly #place: CursorPlace;
  readonly #owner: CursorOwner;
  /** Where the reader believes to stand: the size limit may have moved the place on since the last read. */
  #base: Sequence;

  constructor(place: CursorPlace, owner: CursorOwner) {
    this.#place = place;
    this.#owner = owner;
    this.#base = place.state.position;
  }

  get name(): string {
    return this.#place.name;
  }

  get position(): Sequence {
    return this.#place.state.position;
  }

  get counts(): Cursor["counts"] {
    return this.#place.state.counts;
  }

  get moments(): Cursor["moments"] {
    return this.#place.state.moments;
  }

  get opening(): Cursor["opening"] {
    return this.#place.state.opening;
  }

  async read(countMax: number): Promise<LogSlice> {
    const slice = await this.#owner.readCursor(this.#place, countMax);
    this.#base = slice.from;
    return slice;
  }

  async commit(step: CursorStep): Promise<void> {
    await this.#owner.commitCursor(this.#place, this.#base, step);
    this.#base = step.to;
  }
}
