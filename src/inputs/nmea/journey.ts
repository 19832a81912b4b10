/**
 * Whether a receiver moves or is parked, for how long it is, and how far it came.
 *
 * Parked is who stays within a circle for a while: speeds of a receiver that stands are not zero, and those of one in a
 * traffic jam are. The circle is as wide as positions wander. While parked nothing adds up, and while moving only steps
 * do that are longer than positions wander.
 */

import { distanceBetween, type Place } from "../../decode/earth.ts";
import { type Millis, type MonotonicMillis, millis, seconds } from "../../model/time.ts";

/** Who goes further than this from where it stood is no more there. Units: metres. */
const CIRCLE_METRES_MIN = 25;

/** The same by how far positions may be off. */
const CIRCLE_ACCURACIES = 2.5;

/** Shorter steps do not add up. Units: metres. */
const STEP_METRES_MIN = 10;

/** The middle of the circle is that of so many positions, as each by itself may be off. */
const MIDDLE_COUNT_MAX = 30;

/** So many positions in a row have to be outside of the circle. */
const OUTSIDE_COUNT_MIN = 2;

/** Nothing that carries a receiver is faster: such a step is an error. Units: metres per second. */
const SPEED_MAX = 350;

/** So many positions in a row that are impossibly far away, and near each other, are where it is all the same. */
const STRANGE_COUNT_MAX = 5;

/** A step over a longer gap is not known to have been travelled. */
const GAP_MAX = seconds(600);

/** What is kept of a journey over a restart. Units: metres, milliseconds. */
export interface JourneyMemory {
  readonly distance: number;
  readonly isMoving: boolean | undefined;
  readonly place: Place | undefined;
  /** How long it was parked, when this was kept. */
  readonly parkedFor: number;
  /** When this was kept, as the receiver had it; undefined where it did not. Units: milliseconds since 1970. */
  readonly utc: number | undefined;
}

/** A position at a moment. Units: `accuracy` in metres, `utc` in milliseconds since 1970 as the receiver has it. */
export interface Step {
  readonly place: Place;
  readonly accuracy: number;
  readonly monotonic: MonotonicMillis;
  readonly utc: number | undefined;
}

/** Follows one receiver. */
export class Journey {
  readonly #parkedAfter: Millis;
  #distance: number;
  #isMoving: boolean | undefined;
  /** From where the next step is measured. */
  #counted: { place: Place; monotonic: MonotonicMillis } | undefined;
  /** The middle of the circle, and since when it is left no more. */
  #stand: { place: Place; since: MonotonicMillis; count: number } | undefined;
  #outsideCount = 0;
  #strange: { place: Place; count: number } | undefined;
  #last: Step | undefined;
  #before: JourneyMemory | undefined;

  /** `before` is what an earlier one left; undefined where there was none. */
  constructor(parkedAfter: Millis, before?: JourneyMemory) {
    this.#parkedAfter = parkedAfter;
    this.#distance = before?.distance ?? 0;
    this.#isMoving = before?.isMoving;
    this.#before = before;
  }

