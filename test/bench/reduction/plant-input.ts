/** Machines of the simulated plant as inputs of a gateway: what their points show, each second, without a wire. */

import * as v from "valibot";
import { loadShippedProfile } from "../../../hardware-sim/plant/shipped-profiles.ts";
import {
  createPlantSignals,
  PLANT_BINDINGS,
  PLANT_PROFILES,
  type PlantMachine,
} from "../../../hardware-sim/signals/plant-signals.ts";
import type { Input, InputEntry, InputModule, PollOutcome } from "../../../src/model/input.ts";
import type { Point } from "../../../src/model/profile.ts";
import type { Clock, EpochMillis } from "../../../src/model/time.ts";
import type { PlantedEvent } from "./planted-events.ts";

/** The name of the input, and of the check. */
export const PLANT = "plant";

/** What the plant is made of. */
export interface PlantParts {
  readonly seed: number;
  readonly events: readonly PlantedEvent[];
  /** When the plant was started, and when the day begins. */
  readonly startedAt: EpochMillis;
  readonly dayAt: EpochMillis;
}

/** The points of a machine that it has a signal for. */
export function pointsOfMachine(machine: PlantMachine): readonly Point[] {
  return loadShippedProfile(PLANT_PROFILES[machine]).points.filter(({ name }) => name in PLANT_BINDINGS[machine]);
}

/** Makes the input, whose instances are named for their machines. */
export function createPlantInput(parts: PlantParts): InputEntry {
  const signals = createPlantSignals(parts.seed);
  const module: InputModule = {
    createLinks: () => undefined,
    createInput: ({ name }, { clock }) => new MachineInput(name as PlantMachine, signals, parts, clock),
  };
  return {
    name: PLANT,
    usesProfile: false,
    settings: v.object({}),
    defaultName: () => PLANT,
    load: () => Promise.resolve(module),
  };
}

class MachineInput implements Input {
  readonly bus: string;
  readonly points: readonly Point[];
  readonly #signals: ReturnType<typeof createPlantSignals>[PlantMachine];
  readonly #parts: PlantParts;
  readonly #clock: Clock;
  readonly #events: readonly (PlantedEvent | undefined)[];
  /** What was read last of each point while nothing befell it. */
  readonly #before: Float64Array;

  constructor(machine: PlantMachine, signals: ReturnType<typeof createPlantSignals>, parts: PlantParts, clock: Clock) {
    this.bus = `plant://${machine}`;
    this.points = pointsOfMachine(machine);
    this.#signals = signals[machine];
    this.#parts = parts;
    this.#clock = clock;
    this.#before = new Float64Array(this.points.length);
    this.#events = this.points.map(({ name }) =>
      parts.events.find((event) => event.machine === machine && event.point === name),
    );
  }

  async open(): Promise<void> {}

  async poll(): Promise<PollOutcome> {
    const { startedAt, dayAt } = this.#parts;
    const at = this.#clock.now();
    const read = this.#signals(Math.floor((at - startedAt) / 1000));
    const second = Math.floor((at - dayAt) / 1000);
    const count = this.points.length;
    const value = new Float64Array(count);
    for (const [index, point] of this.points.entries()) {
      value[index] = inRegister(point, this.#befall(index, read(point), second));
    }
    const point = Uint16Array.from({ length: count }, (_, index) => index);
    const moments = new Float64Array(count).fill(at);
    return {
      readings: { point, at: moments, value, flags: new Uint8Array(count), count },
      faults: [],
      absent: 0,
      isReachable: true,
    };
  }

  #befall(index: number, value: number, second: number): number {
    const event = this.#events[index];
    if (event === undefined) return value;
    const inS = second - event.fromS;
    if (inS >= 0 && inS < event.lastsS) return event.read(value, inS, this.#before[index] as number);
    this.#before[index] = value;
    return value;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** What of a value a register of the point's type can hold. */
function inRegister({ type, scale }: Point, value: number): number {
  if (type === "float32") return Math.fround(value / scale) * scale;
  if (type === "float64") return value;
  // Dividing by the whole number that 1/scale is keeps tenths what they are as decimals.
  const parts = Math.round(1 / scale);
  return scale < 1 ? Math.round(value * parts) / parts : Math.round(value / scale) * scale;
}
