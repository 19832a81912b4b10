/**
 * Of which series a sample is to an intake, if it goes there at all. That is told by its flags and by the definition of
 * its series alone, so that a sample goes the same way each time, by whichever lane and after whatever end of the
 * gateway.
 *
 * Where an intake thins, a sample goes as thinning.ts says. One of which only is known what came before and after it,
 * because no right clock has stamped it, goes with a tag that says so.
 *
 * Such series are not in the log. To an intake, and in all that is known of what it holds, they have the id of the
 * series they come from with a high bit set: nothing has to be kept for that, and no id of the log is as large. A
 * summary has the id of the series it stands for, as its own samples have: to an intake both are one.
 */

import type { UnsurePolicy } from "../model/config.ts";
import type { Log } from "../model/log.ts";
import { FLAG } from "../model/samples.ts";
import type { Series, SeriesId } from "../model/series.ts";
import { fullOf, isOfLeads, leadOf, routeOf, summarizedBy } from "../model/thinning.ts";

const FULL = 2 ** 30;
const UNSURE = 2 ** 31;

/** What the events of moments that are not sure say too. */
const UNSURE_TAG = "clock:untrusted";

/** In place of a series: the sample does not go, because its moment is not sure. */
export const HELD_BACK = -1;

/** In place of a series: the sample does not go, because others tell of it, or it tells of others to the gateway. */
export const THINNED = -2;

/** As which series those of leads go. */
const NO_NAME = 2 ** 32 - 2;

/** The series a sample is of to an intake, or why it does not go. */
export type Route = SeriesId | typeof HELD_BACK | typeof THINNED;

/** What an intake wants. */
export interface RoutingPolicy {
  /** What becomes of samples whose moments are not sure; leaving it out means that they go with a tag. */
  readonly unsure?: UnsurePolicy | undefined;
  /** Whether what is ordinary is left out; leaving it out means that it is. */
  readonly isThinning?: boolean | undefined;
}

/** Whether no right clock has stamped a sample, by its flags. */
export function isUnsure(flags: number): boolean {
  return (flags & FLAG.clockUntrusted) !== 0;
}

/** Whether something anomalous goes by its full series to an intake, of samples with these flags. */
export function isOfFull(id: SeriesId): boolean {
  return id % UNSURE >= FULL;
}

/** The series of the log that one of an intake comes from. */
export function seriesInLog(id: SeriesId): SeriesId {
  return id % FULL;
}

/** Makes what knows the series of an intake from what knows those of the log. */
export function nameAtIntake<Known extends Series | undefined>(
  seriesOf: (id: SeriesId) => Known,
): (id: SeriesId) => Series | Known {
  return (id) => {
    const series = seriesOf(seriesInLog(id));
    if (series === undefined || id < FULL) return series;
    const named = isOfFull(id) ? fullOf(series) : series;
    return id < UNSURE ? named : { ...named, tags: [...named.tags, UNSURE_TAG].sort() };
  };
}

/** Tells where samples go. Limits: keeps four bytes for each series of the log. */
export class SampleRoutes {
  /** Whether what is ordinary is left out. */
  readonly isThinning: boolean;
  readonly #log: Pick<Log, "seriesOf" | "defineSeries">;
  readonly #unsure: UnsurePolicy;
  /** By the id of a series, 1 more than that of the series it goes as; 0 while that was not looked up. */
  #names = new Uint32Array(256);

  constructor(log: Pick<Log, "seriesOf" | "defineSeries">, { unsure = "flag", isThinning = true }: RoutingPolicy = {}) {
    this.#log = log;
    this.#unsure = unsure;
    this.isThinning = isThinning;
  }

  /** Tells where a sample goes. */
  of(id: SeriesId, flags: number): Route {
    const name = this.nameOf(id);
    let full = 0;
    if (name !== id) {
      if (!this.isThinning || name === NO_NAME) return THINNED;
    } else if (this.isThinning) {
      const route = routeOf(flags);
      if (route === "none") return THINNED;
      if (route === "full") full = FULL;
    }
    if (this.#unsure === "send" || !isUnsure(flags)) return name + full;
    return this.#unsure === "flag" ? name + full + UNSURE : HELD_BACK;
  }

  /** The series of the log that says how long before an onset of another one it began. */
  leadsOf(series: Series): SeriesId {
    return this.#log.defineSeries(leadOf(series));
  }

  /** The series that one of the log goes as: its own, or that which it sums up; of leads none that there is. */
  nameOf(id: SeriesId): SeriesId {
    const known = id < this.#names.length ? (this.#names[id] as number) : 0;
    return known === 0 ? this.#lookUp(id) : known - 1;
  }

  #lookUp(id: SeriesId): SeriesId {
    const series = this.#log.seriesOf(id);
    const summarized = summarizedBy(series);
    // It is there: what is summed up came first. Where its definition was lost, it is made anew.
    const known = summarized === undefined ? id : this.#log.defineSeries(summarized);
    const name = isOfLeads(series) ? NO_NAME : known;
    if (id >= this.#names.length) {
      const names = new Uint32Array(Math.max(id + 1, 2 * this.#names.length));
      names.set(this.#names);
      this.#names = names;
    }
    this.#names[id] = name + 1;
    return name;
  }
}
