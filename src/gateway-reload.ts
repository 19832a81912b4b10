/**
 * What a reload would do: only instances and intakes that changed are stopped and started, so that all others go on
 * without a gap and nothing that is buffered is touched.
 */

import { seriesOfPoint } from "./model/companions.ts";
import type { GatewayConfig, InstanceConfig, LoadedConfig } from "./model/config.ts";
import { GatewayError } from "./model/errors.ts";
import type { InputEntry, InputPoint } from "./model/input.ts";
import { seriesKey } from "./model/series.ts";

/** The plan of a reload. Instances are named `CHECK:INSTANCE`. */
export interface ReloadPlan {
  readonly start: readonly string[];
  readonly stop: readonly string[];
  readonly change: readonly string[];
  readonly keep: readonly string[];
  /** Intakes by name. One that stops keeps its place in the log; samples stay for it as history only. */
  readonly intakes: {
    readonly start: readonly string[];
    readonly stop: readonly string[];
    readonly change: readonly string[];
  };
  /** Checks whose files have problems now: they go on as they were. */
  readonly kept_despite_problems: readonly string[];
  /**
   * Series that come and go by it, as far as that is known before: those that settings name, and those that instances
   * have learned of which go on or stop. Custom metrics are billed by series.
   */
  readonly series_gained: number;
  readonly series_lost: number;
  /** Instances that start or change, and find their series only while they run. */
  readonly series_found_later: readonly string[];
  /** Keys of `tidegate.yaml` that changed and count only after a restart. */
  readonly restart_needed: readonly string[];
}

/** What is known beside the configuration. */
export interface ReloadFacts {
  readonly inputs: readonly InputEntry[];
  /** The points of the instances that run, by their labels. */
  readonly running: ReadonlyMap<string, readonly InputPoint[]>;
}

/** A plan, and the instances that run once it is carried out. */
export interface PlannedReload {
  readonly plan: ReloadPlan;
  readonly config: GatewayConfig;
}

/**
 * Compares the configuration that runs with the one just loaded.
 *
 * Errors: `CONFIG_INVALID` when `tidegate.yaml` itself has problems: nothing is changed then.
 */
export function planReload(running: GatewayConfig, loaded: LoadedConfig, facts: ReloadFacts): PlannedReload {
  if (loaded.config === undefined) {
    throw new GatewayError("CONFIG_INVALID", "tidegate.yaml has problems; the gateway goes on as it was.");
  }
  const broken = new Set(loaded.problems.flatMap((problem) => problem.check ?? []));
  const kept = running.checks.filter((check) => broken.has(check.name));
  const keptNames = new Set(kept.map((check) => check.name));
  const checks = [...loaded.config.checks.filter((check) => !keptNames.has(check.name)), ...kept];
  const { intakes: nextIntakes, seriesMax } = loaded.config;
  const config = { ...running, checks, intakes: nextIntakes, seriesMax };

  const { keep, ...others } = compare(fingerprintsOf(running), fingerprintsOf(config));
  const { keep: _keep, ...intakes } = compare(intakePrintsOf(running), intakePrintsOf(config));
  const before = seriesOf(running, facts, new Set([...keep, ...others.stop]));
  const after = seriesOf(config, facts, new Set(keep));
  const arriving = new Set([...others.start, ...others.change]);
  const plan = {
    ...others,
    keep,
    intakes,
    kept_despite_problems: [...keptNames],
    series_gained: countMissing(after, before),
    series_lost: countMissing(before, after),
    series_found_later: arrivingOf(config, facts, arriving),
    restart_needed: restartKeys(running, loaded.config),
  };
  return { plan, config };
}

/** Names an instance as a plan does. */
export function instanceLabel({ check, name }: Pick<InstanceConfig, "check" | "name">): string {
  return `${check}:${name}`;
}

/** What comes, goes, changes and stays between two maps of fingerprints. */
function compare(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>) {
  const names = [...after.keys()];
  return {
    start: names.filter((name) => !before.has(name)),
    stop: [...before.keys()].filter((name) => !after.has(name)),
    change: names.filter((name) => before.has(name) && before.get(name) !== after.get(name)),
    keep: names.filter((name) => before.get(name) === after.get(name)),
  };
}

/** What each intake is configured as. An application key is for commands alone. `Infinity` is no null. */
function intakePrintsOf({ intakes }: GatewayConfig): Map<string, string> {
  const spell = (key: string, value: unknown): unknown => {
    if (key === "appKey") return undefined;
    return value === Number.POSITIVE_INFINITY ? "any" : value;
  };
  return new Map(intakes.map((intake) => [intake.name, JSON.stringify(intake, spell)]));
}

/** What each instance is configured as, in one string. Where it is written does not count. */
function fingerprintsOf({ checks }: GatewayConfig): Map<string, string> {
  const fingerprints = new Map<string, string>();
  for (const instance of checks.flatMap((check) => check.instances)) {
    const { file: _file, line: _line, ...meant } = instance;
    const print = JSON.stringify(meant, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
    fingerprints.set(instanceLabel(instance), print);
  }
  return fingerprints;
}

/** The series that settings name, and of these instances those too that they have learned of. */
function seriesOf({ checks }: GatewayConfig, facts: ReloadFacts, known: ReadonlySet<string>): Set<string> {
  const series = checks.flatMap(({ input, instances }) =>
    instances.flatMap((instance) => {
      const label = instanceLabel(instance);
      const learned = known.has(label) ? facts.running.get(label) : undefined;
      const points = learned ?? pointsOf(input, instance, facts) ?? [];
      return points.flatMap((point) => seriesOfPoint(instance, point));
    }),
  );
  return new Set(series.map(seriesKey));
}

/** The points that settings name; undefined where there are none before it runs. */
function pointsOf(input: string, instance: InstanceConfig, { inputs }: ReloadFacts): readonly InputPoint[] | undefined {
  return instance.profile?.points ?? inputs.find(({ name }) => name === input)?.pointsOf?.(instance.settings);
}

function arrivingOf({ checks }: GatewayConfig, facts: ReloadFacts, arriving: ReadonlySet<string>): readonly string[] {
  return checks.flatMap(({ input, instances }) =>
    instances
      .filter((instance) => arriving.has(instanceLabel(instance)) && pointsOf(input, instance, facts) === undefined)
      .map(instanceLabel),
  );
}

function countMissing(all: ReadonlySet<string>, among: ReadonlySet<string>): number {
  return [...all].filter((key) => !among.has(key)).length;
}

function restartKeys(running: GatewayConfig, loaded: GatewayConfig): string[] {
  const keys: [key: string, of: (config: GatewayConfig) => unknown][] = [
    ["hostname", (config) => config.hostname],
    ["tags", (config) => config.tags],
    ["run_path", (config) => config.runPath],
    ["log_level", (config) => config.logLevel],
    ["self_metrics", (config) => config.hasSelfMetrics],
    ["self_events", (config) => config.hasSelfEvents],
    ["clock.trust", (config) => config.clockPolicy],
    ["store", (config) => config.store],
  ];
  return keys.filter(([, of]) => JSON.stringify(of(running)) !== JSON.stringify(of(loaded))).map(([key]) => key);
}
