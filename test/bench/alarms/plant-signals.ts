/**
 * The signals of a plant, as machines make them. Each has a course, which a fault may take away, noise of its own, and
 * a sensor that may round or keep still. Sizes and times differ from series to series, drawn from its seed.
 */

import type { Chance } from "./chance.ts";
import type { FaultKind } from "./faults.ts";

/** One signal, asked for one moment after the other. */
export interface PlantSignal {
  /** Gives what the machine does by itself. Units: `at` in milliseconds of the wall clock. */
  course(at: number): number;
  /** Gives what comes on top at the moment that `course` was asked for. */
  noise(): number;
  /** Gives what the sensor says of a value. */
  report(value: number): number;
}

/** A type of signal, and which faults it can have. */
export interface SignalType {
  readonly name: string;
  readonly kinds: readonly FaultKind[];
  /** Units: `interval` in milliseconds. */
  create(chance: Chance, interval: number): PlantSignal;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const ANY: readonly FaultKind[] = ["step", "drift", "burst", "stuck", "oscillation"];
const WITH_COURSE: readonly FaultKind[] = [...ANY, "lost"];

export function same(value: number): number {
  return value;
}

/** Noise with a memory of `span`, of spread 1. */
export function createWander(chance: Chance, interval: number, span: number): () => number {
  const keep = Math.exp(-interval / span);
  const news = Math.sqrt(1 - keep * keep);
  let x = chance.normal();
  return () => {
    x = keep * x + news * chance.normal();
    return x;
  };
}

/** Follows jumps as slowly as a pipe or a coil does. */
export function createLag(interval: number, span: number): (target: number) => number {
  const news = 1 - Math.exp(-interval / span);
  let x = Number.NaN;
  return (target) => {
    x = Number.isNaN(x) ? target : x + news * (target - x);
    return x;
  };
}

/** One of two states, each for about as long as stated, between 0.6 and 1.4 of it. */
function createSwitch(chance: Chance, onSpan: number, offSpan: number): (at: number) => boolean {
  let isOn = false;
  let until = Number.NEGATIVE_INFINITY;
  return (at) => {
    if (at >= until) {
      isOn = !isOn;
      until = at + (isOn ? onSpan : offSpan) * chance.between(0.6, 1.4);
    }
    return isOn;
  };
}

/** From 0 at the coldest hour to 1 at the warmest, each day as far as the weather takes it. */
function createSwing(chance: Chance, peak: number): (at: number) => number {
  let today = Number.NaN;
  let factor = 1;
  return (at) => {
    const phase = (at - peak) / DAY;
    const day = Math.floor(phase + 0.5);
    if (day !== today) {
      today = day;
      factor = Math.max(0.2, 1 + 0.2 * chance.normal());
    }
    return (factor * (1 + Math.cos(2 * Math.PI * phase))) / 2;
  };
}

function createPumpPressure(chance: Chance, interval: number): PlantSignal {
  const high = chance.between(4, 12);
  const low = chance.between(0.1, 0.4);
  const runs = createSwitch(chance, MINUTE * chance.between(5, 20), MINUTE * chance.between(5, 20));
  const lag = createLag(interval, chance.between(2000, 8000));
  const spread = high * chance.between(0.004, 0.012);
  let isOn = false;
  return {
    course: (at) => {
      isOn = runs(at);
      return lag(isOn ? high : low);
    },
    noise: () => (isOn ? spread : 0.3 * spread) * chance.normal(),
    report: same,
  };
}

function createSetPoint(chance: Chance, interval: number): PlantSignal {
  const point = chance.between(20, 200);
  const wander = createWander(chance, interval, MINUTE * chance.between(0.5, 10));
  const spread = point * chance.between(0.004, 0.02);
  return { course: () => point, noise: () => spread * (wander() + 0.3 * chance.normal()), report: same };
}

function createHallTemperature(chance: Chance, interval: number): PlantSignal {
  const base = chance.between(14, 20);
  const height = chance.between(3, 8);
  const swing = createSwing(chance, HOUR * chance.between(13, 17));
  const weather = createWander(chance, interval, 2 * DAY);
  return {
    course: (at) => base + height * swing(at),
    noise: () => 0.8 * weather() + 0.06 * chance.normal(),
    report: same,
  };
}

function createMotorCurrent(chance: Chance, interval: number): PlantSignal {
  const rated = chance.between(8, 60);
  const loads = [0.35, 0.5, 0.6, 0.72, 0.8, 0.95].map((part) => rated * part * chance.between(0.97, 1.03));
  const span = MINUTE * chance.between(1, 8);
  const lag = createLag(interval, chance.between(1000, 3000));
  const spread = rated * chance.between(0.006, 0.02);
  let load = loads[0] ?? 0;
  let until = Number.NEGATIVE_INFINITY;
  return {
    course: (at) => {
      if (at >= until) {
        load = chance.pick(loads);
        until = at + 10_000 + chance.lasting(span);
      }
      return lag(load);
    },
    noise: () => spread * chance.normal(),
    report: same,
  };
}

function createTankLevel(chance: Chance): PlantSignal {
  const low = chance.between(15, 25);
  const high = chance.between(75, 90);
  const fill = HOUR * chance.between(1, 5);
  const empty = MINUTE * chance.between(5, 20);
  let begun = Number.NaN;
  let span = 0;
  return {
    course: (at) => {
      if (!(at < begun + span + empty)) {
        begun = Number.isNaN(begun) ? at : begun + span + empty;
        span = fill * chance.between(0.7, 1.3);
      }
      const age = at - begun;
      return age < span ? low + ((high - low) * age) / span : high - ((high - low) * (age - span)) / empty;
    },
    noise: () => 0.2 * chance.normal(),
    report: same,
  };
}

function createQuantised(chance: Chance, interval: number): PlantSignal {
  const base = chance.between(40, 90);
  const spread = chance.between(0.5, 2);
  const wander = createWander(chance, interval, MINUTE * chance.between(10, 60));
  const quantum = chance.pick([0.1, 0.25, 0.5, 1]);
  return {
    course: () => base,
    noise: () => spread * wander() + 0.2 * quantum * chance.normal(),
    report: (value) => Math.round(value / quantum) * quantum,
  };
}

function createOnChange(chance: Chance, interval: number): PlantSignal {
  const base = chance.between(10, 60);
  const height = chance.between(4, 12);
  const swing = createSwing(chance, HOUR * chance.between(11, 17));
  const wander = createWander(chance, interval, MINUTE * chance.between(10, 40));
  const deadband = chance.between(0.3, 0.8);
  let sent = Number.NaN;
  return {
    course: (at) => base + height * swing(at),
    noise: () => 0.4 * wander() + 0.1 * chance.normal(),
    report: (value) => {
      if (!(Math.abs(value - sent) < deadband)) sent = value;
      return sent;
    },
  };
}

/** Idle at night and on weekends; work begins and ends about when it should, and no day is quite like another. */
function createWeekday(chance: Chance, interval: number): PlantSignal {
  const idle = chance.between(2, 6);
  const work = chance.between(20, 60);
  const opens = HOUR * chance.between(5, 8);
  const closes = HOUR * chance.between(16, 22);
  const wander = createWander(chance, interval, MINUTE * chance.between(3, 10));
  const ramp = 20 * MINUTE;
  let today = Number.NaN;
  let [from, until, height, level] = [0, 0, 0, 0];
  return {
    course: (at) => {
      const day = Math.floor(at / DAY);
      if (day !== today) {
        today = day;
        from = opens + 8 * MINUTE * chance.normal();
        until = closes + 8 * MINUTE * chance.normal();
        // Day 0 was a Thursday.
        height = (day + 3) % 7 >= 5 ? 0 : work * (1 + 0.05 * chance.normal());
      }
      const hour = at - day * DAY;
      const noon = hour > 12 * HOUR && hour < 12.5 * HOUR ? 0.7 : 1;
      const open = Math.min(1, Math.max(0, Math.min((hour - from) / ramp, (until - hour) / ramp)));
      level = idle + height * noon * open;
      return level;
    },
    noise: () => level * (0.04 * wander() + 0.01 * chance.normal()),
    report: same,
  };
}

/** Pieces in each interval, as whole numbers, and none in the breaks. */
function createCounterRate(chance: Chance): PlantSignal {
  const mean = chance.between(3, 30);
  const breaks = [9, 12, 15.5].map((hour) => HOUR * hour);
  let [today, late, course] = [Number.NaN, 0, 0];
  return {
    course: (at) => {
      const day = Math.floor(at / DAY);
      if (day !== today) {
        today = day;
        late = 3 * MINUTE * chance.normal();
      }
      const hour = at - day * DAY - late;
      course = breaks.some((from) => hour >= from && hour < from + 20 * MINUTE) ? 0 : mean;
      return course;
    },
    noise: () => Math.sqrt(course) * chance.normal(),
    report: (value) => Math.max(0, Math.round(value)),
  };
}

function createSlowWalk(chance: Chance, interval: number): PlantSignal {
  const base = chance.between(100, 400);
  const spread = base * chance.between(0.05, 0.15);
  const wander = createWander(chance, interval, DAY * chance.between(3, 10));
  const noise = spread * chance.between(0.02, 0.1);
  return { course: () => base, noise: () => spread * wander() + noise * chance.normal(), report: same };
}

function createValve(chance: Chance): PlantSignal {
  const span = HOUR * chance.between(0.5, 4);
  let isOpen = false;
  let until = Number.NEGATIVE_INFINITY;
  return {
    course: (at) => {
      if (at >= until) {
        isOpen = !isOpen;
        until = at + MINUTE + chance.lasting(span);
      }
      return isOpen ? 100 : 0;
    },
    noise: () => 0,
    report: same,
  };
}

/** All types; the series of a plant take turns. A valve is there for what it should not raise, and has no faults. */
export const SIGNAL_TYPES: readonly SignalType[] = [
  { name: "pump pressure", kinds: WITH_COURSE, create: createPumpPressure },
  { name: "set point", kinds: ANY, create: createSetPoint },
  { name: "hall temperature", kinds: WITH_COURSE, create: createHallTemperature },
  { name: "motor current", kinds: WITH_COURSE, create: createMotorCurrent },
  { name: "tank level", kinds: WITH_COURSE, create: createTankLevel },
  { name: "quantised", kinds: ANY, create: createQuantised },
  { name: "sent on change", kinds: WITH_COURSE, create: createOnChange },
  { name: "weekday profile", kinds: WITH_COURSE, create: createWeekday },
  { name: "counter rate", kinds: ANY, create: createCounterRate },
  { name: "slow walk", kinds: ANY, create: createSlowWalk },
  { name: "valve", kinds: [], create: createValve },
];
