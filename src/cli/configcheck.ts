/** `tidegate configcheck`: every file, every problem, what each instance costs, and what each intake will show. */

import { stringify } from "yaml";
import { formatProblem } from "../config/problems.ts";
import { isSecretName } from "../config/secret-names.ts";
import type { CustomSettings } from "../inputs/custom/spec.ts";
import { inputs } from "../inputs/registry.ts";
import { countFilterSeries, countSeries } from "../model/companions.ts";
import { type CheckConfig, type InstanceConfig, type LoadedConfig, SERIES_MAX } from "../model/config.ts";
import { EXIT } from "../model/errors.ts";
import { pointSeries } from "../model/point-series.ts";
import type { Series } from "../model/series.ts";
import { SERIES_CLASSES, type SeriesClass, seriesClassOf } from "../model/series-class.ts";
import { systemClock } from "../platform/system-clock.ts";
import { InputLoader } from "../sampling/input-loader.ts";
import { SCRUBBED } from "../telemetry/scrubber.ts";
import { readArguments } from "./arguments.ts";
import type { Command } from "./commands.ts";
import { load } from "./load.ts";
import { complainOfBus, planBuses } from "./modbus/plan-buses.ts";
import { describeOutage, spanOfLog } from "./outage-view.ts";

/** 24 series at most, told every 15 s. */
const SELF_READINGS_PER_S = 24 / 15;

