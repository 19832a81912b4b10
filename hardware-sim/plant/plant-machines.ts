import type { Terminals } from "../lines/pseudo-terminal.ts";
import { Cabinet } from "./cabinet.ts";
import { Effectiveness } from "./effectiveness.ts";
import { Floor } from "./floor.ts";
import { FlowMeter } from "./flow-meter.ts";
import { FoodTruckMachine } from "./food-truck-machine.ts";
import type { PlantMachine } from "./plant-machine.ts";
import { ScaleMachine } from "./scale-machine.ts";

/** What the machines of a plant are made of. */
export interface MachineParts {
  readonly seed: number;
  /** Seconds since the plant was opened. */
  readonly now: () => number;
  /** What `Terminals.find` gave: this machine's pseudo-terminals, or why there are none. */
  readonly terminals: Terminals | string;
}

/** Makes the machines beside those of the hall, in the order they are shown in. */
export function createPlantMachines(parts: MachineParts): readonly PlantMachine[] {
  return [
    new Cabinet(parts.seed),
    new FoodTruckMachine(parts),
    new FlowMeter(parts.seed),
    new ScaleMachine(parts),
    new Floor(parts.seed),
    new Effectiveness(),
  ];
}
