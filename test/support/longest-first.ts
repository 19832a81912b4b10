import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files that take longest, longest first. */
const LONG = [
  "crash/kill-nine.test.ts",
  "cli/planted-secret.test.ts",
  "simulation/simulation.test.ts",
  "crash/kill/kill-appender.test.ts",
  "crash/power/cut-power.test.ts",
  "hardware-sim/run-plant.test.ts",
  "simulation/planted-bugs.test.ts",
  "platform/check-process.test.ts",
  "forward/lanes.test.ts",
  "store/damaged-folder.test.ts",
  "inputs/dead-units.test.ts",
];

/** Starts the longest files first, so that none of them runs on by itself when all others have ended. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const index = LONG.findIndex((name) => moduleId.endsWith(`/test/${name}`));
      return index < 0 ? LONG.length : index;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}
