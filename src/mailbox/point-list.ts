/** The points of an input that learns of them while it runs. */

import type { InputPoint } from "../model/input.ts";

/** Points that are found by a key of their own. The list grows at its end up to a limit, and nothing ever leaves it. */
export class PointList {
  readonly points: InputPoint[] = [];
  readonly countMax: number;
  readonly #indices = new Map<string, number>();

  constructor(countMax: number) {
    this.countMax = countMax;
  }

  /** Finds the point of a key, or makes it; undefined where there is no room for a further one. */
  indexOf(key: string, create: () => InputPoint): number | undefined {
    const known = this.#indices.get(key);
    if (known !== undefined) return known;
    if (this.points.length >= this.countMax) return undefined;
    const index = this.points.push(create()) - 1;
    this.#indices.set(key, index);
    return index;
  }
}
