/** What must hold at the end of every world, whatever the weather was: one function per invariant. */

import { loadShippedProfile } from "../../hardware-sim/plant/shipped-profiles.ts";
import { PLANT_PROFILES } from "../../hardware-sim/signals/plant-signals.ts";
import type { Loss } from "../../src/model/log.ts";
import type { IntakeStatus } from "../../src/model/status.ts";
import { canonicalFactor } from "../../src/sampling/to-samples.ts";
import { isTight } from "./faults.ts";
import { isCompanionMetric, isFullMetric, nameOf, tagValue } from "./point-name.ts";
import { findFalseWindows, findMisrouted } from "./reduction-checkers.ts";
import type { SimulatedIntake } from "./simulated-intake.ts";
import { ToldValues } from "./told-values.ts";
import type { WorldEnd } from "./world.ts";

/** Finds what is wrong: empty when the invariant holds. */
type Checker = (end: WorldEnd) => string[];

/** One intake at the end: what its gateway says of it, and what it says itself. */
interface IntakeEnd {
  readonly status: IntakeStatus;
  readonly intake: SimulatedIntake;
  /** Whether lives began without it. */
  readonly wasRetired: boolean;
}

const UNIT_OF: Readonly<Record<string, number>> = { press: 1, pump: 2, meter: 3 };

/** What was wrong on the way: books that did not balance, readings between wire and log, durable samples gone. */
const booksKept: Checker = ({ violations }) => [...violations];

/** Nothing waits after healing, and nothing was lost but to limits that this world set tight and to bits that fell. */
const booksClosed: Checker = (end) =>
  intakesOf(end).flatMap(({ status: { name, books, reason }, intake, wasRetired }) => {
    const { too_old: tooOld, log_full: logFull, unreadable } = books.expired;
    const tight = isTight(end.setting);
    const mayLose = { full: tight.log || wasRetired, read: countUnreadable(end) };
    const found: string[] = [];
    // What ends a payload and is refused by itself is believed to be at fault once a later sample is accepted.
    const isPoisoned = intake.traits.poison.share > 0 && !intake.traits.poison.isCurable;
    const isDoubted = isPoisoned && reason.includes("once a later one is accepted");
    if (books.waiting > 0 && !isDoubted)
      found.push(`${books.waiting} samples wait for ${name} after healing: ${reason}`);
    const { backpressure = 0, "log-full": refused = 0 } = books.dropped;
    const lost =
      (mayExpire(intake) ? 0 : Math.max(0, tooOld - countUnplaced(end))) +
      Math.max(0, unreadable - mayLose.read) +
      (mayLose.full ? 0 : logFull) +
      ((tight.log && end.setting.whenFull === "thin") || mayThin(intake) ? 0 : books.thinned) +
      (intake.traits.metering === undefined && intake.traits.unsure !== "hold" ? (books.held_back ?? 0) : 0) +
      (tight.log && end.setting.whenFull === "drop-newest" ? 0 : refused) +
      (tight.memory ? 0 : backpressure) +
      Math.max(0, books.rejected - intake.rejections);
    if (lost > 0) found.push(`samples for ${name} were lost: ${JSON.stringify(books)}`);
    if (books.delivered === 0 && !mayLose.full && !mayExpire(intake)) found.push(`nothing was delivered to ${name}`);
    return found;
  });

/** Whether samples give way to others on their way to an intake: then only each step tells which could. */
function mayThin({ traits: { older, isThinning, isSummedUp } }: SimulatedIntake): boolean {
  return older === "thin" || isThinning === true || isSummedUp === true;
}

/** Whether an hour is not all that is to wait for an intake: then only each step tells what was too old. */
function mayExpire({ traits: { older, maxAge, metering } }: SimulatedIntake): boolean {
  return older === "expire" && (maxAge < 3_600_000 || metering !== undefined);
}

/**
 * Readings of boots that nobody could measure, or of all where the record of an epoch was worn away: what waits of them
 * lies somewhere between, and may be too old there.
 */
function countUnplaced({ buses, board: { unmeasured }, disk }: WorldEnd): number {
  const told = buses.flatMap((bus) => [...bus.told.values()].flat());
  return told.filter(({ bootId }) => disk.hasLostEpochs || unmeasured.has(bootId)).length;
}

/** What cannot be read at most: the blocks a bit turned over in, and all of a series whose definition is worn away. */
function countUnreadable({ disk }: WorldEnd): number {
  return disk.hasLostDefinitions ? Number.POSITIVE_INFINITY : disk.wornCount;
}

