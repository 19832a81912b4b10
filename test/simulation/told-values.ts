/** What devices told, by the second in which an intake may hold it. */

import type { Telling } from "./simulated-bus.ts";
import type { WorldEnd } from "./world.ts";

/** The tellings of one point. */
interface ToldPoint {
  readonly bySecond: Map<number, number[]>;
  /** Of boots that nobody could measure: nothing says in which second these belong. */
  readonly anywhen: number[];
}

/** A moment that was measured is rounded to a millisecond. */
const ROUNDING_MS = 1;

/** All that the devices of a world told in answers that came in time. */
export class ToldValues {
  readonly #points = new Map<string, ToldPoint>();

  constructor({ buses, board, disk }: Pick<WorldEnd, "buses" | "board" | "disk">) {
    const isLost = ({ bootId }: Telling): boolean => disk.hasLostEpochs || board.unmeasured.has(bootId);
    for (const { told } of buses) {
      for (const [key, tellings] of told) {
        const point = this.#point(key);
        for (const telling of tellings) {
          if (isLost(telling)) point.anywhen.push(telling.value);
          else note(point, telling, board.lines.get(telling.bootId) ?? []);
        }
      }
    }
  }

  /** Values that a point (`unit/point`) was told to have in a second, in the point's unit. */
  *in(key: string, second: number): Iterable<number> {
    const point = this.#points.get(key);
    yield* point?.bySecond.get(second) ?? [];
    yield* point?.anywhen ?? [];
  }

  /** Values that a point was told to have from a second on, to the end of its minute. */
  *inMinuteFrom(key: string, second: number): Iterable<number> {
    const point = this.#points.get(key);
    for (let each = second; each < Math.floor(second / 60 + 1) * 60; each += 1) yield* point?.bySecond.get(each) ?? [];
    yield* point?.anywhen ?? [];
  }

  /** Values that a point was told to have from a second on, for so many seconds. */
  *inSpan(key: string, second: number, span: number): Iterable<number> {
    const point = this.#points.get(key);
    for (let each = second; each <= second + span; each += 1) yield* point?.bySecond.get(each) ?? [];
    yield* point?.anywhen ?? [];
  }

  /** All that was told of a point. */
  *ever(key: string): Iterable<number> {
    const point = this.#points.get(key);
    for (const values of point?.bySecond.values() ?? []) yield* values;
    yield* point?.anywhen ?? [];
  }

  #point(key: string): ToldPoint {
    const known = this.#points.get(key);
    if (known !== undefined) return known;
    const point = { bySecond: new Map<number, number[]>(), anywhen: [] };
    this.#points.set(key, point);
    return point;
  }
}

/** Notes a value in each second that it may stand in by one of the times that the clock was right at. */
function note({ bySecond }: ToldPoint, { monotonic, value }: Telling, lines: Iterable<number>): void {
  for (const line of lines) {
    const moment = line + monotonic;
    const last = Math.floor((moment + ROUNDING_MS) / 1000);
    for (let second = Math.ceil((moment - ROUNDING_MS) / 1000) - 1; second <= last; second += 1) {
      const values = bySecond.get(second);
      if (values === undefined) bySecond.set(second, [value]);
      else if (!values.includes(value)) values.push(value);
    }
  }
}
