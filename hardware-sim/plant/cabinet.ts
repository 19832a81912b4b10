import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Random } from "../../src/model/time.ts";
import { formatOneWire } from "../devices/one-wire-file.ts";
import { createRandom, drawNoise } from "../signals/seeded-random.ts";
import { makeFolderOutside } from "./places-outside.ts";
import type { PlantMachine } from "./plant-machine.ts";

const UPDATE_MS = 500;

const THERMOMETER = "28-0316a2795eff";

/** The converter gives so many millivolts a step, over a resistor of so many ohm. */
const CONVERTER = { millivoltsPerStep: 0.1875, ohms: 150 };

const OIL_BAR_MAX = 250;

/**
 * The control cabinet: a thermometer on a 1-Wire bus and a pressure transmitter on a current loop, as files of a kernel
 * that has a folder of its own. How often the gateway reads them, no file could tell.
 */
export class Cabinet implements PlantMachine {
  readonly check = "linux";
  readonly served = undefined;
  readonly note = "";
  readonly #random: Random;
  #root = "";
  #seconds = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(seed: number) {
    this.#random = createRandom(seed, "cabinet");
  }

  get files(): Readonly<Record<string, string>> {
    return {
      "conf.d/linux.yaml": `# The control cabinet of the plant. \`tidegate sim\` writes this file anew each time.
instances:
  - name: cabinet
    root: ${JSON.stringify(this.#root)}
    min_collection_interval: 1
    sensors:
      - one_wire: ${THERMOMETER}
        name: air
      - iio: ads1115
        channel: voltage0
        name: oil
        metric: pressure
        unit: bar
        loop: [0, ${OIL_BAR_MAX}]
        loop_ohms: ${CONVERTER.ohms}
`,
    };
  }

  async open(): Promise<void> {
    this.#root = await makeFolderOutside("cabinet");
    await this.#put("sys/bus/iio/devices/iio:device0/name", "ads1115\n");
    await this.#put("sys/bus/iio/devices/iio:device0/in_voltage0_scale", `${CONVERTER.millivoltsPerStep}\n`);
    await this.#move();
    this.#moveOn();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#writing;
    await rm(this.#root, { recursive: true, force: true });
  }

  /** The next writing begins when the one before has ended, however slow the disk is. */
  #moveOn(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#writing = this.#move().then(() => this.#moveOn());
    }, UPDATE_MS);
  }

  async #move(): Promise<void> {
    this.#seconds += UPDATE_MS / 1000;
    const sway = Math.sin((2 * Math.PI * this.#seconds) / 90);
    const celsius = 31 + 2 * sway + 0.1 * drawNoise(this.#random);
    const bar = 120 + 40 * sway + 0.5 * drawNoise(this.#random);
    const milliamperes = 4 + (16 * bar) / OIL_BAR_MAX;
    const steps = Math.round((milliamperes * CONVERTER.ohms) / CONVERTER.millivoltsPerStep);
    await this.#put(`sys/bus/w1/devices/${THERMOMETER}/w1_slave`, formatOneWire(celsius));
    await this.#put("sys/bus/iio/devices/iio:device0/in_voltage0_raw", `${steps}\n`);
  }

  /** A file changes at once, as one of a kernel does. */
  async #put(path: string, text: string): Promise<void> {
    const place = join(this.#root, path);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(`${place}.new`, text);
    await rename(`${place}.new`, place);
  }
}
