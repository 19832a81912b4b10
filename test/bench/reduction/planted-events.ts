/** What befalls the machines of the plant on the day that is measured, and how it shows in one point of each. */

import type { PlantMachine } from "../../../hardware-sim/signals/plant-signals.ts";

/** One event. Units: seconds, `fromS` since the day began. */
export interface PlantedEvent {
  readonly kind: "step" | "spike burst" | "drift" | "stuck" | "oscillation";
  readonly machine: PlantMachine;
  readonly point: string;
  readonly fromS: number;
  readonly lastsS: number;
  /** What is read instead. Units: the point's; `inS` seconds since it began, `before` what was read right before it. */
  readonly read: (value: number, inS: number, before: number) => number;
}

const MINUTE = 60;
const HOUR = 3600;

const DAY: readonly PlantedEvent[] = [
  { kind: "step", ...at("meter", "frequency", 1 * HOUR, 5 * MINUTE), read: (value) => value + 1.2 },
  { kind: "step", ...at("press", "oil-temperature", 2 * HOUR + 610, 15 * MINUTE), read: (value) => value + 18 },
  {
    kind: "drift",
    ...at("pump", "bearing-temperature", 3 * HOUR + 1800, HOUR),
    read: (value, inS) => value + inS / 180,
  },
  { kind: "step", ...at("meter", "voltage-l1", 5 * HOUR + 2700, 3 * MINUTE), read: (value) => value - 30 },
  {
    kind: "spike burst",
    ...at("press", "motor-temperature", 7 * HOUR + 1500, MINUTE),
    read: spikes(5, (value) => value + 40),
  },
  { kind: "step", ...at("pump", "discharge-pressure", 9 * HOUR + 900, 10 * MINUTE), read: (value) => value - 1.5 },
  { kind: "stuck", ...at("meter", "voltage-l2", 11 * HOUR + 600, 20 * MINUTE), read: (_, __, before) => before },
  { kind: "stuck", ...at("press", "pressure", 12 * HOUR + 2400, 10 * MINUTE), read: (_, __, before) => before },
  { kind: "oscillation", ...at("pump", "vibration", 14 * HOUR + 3000, 10 * MINUTE), read: swing(1.5, 20) },
  {
    kind: "spike burst",
    ...at("meter", "current-l3", 16 * HOUR + 1800, MINUTE),
    read: spikes(10, (value) => 3 * value),
  },
  { kind: "oscillation", ...at("press", "motor-speed", 18 * HOUR + 300, 10 * MINUTE), read: swing(60, 7) },
  { kind: "spike burst", ...at("pump", "flow", 20 * HOUR + 1200, MINUTE), read: spikes(12, () => 0) },
];

/** The events of a day that has so many hours; of a shorter one those that fit, as close together as that takes. */
export function plantEvents(hours: number): readonly PlantedEvent[] {
  const share = hours / 24;
  return DAY.map((event) => ({ ...event, fromS: Math.floor(event.fromS * share) })).filter(
    ({ fromS, lastsS }) => fromS + lastsS + 5 * MINUTE <= hours * HOUR,
  );
}

function at(machine: PlantMachine, point: string, fromS: number, lastsS: number) {
  return { machine, point, fromS, lastsS };
}

/** Every so many seconds one wild value. */
function spikes(everyS: number, wild: (value: number) => number): PlantedEvent["read"] {
  return (value, inS) => (inS % everyS === 0 ? wild(value) : value);
}

function swing(amplitude: number, periodS: number): PlantedEvent["read"] {
  return (value, inS) => value + amplitude * Math.sin((2 * Math.PI * inS) / periodS);
}
