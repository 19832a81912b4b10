/**
 * Tells people of what is odd: events where something begins and ends, and a service check for each instance. What
 * comes together is told together, so that a plant that goes odd as a whole is a few events.
 */

import { crc32 } from "node:zlib";
import type { StretchListener } from "./filter/marking/marker.ts";
import { type StretchFacts, shiftFacts } from "./filter/marking/stretch.ts";
import {
  describeOdd,
  describeOver,
  describePeak,
  nameSeries,
  type Telling,
  type ToldSeries,
} from "./filter/marking/stretch-words.ts";
import type { WatchedSeries } from "./filter/marking/watched-series.ts";
import { instanceLabel } from "./gateway-reload.ts";
import type { InstanceConfig } from "./model/config.ts";
import { type Event, SERVICE_STATUS, type ServiceCheck, type ServiceStatus } from "./model/note.ts";
import { type Series, seriesKey, toSortedTags } from "./model/series.ts";
import { epochMillis, formatSpan, type MonotonicMillis, seconds } from "./model/time.ts";

/** No more events of an instance within this time; what is left out is in the next. */
const EVENTS_MAX = 6;
const EVENTS_SPAN = seconds(600);

/** What lasts is told of again so often. */
const AGAIN_AFTER = seconds(86_400);

/** An unchanged service check is said again this often: twice before an intake forgets it, after ten minutes. */
const SERVICE_CHECK_REPEAT = seconds(300);

/** Series that an event, or a message, lists one by one. */
const LISTED_MAX = 10;

/** Stretches that are over and wait to be told of. */
const OVER_MAX = 100;

/** A stretch that is over. */
interface Over {
  readonly spec: ToldSeries;
  readonly facts: StretchFacts;
  /** Whether it ended because nobody watches any more. */
  readonly isForgotten: boolean;
}

/** What is told of one instance. */
interface Teller {
  readonly instance: InstanceConfig;
  readonly open: Set<WatchedSeries>;
  readonly begun: Set<WatchedSeries>;
  over: Over[];
  /** Stretches that are over, and were too many to remember. */
  overLeftOut: number;
  /** Of the last events. */
  readonly toldAt: MonotonicMillis[];
  /** Since when there is something to tell and no room for it. */
  waitsSince: MonotonicMillis | undefined;
  said: { readonly status: ServiceStatus; readonly at: MonotonicMillis } | undefined;
  /** Whether nothing of it is watched any more. */
  isLeaving: boolean;
}

/** When it is. */
export interface Now extends Telling {
  readonly monotonic: MonotonicMillis;
}

/** Where what is told goes. */
export interface OdditiesParts {
  raise(event: Event): void;
  say(check: ServiceCheck): void;
}

/** What is odd, by instance. */
export class Oddities implements StretchListener {
  readonly #parts: OdditiesParts;
  readonly #tellers = new Map<string, Teller>();

  constructor(parts: OdditiesParts) {
    this.#parts = parts;
  }

  /** Follows an instance from now on; what is told of it carries the tags it has now. */
  follow(instance: InstanceConfig): void {
    const label = instanceLabel(instance);
    const known = this.#tellers.get(label);
    const fresh = { open: new Set<WatchedSeries>(), begun: new Set<WatchedSeries>(), over: [], overLeftOut: 0 };
    const untold = { toldAt: [], waitsSince: undefined, said: undefined };
    this.#tellers.set(label, { ...fresh, ...untold, ...known, instance, isLeaving: false });
  }

  /** Follows an instance no more, once all is told of it. */
  leave(label: string): void {
    const teller = this.#tellers.get(label);
    if (teller !== undefined) teller.isLeaving = true;
  }

  /** A stretch that is under way since an earlier run. */
  resumed(series: WatchedSeries): void {
    const teller = this.#tellers.get(series.spec.instance);
    teller?.open.add(series);
    if (Number.isNaN(series.stretch.toldAt)) teller?.begun.add(series);
  }

