/** `tidegate diagnose`: looks at everything a gateway needs, and says for each what to do about it. */

import type { GpioSettings } from "../../inputs/gpio/spec.ts";
import { inputs } from "../../inputs/registry.ts";
import type { GatewayConfig, LoadedConfig } from "../../model/config.ts";
import { EXIT, GatewayError } from "../../model/errors.ts";
import type { Status } from "../../model/status.ts";
import { askControl } from "../../platform/control-socket.ts";
import { createHttpClient } from "../../platform/http-client.ts";
import { probeNativeParts } from "../../platform/native-parts.ts";
import { surveyGpio } from "../../platform/open-gpio-line.ts";
import { openSystemClock, systemClock } from "../../platform/system-clock.ts";
import { InputLoader } from "../../sampling/input-loader.ts";
import { readArguments } from "../arguments.ts";
import type { Command } from "../commands.ts";
import { load } from "../load.ts";
import { paint } from "../paint.ts";
import { type Diagnosis, formatDiagnoses, type SuiteRun, summarize } from "./diagnosis.ts";
import { diagnoseLog } from "./log-suite.ts";
import { diagnoseBuses, diagnoseIntakes, diagnoseRunningBuses } from "./reach.ts";
import {
  diagnoseClock,
  diagnoseConfig,
  diagnoseDisk,
  diagnoseGpio,
  diagnoseNativeParts,
  fail,
  toClockStatus,
} from "./suites.ts";

/** Prints every look. Exit code 1 when one failed. Errors: `CONFIG_NOT_FOUND`. */
export const diagnose: Command = async (argv, terminal) => {
  const options = readArguments(argv, 0);
  const loaded = load(options.config, terminal);
  using clock = await openSystemClock(loaded.config?.clockPolicy ?? "auto");
  const gateway = loaded.config === undefined ? {} : await askGateway(loaded.config);
  const runs: SuiteRun[] = [
    { suite_name: "config", diagnoses: diagnoseConfig(loaded) },
    { suite_name: "clock", diagnoses: diagnoseClock(gateway.status ?? toClockStatus(clock)) },
    { suite_name: "native-parts", diagnoses: diagnoseNativeParts(await probeNativeParts()) },
    { suite_name: "gpio", diagnoses: diagnoseGpio(await surveyGpio(), readsLines(loaded)) },
  ];
  if (loaded.config !== undefined) runs.push(...(await diagnoseSurroundings(loaded.config, gateway)));
  const summary = summarize(runs);
  if (options.json) terminal.out(`${JSON.stringify({ schema: 1, runs, summary }, null, 2)}\n`);
  else terminal.out(paint(formatDiagnoses(runs), terminal));
  return summary.errors === 0 ? EXIT.ok : EXIT.failed;
};

/** Whether a check reads lines of this machine; a simulated chip is none. */
function readsLines({ config }: LoadedConfig): boolean {
  const instances = config?.checks.filter(({ input }) => input === "gpio").flatMap((check) => check.instances) ?? [];
  return instances.some(({ settings }) => (settings as GpioSettings).chip?.startsWith("/") !== true);
}

async function diagnoseSurroundings(config: GatewayConfig, gateway: GatewayAnswer): Promise<SuiteRun[]> {
  return [
    { suite_name: "disk", diagnoses: await diagnoseDisk(config) },
    { suite_name: "log", diagnoses: diagnoseLog(config, gateway.status) },
    { suite_name: "buses", diagnoses: gateway.fault ?? (await diagnoseAllBuses(config, gateway.status)) },
    { suite_name: "intakes", diagnoses: await diagnoseIntakes(config.intakes, createHttpClient) },
  ];
}

/** The status of the running gateway, or why it has none. */
interface GatewayAnswer {
  readonly status?: Status;
  readonly fault?: readonly Diagnosis[];
}

/** What the running gateway says, or what is wrong with it; neither where none runs. */
async function askGateway(config: GatewayConfig): Promise<GatewayAnswer> {
  try {
    return { status: (await askControl(config.runPath, { command: "status" })) as Status };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    if (error.code === "GATEWAY_NOT_RUNNING") return {};
    const remedy = error.code === "GATEWAY_SILENT" ? "Restart it." : "Run diagnose as the user the gateway runs as.";
    return { fault: [fail("running gateway", error.message, remedy)] };
  }
}

/** Only without a running gateway are links opened: many devices serve one client at a time. */
async function diagnoseAllBuses(config: GatewayConfig, status: Status | undefined): Promise<readonly Diagnosis[]> {
  if (status !== undefined) return diagnoseRunningBuses(status);
  return await diagnoseBuses(config, new InputLoader(inputs, systemClock));
}
