/**
 * Signals of what machines do seldom and without a plan: for days nothing, then something that is ordinary too. They
 * have no faults, as nobody could say how large one is; they are there for what they should not raise.
 */

import type { Chance } from "./chance.ts";
import {
  createLag,
  createWander,
  DAY,
  HOUR,
  MINUTE,
  type PlantSignal,
  type SignalType,
  same,
} from "./plant-signals.ts";

/** Times at which something goes on that may come at any moment. Units: milliseconds. */
interface Episodes {
  /** From the beginning of one that nobody expected to the next, on average. */
  readonly every: number;
  /** How long each lasts. */
  lasts(): number;
}

/** Tells whether one goes on at a moment; calls `begin` when the next is planned. */
function createEpisodes(chance: Chance, { every, lasts }: Episodes, begin = (): void => undefined) {
  let from = Number.NaN;
  let until = Number.NaN;
  return (at: number): boolean => {
    if (Number.isNaN(from) || at >= until) {
      from = (Number.isNaN(until) ? at : until) + chance.lasting(every);
      until = from + lasts();
      begin();
    }
    return at >= from;
  };
}

function createSumpPump(chance: Chance, interval: number): PlantSignal {
  const high = chance.between(2, 6);
  const span = MINUTE * chance.between(3, 8);
  const lag = createLag(interval, chance.between(2000, 8000));
  const runs = createEpisodes(chance, {
    every: DAY * chance.between(1, 4),
    lasts: () => span * chance.between(0.7, 1.3),
  });
  let isOn = false;
  return {
    course: (at) => {
      isOn = runs(at);
      return lag(isOn ? high : 0);
    },
    noise: () => high * (isOn ? 0.01 : 0.003) * chance.normal(),
    report: same,
  };
}

function createRainGauge(chance: Chance, interval: number): PlantSignal {
  const wander = createWander(chance, interval, MINUTE * chance.between(10, 40));
  let heavy = 1;
  const showers = createEpisodes(
    chance,
    { every: DAY * chance.between(1.5, 5), lasts: () => MINUTE * 10 + chance.lasting(2 * HOUR) },
    () => {
      heavy = 2 * Math.exp(0.8 * chance.normal());
    },
  );
  return {
    course: (at) => (showers(at) ? heavy * Math.exp(0.7 * wander()) : 0),
    noise: () => 0,
    report: (value) => Math.round(value / 0.2) * 0.2,
  };
}

/** People move it, to one of some values that each of them likes. */
function createMovedSetPoint(chance: Chance, interval: number): PlantSignal {
  const base = chance.between(20, 120);
  const liked = Array.from({ length: 6 }, () => base * chance.between(0.8, 1.2));
  const lag = createLag(interval, MINUTE * chance.between(1, 5));
  const wander = createWander(chance, interval, MINUTE * chance.between(0.5, 10));
  const spread = base * chance.between(0.002, 0.01);
  let point = base;
  let next = base;
  const moves = createEpisodes(chance, { every: DAY * chance.between(0.7, 3), lasts: () => MINUTE }, () => {
    next = chance.pick(liked);
  });
  return {
    course: (at) => {
      if (moves(at)) point = next;
      return lag(point);
    },
    noise: () => spread * (wander() + 0.3 * chance.normal()),
    report: same,
  };
}

/** Heats up, holds, cools down; then nothing until somebody orders the next batch. */
function createBatch(chance: Chance, interval: number): PlantSignal {
  const room = chance.between(18, 24);
  const hot = chance.between(60, 95);
  const span = HOUR * chance.between(4, 9);
  const lag = createLag(interval, MINUTE * chance.between(10, 25));
  const drift = createWander(chance, interval, 6 * HOUR);
  const batches = createEpisodes(chance, {
    every: DAY * chance.between(1, 3.5),
    lasts: () => span * chance.between(0.8, 1.2),
  });
  return {
    course: (at) => lag(batches(at) ? hot : room),
    noise: () => 0.4 * drift() + 0.1 * chance.normal(),
    report: (value) => Math.round(value * 10) / 10,
  };
}

/** A line that is washed hot when it is dirty. */
function createWashedLine(chance: Chance, interval: number): PlantSignal {
  const cold = chance.between(4, 12);
  const hot = chance.between(65, 85);
  const span = MINUTE * chance.between(30, 70);
  const lag = createLag(interval, MINUTE * chance.between(2, 6));
  const wander = createWander(chance, interval, MINUTE * chance.between(5, 30));
  const washes = createEpisodes(chance, {
    every: DAY * chance.between(3, 6),
    lasts: () => span * chance.between(0.9, 1.1),
  });
  return {
    course: (at) => lag(washes(at) ? hot : cold),
    noise: () => 0.5 * wander() + 0.1 * chance.normal(),
    report: same,
  };
}

/** A cold store into which somebody goes now and then, and leaves the door open for a while. */
function createColdStore(chance: Chance, interval: number): PlantSignal {
  const cold = chance.between(-24, -16);
  const lag = createLag(interval, MINUTE * chance.between(5, 15));
  const wander = createWander(chance, interval, MINUTE * chance.between(10, 40));
  let warm = 0;
  const doors = createEpisodes(
    chance,
    { every: DAY * chance.between(0.5, 2), lasts: () => MINUTE * (3 + chance.lasting(10)) },
    () => {
      warm = chance.between(5, 15);
    },
  );
  return {
    course: (at) => cold + lag(doors(at) ? warm : 0),
    noise: () => 0.4 * wander() + 0.05 * chance.normal(),
    report: (value) => Math.round(value * 10) / 10,
  };
}

/** The types there are; the series of a seldom plant take turns. */
export const SELDOM_TYPES: readonly SignalType[] = [
  { name: "sump pump", kinds: [], create: createSumpPump },
  { name: "rain gauge", kinds: [], create: createRainGauge },
  { name: "moved set point", kinds: [], create: createMovedSetPoint },
  { name: "batch", kinds: [], create: createBatch },
  { name: "washed line", kinds: [], create: createWashedLine },
  { name: "cold store", kinds: [], create: createColdStore },
];
