/** Signals in which nothing is odd, and what to do to them. */

import type { Random } from "../../../src/model/time.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";

/** Gives the value at a moment; `at` grows from call to call. Units: milliseconds. */
export type Signal = (at: number) => number;

const DAY = 86_400_000;

/** Draws from a normal distribution of variance 1. */
export function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

function wander(random: Random, keep: number): () => number {
  let x = 0;
  return () => {
    x = keep * x + Math.sqrt(1 - keep * keep) * drawNormal(random);
    return x;
  };
}

function swing(at: number): number {
  return Math.sin((2 * Math.PI * at) / DAY);
}

/** Sends only what differs from what was sent last by a deadband; what lies between is as it was. */
export function onChange(signal: Signal, deadband: number): Signal {
  let sent = Number.NaN;
  return (at) => {
    const value = signal(at);
    if (!(Math.abs(value - sent) < deadband)) sent = value;
    return sent;
  };
}

/** Rounds to steps, as converters do. */
export function quantised(signal: Signal, step: number): Signal {
  return (at) => Math.round(signal(at) / step) * step;
}

/** Ordinary signals by name, each made from a seed. */
export const ORDINARY: Readonly<Record<string, (seed: number) => Signal>> = {
  "white noise": (seed) => {
    const random = createSeededRandom(seed);
    return () => 20 + drawNormal(random);
  },
  "noise with a memory": (seed) => {
    const next = wander(createSeededRandom(seed), 0.98);
    return () => 4 + 0.1 * next();
  },
  "a daily swing": (seed) => {
    const random = createSeededRandom(seed);
    return (at) => 60 + 10 * swing(at) + 0.5 * drawNormal(random);
  },
  "a daily swing in steps": (seed) => {
    const next = wander(createSeededRandom(seed), 0.9);
    return quantised((at) => 21 + 2 * swing(at) + 0.3 * next(), 0.1);
  },
  "noise of heavy tails": (seed) => {
    const random = createSeededRandom(seed);
    return () => {
      const u = random.next() - 0.5;
      return -Math.sign(u) * Math.log(1 - 2 * Math.abs(u) + 1e-12);
    };
  },
  "a machine that goes on and off": (seed) => {
    const random = createSeededRandom(seed);
    let isOn = false;
    let until = 0;
    return (at) => {
      if (at >= until) {
        isOn = !isOn;
        until = at + 600_000 * (0.5 + random.next());
      }
      return (isOn ? 12 : 0.2) + 0.05 * drawNormal(random);
    };
  },
  "a daily swing sent on change": (seed) => {
    const next = wander(createSeededRandom(seed), 0.95);
    return onChange((at) => 40 + 5 * swing(at) + 0.4 * next(), 0.5);
  },
};
