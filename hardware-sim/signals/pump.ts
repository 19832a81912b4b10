import type { Random } from "../../src/model/time.ts";
import { follow, type Machine, STEP_SECONDS } from "./machine.ts";
import { drawNoise, drawNoises } from "./seeded-random.ts";

/** At full speed the pump lifts 62 m at no flow and 44 m at 60 m3/h; the pipe wants 18 m before anything flows. */
const CURVE = { shutOffM: 62, lossPerFlow2: 0.005, staticM: 18, pipePerFlow2: 0.0072 };
const RATED = { speedRpm: 2930, bestFlowM3H: 58, bestEfficiency: 0.74 };

const GRAVITY_M_S2 = 9.81;
const WATER_KG_M3 = 998;
const SUCTION_HEAD_M = 2.4;
const AMBIENT_DEG_C = 19;
const SENSORS = ["speed", "flow", "suction", "discharge", "heat", "vibration"] as const;
/** One bar lifts water this high. Units: m. */
const HEAD_OF_ONE_BAR_M = 10.2;

/**
 * A speed-controlled centrifugal pump: a slowly wandering demand sets its speed, flow is where its curve meets the
 * pipe's, and everything else (pressures, power, heat, vibration) follows from the two.
 */
export class Pump implements Machine {
  readonly #random: Random;
  #timeS = 0;
  #demand = 0.82;
  #speed = 0.8;
  #bearingDegC = 38;
  #volumeM3 = 91_482.6;
  #noise: Record<(typeof SENSORS)[number], number>;

  constructor(random: Random) {
    this.#random = random;
    this.#noise = drawNoises(random, SENSORS);
  }

  step(): void {
    this.#timeS += STEP_SECONDS;
    this.#noise = drawNoises(this.#random, SENSORS);
    const sway = 0.1 * Math.sin((2 * Math.PI * this.#timeS) / 600);
    this.#demand = follow(this.#demand, 0.82 + sway + 0.5 * drawNoise(this.#random), 120);
    this.#speed = follow(this.#speed, Math.min(1, Math.max(0.62, this.#demand)), 4);
    this.#bearingDegC = follow(this.#bearingDegC, AMBIENT_DEG_C + 26 * this.#speed ** 2, 1200);
    this.#volumeM3 += (this.#flowM3H() * STEP_SECONDS) / 3600;
  }

  /** What the drive takes from the mains. Units: W. */
  get powerW(): number {
    const flow = this.#flowM3H();
    const offBest = (flow / this.#speed - RATED.bestFlowM3H) / RATED.bestFlowM3H;
    const efficiency = RATED.bestEfficiency * (1 - 0.6 * offBest ** 2);
    const hydraulic = (WATER_KG_M3 * GRAVITY_M_S2 * flow * this.#headM(flow)) / 3600;
    return hydraulic / efficiency / 0.91;
  }

  get quantities(): Readonly<Record<string, number>> {
    const noise = this.#noise;
    const flow = this.#flowM3H();
    const suctionBar = (SUCTION_HEAD_M - 0.0004 * flow ** 2) / HEAD_OF_ONE_BAR_M;
    return {
      speedRpm: RATED.speedRpm * this.#speed + 0.6 * noise.speed,
      flowM3H: Math.max(0, flow + 0.08 * noise.flow),
      suctionBar: suctionBar + 0.002 * noise.suction,
      dischargeBar: suctionBar + this.#headM(flow) / HEAD_OF_ONE_BAR_M + 0.01 * noise.discharge,
      powerW: this.powerW,
      bearingDegC: this.#bearingDegC + 0.05 * noise.heat,
      vibrationMmS: 0.6 + 1.9 * this.#speed ** 2 + 0.06 * noise.vibration,
      volumeM3: this.#volumeM3,
      isRunning: 1,
    };
  }

  /** Where the pump's curve meets the pipe's; speed moves the shut-off head with its square. */
  #flowM3H(): number {
    const spare = CURVE.shutOffM * this.#speed ** 2 - CURVE.staticM;
    return Math.sqrt(Math.max(0, spare) / (CURVE.lossPerFlow2 + CURVE.pipePerFlow2));
  }

  #headM(flowM3H: number): number {
    return CURVE.shutOffM * this.#speed ** 2 - CURVE.lossPerFlow2 * flowM3H ** 2;
  }
}
