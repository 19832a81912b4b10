/** Swarm faults: each seed switches some faults off entirely and gives the rest very uneven weights. */

import type { PlantMachine } from "../../hardware-sim/signals/plant-signals.ts";
import { type Millis, millis, type Random, seconds } from "../../src/model/time.ts";

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
  /** Chance of a clean stop and a new start in each second. */
  readonly restart: number;
  /** Chance that a device loses its power for a moment, in each second. */
  readonly powerCut: number;
  /** Chance of a jump of the wall clock in each second, and the part of the jumps that goes back. */
  readonly jump: number;
  readonly jumpBack: number;
  /** Chance that a kill is a power cut of a board without a clock module, which starts with a clock that is behind. */
  readonly coldStart: number;
  /** Longest until a time server answers; a boot may end before. Units: milliseconds. */
  readonly syncMsMax: number;
  /** Chance that the disk begins to be full in each second. */
  readonly diskFull: number;
  /** Chance that an event is raised in each second. */
  readonly event: number;
  /** Longest a write takes. Units: milliseconds. */
  readonly writeMsMax: number;
}

/** How the gateway of a seed is configured. */
export interface Setting {
  readonly maxBytes: number;
  /** Samples that may wait for the disk. */
  readonly pendingMax: number;
  readonly intervals: Readonly<Record<PlantMachine, Millis>>;
}

const ROOMY_BYTES = 64 * 1024 * 1024;
const ROOMY_PENDING = 1_000_000;

/** Draws the weather of a seed. */
export function drawSwarm(random: Random): Swarm {
  return {
    device: drawWeights(DEVICE_FAULTS, random, 0.3),
    intake: drawWeights(INTAKE_FAULTS, random, 0.7),
    disk: drawWeights(DISK_FAULTS, random, 0.2),
    kill: random.next() < 0.7 ? 0.05 * random.next() : 0,
    restart: random.next() < 0.3 ? 0.04 * random.next() : 0,
    powerCut: random.next() < 0.3 ? 0.05 * random.next() : 0,
    jump: random.next() < 0.4 ? 0.04 * random.next() : 0,
    jumpBack: random.next() < 0.5 ? random.next() : 0,
    diskFull: random.next() < 0.2 ? 0.03 * random.next() : 0,
    event: random.next() < 0.7 ? 0.4 * random.next() : 0,
    writeMsMax: random.next() < 0.3 ? 1500 * random.next() ** 3 : 0,
    coldStart: random.next() < 0.3 ? random.next() : 0,
    syncMsMax: 60_000 * random.next(),
  };
}

/** Draws the configuration of a seed: mostly that of a common plant, sometimes a tight one. */
export function drawSetting(random: Random): Setting {
  const draw = (choices: readonly number[]): Millis =>
    seconds(choices[Math.floor(random.next() * choices.length)] ?? 1);
  return {
    maxBytes: random.next() < 0.2 ? Math.floor(2_000 + 6_000 * random.next()) : ROOMY_BYTES,
    pendingMax: random.next() < 0.1 ? 100 : ROOMY_PENDING,
    intervals: {
      press: random.next() < 0.2 ? millis(250) : seconds(1),
      pump: draw([1, 1, 1, 0.7, 2]),
      meter: draw([2, 5, 5, 15]),
    },
  };
}

/** Whether samples may be lost to the size limit, and whether they may be refused because too many wait. */
export function isTight({ maxBytes, pendingMax }: Setting): { readonly log: boolean; readonly memory: boolean } {
  return { log: maxBytes < ROOMY_BYTES, memory: pendingMax < ROOMY_PENDING };
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
