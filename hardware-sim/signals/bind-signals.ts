import type { Point } from "../../src/model/profile.ts";
import { unitFactor } from "../../src/model/units.ts";
import type { Signals } from "../devices/device.ts";
import type { Machine, Timeline } from "./machine.ts";

/** Which quantity of a machine a point shows, and in what unit the machine has it. */
export type Binding = readonly [quantity: string, unit: string];

/** Bindings by the name of the point. */
export type Bindings = Readonly<Record<string, Binding>>;

/** How fast a point without a machine behind it wanders through its range. Units: seconds. */
const WANDER_SECONDS = 60;

/**
 * Joins the points of a profile to the machine they measure, in the units of the profile. A point that no binding
 * knows wanders slowly through its range, so a profile may grow without the machine.
 */
export function bindSignals(timeline: Timeline, machine: Machine, bindings: Bindings): Signals {
  return (atSeconds) => {
    timeline.advanceTo(atSeconds);
    const { quantities } = machine;
    return (point) => {
      const binding = bindings[point.name];
      return binding === undefined ? wander(point, atSeconds) : toUnit(point, quantities, binding);
    };
  };
}

function toUnit(point: Point, quantities: Machine["quantities"], [name, unit]: Binding): number {
  const value = quantities[name];
  const factor = unitFactor(unit, point.unit);
  if (value === undefined || factor === undefined) {
    throw new RangeError(`the point ${point.name} in ${point.unit || "no unit"} cannot show ${name} in ${unit}`);
  }
  return value * factor;
}

function wander(point: Point, atSeconds: number): number {
  const [lowest, highest] = point.range ?? [0, point.type === "bit" ? 0 : 100];
  const phase = (2 * Math.PI * atSeconds) / WANDER_SECONDS + point.address;
  return lowest + (highest - lowest) * (0.5 + 0.2 * Math.sin(phase));
}
