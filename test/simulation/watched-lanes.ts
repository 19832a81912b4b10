/** Sees from which lane of a cursor each payload comes, and how often one is left behind. */

import type { Cursor, Lane } from "../../src/model/log.ts";

/** What one cursor has done. */
export class WatchedLanes {
  /** Gaps that were made. */
  gapCount = 0;
  #reading: Lane;

  /** Changes the cursor itself, before anything is read with it. */
  constructor(cursor: Cursor) {
    this.#reading = cursor;
    this.#watch(cursor);
    const getter = Object.getOwnPropertyDescriptor(cursor, "gaps")?.get;
    const gaps = (): readonly Lane[] =>
      getter?.call(cursor) ?? Reflect.get(Object.getPrototypeOf(cursor) as object, "gaps", cursor);
    Object.defineProperty(cursor, "gaps", { get: () => gaps().map((gap) => this.#watch(gap)) });
    const leave = cursor.leave.bind(cursor);
    cursor.leave = async (to) => {
      const before = cursor.gaps.length;
      const hasLeft = await leave(to);
      this.gapCount += cursor.gaps.length - before;
      return hasLeft;
    };
  }

  /** Where the lane stands that was read last: a payload on its way begins there. */
  get position(): number {
    return this.#reading.position;
  }

  #watch(lane: Lane): Lane {
    const read = lane.read.bind(lane);
    lane.read = (countMax) => {
      this.#reading = lane;
      return read(countMax);
    };
    return lane;
  }
}

/** Counts the sequences below `end` that a cursor has not passed. */
export function countUnpassed({ position, gaps }: Pick<Cursor, "position" | "gaps">, end: number): number {
  const inGaps = gaps.reduce((sum, gap) => sum + Math.max(0, Math.min(gap.end, end) - gap.position), 0);
  return inGaps + Math.max(0, end - position);
}
