/** What an intake of a world takes, and its own weather: drawn by seed where a world has several. */

import {
  type MeteringConfig,
  type OlderPolicy,
  type TimeWindow,
  UNSURE_POLICIES,
  type UnsurePolicy,
} from "../../src/model/config.ts";
import type { Intake } from "../../src/model/intake.ts";
import { type Millis, millis, type Random, seconds } from "../../src/model/time.ts";
import { drawWeights, INTAKE_FAULTS, type Setting, type Swarm } from "./faults.ts";

/** Kinds of intakes that the simulation speaks to. */
export type SimulatedKind = "datadog" | "influx" | "prometheus";

/** One intake. */
export interface IntakeTraits {
  readonly kind: SimulatedKind;
  readonly order: Intake["order"];
  readonly resolution: Millis;
  /** `Infinity` where it takes any age. */
  readonly maxAge: Millis;
  readonly older: OlderPolicy;
  /** With `thin`: what is older goes as one point a minute. */
  readonly rollUpAge?: Millis;
  readonly flushInterval: Millis;
  /** Units: samples per second. */
  readonly backfillRate: number;
  readonly pointCountMax: number;
  readonly metering?: MeteringConfig;
  /** What becomes of samples whose moments are not sure. */
  readonly unsure: UnsurePolicy;
  /** Whether it leaves out what is ordinary; leaving it out means that nothing is marked. */
  readonly isThinning?: boolean;
  /** Whether what is ordinary is summed up. */
  readonly isSummedUp?: boolean;
  readonly weather: Pick<Swarm, "intake" | "outage">;
  /** The part of all points that it refuses by themselves, and whether it takes them once all is healed. */
  readonly poison: { readonly share: number; readonly isCurable: boolean };
}

/** The intakes of a world, the first of which every life has, and how they come and go. */
export interface FleetPlan {
  readonly intakes: readonly (IntakeTraits & { readonly name: string })[];
  /** By how much the world begins later than others. Units: milliseconds. */
  readonly startShift: number;
  /** Chance at the beginning of a life that an intake is not configured, and that it has a new name from then on. */
  readonly absence: number;
  readonly renaming: number;
  /** Chance in each second that what is set aside is sent once more. */
  readonly retry: number;
}

/** How long a request may take. */
export const TIMEOUT = seconds(10);

/** Chance that a world has intakes of its own, and how many there are at most. */
const SEVERAL = 0.25;
const INTAKES_MAX = 4;

const DAY_MS = 86_400_000;
/** When a world begins that is not shifted, after midnight. Units: milliseconds. */
const START_OF_DAY_MS = 6 * 3_600_000;
/** A shifted world begins so long before an hour or a day ends, at most. Units: milliseconds. */
const BEFORE_MS_MAX = 150_000;

/** The intakes of worlds of old: one of Datadog's, or two, in the weather of the world. */
export function planPlainFleet(setting: Pick<Setting, "hasMirror" | "pointCountMax">, swarm: Swarm): FleetPlan {
  const plain: IntakeTraits = {
    kind: "datadog",
    order: "any",
    resolution: seconds(1),
    maxAge: seconds(3600),
    older: "expire",
    flushInterval: seconds(5),
    backfillRate: 10_000,
    pointCountMax: setting.pointCountMax,
    unsure: "flag",
    weather: swarm,
    poison: { share: 0, isCurable: false },
  };
  const names = setting.hasMirror ? ["datadog", "mirror"] : ["datadog"];
  return {
    intakes: names.map((name) => ({ ...plain, name })),
    startShift: 0,
    absence: swarm.retire,
    renaming: 0,
    retry: 0,
  };
}

/** Draws the intakes of a seed, each with traits and weather of its own; undefined where it has those of old. */
export function drawFleet(random: Random, isSeveral?: boolean): FleetPlan | undefined {
  const isDrawn = random.next() < SEVERAL;
  if (!(isSeveral ?? isDrawn)) return undefined;
  const perhaps = (chance: number, most: number): number => (random.next() < chance ? most * random.next() : 0);
  const startShift = drawStart(random);
  const count = 1 + Math.floor(random.next() * INTAKES_MAX);
  const absence = perhaps(0.4, 0.5);
  const renaming = perhaps(0.3, 0.3);
  const retry = perhaps(0.6, 0.2);
  const startOfDay = (START_OF_DAY_MS + startShift) % DAY_MS;
  const intakes = Array.from({ length: count }, (_, index) => ({
    ...drawTraits(random, startOfDay),
    name: `intake-${index}`,
  }));
  return { intakes, startShift, absence, renaming, retry };
}

/** Some worlds see an hour end, others a day. */
function drawStart(random: Random): number {
  const before = Math.floor(random.next() * BEFORE_MS_MAX);
  const draw = random.next();
  if (draw < 0.4) return 0;
  return draw < 0.8 ? -before : DAY_MS - START_OF_DAY_MS - before;
}

function drawTraits(random: Random, startOfDay: number): IntakeTraits {
  const pick = <Choice>(choices: readonly [Choice, ...Choice[]]): Choice =>
    choices[Math.floor(random.next() * choices.length)] ?? choices[0];
  const perhaps = (chance: number, most: number): number => (random.next() < chance ? most * random.next() : 0);
  const kind = pick<SimulatedKind>(["datadog", "datadog", "influx", "prometheus"]);
  const order = kind === "prometheus" && random.next() < 0.7 ? "per-series" : "any";
  const isAnyTaken = kind !== "prometheus" && random.next() < 0.4;
  const ofAnyAge = pick<OlderPolicy>(["send", "thin"]);
  const ofSomeAge = order === "any" ? pick<OlderPolicy>(["expire", "hold"]) : "expire";
  const older = isAnyTaken ? ofAnyAge : ofSomeAge;
  const age = seconds(pick([30, 60, 180, 3600]));
  const rollUpAge = seconds(pick([10, 60]));
  const metering = drawMetering(random, startOfDay);
  const isMetered = random.next() < 0.3;
  return {
    kind,
    order,
    resolution: kind === "datadog" ? seconds(1) : millis(1),
    maxAge: isAnyTaken ? millis(Number.POSITIVE_INFINITY) : age,
    older,
    ...(older === "thin" ? { rollUpAge } : {}),
    flushInterval: seconds(pick([5, 5, 2, 10])),
    backfillRate: pick([10_000, 10_000, 300, 100]),
    pointCountMax: pick([10_000, 300, 100, 30]),
    ...(isMetered ? { metering } : {}),
    unsure: pick(UNSURE_POLICIES),
    weather: { intake: drawWeights(INTAKE_FAULTS, random, 0.7), outage: perhaps(0.4, 0.1) },
    poison: { share: perhaps(0.3, 0.02), isCurable: random.next() < 0.7 },
  };
}

function drawMetering(random: Random, startOfDay: number): MeteringConfig {
  const bytes = Math.floor(20_000 * 50 ** random.next());
  const limit = random.next() < 0.7 ? { dayBytesMax: bytes } : { monthBytesMax: bytes };
  const hasBudget = random.next() < 0.8;
  const hasSchedule = random.next() < 0.4;
  const from = (startOfDay + Math.floor(random.next() * 40_000)) % DAY_MS;
  const window: TimeWindow = { from, to: (from + 5_000 + Math.floor(random.next() * 60_000)) % DAY_MS };
  return {
    ...(hasBudget ? { budget: { ...limit, monthStarts: 1 } } : {}),
    schedule: hasSchedule ? [window] : [],
    isSendingAlarmsAtOnce: random.next() < 0.5,
    startJitter: random.next() < 0.5 ? millis(0) : seconds(20),
  };
}
