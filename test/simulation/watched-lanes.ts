/** Sees from which lane of a cursor each payload comes, how often one is left behind, and every step that is made. */

import type { Cursor, CursorStep, Lane, LogSlice, SetAsideStep } from "../../src/model/log.ts";
import type { AuditedStep } from "./step-audit.ts";

/** A step as a lane makes it. */
export type LaneStep = Pick<AuditedStep, "slice" | "from" | "step" | "bounds">;

/** Hears what a cursor does. */
export interface LaneListener {
  /** A lane is read. */
  onRead(): void;
  /** A lane is about to move on. */
  onStep(step: LaneStep): void;
  /** A lane has moved on. */
  onStepped(step: CursorStep): void;
  /** What the live lane had read goes by another lane. */
  onLeft(): void;
  /** What was sent once more is about to be settled, and is. */
  onSettling(): void;
  onSettled(step: SetAsideStep): void;
}

/** What one cursor has done. */
export class WatchedLanes {
  /** Gaps that were made. */
  gapCount = 0;
  #listener: LaneListener | undefined;
  #reading: Lane;

  /** Changes the cursor itself, before anything is read with it. */
  constructor(cursor: Cursor, listener: LaneListener) {
    this.#listener = listener;
    this.#reading = cursor;
    this.#watch(cursor);
    const getter = Object.getOwnPropertyDescriptor(cursor, "gaps")?.get;
    const gaps = (): readonly Lane[] =>
      getter?.call(cursor) ?? Reflect.get(Object.getPrototypeOf(cursor) as object, "gaps", cursor);
    Object.defineProperty(cursor, "gaps", { get: () => gaps().map((gap) => this.#watch(gap)) });
    const leave = cursor.leave.bind(cursor);
    cursor.leave = async (to) => {
      const before = gaps().length;
      this.#listener?.onLeft();
      const hasLeft = await leave(to);
      this.gapCount += gaps().length - before;
      return hasLeft;
    };
    const settle = cursor.settleSetAside.bind(cursor);
    cursor.settleSetAside = async (step) => {
      this.#listener?.onSettling();
      await settle(step);
      this.#listener?.onSettled(step);
    };
  }

  /** Its life is over: what it still does counts for nothing. */
  end(): void {
    this.#listener = undefined;
  }

  /** Where the lane stands that was read last: a payload on its way begins there. */
  get position(): number {
    return this.#reading.position;
  }

  #watch(lane: Lane): Lane {
    const read = lane.read.bind(lane);
    const commit = lane.commit.bind(lane);
    let slice: LogSlice | undefined;
    let from = 0;
    lane.read = async (countMax) => {
      this.#reading = lane;
      this.#listener?.onRead();
      slice = await read(countMax);
      from = slice.from;
      return slice;
    };
    lane.commit = async (step) => {
      const { moments, ceilings } = lane;
      if (slice !== undefined && step.to > from)
        this.#listener?.onStep({ slice, from, step, bounds: { moments, ceilings } });
      await commit(step);
      from = step.to;
      this.#listener?.onStepped(step);
    };
    return lane;
  }
}

/** Counts the sequences below `end` that a cursor has not passed. */
export function countUnpassed({ position, gaps }: Pick<Cursor, "position" | "gaps">, end: number): number {
  const inGaps = gaps.reduce((sum, gap) => sum + Math.max(0, Math.min(gap.end, end) - gap.position), 0);
  return inGaps + Math.max(0, end - position);
}
