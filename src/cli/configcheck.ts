/** `tidegate configcheck`: every file, every problem, and how many series each instance costs. */

import { stringify } from "yaml";
import { formatProblem } from "../config/problems.ts";
import { isSecretName } from "../config/secret-names.ts";
import { inputs } from "../inputs/registry.ts";
import type { CheckConfig, InstanceConfig, LoadedConfig } from "../model/config.ts";
import { EXIT } from "../model/errors.ts";
import { systemClock } from "../platform/system-clock.ts";
import { InputLoader } from "../sampling/input-loader.ts";
import { SCRUBBED } from "../telemetry/scrubber.ts";
import { readArguments } from "./arguments.ts";
import type { Command } from "./commands.ts";
import { load } from "./load.ts";
import { complainOfBus, planBuses } from "./modbus/plan-buses.ts";

/** One instance, what it costs, and what it is configured as. */
interface InstanceCost {
  readonly instance: string;
  readonly source: string;
  readonly profile: string | null;
  readonly bus: string;
  /** The shortest, and all of them: more than one where points have intervals of their own. */
  readonly interval_s: number;
  readonly intervals_s: readonly number[];
  readonly series: number;
  /** What its keys came to, defaults included; secrets are taken out. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** Checks the configuration. Exit code 78 when anything is wrong, 0 otherwise. */
export const configcheck: Command = async (argv, terminal) => {
  const options = readArguments(argv, 0);
  const loaded = load(options.config, terminal);
  const checks = await Promise.all(
    (loaded.config?.checks ?? []).map(async (check) => ({
      name: check.name,
      // Here already: YAML folds long texts, and a folded secret would not be found.
      instances: terminal.scrubber.scrubAll(await costsOf(check)),
    })),
  );
  const isSound = loaded.problems.length === 0;
  if (options.json) {
    const { problems, notices } = loaded;
    terminal.out(`${JSON.stringify({ schema: 1, sound: isSound, problems, notices, checks }, null, 2)}\n`);
  } else terminal.out(formatConfigcheck(loaded, checks));
  return isSound ? EXIT.ok : EXIT.config;
};

async function costsOf(check: CheckConfig): Promise<InstanceCost[]> {
  const loader = new InputLoader(inputs, systemClock);
  const costs: InstanceCost[] = [];
  for (const instance of check.instances) {
    const parts = await loader.create(check, instance);
    costs.push({
      instance: instance.name,
      source: `${instance.file}:${instance.line}`,
      profile: instance.profile?.id ?? null,
      bus: parts[0]?.input.bus ?? "",
      interval_s: (parts[0]?.interval ?? instance.interval) / 1000,
      intervals_s: parts.map(({ interval }) => interval / 1000),
      series: parts.reduce((sum, { input }) => sum + input.points.length, 0),
      config: tellInstance(instance),
    });
  }
  return costs;
}

function tellInstance({ name, profile, settings, tags, namespace, interval }: InstanceConfig) {
  const keys: Readonly<Record<string, unknown>> = {
    name,
    ...(profile === undefined ? {} : { profile: profile.id }),
    ...(settings as object),
    ...(tags.length === 0 ? {} : { tags }),
    ...(namespace === "" ? {} : { namespace }),
    min_collection_interval: interval / 1000,
  };
  return JSON.parse(JSON.stringify(keys, (key, value) => (isSecretName(key) ? SCRUBBED : value)));
}

function formatConfigcheck(
  { config, problems, notices }: LoadedConfig,
  checks: readonly { name: string; instances: readonly InstanceCost[] }[],
): string {
  const lines: string[] = [];
  if (problems.length > 0) {
    lines.push("=== Configuration errors ===", "");
    for (const problem of problems) lines.push(formatProblem(problem), "");
  }
  if (notices.length > 0) lines.push(...notices, "");
  let total = 0;
  for (const { name, instances } of checks) {
    lines.push(`=== ${name} check ===`, "Configuration provider: file");
    for (const cost of instances) {
      total += cost.series;
      lines.push(
        `Configuration source: file:${cost.source}`,
        `Config for instance ID: ${name}:${cost.instance}`,
        stringify(cost.config).trimEnd(),
        "~",
        `${cost.bus}, every ${cost.intervals_s.join(" s and ")} s, ${cost.series} series`,
      );
    }
    lines.push("===", "");
  }
  if (checks.length > 0) {
    lines.push(`${total} series in all (custom metrics, in Datadog's count), before host tags.`);
  }
  lines.push(...sayWhatWouldBeLate(config));
  lines.push(...sayWhatWouldNotRun({ config, problems }));
  if (problems.length > 0) lines.push(`${problems.length} problem${problems.length === 1 ? "" : "s"} to mend.`);
  lines.push("");
  return lines.join("\n");
}

function sayWhatWouldBeLate(config: LoadedConfig["config"]): readonly string[] {
  const complaints = planBuses(config?.checks ?? []).map(complainOfBus);
  return complaints.flatMap((complaint) => (complaint === undefined ? [] : [`WOULD BE LATE: ${complaint}`]));
}

/** What a reader must not overlook: that the gateway would not start, would start and poll nothing, or lack a check. */
function sayWhatWouldNotRun({ config, problems }: Pick<LoadedConfig, "config" | "problems">): readonly string[] {
  if (config === undefined) return ["NOTHING WOULD RUN: the gateway does not start before its main file is mended."];
  const stopped = [...new Set(problems.flatMap(({ check }) => (check === undefined ? [] : [check])))];
  if (config.checks.length > 0) return stopped.length === 0 ? [] : [`WOULD NOT RUN: ${stopped.join(", ")}.`];
  return problems.length > 0
    ? ["NOTHING WOULD BE POLLED: no check is without problems, and a bad file stops its whole check."]
    : [
        "NOTHING WOULD BE POLLED: no instance is configured.",
        `Write one into conf.d/modbus.yaml beside ${config.file}; the README shows one.`,
      ];
}
