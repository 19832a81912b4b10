/**
 * Sends alarms while all else waits for a window or its pace: those of the live lane that are new or have changed.
 *
 * They go once more with what they wait among, which does no harm: the intake keeps one value per series and moment.
 * What was looked through is left behind as a gap, so that nothing is looked through twice.
 */

import type { Intake, Payload, Verdict } from "../../model/intake.ts";
import type { Cursor, LogSlice } from "../../model/log.ts";
import { SampleBuilder } from "../../model/samples.ts";
import type { Series, SeriesId } from "../../model/series.ts";
import type { SeriesClass } from "../../model/series-class.ts";
import { type AgeWindow, toPoints } from "../batch.ts";
import { wholeRange } from "../row-range.ts";
import { isOfFull, isUnsure, type SampleRoutes } from "../series-at-intake.ts";

/** What sending ahead needs. */
export interface AheadParts {
  readonly cursor: Cursor;
  readonly intake: Pick<Intake, "encode" | "limits">;
  readonly seriesOf: (id: SeriesId) => Series;
  readonly classOf: (id: SeriesId) => SeriesClass;
  readonly routes: SampleRoutes;
  readonly window: () => AgeWindow;
  /** Hears what was read. */
  readonly note: (slice: LogSlice) => void;
  /** Sends a payload and judges the answer; undefined where the budget does not carry it. */
  readonly send: (payload: Payload) => Promise<Verdict | undefined>;
}

/** What stood when alarms last went ahead. */
export class AlarmsAhead {
  readonly #values = new Map<SeriesId, number>();

  /**
   * Looks through what is new of the live lane, and sends its alarms; gives whether there may be more at once.
   *
   * Errors: `INTAKE_UNREACHABLE`, `STORE_FAILED`.
   */
  async send({ cursor, intake, seriesOf, classOf, routes, window, note, send }: AheadParts): Promise<boolean> {
    const { pointCountMax } = intake.limits;
    const slice = await cursor.read(pointCountMax);
    if (slice.to === slice.from) return false;
    const { presentAt } = window();
    if (slice.batch.at.subarray(0, slice.batch.count).some((at) => at > presentAt)) return false;
    note(slice);
    const { alarms, values } = this.#select(slice, classOf, routes);
    const { points } = toPoints(alarms, wholeRange(alarms), window(), { moments: new Map(), ceilings: new Map() });
    if (points.count > 0) {
      const verdict = await send(intake.encode(points, seriesOf));
      if (verdict?.kind === "retry" || verdict?.kind === "hold" || verdict === undefined) return false;
    }
    for (const [id, value] of values) this.#values.set(id, value);
    return (await cursor.leave(slice.to)) && slice.to - slice.from >= pointCountMax;
  }

  #select(slice: LogSlice, classOf: (id: SeriesId) => SeriesClass, routes: SampleRoutes) {
    const { batch, sequences } = slice;
    const alarms = new SampleBuilder();
    const values = new Map<SeriesId, number>();
    const chosen: number[] = [];
    for (let row = 0; row < batch.count; row += 1) {
      const flags = batch.flags[row] as number;
      const id = routes.of(batch.series[row] as number, flags);
      if (id < 0 || isOfFull(id) || classOf(id) !== "alarms" || isUnsure(flags)) continue;
      const value = batch.value[row] as number;
      const before = values.get(id) ?? this.#values.get(id) ?? 0;
      values.set(id, value);
      if (value === before) continue;
      alarms.pushAll(batch, row, row + 1);
      chosen.push(sequences[row] as number);
    }
    return { alarms: { ...slice, batch: alarms, sequences: Float64Array.from(chosen) }, values };
  }
}