  began(series: WatchedSeries): void {
    const teller = this.#tellers.get(series.spec.instance);
    teller?.open.add(series);
    teller?.begun.add(series);
  }

  ended(series: WatchedSeries, facts: StretchFacts): void {
    this.#end(series, facts, false);
  }

  forgotten(series: WatchedSeries): void {
    this.#end(series, series.stretch.facts, true);
  }

  moved(by: number): void {
    for (const teller of this.#tellers.values()) {
      teller.over = teller.over.map((each) => ({ ...each, facts: shiftFacts(each.facts, by) }));
    }
  }

  /** The series of an instance that are odd, the worst first. */
  oddOf(label: string): readonly WatchedSeries[] {
    return [...(this.#tellers.get(label)?.open ?? [])].toSorted(compareOddness);
  }

  /** Tells what there is to tell, within the limits of each instance. */
  look(now: Now): void {
    for (const teller of this.#tellers.values()) {
      for (const series of teller.open) if (now.now - series.stretch.toldAt >= AGAIN_AFTER) teller.begun.add(series);
      this.#tellEvents(teller, now);
      this.#sayCheck(teller, now);
      if (teller.isLeaving && teller.over.length === 0) this.#tellers.delete(instanceLabel(teller.instance));
    }
  }

  #end(series: WatchedSeries, facts: StretchFacts, isForgotten: boolean): void {
    const teller = this.#tellers.get(series.spec.instance);
    if (teller === undefined) return;
    teller.open.delete(series);
    const wasUntold = teller.begun.delete(series) && Number.isNaN(facts.toldAt);
    if (isForgotten && wasUntold) return;
    if (teller.over.length === OVER_MAX) teller.overLeftOut += 1;
    else teller.over.push({ spec: series.spec, facts, isForgotten });
  }

  #tellEvents(teller: Teller, now: Now): void {
    const { begun, over, toldAt } = teller;
    while (toldAt[0] !== undefined && now.monotonic - toldAt[0] >= EVENTS_SPAN) toldAt.shift();
    if (begun.size > 0 && toldAt.length < EVENTS_MAX) {
      this.#raise(teller, now, toBegunEvent(teller.instance, [...begun].toSorted(compareOddness), now));
      for (const { stretch } of begun) stretch.toldAt = now.now;
      begun.clear();
    }
    if (over.length > 0 && toldAt.length < EVENTS_MAX) {
      this.#raise(teller, now, toOverEvent(teller.instance, over, teller.overLeftOut, now));
      over.length = 0;
      teller.overLeftOut = 0;
    }
    const isWaiting = begun.size + over.length > 0;
    teller.waitsSince = isWaiting ? (teller.waitsSince ?? now.monotonic) : undefined;
  }

  #raise({ toldAt, waitsSince }: Teller, { monotonic }: Now, event: Event): void {
    toldAt.push(monotonic);
    const waited =
      waitsSince === undefined
        ? []
        : [
            `There were more than ${EVENTS_MAX} events of this instance within ${formatSpan(EVENTS_SPAN)}: this one holds what came in the last ${formatSpan(monotonic - waitsSince)}.`,
          ];
    this.#parts.raise({ ...event, text: [event.text, ...waited].join("\n") });
  }

  #sayCheck(teller: Teller, now: Now): void {
    const { instance, open, said } = teller;
    const odd = [...open].toSorted(compareOddness);
    const isBeyond = odd.some(({ stretch }) => stretch.facts.isBeyond);
    const bad = isBeyond ? SERVICE_STATUS.critical : SERVICE_STATUS.warning;
    const status = odd.length === 0 ? SERVICE_STATUS.ok : bad;
    const isDue = !teller.isLeaving && now.monotonic - (said?.at ?? 0) >= SERVICE_CHECK_REPEAT;
    if (said?.status === status && !isDue) return;
    teller.said = { status, at: now.monotonic };
    const [worst] = odd;
    const line = worst === undefined ? "" : describeOdd(worst.spec, worst.stretch.facts, now);
    const count = odd.length - 1;
    const others = count > 1 ? ` ${count} more are odd.` : count === 1 ? " One more is odd." : "";
    this.#parts.say({
      name: "tidegate.anomaly",
      status,
      tags: toSortedTags([`check:${instance.check}`, `instance:${instance.name}`, ...instance.tags]),
      message: `${line}${others}`,
      at: epochMillis(now.now),
    });
  }
}

