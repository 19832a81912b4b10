/** The main file, `tidegate.yaml`: who this gateway is, where it keeps its log and where it sends. */

import { dirname, join } from "node:path";
import type { ConfigProblem, GatewayConfig, IntakeConfig, Secret, StoreConfig } from "../model/config.ts";
import { DEFAULT_FILTER, type FilterPolicy } from "../model/filter.ts";
import { millis } from "../model/time.ts";
import type { Environment } from "../platform/environment.ts";
import { type FileText, findFolderFault, pathKind } from "../platform/files.ts";
import { overlayEnvironment } from "./environment-keys.ts";
import { type FilterKeys, findFilterContradictions, overlayFilter } from "./filter-schema.ts";
import { forgiveKeys } from "./forgive-keys.ts";
import { deriveHostname } from "./hostname.ts";
import { findLackOfIntakes, loadIntakes } from "./load-intakes.ts";
import { HOSTNAME_HINT, type MainKeys, mainSchema } from "./main-schema.ts";
import { problemAt } from "./problems.ts";
import { type ReferenceSources, resolveReferences } from "./references.ts";
import { checkAgainst } from "./schema-problems.ts";
import { type ReadYaml, readYamlFile, type YamlFile } from "./yaml-file.ts";

/** Everything of the configuration except the checks. */
export interface MainConfig {
  readonly gateway: Omit<GatewayConfig, "checks">;
  /** What holds where a check says nothing else. */
  readonly filter: FilterPolicy;
  /** What is said of it, and where. */
  readonly saidOfFilter?: { readonly keys: FilterKeys; readonly place: string };
}

/** What the machine tells where the file is silent. */
export interface Surroundings extends ReferenceSources {
  /** Leaving it out means `/var/lib/tidegate`. */
  readonly systemRunPath?: string;
}

/** What the main file is read with. */
export interface ReadingOptions {
  readonly environment: Environment;
  readonly readFile: (path: string) => FileText;
  /** Paths of keys that nobody needs; leaving it out means none. */
  readonly forgiven?: readonly string[];
}

/** Reads the main file, and over it the environment. */
export function readMainFile(file: string, surroundings: ReadingOptions): ReadYaml {
  const read = readYamlFile(file, surroundings.readFile, { expected: "the configuration" });
  if (read.yaml === undefined) return read;
  const { yaml, problems } = overlayEnvironment(read.yaml, mainSchema, surroundings.environment);
  return { yaml: forgiveKeys(yaml, surroundings.forgiven ?? []), problems: [...read.problems, ...problems] };
}

/** The main file's part of the configuration, and what reading it brought. */
export interface LoadedMain {
  readonly main: MainConfig | undefined;
  readonly problems: readonly ConfigProblem[];
  readonly notices: readonly string[];
  readonly secrets: readonly Secret[];
}

/** The name of the gateway and the place of its files are printed to be read, wherever they come from. */
const SHOWN_KEYS = ["hostname", "run_path"];

/** Makes the main file's part of the configuration, or tells every problem it has. */
export function loadMainFile(read: ReadYaml, surroundings: Surroundings): LoadedMain {
  if (read.yaml === undefined) return { main: undefined, problems: read.problems, notices: [], secrets: [] };

  const resolved = resolveReferences(read.yaml, mainSchema, surroundings, { shownKeys: SHOWN_KEYS });
  const { yaml, problems: referenceProblems, secrets } = resolved;
  const { value: keys, problems } = checkAgainst(mainSchema, yaml.value ?? {}, yaml, []);
  const lack = findLackOfIntakes(yaml);
  const allProblems = [...read.problems, ...referenceProblems, ...lack, ...problems];
  const hostname = keys?.hostname ?? deriveHostname(surroundings.readFile);
  if (keys !== undefined && hostname === undefined) {
    const found = "no hostname, and no serial number or machine id to make one from";
    allProblems.push(problemAt(yaml, ["hostname"], { found, expected: "a hostname", hint: HOSTNAME_HINT }));
  }
  for (const [key, complaint] of findFilterContradictions(overlayFilter(DEFAULT_FILTER, keys?.filter))) {
    allProblems.push(problemAt(yaml, ["filter", key], complaint));
  }
  const loaded = keys === undefined ? undefined : loadIntakes(yaml, keys, surroundings);
  allProblems.push(...(loaded?.problems ?? []));
  if (keys === undefined || hostname === undefined || loaded === undefined || allProblems.length > 0) {
    return { main: undefined, problems: allProblems, notices: [], secrets };
  }
  const runPath = keys.run_path === undefined ? defaultRunPath(surroundings) : beside(yaml.name, keys.run_path);
  return {
    main: {
      gateway: toGateway(yaml.name, hostname, runPath, keys, loaded.intakes),
      filter: overlayFilter(DEFAULT_FILTER, keys.filter),
      ...(keys.filter === undefined ? {} : { saidOfFilter: { keys: keys.filter, place: placeOf(yaml, keys.filter) } }),
    },
    problems: [],
    notices: loaded.notices,
    secrets,
  };
}

/** Where the first key of the filter stands that is no mode, which may be a variable. */
function placeOf(yaml: YamlFile, keys: FilterKeys): string {
  const key = Object.keys(keys).find((each) => each !== "mode") ?? "mode";
  const { file, line } = yaml.positionOf(["filter", key], "key");
  return file === yaml.name ? `${file}:${line}` : file;
}

function toGateway(
  file: string,
  hostname: string,
  runPath: string,
  keys: MainKeys,
  intakes: readonly IntakeConfig[],
): MainConfig["gateway"] {
  return {
    file,
    hostname,
    tags: keys.tags,
    runPath,
    logLevel: keys.log_level,
    hasSelfMetrics: keys.self_metrics,
    store: toStore(runPath, keys.store),
    hasSelfEvents: keys.self_events,
    seriesMax: keys.max_series,
    clockPolicy: keys.clock.trust,
    intakes,
  };
}

/** What syncs may stretch to while the intakes keep up. Units: milliseconds. */
const SYNC_DELIVERED = { ssd: 0, emmc: 10_000, sd: 30_000 } as const;

function toStore(runPath: string, keys: MainKeys["store"]): StoreConfig {
  return {
    path: join(runPath, "log"),
    durability: keys.durability,
    syncInterval: keys.sync_interval,
    syncIntervalDelivered: millis(Math.max(keys.sync_interval, SYNC_DELIVERED[keys.wear])),
    maxBytes: keys.max_bytes,
    freeBytesMin: keys.free_disk_min,
    whenFull: keys.when_full,
    history: keys.history,
    lagMax: keys.lag_max,
  };
}

/** A disk that turned read-only moves nothing: the log is looked for where it was. */
function defaultRunPath({ environment, systemRunPath = "/var/lib/tidegate" }: Surroundings): string {
  const fault = findFolderFault(systemRunPath);
  const wasInUse = fault?.cause === "disk" && pathKind(systemRunPath) !== "nothing";
  if (fault === undefined || wasInUse) return systemRunPath;
  const stateHome = environment["XDG_STATE_HOME"] || join(environment["HOME"] ?? "/", ".local/state");
  return join(stateHome, "tidegate");
}

/** A relative path counts from the file it is written in, wherever the command was run. */
function beside(file: string, path: string): string {
  return path.startsWith("/") ? path : join(dirname(file), path);
}
