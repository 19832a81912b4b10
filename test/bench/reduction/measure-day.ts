/** The same day twice, with everything sent and thinned out, and what became of it at the intake. */

import type { PlantMachine } from "../../../hardware-sim/signals/plant-signals.ts";
import { HourlyTruth } from "../../../src/cli/filter/hourly-truth.ts";
import { DEFAULT_FILTER, type FilterPolicy } from "../../../src/model/filter.ts";
import { type Course, courseOf, FULL_SUFFIX } from "../../../src/model/metrics.ts";
import type { Millis } from "../../../src/model/time.ts";
import { DayIntake } from "./day-intake.ts";
import { beginOfDay, passDay } from "./gateway-day.ts";
import { type PlantedEvent, plantEvents } from "./planted-events.ts";

/** What is measured. */
export interface MeasureOptions {
  readonly seed: number;
  readonly machines: readonly PlantMachine[];
  readonly hours: number;
  readonly learnHours: number;
  /** Laid over what holds where nothing is configured. */
  readonly filter: Partial<FilterPolicy>;
  readonly hasSelfMetrics: boolean;
  /** How often each point is read: whole seconds. */
  readonly interval: Millis;
}

/** What came in one of the days. Units: bytes of bodies. */
export interface DayCounts {
  readonly seriesBytes: number;
  readonly noteBytes: number;
  readonly requests: number;
  readonly points: number;
  readonly series: number;
}

/** What of an event is there. Units: seconds. */
export interface EventOutcome {
  readonly event: PlantedEvent;
  /** Readings while it lasted, and how many of them are in NAME.full with their value. */
  readonly readings: number;
  readonly inFull: number;
  /** From how long before it began until how long after its end NAME.full goes on without a hole. */
  readonly preS: number;
  readonly postS: number;
}

/** The hour of a series that differs most. */
export interface WorstHour {
  readonly name: string;
  readonly course: Course;
  readonly percent: number;
}

/** All that is measured. */
export interface DayOutcome {
  readonly before: DayCounts;
  readonly after: DayCounts;
  readonly events: readonly EventOutcome[];
  /** Hours of series that were compared, and the worst of each course. */
  readonly hoursCompared: number;
  readonly worst: readonly WorstHour[];
  /** Points of NAME.full that no planted event accounts for. */
  readonly fullElsewhere: number;
}

/** How far around an event readings are looked at. Units: seconds. */
const AROUND = 900;

/** Readings and full points of one event, by second. */
interface Watched {
  readonly event: PlantedEvent;
  readonly readings: Map<number, number>;
  readonly full: Map<number, number>;
}

/** Lives through both days. */
export async function measureDay(options: MeasureOptions): Promise<DayOutcome> {
  const { hours, machines } = options;
  const events = plantEvents(hours).filter(({ machine }) => machines.includes(machine));
  const names: string[] = [];
  const ids = new Map<string, number>();
  const truth = new HourlyTruth((id) => courseOf((names[id] as string).split(" ", 1)[0] as string));
  const idOf = (name: string): number => {
    const known = ids.get(name);
    if (known !== undefined) return known;
    ids.set(name, names.length);
    return names.push(name) - 1;
  };
  const watched = events.map((event): Watched => ({ event, readings: new Map(), full: new Map() }));
  const watchedBy = new Map(watched.map((each) => [`point:${each.event.point} instance:${each.event.machine}`, each]));
  const find = (tags: readonly string[]): Watched | undefined => {
    const [point, instance] = ["point:", "instance:"].map((head) => tags.find((tag) => tag.startsWith(head)));
    return watchedBy.get(`${point} ${instance}`);
  };

  const dayS = beginOfDay(options) / 1000;
  const endS = dayS + hours * 3600;
  // What comes after the day tells how long a state went on in it.
  const isMeant = (tags: readonly string[], second: number): boolean =>
    second >= dayS && tags.some((tag) => tag.startsWith("instance:"));
  const plain = new DayIntake((metric, tags, second, value) => {
    if (!isMeant(tags, second)) return;
    truth.takeReading(idOf(`${metric} ${tags.join(" ")}`), 1000 * second, value);
    find(tags)?.readings.set(second, value);
  });
  const everything = { ...DEFAULT_FILTER, mode: "all" } as const;
  await passDay({ ...options, events, filter: everything, isLearning: false }, plain);

  let fullCount = 0;
  const thinned = new DayIntake((metric, tags, second, value) => {
    if (!isMeant(tags, second)) return;
    const name = `${metric} ${tags.join(" ")}`;
    if (ids.has(name)) truth.takePoint(idOf(name), 1000 * second, value);
    if (!metric.endsWith(FULL_SUFFIX)) return;
    fullCount += 1;
    find(tags)?.full.set(second, value);
  });
  const filter = { ...DEFAULT_FILTER, ...options.filter, mode: "reduce" } as const;
  await passDay({ ...options, events, filter, isLearning: true }, thinned);
  truth.end(1000 * (endS - 1));

  const outcomes = watched.map((each) => judge(each, dayS, options.interval / 1000));
  const near = watched.reduce((sum, { event, full }) => sum + countNear(event, full, dayS), 0);
  return {
    before: countsOf(plain),
    after: countsOf(thinned),
    events: outcomes,
    hoursCompared: truth.hourCount,
    worst: findWorst(truth, names),
    fullElsewhere: fullCount - near,
  };
}

function countsOf({ seriesBytes, noteBytes, requests, points, series }: DayIntake): DayCounts {
  return { seriesBytes, noteBytes, requests, points, series: series.size };
}

function judge({ event, readings, full }: Watched, dayS: number, stepS: number): EventOutcome {
  const from = Math.floor(dayS) + event.fromS;
  const to = from + event.lastsS;
  const inEvent = [...readings.keys()].filter((second) => second >= from && second < to).sort((a, b) => a - b);
  const isThere = (second: number): boolean => full.has(second) && full.get(second) === readings.get(second);
  let first = inEvent[0] ?? from;
  let last = inEvent.at(-1) ?? to;
  while (first > from - AROUND && isThere(first - stepS)) first -= stepS;
  while (last < to + AROUND && isThere(last + stepS)) last += stepS;
  return {
    event,
    readings: inEvent.length,
    inFull: inEvent.filter(isThere).length,
    preS: Math.max(0, from - first),
    postS: Math.max(0, last + stepS - to),
  };
}

function countNear(event: PlantedEvent, full: ReadonlyMap<number, number>, dayS: number): number {
  const from = Math.floor(dayS) + event.fromS;
  return [...full.keys()].filter((second) => second >= from - AROUND && second < from + event.lastsS + AROUND).length;
}

function findWorst(truth: HourlyTruth, names: readonly string[]): readonly WorstHour[] {
  const worst = new Map<Course, WorstHour>();
  for (const [id, name] of names.entries()) {
    const course = courseOf(name.split(" ", 1)[0] as string);
    const percent = 100 * (truth.worstOf(id)?.part ?? 0);
    if (percent >= (worst.get(course)?.percent ?? 0)) worst.set(course, { name, course, percent });
  }
  return [...worst.values()];
}
