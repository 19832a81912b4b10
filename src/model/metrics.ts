/**
 * The catalogue of metrics: every quantity has one name and one canonical unit, whatever a vendor calls it and
 * whatever unit a device sends. Phases, sides and parts of a machine are tags, never part of the name.
 */

import type { SeriesKind } from "./series.ts";
import type { UnitSymbol } from "./units.ts";

/** What is known of one metric. */
export interface Metric {
  /** The unit every sample of it is kept and sent in; empty for a number without unit. */
  readonly unit: UnitSymbol | "";
  readonly kind: SeriesKind;
  readonly description: string;
}

/** Every metric that a profile may name, in the order of the catalogue. */
export const METRICS: Readonly<Record<string, Metric>> = {
  voltage: gauge("V", "Voltage between a phase and neutral, or across a source of direct current"),
  "voltage.line": gauge("V", "Voltage between two phases"),
  current: gauge("A", "Electric current"),
  frequency: gauge("Hz", "Frequency of an alternating voltage"),
  "power.active": gauge("W", "Active power; negative when it flows back to the supply"),
  "power.reactive": gauge("var", "Reactive power; positive when inductive"),
  "power.apparent": gauge("VA", "Apparent power"),
  "power.factor": gauge("", "Power factor, from -1 to 1"),
  "energy.active.import": gauge("Wh", "Total of the active energy taken from the supply"),
  "energy.active.export": gauge("Wh", "Total of the active energy given to the supply"),
  "energy.active.total": gauge("Wh", "Total of the active energy in both directions"),
  "energy.reactive.import": gauge("varh", "Total of the reactive energy taken from the supply"),
  "energy.reactive.export": gauge("varh", "Total of the reactive energy given to the supply"),
  "energy.reactive.total": gauge("varh", "Total of the reactive energy in both directions"),
  temperature: gauge("degC", "Temperature"),
  humidity: gauge("%", "Relative humidity"),
  pressure: gauge("Pa", "Pressure"),
  flow: gauge("m3/h", "Volume that passes in a time"),
  volume: gauge("m3", "Volume, or the total that has passed"),
  level: gauge("%", "How full a vessel is"),
  distance: gauge("m", "Length, stroke or position"),
  mass: gauge("kg", "Mass"),
  force: gauge("N", "Force"),
  vibration: gauge("mm/s", "Vibration velocity, root mean square"),
  acceleration: gauge("m/s2", "Acceleration"),
  "speed.linear": gauge("m/s", "Speed along a line"),
  "speed.rotation": gauge("rpm", "Turns of a shaft in a minute"),
  "motor.current": gauge("A", "Current a motor draws"),
  "motor.power": gauge("W", "Active power a motor draws"),
  "motor.temperature": gauge("degC", "Temperature of a motor's winding"),
  "motor.torque": gauge("Nm", "Torque at a motor's shaft"),
  "machine.running": gauge("", "1 while the machine runs, 0 while it stands"),
  "machine.cycles": gauge("", "Total of the strokes, pieces or cycles the machine has made"),
  "machine.uptime": gauge("s", "Total of the time the machine has run"),
};

/** Finds a metric by name; undefined when the catalogue has none. */
export function metricOf(name: string): Metric | undefined {
  return Object.hasOwn(METRICS, name) ? METRICS[name] : undefined;
}

function gauge(unit: UnitSymbol | "", description: string): Metric {
  return { unit, kind: "gauge", description };
}
