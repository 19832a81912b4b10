/** Where the simulator begins: a command line to a plant, and its exit code. */

import { parsePlantOptions } from "./plant/options.ts";
import type { PlantDisplay } from "./plant/plant-display.ts";
import { runPlant } from "./plant/run-plant.ts";

/** Runs the plant as its command line says. Errors: `CLI_USAGE`, `GATEWAY_RUNNING`. */
export async function simulate(argv: readonly string[], display: PlantDisplay): Promise<number> {
  return runPlant(parsePlantOptions(argv), display);
}
