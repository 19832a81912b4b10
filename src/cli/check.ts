/** `tidegate check NAME`: polls a check once and prints what it sees. It never sends and never records. */

import { inputs } from "../inputs/registry.ts";
import type { GatewayConfig } from "../model/config.ts";
import { EXIT, GatewayError } from "../model/errors.ts";
import { seconds } from "../model/time.ts";
import { askControl } from "../platform/control-socket.ts";
import { systemClock } from "../platform/system-clock.ts";
import type { CheckRun } from "../sampling/collect.ts";
import { InputLoader } from "../sampling/input-loader.ts";
import { readArguments } from "./arguments.ts";
import { formatCheckRuns, toCheckJson } from "./check-layout.ts";
import type { Command } from "./commands.ts";
import { loadOrFail } from "./load.ts";
import { selectCheck } from "./select-check.ts";

/** A check of many dead devices is silent for as long as all their timeouts take. */
const CHECK_PATIENCE = seconds(300);

/** Polls through the running gateway, in its bus queue, when there is one; by itself otherwise. */
export const check: Command = async (argv, terminal) => {
  const options = readArguments(argv, 1);
  const name = options.words[0] ?? "";
  const loaded = loadOrFail(options.config, terminal);
  const selected = selectCheck(loaded, name);
  const runs =
    (await askGateway(loaded.config, name)) ?? (await new InputLoader(inputs, systemClock).checkOnce(selected));
  terminal.out(
    options.json
      ? `${JSON.stringify(toCheckJson(runs, loaded.config), null, 2)}\n`
      : formatCheckRuns(runs, loaded.config),
  );
  return runs.some((one) => one.faults.length > 0) ? EXIT.failed : EXIT.ok;
};

async function askGateway(config: GatewayConfig, name: string): Promise<readonly CheckRun[] | undefined> {
  try {
    return (await askControl(config.runPath, { command: "check", name }, CHECK_PATIENCE)) as readonly CheckRun[];
  } catch (error) {
    if (error instanceof GatewayError && error.code === "GATEWAY_NOT_RUNNING") return undefined;
    throw error;
  }
}
