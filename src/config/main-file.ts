/** The main file, `tidegate.yaml`: who this gateway is, where it keeps its log and where it sends. */

import { dirname, join } from "node:path";
import type { ConfigProblem, GatewayConfig, IntakeConfig, Secret, StoreConfig } from "../model/config.ts";
import { millis } from "../model/time.ts";
import { parseCertificates } from "../platform/certificates.ts";
import type { Environment } from "../platform/environment.ts";
import { type FileText, findFolderFault, pathKind } from "../platform/files.ts";
import { chooseProxy, isLoopback } from "./choose-proxy.ts";
import { isShared, overlayEnvironment } from "./environment-keys.ts";
import { deriveHostname } from "./hostname.ts";
import { HOSTNAME_HINT, type MainKeys, mainSchema } from "./main-schema.ts";
import { problemAt } from "./problems.ts";
import { type ReferenceSources, resolveReferences } from "./references.ts";
import { checkAgainst } from "./schema-problems.ts";
import { type ReadYaml, readYamlFile, type YamlFile } from "./yaml-file.ts";

/** Everything of the configuration except the checks, and the limit that concerns them all. */
export interface MainConfig {
  readonly gateway: Omit<GatewayConfig, "checks">;
  readonly seriesMax: number;
}

/** What the machine tells where the file is silent. */
export interface Surroundings extends ReferenceSources {
  /** Leaving it out means `/var/lib/tidegate`. */
  readonly systemRunPath?: string;
}

/** Reads the main file, and over it the environment. */
export function readMainFile(
  file: string,
  surroundings: { readonly environment: Environment; readonly readFile: (path: string) => FileText },
): ReadYaml {
  const read = readYamlFile(file, surroundings.readFile, { expected: "the configuration" });
  if (read.yaml === undefined) return read;
  const { yaml, problems } = overlayEnvironment(read.yaml, mainSchema, surroundings.environment);
  return { yaml, problems: [...read.problems, ...problems] };
}

/** The main file's part of the configuration, and what reading it brought. */
export interface LoadedMain {
  readonly main: MainConfig | undefined;
  readonly problems: readonly ConfigProblem[];
  readonly secrets: readonly Secret[];
}

/** The name of the gateway and the place of its files are printed to be read, wherever they come from. */
const SHOWN_KEYS = ["hostname", "run_path"];

/** Makes the main file's part of the configuration, or tells every problem it has. */
export function loadMainFile(read: ReadYaml, surroundings: Surroundings): LoadedMain {
  if (read.yaml === undefined) return { main: undefined, problems: read.problems, secrets: [] };

  const resolved = resolveReferences(read.yaml, mainSchema, surroundings, { shownKeys: SHOWN_KEYS });
  const { yaml, problems: referenceProblems, secrets } = resolved;
  const { value: keys, problems } = checkAgainst(mainSchema, yaml.value ?? {}, yaml, []);
  const allProblems = [...read.problems, ...referenceProblems, ...problems];
  const hostname = keys?.hostname ?? deriveHostname(surroundings.readFile);
  if (keys !== undefined && hostname === undefined) {
    const found = "no hostname, and no serial number or machine id to make one from";
    allProblems.push(problemAt(yaml, ["hostname"], { found, expected: "a hostname", hint: HOSTNAME_HINT }));
  }
  const trust = keys === undefined ? {} : readCa(yaml, keys, surroundings);
  if ("problem" in trust) allProblems.push(trust.problem);
  if (keys === undefined || hostname === undefined || "problem" in trust || allProblems.length > 0) {
    return { main: undefined, problems: allProblems, secrets };
  }
  const runPath = keys.run_path === undefined ? defaultRunPath(surroundings) : beside(yaml.name, keys.run_path);
  return {
    main: {
      gateway: toGateway(yaml.name, hostname, runPath, keys, { ...trust, ...findProxy(yaml, keys) }),
      seriesMax: keys.max_series,
    },
    problems: [],
    secrets,
  };
}

function toGateway(
  file: string,
  hostname: string,
  runPath: string,
  keys: MainKeys,
  route: Pick<IntakeConfig, "proxy" | "ca">,
): MainConfig["gateway"] {
  const isOnSeries = keys.forward.host_tags_on_series;
  return {
    file,
    hostname,
    tags: keys.tags,
    runPath,
    logLevel: keys.log_level,
    hasSelfMetrics: keys.self_metrics,
    store: toStore(runPath, keys.store),
    hasSelfEvents: keys.self_events,
    clockPolicy: keys.clock.trust,
    intakes: [
      {
        name: "datadog",
        kind: "datadog",
        url: urlOf(keys),
        apiKey: keys.api_key,
        ...route,
        seriesApi: keys.forward.series_api,
        ...(isOnSeries === undefined ? {} : { hostTagsOnSeries: isOnSeries }),
        flushInterval: keys.forward.flush_interval,
        timeout: keys.forward.timeout,
        maxAge: keys.forward.max_age,
      },
    ],
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

function urlOf({ dd_url: url, site }: MainKeys): string {
  return url?.replace(/\/+$/u, "") ?? `https://api.${site}`;
}

/** An intake on this machine, such as the simulator's, is not behind a proxy that is there for all programs. */
function findProxy(yaml: YamlFile, keys: MainKeys): Pick<IntakeConfig, "proxy"> {
  const url = urlOf(keys);
  const proxy = chooseProxy(url, keys.proxy);
  const scheme = new URL(url).protocol.replace(":", "");
  return proxy === undefined || (isLoopback(url) && isShared(yaml, ["proxy", scheme])) ? {} : { proxy };
}

function readCa(
  yaml: YamlFile,
  { forward: { ca_file: path } }: MainKeys,
  { readFile }: ReferenceSources,
): Pick<IntakeConfig, "ca"> | { readonly problem: ConfigProblem } {
  if (path === undefined) return {};
  const file = readFile(beside(yaml.name, path));
  const read = "text" in file ? parseCertificates(file.text) : file;
  if ("pem" in read) return { ca: read.pem };
  const problem = problemAt(yaml, ["forward", "ca_file"], {
    found: `${path}: ${read.failure}`,
    expected: "a file with certificates in PEM, each from BEGIN CERTIFICATE to END CERTIFICATE",
    hint:
      "text" in file
        ? "`openssl x509 -inform der -in FILE -out FILE.pem` makes one of a file in DER."
        : "Correct the path, or let the gateway's user read the file.",
  });
  return { problem };
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