/** One instance, what it costs, and what it is configured as. */
interface InstanceCost {
  readonly instance: string;
  readonly source: string;
  readonly profile: string | null;
  readonly bus: string;
  /** The shortest, and all of them: more than one where points have intervals of their own. */
  readonly interval_s: number;
  readonly intervals_s: readonly number[];
  /** Of those known beforehand, those of its filter too. */
  readonly series: number;
  /** How many of these its filter adds. */
  readonly filter_series: number;
  /** Where it finds series only while it runs, the most it may have; else null. */
  readonly series_max: number | null;
  readonly readings_per_s: number;
  /** Of these, how many are of each class: what a budget holds back last comes first. */
  readonly classes: Readonly<Record<SeriesClass, number>>;
  /** What its keys came to, defaults included; secrets are taken out. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** One intake, and what of an outage will be visible there. */
interface IntakeView {
  readonly name: string;
  readonly kind: string;
  /** Null where it takes readings of any age. */
  readonly max_age_s: number | null;
  /** How long the log holds what waits; null where nothing is read. */
  readonly log_holds_s: number | null;
  readonly outage: string;
}

/** A check, and what its instances cost. */
interface CheckCost {
  readonly name: string;
  readonly instances: readonly InstanceCost[];
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
  const intakes = viewIntakes(loaded, checks);
  const isSound = loaded.problems.length === 0;
  if (options.json) {
    const { problems } = loaded;
    const notices = loaded.notices.map(({ text }) => text);
    terminal.out(`${JSON.stringify({ schema: 1, sound: isSound, problems, notices, checks, intakes }, null, 2)}\n`);
  } else terminal.out(formatConfigcheck(loaded, checks, intakes));
  return isSound ? EXIT.ok : EXIT.config;
};

/** What goes to every intake is what all instances read, and what the gateway tells of itself. */
function viewIntakes({ config }: LoadedConfig, checks: readonly CheckCost[]): readonly IntakeView[] {
  if (config === undefined) return [];
  const { intakes, store, hasSelfMetrics } = config;
  const own = hasSelfMetrics ? SELF_READINGS_PER_S : 0;
  const rate = checks.flatMap(({ instances }) => instances).reduce((sum, cost) => sum + cost.readings_per_s, own);
  const span = spanOfLog(store, rate);
  return intakes.map((intake) => ({
    name: intake.name,
    kind: intake.kind,
    max_age_s: intake.maxAge === Number.POSITIVE_INFINITY ? null : intake.maxAge / 1000,
    log_holds_s: span === undefined ? null : Math.floor(span),
    outage: describeOutage(intake, store, rate),
  }));
}

async function costsOf(check: CheckConfig): Promise<InstanceCost[]> {
  const loader = new InputLoader(inputs, systemClock);
  const costs: InstanceCost[] = [];
  for (const instance of check.instances) {
    const parts = await loader.create(check, instance);
    costs.push({
      instance: instance.name,
      source: `${instance.file}:${instance.line}`,
      profile: instance.profile?.id || null,
      bus: parts[0]?.input.bus ?? "",
      interval_s: (parts[0]?.interval ?? instance.interval) / 1000,
      intervals_s: parts.map(({ interval }) => interval / 1000),
      series_max: parts.some(({ input }) => input.learnsPoints) ? (instance.seriesMax ?? SERIES_MAX) : null,
      series: parts.reduce((sum, { input }) => sum + countSeries(instance, input.points), 0),
      filter_series: parts.reduce((sum, { input }) => sum + countFilterSeries(instance, input.points), 0),
      readings_per_s: parts.reduce((sum, { input, interval }) => sum + (1000 * input.points.length) / interval, 0),
      classes: countClasses(parts.flatMap(({ input }) => input.points.map((point) => pointSeries(instance, point)))),
      config: tellInstance(instance),
    });
  }
  return costs;
}

function countClasses(series: readonly Series[]): Readonly<Record<SeriesClass, number>> {
  const counts = { alarms: 0, states: 0, energy: 0, analog: 0 };
  for (const each of series) counts[seriesClassOf(each)] += 1;
  return counts;
}

function saySeries({ series, filter_series: added, series_max: most }: InstanceCost): string {
  const known = `${series} series${sayAdded(added, "its")}`;
  return most === null ? known : `${known} and those it finds, ${most} at most`;
}

/** What the filter adds, where it adds any. */
function sayAdded(count: number, whose: "its" | "the"): string {
  return count === 0 ? "" : `, ${count} of them of ${whose} filter`;
}

/** What a budget tells apart, where there is one. */
function sayClasses({ classes }: InstanceCost, isMetered: boolean): string {
  const parts = SERIES_CLASSES.filter((each) => classes[each] > 0).map((each) => `${classes[each]} ${each}`);
  return isMetered && parts.length > 0 ? ` (${parts.join(", ")})` : "";
}

function tellInstance({ name, profile, settings, tags, namespace, interval }: InstanceConfig) {
  const keys: Readonly<Record<string, unknown>> = {
    name,
    ...(profile === undefined || profile.id === "" ? {} : { profile: profile.id }),
    ...tellSettings(settings as object),
    ...(tags.length === 0 ? {} : { tags }),
    ...(namespace === "" ? {} : { namespace }),
    min_collection_interval: interval / 1000,
  };
  return JSON.parse(JSON.stringify(keys, (key, value) => (isSecretName(key) ? SCRUBBED : value)));
}

/** Of a check of the user: its own keys, and where its code is. */
function tellSettings(settings: object): object {
  if (!("code" in settings && "instance" in settings)) return settings;
  const { code, secrets: _, instance, init_config, ...own } = settings as CustomSettings;
  const { name: _name, tags: _tags, namespace: _namespace, ...keys } = instance;
  return { code: code.file, ...(Object.keys(init_config).length === 0 ? {} : { init_config }), ...keys, ...own };
}

function formatConfigcheck(
  { config, problems, notices }: LoadedConfig,
  checks: readonly CheckCost[],
  intakes: readonly IntakeView[],
): string {
  const lines: string[] = [];
  if (problems.length > 0) {
    lines.push("=== Configuration errors ===", "");
    for (const problem of problems) lines.push(formatProblem(problem), "");
  }
  if (notices.length > 0) lines.push(...notices.map(({ text }) => text), "");
  let total = 0;
  let added = 0;
  let isLeast = false;
  const isMetered = config?.intakes.some(({ metering }) => metering?.budget !== undefined) === true;
  for (const { name, instances } of checks) {
    lines.push(`=== ${name} check ===`, "Configuration provider: file");
    for (const cost of instances) {
      total += cost.series;
      added += cost.filter_series;
      isLeast ||= cost.series_max !== null;
      lines.push(
        `Configuration source: file:${cost.source}`,
        `Config for instance ID: ${name}:${cost.instance}`,
        stringify(cost.config).trimEnd(),
        "~",
        `${cost.bus}, every ${cost.intervals_s.join(" s and ")} s, ${saySeries(cost)}${sayClasses(cost, isMetered)}`,
      );
    }
    lines.push("===", "");
  }
  if (checks.length > 0) {
    const count = `${isLeast ? "At least " : ""}${total} series in all${sayAdded(added, "the")}`;
    lines.push(`${count} (custom metrics, in Datadog's count), before host tags.`);
  }
  lines.push(...intakes.map(({ name, outage }) => `${name}: ${outage}`));
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