function toBegunEvent(instance: InstanceConfig, series: readonly WatchedSeries[], now: Now): Event {
  const [worst] = series as [WatchedSeries];
  const { spec, stretch } = worst;
  const still = series.every((each) => !Number.isNaN(each.stretch.toldAt)) ? "still " : "";
  const what = describePeak(stretch.facts, spec);
  const title =
    series.length === 1
      ? `${nameSeries(spec.series)} of ${instance.name} is ${still}odd: ${what}`
      : `${series.length} series of ${instance.name} are ${still}odd, ${nameSeries(spec.series)} most: ${what}`;
  const lines = series.map((each) => describeOdd(each.spec, each.stretch.facts, now));
  const at = still === "" ? Math.min(...series.map((each) => each.stretch.facts.begunAt)) : now.now;
  return toEvent(
    instance,
    series.map((each) => each.spec.series),
    { title, lines, leftOut: 0, at, alertType: "warning" },
  );
}

function toOverEvent(instance: InstanceConfig, over: readonly Over[], leftOut: number, now: Now): Event {
  const [{ spec, facts, isForgotten }] = over as [Over];
  const count = over.length + leftOut;
  const isOne = count === 1;
  const subject = isOne
    ? `${nameSeries(spec.series)} of ${instance.name} is`
    : `${count} series of ${instance.name} are`;
  const how = over.every((each) => each.isForgotten) ? "not watched any more" : "as usual again";
  const span = isOne && !isForgotten ? `, after ${formatSpan(facts.lastOddAt - facts.begunAt)}` : "";
  const lines = over.map((each) => {
    const line = describeOver(each.spec, each.facts, now);
    return each.isForgotten ? `${line} It is not watched any more.` : line;
  });
  return toEvent(
    instance,
    over.map((each) => each.spec.series),
    {
      title: `${subject} ${how}${span}`,
      lines,
      leftOut,
      at: Math.max(...over.map((each) => each.facts.lastOddAt)),
      alertType: "success",
    },
  );
}

/** What an event says: a line for each stretch, and how many have none. */
interface Telltale extends Pick<Event, "title" | "alertType"> {
  readonly lines: readonly string[];
  readonly leftOut: number;
  /** Units: milliseconds since 1970. */
  readonly at: number;
}

/** Events of one series are one stream, and so are those of several. */
function toEvent(
  { check, name, tags }: InstanceConfig,
  series: readonly Series[],
  { title, lines, leftOut, at, alertType }: Telltale,
): Event {
  const [first] = series as [Series];
  const own = [`check:${check}`, `instance:${name}`, ...tags];
  const key = series.length === 1 ? seriesKey(first) : `${check}:${name}`;
  const more = Math.max(0, lines.length - LISTED_MAX) + leftOut;
  return {
    title,
    text: [...lines.slice(0, LISTED_MAX), ...(more > 0 ? [`And ${more} more.`] : [])].join("\n"),
    at: epochMillis(at),
    alertType,
    priority: "normal",
    aggregationKey: `tidegate.anomaly:${crc32(key).toString(16).padStart(8, "0")}`,
    tags: toSortedTags(series.length === 1 ? [...own, ...first.tags] : own),
    source: "tidegate",
  };
}

/** What is beyond its threshold comes first, then what has the highest score. */
function compareOddness({ stretch: one }: WatchedSeries, { stretch: other }: WatchedSeries): number {
  const [a, b] = [one.facts, other.facts];
  return Number(b.isBeyond) - Number(a.isBeyond) || b.peakScore - a.peakScore || a.begunAt - b.begunAt;
}
