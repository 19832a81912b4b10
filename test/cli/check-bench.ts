import { runCheck } from "../../src/cli/check.ts";
import { inputs } from "../../src/inputs/registry.ts";
import type { InputModule } from "../../src/model/input.ts";
import { ConfigFolder } from "../config/config-folder.ts";
import type { FakeClock } from "../support/fake-clock.ts";
import { createTestTerminal } from "../support/test-terminal.ts";

/** The check of one input, and what plays its devices. */
export interface CheckScene {
  readonly name: string;
  readonly clock: FakeClock;
  /** What stands in `conf.d/NAME.yaml`. */
  readonly config: string;
  readonly module: InputModule;
}

/** What a command printed, and how it ended. */
export interface CheckPrint {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Types `tidegate check NAME` with further words, where no gateway runs. */
export async function typeCheck(scene: CheckScene, ...words: readonly string[]): Promise<CheckPrint> {
  const { name, clock, config, module } = scene;
  using folder = new ConfigFolder({ [`conf.d/${name}.yaml`]: config });
  const terminal = createTestTerminal();
  const parts = {
    clock,
    inputs: inputs.map((entry) => (entry.name === name ? { ...entry, load: () => Promise.resolve(module) } : entry)),
    ask: () => Promise.resolve(undefined),
  };
  const code = await clock.until(runCheck([name, ...words, "--config", folder.path], terminal, parts));
  const strip = (text: string): string => text.replaceAll(`${folder.path}/`, "");
  return { code, output: strip(terminal.output()), errors: strip(terminal.errors()) };
}
