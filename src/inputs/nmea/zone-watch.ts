/**
 * Which zones a receiver is in. Positions wander by some metres while nothing moves, so a border counts as crossed only
 * when it was crossed clearly, twice in a row, or when the receiver stays on its other side.
 */

import type { Place } from "../../decode/earth.ts";
import { type MonotonicMillis, seconds } from "../../model/time.ts";
import { type DepthInZone, measureZone, type ZoneShape } from "./zone-shape.ts";

/** So many positions in a row have to be clearly on the other side. */
const CLEAR_COUNT_MIN = 2;

/** A receiver that stays on the other side of a border for so long has crossed it, however near it is. */
const DWELL = seconds(30);

/** A zone with its name. */
export interface NamedZone {
  readonly name: string;
  readonly shape: ZoneShape;
}

/** One place, and how far it may be off. Units: `accuracy` in metres. */
export interface Sighting {
  readonly place: Place;
  readonly accuracy: number;
  readonly monotonic: MonotonicMillis;
}

/** A border that was crossed. */
export interface Crossing {
  readonly zone: string;
  readonly isInside: boolean;
}

interface Watched {
  readonly name: string;
  readonly depthAt: DepthInZone;
  /** Undefined until a position is known. */
  isInside: boolean | undefined;
  /** Since when positions are on the other side, and how many of them in a row clearly; undefined where none is. */
  doubt: { readonly since: MonotonicMillis; clearCount: number } | undefined;
}

/** Watches the zones of one receiver. */
export class ZoneWatch {
  readonly #zones: readonly Watched[];

  /** `before` are those it was in when somebody last looked; undefined where nobody did. */
  constructor(zones: readonly NamedZone[], before?: Readonly<Record<string, boolean>>) {
    this.#zones = zones.map(({ name, shape }) => ({
      name,
      depthAt: measureZone(shape),
      isInside: before?.[name],
      doubt: undefined,
    }));
  }

  /** Whether it is inside of each zone, in their order; undefined where nothing is known yet. */
  get states(): readonly (boolean | undefined)[] {
    return this.#zones.map(({ isInside }) => isInside);
  }

  /** The first zone it is inside of, by its place in the list; -1 for none. */
  get index(): number {
    return this.#zones.findIndex(({ isInside }) => isInside === true);
  }

  /** What a later watch needs to go on from here. */
  get memory(): Readonly<Record<string, boolean>> {
    return Object.fromEntries(
      this.#zones.flatMap(({ name, isInside }) => (isInside === undefined ? [] : [[name, isInside] as const])),
    );
  }

  /** Takes a position; gives the borders that it proves crossed. */
  see(sighting: Sighting): Crossing[] {
    return this.#zones.flatMap((zone) => (crosses(zone, sighting) ? [crossingOf(zone)] : []));
  }
}

function crosses(zone: Watched, { place, accuracy, monotonic }: Sighting): boolean {
  const depth = zone.depthAt(place);
  const isInside = depth >= 0;
  if (zone.isInside === undefined || isInside === zone.isInside) {
    zone.isInside = isInside;
    zone.doubt = undefined;
    return false;
  }
  zone.doubt ??= { since: monotonic, clearCount: 0 };
  zone.doubt.clearCount = Math.abs(depth) >= accuracy ? zone.doubt.clearCount + 1 : 0;
  if (zone.doubt.clearCount < CLEAR_COUNT_MIN && monotonic - zone.doubt.since < DWELL) return false;
  zone.isInside = isInside;
  zone.doubt = undefined;
  return true;
}

function crossingOf({ name, isInside }: Watched): Crossing {
  return { zone: name, isInside: isInside === true };
}
