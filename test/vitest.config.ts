import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./support/longest-first.ts";

/** What shares no process with others: it measures the heap, changes the environment, or starts and kills processes. */
const ALONE = [
  "test/crash/**/*.test.ts",
  "test/fuzz/**/*.test.ts",
  "test/property/rtu.property.test.ts",
  "test/simulation/*.test.ts",
  "test/hardware-sim/run-plant.test.ts",
  "test/cli/planted-secret.test.ts",
  "test/cli/flare/flare.test.ts",
];

/** The configuration lives here so that nothing of it lands at the top level. */
export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  test: {
    reporters: ["default", "./test/support/closing-line-reporter.ts"],
    testTimeout: 30_000,
    // One more than there are cores, since the tests that kill processes mostly wait.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    // Programs that tests start share what Node has compiled.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL("../node_modules/.cache/tests", import.meta.url)) },
    projects: [
      {
        extends: true,
        test: { name: "alone", include: ALONE },
      },
      {
        // To load the sources anew for each of two hundred files takes as long as the tests themselves.
        extends: true,
        test: {
          name: "together",
          include: ["test/**/*.test.ts"],
          exclude: [...ALONE, "test/peers/**", "node_modules/**"],
          isolate: false,
          setupFiles: ["test/support/left-as-found.ts"],
        },
      },
    ],
  },
});
