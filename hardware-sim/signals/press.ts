import type { Random } from "../../src/model/time.ts";
import { follow, type Machine, STEP_SECONDS } from "./machine.ts";
import { drawNoise, drawNoises } from "./seeded-random.ts";

/** The motor of the hydraulic pump: 22 kW, four poles, 400 V. */
const MOTOR = { ratedPowerW: 22_000, ratedCurrentA: 41, idleShare: 0.18, synchronousRpm: 1500, slipRpm: 28 };

const AMBIENT_DEG_C = 21;

const SENSORS = ["pressure", "current", "speed", "motorHeat", "oilHeat"] as const;

/** A stroke in phases: how long each lasts, and how far the pressure rises. Units: seconds and bar. */
const PHASES = [
  { name: "wait", durationS: 1.6, pressure: 12 },
  { name: "approach", durationS: 1.1, pressure: 35 },
  { name: "press", durationS: 1.4, pressure: 205 },
  { name: "hold", durationS: 0.9, pressure: 212 },
  { name: "return", durationS: 1.2, pressure: 48 },
] as const;

/**
 * A hydraulic press: the ram goes through its strokes, the oil pressure follows them, the motor's load follows the
 * pressure, and oil and motor warm up slowly. Every few minutes it stands still to have its tool fed.
 */
export class Press implements Machine {
  readonly #random: Random;
  #phase = 0;
  #phaseLeftS: number = PHASES[0].durationS;
  #isFed = true;
  #feedLeftS: number;
  #strokes = 184_203;
  #pressureBar = 10;
  #load = MOTOR.idleShare;
  #oilDegC = 34;
  #motorDegC = 41;
  #noise: Record<(typeof SENSORS)[number], number>;

  constructor(random: Random) {
    this.#random = random;
    this.#noise = drawNoises(random, SENSORS);
    this.#feedLeftS = 60 + 120 * random.next();
  }

  step(): void {
    this.#noise = drawNoises(this.#random, SENSORS);
    this.#moveFeed();
    this.#movePhase();
    const phase = PHASES[this.#phase] ?? PHASES[0];
    this.#pressureBar = follow(this.#pressureBar, phase.pressure, 0.25);
    const load = MOTOR.idleShare + 0.72 * (this.#pressureBar / 212) * (this.#phase === 0 ? 0.2 : 1);
    this.#load = follow(this.#load, load, 0.2);
    this.#oilDegC = follow(this.#oilDegC, AMBIENT_DEG_C + 36 * this.#load, 1500);
    this.#motorDegC = follow(this.#motorDegC, AMBIENT_DEG_C + 78 * this.#load ** 2 + 18, 900);
  }

  /** What the motor takes from the mains. Units: W. */
  get powerW(): number {
    return MOTOR.ratedPowerW * this.#load;
  }

  get quantities(): Readonly<Record<string, number>> {
    const noise = this.#noise;
    return {
      strokes: this.#strokes,
      pressureBar: Math.max(0, this.#pressureBar + 0.4 * noise.pressure),
      motorCurrentA: MOTOR.ratedCurrentA * Math.hypot(0.31, this.#load) + 0.1 * noise.current,
      motorPowerW: this.powerW,
      motorSpeedRpm: MOTOR.synchronousRpm - MOTOR.slipRpm * this.#load + 0.5 * noise.speed,
      motorDegC: this.#motorDegC + 0.05 * noise.motorHeat,
      oilDegC: this.#oilDegC + 0.05 * noise.oilHeat,
      isRunning: this.#isFed ? 1 : 0,
      isPressing: this.#phase === 2 || this.#phase === 3 ? 1 : 0,
    };
  }

  #moveFeed(): void {
    this.#feedLeftS -= STEP_SECONDS;
    if (this.#feedLeftS > 0) return;
    this.#isFed = !this.#isFed;
    this.#feedLeftS = this.#isFed ? 120 + 180 * this.#random.next() : 8 + 12 * this.#random.next();
  }

  #movePhase(): void {
    this.#phaseLeftS -= STEP_SECONDS;
    if (this.#phaseLeftS > 0) return;
    if (this.#phase === 0 && !this.#isFed) return;
    this.#phase = (this.#phase + 1) % PHASES.length;
    if (this.#phase === 0) this.#strokes += 1;
    const phase = PHASES[this.#phase] ?? PHASES[0];
    this.#phaseLeftS = phase.durationS * (1 + 0.05 * drawNoise(this.#random));
  }
}
