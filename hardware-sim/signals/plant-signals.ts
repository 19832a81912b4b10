import type { Signals } from "../devices/device.ts";
import { type Bindings, bindSignals } from "./bind-signals.ts";
import { Timeline } from "./machine.ts";
import { PowerMeter } from "./power-meter.ts";
import { Press } from "./press.ts";
import { Pump } from "./pump.ts";
import { createRandom } from "./seeded-random.ts";

/** The machines of the plant and the shipped profiles they are made from. */
export const PLANT_PROFILES = {
  press: "tidegate/press",
  pump: "tidegate/pump",
  meter: "eastron/sdm630",
} as const;

/** A machine of the plant. */
export type PlantMachine = keyof typeof PLANT_PROFILES;

/** What the points of each profile show, by the name of the point. */
export const PLANT_BINDINGS: Readonly<Record<PlantMachine, Bindings>> = {
  press: {
    running: ["isRunning", ""],
    "motor-current": ["motorCurrentA", "A"],
    "motor-temperature": ["motorDegC", "degC"],
    "motor-power": ["motorPowerW", "W"],
    "motor-speed": ["motorSpeedRpm", "rpm"],
    strokes: ["strokes", ""],
    pressure: ["pressureBar", "bar"],
    "oil-temperature": ["oilDegC", "degC"],
    pressing: ["isPressing", ""],
  },
  pump: {
    running: ["isRunning", ""],
    flow: ["flowM3H", "m3/h"],
    "suction-pressure": ["suctionBar", "bar"],
    "discharge-pressure": ["dischargeBar", "bar"],
    "motor-power": ["powerW", "W"],
    volume: ["volumeM3", "m3"],
    "bearing-temperature": ["bearingDegC", "degC"],
    vibration: ["vibrationMmS", "mm/s"],
    speed: ["speedRpm", "rpm"],
  },
  meter: {
    ...phaseBindings(1),
    ...phaseBindings(2),
    ...phaseBindings(3),
    power: ["powerW", "W"],
    "apparent-power": ["apparentVa", "VA"],
    "reactive-power": ["reactiveVar", "var"],
    "power-factor": ["powerFactor", ""],
    frequency: ["frequencyHz", "Hz"],
    "energy-import": ["importWh", "Wh"],
    "energy-export": ["exportWh", "Wh"],
    "energy-total": ["importWh", "Wh"],
    "reactive-energy-import": ["importVarh", "varh"],
    "reactive-energy-export": ["exportVarh", "varh"],
    "reactive-energy-total": ["importVarh", "varh"],
  },
};

/** Makes the machines of the plant: one seed, one time, and a meter that measures the other two. */
export function createPlantSignals(seed: number): Readonly<Record<PlantMachine, Signals>> {
  const press = new Press(createRandom(seed, "press"));
  const pump = new Pump(createRandom(seed, "pump"));
  const meter = new PowerMeter(createRandom(seed, "meter"), () => press.powerW + pump.powerW);
  const timeline = new Timeline([press, pump, meter]);
  return {
    press: bindSignals(timeline, press, PLANT_BINDINGS.press),
    pump: bindSignals(timeline, pump, PLANT_BINDINGS.pump),
    meter: bindSignals(timeline, meter, PLANT_BINDINGS.meter),
  };
}

function phaseBindings(phase: number): Bindings {
  return {
    [`voltage-l${phase}`]: [`voltageL${phase}V`, "V"],
    [`current-l${phase}`]: [`currentL${phase}A`, "A"],
    [`power-l${phase}`]: [`powerL${phase}W`, "W"],
    [`apparent-power-l${phase}`]: [`apparentL${phase}Va`, "VA"],
    [`reactive-power-l${phase}`]: [`reactiveL${phase}Var`, "var"],
    [`power-factor-l${phase}`]: [`powerFactorL${phase}`, ""],
  };
}