/** What the log says that it lost is at least what the books of each intake miss. */
const lossesSaid: Checker = (end) => {
  const said = (reason: Loss["reason"]): number =>
    end.losses.reduce((sum, loss) => sum + (loss.reason === reason ? loss.count : 0), 0);
  if (end.disk.isWorn("loss", "cursor", "state")) return [];
  return intakesOf(end).flatMap(({ status: { name, books }, intake, wasRetired }) => {
    // Of what cannot be read the log told when it came upon it, and a cursor may have passed it as deleted.
    const thinned = mayThin(intake) ? 0 : books.thinned;
    const missing = thinned + books.expired.log_full - end.disk.wornCount;
    const told = said("thinned") + said("log-full");
    return wasRetired || missing <= told
      ? []
      : [`the log told of ${told} lost samples, and ${missing} are missing in the books of ${name}`];
  });
};

/** Each intake holds what its books count as delivered, in the order of time, and what came twice had to. */
const deliveredArrived: Checker = (end) =>
  intakesOf(end).flatMap(({ status: { name, books }, intake }) => {
    const { delivered, collapsed, thinned, rejected, expired, held_back: heldBack = 0 } = books;
    const handled = delivered + collapsed + thinned + rejected + heldBack + expired.too_old + expired.unreadable;
    const sure = intake.watch.countSure(handled);
    // What came before an answer was lost is known to be there by what the intake refuses then.
    const isAllThere = delivered > sure && delivered <= intake.ledger.distinct;
    const isToldLater = intake.traits.order === "per-series" && (intake.watch.isGuessing || isAllThere);
    // Copies are told from what is counted by their moments, and those of a clock that was put back come twice.
    const isBlurred = intake.traits.isThinning === true && intake.watch.witness.shifts > 0 && sure > delivered;
    // A sample that goes in full may fall into the second of a copy that went before it.
    const isOverCopies = intake.traits.isSummedUp === true && sure > delivered && sure - delivered <= collapsed;
    return sure === delivered || isToldLater || isBlurred || isOverCopies || intake.watch.witness.isOutOfOrder
      ? []
      : [`${delivered} points were delivered to ${name}, which surely holds ${sure}`];
  });

/** Every step and payload was as it had to be, of the intakes that are gone too. */
const stepsTrue: Checker = ({ intakes }) =>
  [...intakes].flatMap(([name, { watch }]) => {
    const found = [...watch.witness.violations, ...watch.violations, ...(watch.budget?.violations ?? [])];
    return found.slice(0, 3).map((violation) => `${name}: ${violation}`);
  });

/** What was refused goes once all is healed, as far as there was no cause that lasts: poison, or a later sample. */
const retriesEnded: Checker = (end) =>
  end.retries.flatMap(({ intake: name, isRunning, refused, reason }) => {
    const { poison, order } = end.intakes.get(name)?.traits ?? {};
    const isLasting = order === "per-series" || (poison !== undefined && poison.share > 0 && !poison.isCurable);
    const isWell = !isRunning && (isLasting || (refused === 0 && reason === ""));
    return isWell ? [] : [`a retry at ${name} has not ended well: ${refused} refused, ${reason}`];
  });

/** Every event that was durable arrived, once or more, and the first arrivals in the order they were raised. */
const eventsArrived: Checker = (end) =>
  intakesOf(end).flatMap(({ status: { name, notes }, intake, wasRetired }) => {
    if (intake.traits.kind !== "datadog") return [];
    const counts = notes?.events;
    if (counts === undefined) return ["nothing is known of events"];
    const { waiting, expired, rejected, lost } = counts;
    const missing = end.raised.filter((title) => !intake.events.includes(title));
    // Those of an epoch whose record was worn away keep their stamps, and may be too old to go.
    const excused = end.disk.hasLostEpochs ? expired : 0;
    const found = (missing.length > excused ? missing : []).map(
      (title) => `${title} was durable and never arrived at ${name}: ${JSON.stringify(counts)}`,
    );
    const arrived = [...new Set(intake.events)].filter((title) => title.startsWith("event "));
    const orders = arrived.map((title) => Number(title.slice("event ".length)));
    const isInOrder = orders.every((order, index) => order > (orders[index - 1] ?? -1));
    if (!isInOrder) found.push(`events arrived at ${name} as ${arrived}`);
    const refused = Math.max(0, rejected - intake.rejections);
    if (waiting + (expired - excused) + refused + lost > 0)
      found.push(`events were not delivered to ${name}: ${JSON.stringify(counts)}`);
    return wasRetired || end.disk.isWorn("event", "eventPlace") ? [] : found;
  });

