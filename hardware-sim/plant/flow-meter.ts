import { rm } from "node:fs/promises";
import type { Random } from "../../src/model/time.ts";
import { PulseLine } from "../lines/pulse-line.ts";
import { createRandom, drawNoise } from "../signals/seeded-random.ts";
import { makeFolderOutside } from "./places-outside.ts";
import type { PlantMachine } from "./plant-machine.ts";

const UPDATE_MS = 20;

const LINE = "flow-meter";

/** Litres in a minute, in the middle and by how much it sways; how long a sway takes in seconds. */
const FLOW = { mean: 36, sway: 18, period: 60 };

/** How many pulses the meter gives for a litre. */
const PULSES_PER_LITRE = 10;

/**
 * A meter of the cooling water, which gives pulses on a line of a simulated GPIO chip: as on the pins of a board, on
 * machines that have none. What the gateway makes of the pulses, the meter does not know.
 */
export class FlowMeter implements PlantMachine {
  readonly check = "gpio";
  readonly served = undefined;
  readonly #random: Random;
  #chip = "";
  #line: PulseLine | undefined;
  #lack = "";
  #timer: NodeJS.Timeout | undefined;
  #seconds = 0;
  /** What has passed since the last edge, in edges. */
  #part = 0;

  constructor(seed: number) {
    this.#random = createRandom(seed, "flow-meter");
  }

  /** Pulses so far: an edge up is one. */
  get pulses(): number {
    return Math.ceil((this.#line?.edges ?? 0) / 2);
  }

  get note(): string {
    return this.#lack === "" ? "" : `There is no flow meter, because this machine has no pipes (${this.#lack}).`;
  }

  get files(): Readonly<Record<string, string>> {
    if (this.#line === undefined) return {};
    return {
      "conf.d/gpio.yaml": `# The flow meter of the plant. \`tidegate sim\` writes this file anew each time.
instances:
  - name: cooling-water
    chip: ${JSON.stringify(this.#chip)}
    line: ${LINE}
    min_collection_interval: 1
    measure: [pulses, rate]
    metric: volume
    unit: l
    pulses_per_unit: ${PULSES_PER_LITRE}
`,
    };
  }

  async open(): Promise<void> {
    this.#chip = await makeFolderOutside("chip");
    try {
      this.#line = new PulseLine(this.#chip, LINE);
    } catch (cause) {
      this.#lack = (cause instanceof Error ? cause.message : String(cause)).split("\n")[0] ?? "";
      return;
    }
    let last = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.flow((now - last) / 1000);
      last = now;
    }, UPDATE_MS);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#line?.close();
    this.#line = undefined;
    await rm(this.#chip, { recursive: true, force: true });
  }

  /** Lets water flow for so long. Units: seconds. */
  flow(seconds: number): void {
    this.#seconds += seconds;
    const sway = Math.sin((2 * Math.PI * this.#seconds) / FLOW.period);
    const litresPerMinute = FLOW.mean + FLOW.sway * sway + 0.2 * drawNoise(this.#random);
    this.#part += (2 * PULSES_PER_LITRE * litresPerMinute * seconds) / 60;
    for (; this.#part >= 1; this.#part -= 1) this.#line?.toggle();
  }
}
