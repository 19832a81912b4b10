import type { Random } from "../../src/model/time.ts";
import { follow, type Machine, STEP_SECONDS } from "./machine.ts";
import { drawNoise } from "./seeded-random.ts";

const NOMINAL_VOLTAGE_V = 230;
/** What the line between transformer and meter loses per ampere. Units: ohm. */
const LINE_OHM = 0.035;
/** How the load spreads over the phases: never quite evenly. */
const SHARES = [0.345, 0.338, 0.317] as const;

interface Phase {
  voltageV: number;
  currentA: number;
  powerW: number;
  powerFactor: number;
}

/**
 * A meter on three phases: voltage wanders and sags under load, the power factor follows how busy the motors are,
 * current is what power, voltage and power factor make it, and energy is the integral of power.
 */
export class PowerMeter implements Machine {
  readonly #random: Random;
  readonly #loadW: () => number;
  readonly #phases: readonly Phase[] = SHARES.map(() => ({
    voltageV: NOMINAL_VOLTAGE_V,
    currentA: 0,
    powerW: 0,
    powerFactor: 0.9,
  }));
  #gridV = NOMINAL_VOLTAGE_V;
  #frequencyHz = 50;
  #lightsW = 2600;
  #importWh = 4_812_300;
  #importVarh = 1_204_700;

  /** `loadW` gives what the measured machines take now. Units: W. */
  constructor(random: Random, loadW: () => number) {
    this.#random = random;
    this.#loadW = loadW;
  }

  step(): void {
    this.#gridV = follow(this.#gridV, NOMINAL_VOLTAGE_V + 60 * drawNoise(this.#random), 600);
    this.#frequencyHz = follow(this.#frequencyHz, 50 + 0.15 * drawNoise(this.#random), 5);
    this.#lightsW = follow(this.#lightsW, 2600 + 9000 * drawNoise(this.#random), 300);
    const totalW = Math.max(800, this.#lightsW) + this.#loadW();
    for (const [index, phase] of this.#phases.entries()) {
      const share = SHARES[index] ?? 0;
      phase.powerW = totalW * share * (1 + 0.003 * drawNoise(this.#random));
      phase.powerFactor = Math.min(0.99, 0.7 + 0.22 * Math.min(1, totalW / 40_000) + 0.01 * index);
      phase.voltageV = this.#gridV - LINE_OHM * phase.currentA + 0.05 * drawNoise(this.#random);
      phase.currentA = phase.powerW / (phase.voltageV * phase.powerFactor);
      this.#importWh += (phase.powerW * STEP_SECONDS) / 3600;
      this.#importVarh += (reactiveVar(phase) * STEP_SECONDS) / 3600;
    }
  }

  get quantities(): Readonly<Record<string, number>> {
    const quantities: Record<string, number> = {};
    let powerW = 0;
    let reactive = 0;
    for (const [index, phase] of this.#phases.entries()) {
      const line = `L${index + 1}`;
      quantities[`voltage${line}V`] = phase.voltageV;
      quantities[`current${line}A`] = phase.currentA;
      quantities[`power${line}W`] = phase.powerW;
      quantities[`apparent${line}Va`] = phase.powerW / phase.powerFactor;
      quantities[`reactive${line}Var`] = reactiveVar(phase);
      quantities[`powerFactor${line}`] = phase.powerFactor;
      powerW += phase.powerW;
      reactive += reactiveVar(phase);
    }
    const apparentVa = Math.hypot(powerW, reactive);
    return {
      ...quantities,
      powerW,
      apparentVa,
      reactiveVar: reactive,
      powerFactor: apparentVa === 0 ? 1 : powerW / apparentVa,
      frequencyHz: this.#frequencyHz,
      importWh: this.#importWh,
      exportWh: 0,
      importVarh: this.#importVarh,
      exportVarh: 0,
    };
  }
}

function reactiveVar(phase: Phase): number {
  return phase.powerW * Math.tan(Math.acos(phase.powerFactor));
}
