/** A cursor as its reader holds it; the log that made it does the work. */

import type {
  Cursor,
  CursorStep,
  DeliveredMoments,
  Lane,
  LogSlice,
  Sequence,
  SetAside,
  SetAsideStep,
} from "../model/log.ts";
import { type CursorPlace, type CursorState, countWaiting, type LaneBase, neededFrom } from "./cursor-state.ts";
import { divideGap, type Gap, leaveLanes } from "./gaps.ts";
import type { SetAsideKeeper } from "./set-aside-keeper.ts";

const NONE: DeliveredMoments = new Map();

/** What a log does for its cursors. */
export interface CursorOwner {
  /** Sequence after the newest sample that can be read. */
  readonly end: Sequence;
  /** Reads from where a lane stands when the read has its turn, or nothing where the lane is gone. */
  readLane(place: CursorPlace, gapEnd: Sequence | undefined, countMax: number): Promise<LogSlice>;
  commitStep(place: CursorPlace, base: LaneBase, step: CursorStep): Promise<void>;
  /** Changes where the lanes stand; gives whether `change` had something to put in their place. */
  changeLanes(place: CursorPlace, change: (state: CursorState) => CursorState | undefined): Promise<boolean>;
}

/** Joins a place with the log that keeps it. */
export class LogCursor implements Cursor {
  readonly ceilings = NONE;
  readonly #place: CursorPlace;
  readonly #owner: CursorOwner;
  readonly #refused: SetAsideKeeper;
  /** Where the reader believes to stand: the size limit may have moved the place on since the last read. */
  #base: Sequence;

  constructor(place: CursorPlace, owner: CursorOwner, refused: SetAsideKeeper) {
    this.#place = place;
    this.#owner = owner;
    this.#refused = refused;
    this.#base = place.state.position;
  }

  get name(): string {
    return this.#place.name;
  }

  get position(): Sequence {
    return this.#place.state.position;
  }

  get end(): Sequence {
    return this.#owner.end;
  }

  get counts(): Cursor["counts"] {
    return this.#place.state.counts;
  }

  get moments(): DeliveredMoments {
    return this.#place.state.moments;
  }

  get opening(): Cursor["opening"] {
    return this.#place.state.opening;
  }

  get spent(): Cursor["spent"] {
    return this.#place.state.spent;
  }

  get needed(): Sequence {
    return neededFrom(this.#place.state);
  }

  get waiting(): number {
    return countWaiting(this.#place.state, this.end);
  }

  get gaps(): readonly Lane[] {
    return this.#place.state.gaps.map((gap) => new GapLane(gap, this.#place, this.#owner));
  }

  async read(countMax: number): Promise<LogSlice> {
    const slice = await this.#owner.readLane(this.#place, undefined, countMax);
    this.#base = slice.from;
    return slice;
  }

  async commit(step: CursorStep): Promise<void> {
    await this.#owner.commitStep(this.#place, { position: this.#base }, step);
    this.#base = step.to;
  }

  async leave(to: Sequence): Promise<boolean> {
    const base = this.#base;
    // What the size limit took before this has its turn is not left any more.
    const endFor = ({ position }: CursorState): Sequence => (position > base ? Math.max(position, to) : to);
    const hasLeft = await this.#owner.changeLanes(this.#place, (state) => leaveLanes(state, endFor(state)));
    this.#base = this.position;
    return hasLeft;
  }

  get setAsideHeld(): number {
    return this.#refused.count(this.name);
  }

  async readSetAside(): Promise<readonly SetAside[]> {
    return await this.#refused.read(this.name);
  }

  async settleSetAside(step: SetAsideStep): Promise<void> {
    await this.#refused.settle(this.#place, step);
  }

  async divide(at: Sequence): Promise<boolean> {
    return await this.#owner.changeLanes(this.#place, (state) => divideGap(state, at));
  }
}

/** A gap as its reader holds it, from when it was asked for until it is passed, lost or divided. */
class GapLane implements Lane {
  readonly end: Sequence;
  readonly #place: CursorPlace;
  readonly #owner: CursorOwner;
  #base: Sequence;

  constructor({ position, end }: Gap, place: CursorPlace, owner: CursorOwner) {
    this.end = end;
    this.#place = place;
    this.#owner = owner;
    this.#base = position;
  }

  get position(): Sequence {
    return this.#gap?.position ?? this.end;
  }

  get moments(): DeliveredMoments {
    return this.#gap?.moments ?? NONE;
  }

  get ceilings(): DeliveredMoments {
    return this.#gap?.ceilings ?? NONE;
  }

  async read(countMax: number): Promise<LogSlice> {
    const slice = await this.#owner.readLane(this.#place, this.end, countMax);
    this.#base = slice.from;
    return slice;
  }

  async commit(step: CursorStep): Promise<void> {
    await this.#owner.commitStep(this.#place, { position: this.#base, gapEnd: this.end }, step);
    this.#base = step.to;
  }

  get #gap(): Gap | undefined {
    return this.#place.state.gaps.find(({ end }) => end === this.end);
  }
}
