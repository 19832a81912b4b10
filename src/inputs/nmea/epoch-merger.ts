/**
 * A receiver tells of one moment in several sentences. Those of the same time of day are one epoch; those without a
 * time belong to the epoch they come in. An epoch is over when another time comes, or a sentence for the second time
 * where none of both tells the time, or nothing for a while.
 */

import { FIX_QUALITIES, type GpsReport } from "../../decode/gps-report.ts";
import { toMoment } from "../../decode/nmea-fields.ts";
import type { EpochMillis, MonotonicMillis } from "../../model/time.ts";

/** When something came, by both clocks. */
export interface Arrival {
  readonly at: EpochMillis;
  readonly monotonic: MonotonicMillis;
}

/** Where the receiver is. Units: degrees, metres, metres per second. */
export interface Position {
  readonly latitude: number;
  readonly longitude: number;
  readonly altitude: number | undefined;
  readonly speed: number | undefined;
  readonly course: number | undefined;
  readonly climb: number | undefined;
}

/** All that a receiver told of one moment. */
export interface GpsEpoch {
  /** When its first message came. */
  readonly arrival: Arrival;
  /** As the receiver has it; undefined unless it told the day too. Units: milliseconds since 1970. */
  readonly utc: number | undefined;
  /** Undefined where nothing was said of a fix. */
  readonly hasFix: boolean | undefined;
  /** Undefined without a fix, and where messages contradict each other. */
  readonly position: Position | undefined;
  /** 0 without a fix, 2 without altitude, 3 with; undefined where nothing was said. */
  readonly fix: 0 | 2 | 3 | undefined;
  readonly quality: number | undefined;
  readonly satellitesUsed: number | undefined;
  readonly satellitesInView: number | undefined;
  readonly hdop: number | undefined;
  readonly vdop: number | undefined;
  readonly pdop: number | undefined;
  readonly horizontalError: number | undefined;
  readonly verticalError: number | undefined;
}

/** Receivers write one time with two digits behind the point here and three there. Units: milliseconds. */
const SAME_TIME_MS = 5;

const DAY_MS = 86_400_000;

/** Collects messages into epochs. Limits: holds one epoch. */
export class EpochMerger {
  #arrival: Arrival | undefined;
  #reports: GpsReport[] = [];
  #timeOfDay: number | undefined;

  /** Whether messages wait for the end of their epoch. */
  get isOpen(): boolean {
    return this.#arrival !== undefined;
  }

  /** Takes a message; gives the epoch that it ends, if it is of another one. */
  push(report: GpsReport, arrival: Arrival): GpsEpoch | undefined {
    const { timeOfDay } = report;
    const isOther =
      timeOfDay === undefined || this.#timeOfDay === undefined
        ? report.once !== undefined && this.#reports.some(({ once }) => once === report.once)
        : !isSameTime(timeOfDay, this.#timeOfDay);
    const isFull = this.#reports.length >= REPORTS_MAX;
    const ended = isOther || isFull ? this.end() : undefined;
    this.#arrival ??= arrival;
    this.#timeOfDay ??= timeOfDay;
    this.#reports.push(report);
    return ended;
  }

  /** Ends the epoch that is open; undefined where none is. */
  end(): GpsEpoch | undefined {
    const arrival = this.#arrival;
    if (arrival === undefined) return undefined;
    const epoch = merge(arrival, this.#timeOfDay, this.#reports);
    this.forget();
    return epoch;
  }

  /** Forgets what has come of the epoch that is open: the rest of it never will. */
  forget(): void {
    this.#arrival = undefined;
    this.#timeOfDay = undefined;
    this.#reports = [];
  }
}

/** More messages than a receiver sends of one moment. */
const REPORTS_MAX = 64;

function merge(arrival: Arrival, timeOfDay: number | undefined, reports: readonly GpsReport[]): GpsEpoch {
  const day = last(reports, "day");
  const hasFix = hasFixIn(reports);
  const position = hasFix === true ? positionIn(reports) : undefined;
  const isFixed = hasFix === true;
  return {
    arrival,
    utc: day === undefined || timeOfDay === undefined ? undefined : toMoment(day, timeOfDay),
    hasFix,
    position,
    fix: hasFix === undefined ? undefined : !hasFix ? 0 : dimensionIn(reports, position),
    quality: hasFix === false ? FIX_QUALITIES.none : last(reports, "quality"),
    satellitesUsed: usedIn(reports),
    satellitesInView: inViewIn(reports),
    hdop: isFixed ? last(reports, "hdop") : undefined,
    vdop: isFixed ? last(reports, "vdop") : undefined,
    pdop: isFixed ? last(reports, "pdop") : undefined,
    horizontalError: isFixed ? last(reports, "horizontalError") : undefined,
    verticalError: isFixed ? last(reports, "verticalError") : undefined,
  };
}

/** One message that says there is none outweighs all that say there is. */
function hasFixIn(reports: readonly GpsReport[]): boolean | undefined {
  const told = reports.filter(({ hasFix }) => hasFix !== undefined);
  return told.length === 0 ? undefined : told.every(({ hasFix }) => hasFix);
}

function positionIn(reports: readonly GpsReport[]): Position | undefined {
  let best: GpsReport | undefined;
  for (const report of reports) {
    if (report.latitude !== undefined && (report.rank ?? 0) > (best?.rank ?? 0)) best = report;
  }
  if (best?.latitude === undefined || best.longitude === undefined) return undefined;
  return {
    latitude: best.latitude,
    longitude: best.longitude,
    altitude: last(reports, "altitude"),
    speed: first(reports, "speed"),
    course: first(reports, "course"),
    climb: last(reports, "climb"),
  };
}

function dimensionIn(reports: readonly GpsReport[], position: Position | undefined): 2 | 3 {
  const told = last(reports, "dimension");
  if (told === 2 || told === 3) return told;
  return position?.altitude === undefined ? 2 : 3;
}

/** Some receivers count no further than 12 in one sentence, and name all of them in others. */
function usedIn(reports: readonly GpsReport[]): number | undefined {
  const counted = last(reports, "satellitesUsed");
  const named = reports.filter(({ usedSatellites }) => usedSatellites !== undefined);
  if (named.length === 0) return counted;
  const distinct = new Set(named.flatMap(({ usedSatellites = [] }) => usedSatellites)).size;
  return counted === 0 ? 0 : Math.max(counted ?? 0, distinct);
}

function inViewIn(reports: readonly GpsReport[]): number | undefined {
  const counts = new Map<string, number>();
  for (const { inView } of reports) {
    if (inView !== undefined) counts.set(inView.talker, Math.max(counts.get(inView.talker) ?? 0, inView.count));
  }
  return counts.size === 0 ? undefined : [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function last<Key extends keyof GpsReport>(reports: readonly GpsReport[], key: Key): GpsReport[Key] | undefined {
  return reports.findLast((report) => report[key] !== undefined)?.[key];
}

function first<Key extends keyof GpsReport>(reports: readonly GpsReport[], key: Key): GpsReport[Key] | undefined {
  return reports.find((report) => report[key] !== undefined)?.[key];
}

function isSameTime(one: number, other: number): boolean {
  const apart = Math.abs(one - other);
  return Math.min(apart, DAY_MS - apart) <= SAME_TIME_MS;
}
