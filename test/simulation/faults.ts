/** Swarm faults: each seed switches some faults off entirely and gives the rest very uneven weights. */

import type { PlantMachine } from "../../hardware-sim/signals/plant-signals.ts";
import { DURABILITIES, type Durability, FULL_POLICIES, type FullPolicy } from "../../src/model/config.ts";
import { type Millis, millis, type Random, seconds } from "../../src/model/time.ts";
import type { SealLimits } from "../../src/store/sealing.ts";

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
  "throttled-for",
  "throttled-until",
  "rate-limited",
  "server-error",
  "too-large",
  "rejected",
  "refused-key",
  "held",
  "retried",
  "unknown-code",
  "portal",
  "redirect",
  "silence",
  "unreachable",
  "answer-lost",
  "answer-cut",
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
  /** Whether the exceptions of devices may refuse registers that are there. */
  readonly isRefusing: boolean;
  /** Chance at each request that an intake is out of reach from then on, for a minute or two. */
  readonly outage: number;
  /** Chance that a life ends in each second, and the part of these ends that takes the power of the board. */
  readonly end: number;
  readonly powerCut: number;
  /** Chance of a clean stop and a new start in each second. */
  readonly restart: number;
  /** Chance that a device loses its power for a moment, in each second. */
  readonly devicePowerCut: number;
  /** Chance of a jump of the wall clock in each second, and the part of the jumps that goes back. */
  readonly jump: number;
  readonly jumpBack: number;
  /** Chance that a board whose power was cut has no clock module: it starts with a clock that is behind. */
  readonly coldStart: number;
  /** Longest until a time server answers; a boot may end before. Units: milliseconds. */
  readonly syncMsMax: number;
  /** Chance in each second that the disk takes no write for a while, being full or read-only. */
  readonly diskRefuses: number;
  /** Chance in each second that the disk stalls: a write takes five seconds, or a minute, or until all is healed. */
  readonly diskStalls: number;
  /** Chance in each second that a bit of what is stored turns over, and whether that may be any record or a block. */
  readonly bitFlip: number;
  readonly isAnyWorn: boolean;
  /** Longest a write takes. Units: milliseconds. */
  readonly writeMsMax: number;
  /** Chance that an event is raised in each second. */
  readonly event: number;
  /** Chance that a life begins without the second intake, where there is one. */
  readonly retire: number;
}

/** How the gateway of a seed is configured. */
export interface Setting {
  readonly durability: Durability;
  readonly syncInterval: Millis;
  readonly syncIntervalDelivered: Millis;
  readonly maxBytes: number;
  readonly whenFull: FullPolicy;
  readonly history: Millis;
  readonly sealing: SealLimits;
  /** Samples that may wait for the disk. */
  readonly pendingMax: number;
  /** What may be held in memory while the disk takes nothing. Units: bytes. */
  readonly heldBytesMax: number;
  readonly intervals: Readonly<Record<PlantMachine, Millis>>;
  /** Whether there is a second intake. */
  readonly hasMirror: boolean;
  /** Points of a payload: with few, an outage is soon more than one. */
  readonly pointCountMax: number;
}

/** So many that lanes are never needed. */
export const ROOMY_POINTS = 10_000;

const ROOMY_BYTES = 64 * 1024 * 1024;
const ROOMY_PENDING = 1_000_000;

/** Draws the weather of a seed. */
export function drawSwarm(random: Random): Swarm {
  const perhaps = (chance: number, most: number): number => (random.next() < chance ? most * random.next() : 0);
  return {
    device: drawWeights(DEVICE_FAULTS, random, 0.3),
    intake: drawWeights(INTAKE_FAULTS, random, 0.7),
    disk: drawWeights(DISK_FAULTS, random, 0.2),
    outage: perhaps(0.4, 0.1),
    end: perhaps(0.7, 0.05),
    powerCut: random.next(),
    restart: perhaps(0.3, 0.04),
    devicePowerCut: perhaps(0.3, 0.05),
    jump: perhaps(0.4, 0.04),
    jumpBack: perhaps(0.5, 1),
    coldStart: perhaps(0.4, 1),
    syncMsMax: 60_000 * random.next(),
    diskRefuses: perhaps(0.2, 0.03),
    diskStalls: perhaps(0.25, 0.04),
    bitFlip: perhaps(0.15, 0.05),
    isAnyWorn: random.next() < 0.5,
    writeMsMax: random.next() < 0.3 ? 1500 * random.next() ** 3 : 0,
    event: perhaps(0.7, 0.4),
    retire: perhaps(0.5, 1),
    isRefusing: random.next() < 0.3,
  };
}

/** Draws the configuration of a seed: mostly that of a common plant, sometimes a tight one. */
export function drawSetting(random: Random): Setting {
  const pick = <Choice>(choices: readonly [Choice, ...Choice[]]): Choice =>
    choices[Math.floor(random.next() * choices.length)] ?? choices[0];
  const isSmall = random.next() < 0.35;
  const sealing = isSmall
    ? { rowsMax: pick([65_536, 1_000, 200, 60]), blocksMax: pick([100, 20, 20, 4]) }
    : { rowsMax: pick([65_536, 65_536, 1_000, 60]), blocksMax: pick([3_600, 3_600, 100, 4]) };
  return {
    durability: pick(DURABILITIES),
    syncInterval: seconds(pick([1, 1, 5, 20])),
    syncIntervalDelivered: seconds(pick([1, 10, 60])),
    maxBytes: isSmall ? Math.floor(2_000 + 18_000 * random.next() ** 2) : ROOMY_BYTES,
    whenFull: pick(FULL_POLICIES),
    history: seconds(pick([0, 0, 20, 3600])),
    sealing,
    pendingMax: random.next() < 0.1 ? 100 : ROOMY_PENDING,
    heldBytesMax: random.next() < 0.2 ? Math.floor(2_000 + 30_000 * random.next()) : ROOMY_BYTES,
    intervals: {
      press: random.next() < 0.2 ? millis(250) : seconds(1),
      pump: seconds(pick([1, 1, 1, 0.7, 2])),
      meter: seconds(pick([2, 5, 5, 15])),
    },
    hasMirror: random.next() < 0.3,
    pointCountMax: pick([ROOMY_POINTS, 300, 100, 30]),
  };
}

/** Whether samples may be lost to the size limit, and whether they may be refused because too many wait. */
export function isTight({ maxBytes, pendingMax, heldBytesMax }: Setting): {
  readonly log: boolean;
  readonly memory: boolean;
} {
  return { log: maxBytes < ROOMY_BYTES, memory: pendingMax < ROOMY_PENDING || heldBytesMax < ROOMY_BYTES };
}

/** Gives a few of the names much weight and most of them little or none; `sum` bounds them all. */
export function drawWeights<Name extends string>(
  names: readonly Name[],
  random: Random,
  sum: number,
): Map<Name, number> {
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
