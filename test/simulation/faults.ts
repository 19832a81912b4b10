/** Swarm faults: each seed switches some faults off entirely and gives the rest very uneven weights. */

import type { Random } from "../../src/model/time.ts";

/** What a device may do with a request. */
export const DEVICE_FAULTS = [
  "silent",
  "late",
  "slow",
  "chunked",
  "exception",
  "hang-up",
  "wrong-unit",
  "refuse",
] as const;
export type DeviceFault = (typeof DEVICE_FAULTS)[number];

/** What an intake may do with a request. */
export const INTAKE_FAULTS = [
  "throttled",
  "throttled-until",
  "server-error",
  "busy",
  "too-large",
  "forbidden",
  "portal",
  "redirect",
  "silence",
  "unreachable",
  "answer-lost",
] as const;
export type IntakeFault = (typeof INTAKE_FAULTS)[number];

/** What a disk may do with a write. */
export const DISK_FAULTS = ["fails", "succeeds-but-says-not"] as const;
export type DiskFault = (typeof DISK_FAULTS)[number];

/** How likely each fault is at each chance it gets; what is left over is good weather. */
export interface Swarm {
  readonly device: ReadonlyMap<DeviceFault, number>;
  readonly intake: ReadonlyMap<IntakeFault, number>;
  readonly disk: ReadonlyMap<DiskFault, number>;
  /** Chance of a kill in each second. */
  readonly kill: number;
  /** Chance of a jump of the wall clock in each second. */
  readonly jump: number;
}

/** Draws the weather of a seed. */
export function drawSwarm(random: Random): Swarm {
  return {
    device: drawWeights(DEVICE_FAULTS, random, 0.3),
    intake: drawWeights(INTAKE_FAULTS, random, 0.7),
    disk: drawWeights(DISK_FAULTS, random, 0.2),
    kill: random.next() < 0.7 ? 0.05 * random.next() : 0,
    jump: random.next() < 0.3 ? 0.02 * random.next() : 0,
  };
}

function drawWeights<Name extends string>(names: readonly Name[], random: Random, sum: number): Map<Name, number> {
  // A cube makes a few faults frequent and most of them rare; half are off.
  const weights = names.map((name) => [name, random.next() < 0.5 ? 0 : random.next() ** 3] as const);
  const total = weights.reduce((all, [, weight]) => all + weight, 0);
  const scale = total === 0 ? 0 : (sum * random.next()) / total;
  return new Map(weights.map(([name, weight]) => [name, weight * scale]));
}

/** Draws one fault, or none. */
export function drawFault<Name extends string>(weights: ReadonlyMap<Name, number>, random: Random): Name | undefined {
  let left = random.next();
  for (const [name, weight] of weights) {
    left -= weight;
    if (left < 0) return name;
  }
  return undefined;
}