/**
 * No value arrived that its device did not tell in that second, by one of the times the clock was right at in that
 * boot, in an answer that came in time. Of a boot that nobody could measure, only the value is known; and of
 * any where the record of an epoch was worn away. What was summed up as the clock was put ahead, and told by it, lies
 * beside what it sums where that is put back.
 */
const valuesTrue: Checker = (end) => {
  const told = new ToldValues(end);
  const isBeside = end.reduced !== undefined && end.board.wasPutAheadAndBack;
  const windowSeconds = (end.reduced?.reduction.window ?? 0) / 1000;
  return [...end.intakes.values()].flatMap((intake) => findUntrue(told, intake, windowSeconds, isBeside));
};

/**
 * `windowSeconds` is how long what a value sums up may last; 0 where nothing is summed up. `isBeside` says that it may
 * be of any time.
 */
function findUntrue(
  told: ToldValues,
  { ledger, traits }: SimulatedIntake,
  windowSeconds: number,
  isBeside: boolean,
): string[] {
  const found: string[] = [];
  for (const { metric, tags, second, value } of ledger.held()) {
    if (isCompanionMetric(metric)) {
      if (!(value >= 0 && value <= 1)) found.push(`${metric} of ${nameOf(tags)} at ${second}: ${value} is no score`);
      continue;
    }
    const instance = tagValue(tags, "instance");
    const pointName = tagValue(tags, "point");
    const point = loadProfileOnce(instance).points.find(({ name }) => name === pointName);
    if (point === undefined) return [`nobody knows ${instance}/${pointName}`];
    const key = `${UNIT_OF[instance]}/${pointName}`;
    const factor = canonicalFactor(point);
    const isTold = (expected: number): boolean => Math.abs(expected * factor - value) <= 1e-9 * Math.abs(value);
    const values = [...told.in(key, Math.floor(second))];
    if (values.some(isTold)) continue;
    const isSummary = windowSeconds > 0 && traits.isThinning === true && !isFullMetric(metric);
    const summed = isBeside ? told.ever(key) : told.inSpan(key, Math.floor(second), windowSeconds);
    if (isSummary && isWithin(value / factor, [...summed])) continue;
    if (traits.older === "thin" && isWithin(value / factor, [...told.inMinuteFrom(key, Math.floor(second))])) continue;
    found.push(`${metric} of ${instance}/${pointName} at ${second}: ${value} arrived, told was ${values.join(" or ")}`);
  }
  return found;
}

/** Whether a value may stand for others. */
function isWithin(value: number, values: readonly number[]): boolean {
  const slack = 1e-9 * Math.abs(value);
  return value >= Math.min(...values) - slack && value <= Math.max(...values) + slack;
}

/** Nothing arrived before its second, by the clock of the world. */
const nothingEarly: Checker = (end) => [...end.intakes.values()].flatMap(({ early }) => early);

/** One request at a time on a bus, and every payload within the intake's limits and rules. */
const rulesKept: Checker = ({ buses, intakes }) =>
  [...buses, ...intakes.values()].flatMap(({ violations }) => violations);

/** A gateway that has stopped leaves no timer behind. */
const nothingPends: Checker = ({ pendingTimers }) => pendingTimers.map((name) => `the timer "${name}" is still there`);

const CHECKERS: readonly Checker[] = [
  booksKept,
  booksClosed,
  lossesSaid,
  deliveredArrived,
  stepsTrue,
  retriesEnded,
  eventsArrived,
  valuesTrue,
  nothingEarly,
  rulesKept,
  nothingPends,
  findFalseWindows,
  findMisrouted,
];

/** Everything that is wrong with the end of a world, with the command that plays it again. */
export function findViolations(end: WorldEnd): string[] {
  const options = [end.isSeveral === true ? " --several" : "", end.isReducing === true ? " --thinning" : ""].join("");
  return CHECKERS.flatMap((check) => check(end).slice(0, 3)).map(
    (found) => `${found} (npm run sim:fuzz -- --seed ${end.seed} --count 1${options})`,
  );
}

function intakesOf({ last, intakes }: WorldEnd): IntakeEnd[] {
  return last.intakes.flatMap((status) => {
    const intake = intakes.get(status.name);
    return intake === undefined ? [] : [{ status, intake, wasRetired: intake.wasRetired }];
  });
}

const profiles = new Map<string, ReturnType<typeof loadShippedProfile>>();

function loadProfileOnce(instance: string): ReturnType<typeof loadShippedProfile> {
  const known = profiles.get(instance);
  if (known !== undefined) return known;
  const loaded = loadShippedProfile(PLANT_PROFILES[instance as keyof typeof PLANT_PROFILES]);
  profiles.set(instance, loaded);
  return loaded;
}
