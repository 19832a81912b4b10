/** What must hold at the end of every world, whatever the weather was: one function per invariant. */

import { loadShippedProfile } from "../../hardware-sim/plant/shipped-profiles.ts";
import { PLANT_PROFILES } from "../../hardware-sim/signals/plant-signals.ts";
import { canonicalFactor } from "../../src/sampling/to-samples.ts";
import { isTight } from "./faults.ts";
import type { WorldEnd } from "./world.ts";

/** Finds what is wrong: empty when the invariant holds. */
type Checker = (end: WorldEnd) => string[];

const UNIT_OF: Readonly<Record<string, number>> = { press: 1, pump: 2, meter: 3 };

/** Nothing waits after healing, and nothing was lost but to limits that this world set tight. */
const booksClosed: Checker = ({ last, setting }) => {
  const books = last.intakes[0]?.books;
  if (books === undefined) return ["there are no books"];
  const { too_old: tooOld, log_full: logFull, unreadable } = books.expired;
  const refused = books.dropped.backpressure ?? 0;
  const tight = isTight(setting);
  const found: string[] = [];
  if (books.waiting > 0) found.push(`${books.waiting} samples wait after healing: ${last.intakes[0]?.reason}`);
  const lost = tooOld + unreadable + books.rejected + (tight.log ? 0 : logFull) + (tight.memory ? 0 : refused);
  if (lost > 0) found.push(`samples were lost: ${JSON.stringify(books)}`);
  if (books.delivered === 0) found.push("nothing was delivered");
  return found;
};

/** What was wrong on the way: books that did not balance, readings between wire and log, durable samples gone. */
const booksKept: Checker = ({ violations }) => [...violations];

/**
 * The intake holds what was delivered, once by metric, tags and second. Where the size limit takes samples whose
 * acceptance went unheard, it holds more than anybody knows of. So it does where a trusted clock is put back and takes
 * them along, and where a power cut took what was delivered while the disk took nothing.
 */
const deliveredArrived: Checker = ({ last, intake, setting, wasPutBack, forgotten }) => {
  const delivered = last.intakes[0]?.books.delivered ?? 0;
  const { distinct } = intake.ledger;
  const unknown = distinct - delivered;
  const mayHoldMore = isTight(setting).log || wasPutBack || unknown <= forgotten;
  return unknown === 0 || (unknown > 0 && mayHoldMore)
    ? []
    : [`the intake holds ${distinct} points and ${delivered} were delivered`];
};

/** Per series, points arrive in the order of time, whatever the wall clock did; with the same exceptions. */
const orderHeld: Checker = ({ intake, setting, wasPutBack, forgotten }) => {
  if (isTight(setting).log || wasPutBack || forgotten > 0) return [];
  const latest = new Map<string, number>();
  const found: string[] = [];
  for (const { metric, tags, second } of intake.ledger.held()) {
    const series = `${metric} ${tags.join(" ")}`;
    if (second <= (latest.get(series) ?? 0)) found.push(`${series} went back in time at ${second}`);
    latest.set(series, second);
  }
  return found;
};

/**
 * Every event that was durable arrived, once or more, and the first arrivals in the order they were raised. One that
 * was raised while the clock was behind keeps its stamp, and may be too old to go.
 */
const eventsArrived: Checker = ({ last, intake, raised, coldStarts }) => {
  const counts = last.intakes[0]?.notes?.events;
  if (counts === undefined) return ["nothing is known of events"];
  const { waiting, expired, rejected, lost } = counts;
  const missing = raised.filter((title) => !intake.events.includes(title));
  const excused = coldStarts > 0 ? expired : 0;
  const found = (missing.length > excused ? missing : []).map(
    (title) => `${title} was durable and never arrived: ${JSON.stringify(counts)}`,
  );
  const arrived = [...new Set(intake.events)].filter((title) => title.startsWith("event "));
  const orders = arrived.map((title) => Number(title.slice("event ".length)));
  if (orders.some((order, index) => order < (orders[index - 1] ?? 0))) found.push(`events arrived as ${arrived}`);
  if (waiting + (expired - excused) + rejected + lost > 0)
    found.push(`events were not delivered: ${JSON.stringify(counts)}`);
  return found;
};

/**
 * No value arrived that its device did not tell in that second, by one of the times the clock was put to, in an answer
 * that came in time. Of a boot that nobody could measure, only the value is known.
 */
const valuesTrue: Checker = ({ intake, buses, lines, unmeasured }) => {
  const found: string[] = [];
  for (const { tags, second, value } of intake.ledger.held()) {
    const instance = tagValue(tags, "instance");
    const pointName = tagValue(tags, "point");
    const profile = loadProfileOnce(instance);
    const point = profile.points.find(({ name }) => name === pointName);
    if (point === undefined) return [`nobody knows ${instance}/${pointName}`];
    const told = buses
      .flatMap((bus) => bus.told.get(`${UNIT_OF[instance]}/${pointName}`) ?? [])
      .filter(
        ({ monotonic, bootId }) =>
          unmeasured.has(bootId) || [...lines].some((line) => Math.floor((line + monotonic) / 1000) === second),
      )
      .map((telling) => telling.value);
    const factor = canonicalFactor(point);
    if (told.some((expected) => Math.abs(expected * factor - value) <= 1e-9 * Math.abs(value))) continue;
    found.push(`${instance}/${pointName} at ${second}: ${value} arrived, told was ${told.join(" or ") || "nothing"}`);
  }
  return found;
};

/** Nothing arrived before its second, by the clock of the world. */
const nothingEarly: Checker = ({ earlyArrivals }) => [...earlyArrivals];

/** One request at a time on a bus, and every payload within the intake's limits and rules. */
const rulesKept: Checker = ({ buses, intake }) => [...buses.flatMap((bus) => bus.violations), ...intake.violations];

/** A gateway that has stopped leaves no timer behind. */
const nothingPends: Checker = ({ pendingTimers }) => pendingTimers.map((name) => `the timer "${name}" is still there`);

const CHECKERS: readonly Checker[] = [
  booksKept,
  booksClosed,
  deliveredArrived,
  orderHeld,
  eventsArrived,
  valuesTrue,
  nothingEarly,
  rulesKept,
  nothingPends,
];

/** Everything that is wrong with the end of a world, with the command that plays it again. */
export function findViolations(end: WorldEnd): string[] {
  return CHECKERS.flatMap((check) => check(end).slice(0, 3)).map(
    (found) => `${found} (npm run sim:fuzz -- --seed ${end.seed} --count 1)`,
  );
}

function tagValue(tags: readonly string[], key: string): string {
  return tags.find((tag) => tag.startsWith(`${key}:`))?.slice(key.length + 1) ?? "";
}

const profiles = new Map<string, ReturnType<typeof loadShippedProfile>>();

function loadProfileOnce(instance: string): ReturnType<typeof loadShippedProfile> {
  const known = profiles.get(instance);
  if (known !== undefined) return known;
  const loaded = loadShippedProfile(PLANT_PROFILES[instance as keyof typeof PLANT_PROFILES]);
  profiles.set(instance, loaded);
  return loaded;
}