  /** How far it came, as far as anybody looked. Units: metres. */
  get distance(): number {
    return Math.round(this.#distance);
  }

  /** Undefined until it is known. */
  get isMoving(): boolean | undefined {
    return this.#isMoving;
  }

  /** How long it is parked; 0 while it moves, undefined until it is known which. */
  get parkedFor(): Millis | undefined {
    if (this.#isMoving === undefined || this.#last === undefined) return undefined;
    if (this.#isMoving || this.#stand === undefined) return millis(0);
    return millis(Math.max(0, this.#last.monotonic - this.#stand.since));
  }

  /** What a later one needs to go on from here; undefined before the first position. */
  get memory(): JourneyMemory | undefined {
    if (this.#last === undefined) return undefined;
    return {
      distance: Math.round(this.#distance * 10) / 10,
      isMoving: this.#isMoving,
      place: this.#isMoving === false ? this.#stand?.place : this.#counted?.place,
      parkedFor: Math.round(this.parkedFor ?? 0),
      utc: this.#last.utc,
    };
  }

  /** Takes the next position. */
  take(step: Step): void {
    if (this.#last === undefined) this.#resume(step);
    if (!this.#isBelievable(step)) return;
    this.#last = step;
    this.#look(step);
    if (this.#isMoving === true) this.#count(step);
  }

  /** Takes up what was known before, where it still fits. */
  #resume(step: Step): void {
    const before = this.#before;
    this.#before = undefined;
    this.#counted = { place: step.place, monotonic: step.monotonic };
    this.#stand = { place: step.place, since: step.monotonic, count: 1 };
    if (before?.place === undefined) return;
    const gap = before.utc === undefined || step.utc === undefined ? undefined : step.utc - before.utc;
    const away = distanceBetween(before.place, step.place);
    const isWithin = away <= circleOf(step);
    if (before.isMoving === false && isWithin) {
      const parkedFor = before.parkedFor + Math.max(0, gap ?? 0);
      const since = (step.monotonic - parkedFor) as MonotonicMillis;
      this.#stand = { place: before.place, since, count: MIDDLE_COUNT_MAX };
      this.#counted.place = before.place;
    } else if (!isWithin) {
      this.#isMoving = before.isMoving === true ? true : undefined;
      if (gap !== undefined && gap > 0 && gap <= GAP_MAX && away / gap <= SPEED_MAX / 1000) this.#distance += away;
    }
  }

  #isBelievable(step: Step): boolean {
    const last = this.#last;
    if (last === undefined) return true;
    const isPossible = (place: Place): boolean => {
      const elapsed = Math.max(1000, step.monotonic - last.monotonic);
      return (distanceBetween(place, step.place) / elapsed) * 1000 <= SPEED_MAX;
    };
    if (isPossible(last.place)) {
      this.#strange = undefined;
      return true;
    }
    const isThere = this.#strange !== undefined && isPossible(this.#strange.place);
    this.#strange = { place: step.place, count: isThere ? (this.#strange?.count ?? 0) + 1 : 1 };
    if (this.#strange.count < STRANGE_COUNT_MAX) return false;
    this.#strange = undefined;
    this.#counted = { place: step.place, monotonic: step.monotonic };
    return true;
  }

  #look(step: Step): void {
    const stand = this.#stand;
    if (stand === undefined) return;
    if (distanceBetween(stand.place, step.place) <= circleOf(step)) {
      this.#outsideCount = 0;
      stand.count = Math.min(MIDDLE_COUNT_MAX, stand.count + 1);
      stand.place = between(stand.place, step.place, 1 / stand.count);
      if (this.#isMoving !== false && step.monotonic - stand.since >= this.#parkedAfter) this.#isMoving = false;
      return;
    }
    this.#outsideCount += 1;
    if (this.#outsideCount < OUTSIDE_COUNT_MIN) return;
    this.#outsideCount = 0;
    if (this.#isMoving === false) this.#counted = { place: stand.place, monotonic: step.monotonic };
    this.#isMoving = true;
    this.#stand = { place: step.place, since: step.monotonic, count: 1 };
  }

  #count(step: Step): void {
    const counted = this.#counted;
    const length = counted === undefined ? 0 : distanceBetween(counted.place, step.place);
    if (counted !== undefined && length < Math.max(STEP_METRES_MIN, step.accuracy)) return;
    const isSeen = counted !== undefined && step.monotonic - counted.monotonic <= GAP_MAX;
    if (isSeen) this.#distance += length;
    this.#counted = { place: step.place, monotonic: step.monotonic };
  }
}

/** A place on the way between two that are near each other. Units: `share` of the way. */
function between(from: Place, to: Place, share: number): Place {
  const east = ((to.longitude - from.longitude + 540) % 360) - 180;
  return {
    latitude: from.latitude + share * (to.latitude - from.latitude),
    longitude: ((from.longitude + share * east + 540) % 360) - 180,
  };
}

function circleOf({ accuracy }: Step): number {
  return Math.max(CIRCLE_METRES_MIN, CIRCLE_ACCURACIES * accuracy);
}
