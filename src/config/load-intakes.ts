/** The intakes of the main file: the one whose keys are the Agent's, and those listed beside it. */

import { dirname, join } from "node:path";
import type { ConfigProblem, IntakeBasics, IntakeConfig } from "../model/config.ts";
import { formatSpan, millis, seconds } from "../model/time.ts";
import { parseCertificates } from "../platform/certificates.ts";
import { chooseProxy, isLoopback } from "./choose-proxy.ts";
import { isShared } from "./environment-keys.ts";
import { findInfluxContradictions, toInfluxTarget } from "./influx-schema.ts";
import type { DatadogKeys, IntakeKeys } from "./intake-schema.ts";
import { type MainKeys, mainSchema } from "./main-schema.ts";
import { longestWait, readMetering } from "./metering-schema.ts";
import { findOtlpContradictions } from "./otlp-schema.ts";
import { type Complaint, problemAt } from "./problems.ts";
import { findPrometheusContradictions, prometheusMaxAge, toPrometheusTraits } from "./prometheus-schema.ts";
import type { ReferenceSources } from "./references.ts";
import { describeMissingKey } from "./schema-problems.ts";
import type { Path, YamlFile } from "./yaml-file.ts";

/** The name of the intake whose keys are the Agent's. */
export const AGENT_INTAKE = "datadog";

/** Keys that say something of that intake alone. */
const AGENT_KEYS = ["site", "dd_url", "forward"];

/** Source: Datadog API reference, Submit metrics (v2): "not more than one hour in the past". */
const DATADOG_AGE_MAX = seconds(3600);

/** The intakes, and what reading them brought. */
export interface LoadedIntakes {
  readonly intakes: readonly IntakeConfig[];
  readonly problems: readonly ConfigProblem[];
  readonly notices: readonly string[];
}

/** One intake as it is written. */
interface Entry {
  /** Where its keys stand. */
  readonly path: Path;
  readonly keys: IntakeKeys;
}

/** Tells that nothing says where to send, unless something does, be it wrong. */
export function findLackOfIntakes(yaml: YamlFile): readonly ConfigProblem[] {
  const map = yaml.value ?? {};
  if (typeof map !== "object" || Array.isArray(map) || "api_key" in map) return [];
  const listed: unknown = Reflect.get(map, "intakes") ?? [];
  if (!Array.isArray(listed) || listed.length > 0) return [];
  return [problemAt(yaml, ["api_key"], describeMissingKey(mainSchema, ["api_key"]))];
}

/** Makes the intakes of what the main file says. */
export function loadIntakes(yaml: YamlFile, keys: MainKeys, sources: ReferenceSources): LoadedIntakes {
  const listed = keys.intakes.map((each, index): Entry => ({ path: ["intakes", index], keys: withAppKey(each, keys) }));
  const entries = [...agentEntry(keys), ...listed];
  const loaded = entries.map((entry) => loadEntry(yaml, entry, keys, sources));
  return {
    intakes: loaded.flatMap(({ intake }) => intake ?? []),
    problems: [...findDoubles(yaml, entries), ...loaded.flatMap(({ problems }) => problems)],
    notices: [
      ...sayWhatCountsForNothing(yaml, keys),
      ...loaded.flatMap(({ intake }) => [...sayWhatIsReadable(intake), ...sayWhatGrowsTooOld(intake)]),
    ],
  };
}

function agentEntry({ api_key: apiKey, app_key: appKey, site, dd_url: url, forward }: MainKeys): Entry[] {
  if (apiKey === undefined) return [];
  return [
    {
      path: ["forward"],
      keys: { name: AGENT_INTAKE, type: "datadog", api_key: apiKey, app_key: appKey, site, url, ...forward },
    },
  ];
}

/** Whoever runs one command with `DD_APP_KEY` means the intake of that command. */
function withAppKey(keys: IntakeKeys, { app_key: appKey }: MainKeys): IntakeKeys {
  return keys.type === "datadog" ? { ...keys, app_key: keys.app_key ?? appKey } : keys;
}

function findDoubles(yaml: YamlFile, entries: readonly Entry[]): readonly ConfigProblem[] {
  const seen = new Set<string>();
  return entries.flatMap(({ path, keys: { name } }) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const isAgents = name === AGENT_INTAKE && entries[0]?.path[0] === "forward";
    const found = `a second intake with the name ${name}`;
    const hint = isAgents
      ? `The intake of api_key is called ${AGENT_INTAKE}; choose another name.`
      : "Choose another name, and keep it: by it the log knows what the intake has.";
    return [problemAt(yaml, [...path, "name"], { found, expected: "a name of its own", hint })];
  });
}

function loadEntry(
  yaml: YamlFile,
  { path, keys }: Entry,
  main: MainKeys,
  sources: ReferenceSources,
): { readonly intake?: IntakeConfig; readonly problems: readonly ConfigProblem[] } {
  const { complaint, pem } = readCa(yaml, keys.ca_file, sources);
  const problems = [
    ...findContradictions(yaml, path, keys),
    ...(complaint === undefined ? [] : [problemAt(yaml, [...path, "ca_file"], complaint)]),
  ];
  if (problems.length > 0) return { problems };
  const url = addressOf(keys);
  const basics: IntakeBasics = {
    name: keys.name,
    url,
    ...(pem === undefined ? {} : { ca: pem }),
    ...findProxy(yaml, url, main),
    flushInterval: keys.flush_interval,
    timeout: keys.timeout,
    backfillRate: keys.backfill_rate,
    ...readAges(keys),
    ...(keys.thinning ? {} : { isThinning: false }),
    ...(main.clock.untrusted === "flag" ? {} : { unsure: main.clock.untrusted }),
    ...readMetering(keys, { url, flushInterval: keys.flush_interval }),
  };
  return { intake: toIntake(basics, keys), problems };
}

function addressOf(keys: IntakeKeys): string {
  if (keys.type === "prometheus") return keys.url;
  const url = keys.url ?? (keys.type === "datadog" ? `https://api.${keys.site}` : "");
  return url.replace(/\/+$/u, "");
}

function toIntake(basics: IntakeBasics, keys: IntakeKeys): IntakeConfig {
  switch (keys.type) {
    case "datadog":
      return {
        ...basics,
        kind: "datadog",
        apiKey: keys.api_key,
        ...(keys.app_key === undefined ? {} : { appKey: keys.app_key }),
        seriesApi: keys.series_api,
        encoding: keys.encoding,
        compression: keys.compression,
        ...(keys.host_tags_on_series === undefined ? {} : { hostTagsOnSeries: keys.host_tags_on_series }),
      };
    case "prometheus":
      return { ...basics, ...toPrometheusTraits(keys) };
    case "influx":
      return { ...basics, kind: "influx", target: toInfluxTarget(keys) };
    case "otlp":
      return {
        ...basics,
        kind: "otlp",
        encoding: keys.encoding,
        headers: keys.headers,
        isInOrder: keys.in_order,
      };
  }
}

function findContradictions(yaml: YamlFile, path: Path, keys: Entry["keys"]): readonly ConfigProblem[] {
  switch (keys.type) {
    case "datadog":
      return [...findUntakenAge(yaml, path, keys), ...findUnknownToApi(yaml, path, keys)];
    case "prometheus":
      return findPrometheusContradictions(keys).map(([key, complaint]) => problemAt(yaml, [...path, key], complaint));
    case "influx":
      return findInfluxContradictions(keys).map(([key, complaint]) => problemAt(yaml, [...path, key], complaint));
    case "otlp":
      return findOtlpContradictions(keys).map(([key, complaint]) => problemAt(yaml, [...path, key], complaint));
  }
}

/** What is older than the intake takes is not sent to be thrown away behind an acceptance. */
function findUntakenAge(yaml: YamlFile, path: Path, { older, historical }: DatadogKeys): readonly ConfigProblem[] {
  if (historical || (older !== "thin" && older !== "send")) return [];
  const problem = problemAt(yaml, [...path, "older"], {
    found: `${older} without historical: true`,
    expected: "expire or hold",
    hint: "The intake throws away what is older. Set `historical: true` once Historical Metrics Ingestion is on.",
  });
  return [problem];
}

/** How old a reading may be, and what becomes of one that is older. */
function readAges(keys: IntakeKeys): Pick<IntakeConfig, "maxAge" | "isHoldingOld" | "rollUpAge"> {
  if (keys.type === "prometheus") {
    return { maxAge: prometheusMaxAge(keys), ...(keys.older === "hold" ? { isHoldingOld: true } : {}) };
  }
  const { max_age: asked, older } = keys;
  const isAnyTaken = keys.type !== "datadog" || keys.historical;
  const any = millis(Number.POSITIVE_INFINITY);
  switch (older) {
    case "send":
      return { maxAge: any };
    case "thin":
      return { maxAge: any, rollUpAge: asked ?? DATADOG_AGE_MAX };
    default:
      return {
        maxAge: asked ?? (isAnyTaken ? any : DATADOG_AGE_MAX),
        ...(older === "hold" ? { isHoldingOld: true } : {}),
      };
  }
}

/**
 * Version 3 has one form, so that of the other two keys is said only where someone wrote it.
 *
 * Source: Datadog API reference, Submit metrics (v1): JSON, with `Content-Encoding` deflate or gzip; Vector, sink
 * `datadog_metrics`: version 3 with zstd alone.
 */
function findUnknownToApi(yaml: YamlFile, path: Path, keys: DatadogKeys): readonly ConfigProblem[] {
  const { series_api: version, encoding, compression } = keys;
  const complain = (key: string, found: string, expected: string): ConfigProblem =>
    problemAt(yaml, [...path, key], {
      found: `${found} with series_api: ${version}`,
      expected,
      hint: `Version ${version.slice(1)} knows no ${found}; leave out series_api or ${key}.`,
    });
  const isWritten = (key: "encoding" | "compression"): boolean =>
    Object.hasOwn(Object(path.reduce<unknown>((part, step) => Object(part)[step], yaml.value)), key);
  switch (version) {
    case "v1":
      return [
        ...(encoding === "protobuf" ? [complain("encoding", encoding, "json")] : []),
        ...(compression === "zstd" ? [complain("compression", compression, "deflate or gzip")] : []),
      ];
    case "v2":
      return [];
    case "v3":
      return [
        ...(encoding !== "protobuf" && isWritten("encoding") ? [complain("encoding", encoding, "protobuf")] : []),
        ...(compression !== "zstd" && isWritten("compression") ? [complain("compression", compression, "zstd")] : []),
      ];
  }
}

/** An intake on this machine, such as the simulator's, is not behind a proxy that is there for all programs. */
function findProxy(yaml: YamlFile, url: string, { proxy: keys }: MainKeys): Pick<IntakeConfig, "proxy"> {
  const proxy = chooseProxy(url, keys);
  const scheme = new URL(url).protocol.replace(":", "");
  return proxy === undefined || (isLoopback(url) && isShared(yaml, ["proxy", scheme])) ? {} : { proxy };
}

function readCa(
  yaml: YamlFile,
  path: string | undefined,
  { readFile }: ReferenceSources,
): { readonly pem?: string; readonly complaint?: Complaint } {
  if (path === undefined) return {};
  const file = readFile(path.startsWith("/") ? path : join(dirname(yaml.name), path));
  const read = "text" in file ? parseCertificates(file.text) : file;
  if ("pem" in read) return { pem: read.pem };
  return {
    complaint: {
      found: `${path}: ${read.failure}`,
      expected: "a file with certificates in PEM, each from BEGIN CERTIFICATE to END CERTIFICATE",
      hint:
        "text" in file
          ? "`openssl x509 -inform der -in FILE -out FILE.pem` makes one of a file in DER."
          : "Correct the path, or let the gateway's user read the file.",
    },
  };
}

function sayWhatCountsForNothing(yaml: YamlFile, { api_key: apiKey }: MainKeys): readonly string[] {
  if (apiKey !== undefined) return [];
  const idle = AGENT_KEYS.filter((key) => Object.hasOwn(Object(yaml.value), key));
  if (idle.length === 0) return [];
  return [`${yaml.name}: ${idle.join(", ")} count for the intake of api_key alone, and there is none.`];
}

/** What waits for a window longer than its intake takes samples of is not seen there. */
function sayWhatGrowsTooOld(intake: IntakeConfig | undefined): readonly string[] {
  const wait = longestWait(intake?.metering?.schedule ?? []);
  if (intake === undefined || intake.isHoldingOld === true || wait <= intake.maxAge) return [];
  return [
    `Between the times of its schedule readings for the intake ${intake.name} wait up to ${formatSpan(wait)}, and it ` +
      `takes none older than ${formatSpan(intake.maxAge)}: those expire. Let it take older ones, or add times.`,
  ];
}

/** What goes unencrypted over a network, anyone there can read. */
function sayWhatIsReadable(intake: IntakeConfig | undefined): readonly string[] {
  if (intake === undefined || !intake.url.startsWith("http://") || isLoopback(intake.url)) return [];
  const secret = secretOf(intake);
  if (secret === undefined) return [];
  return [
    `${secret} of the intake ${intake.name} goes to ${intake.url} unencrypted, and whoever stands in between can read ` +
      "it: use https:// where that could be a stranger.",
  ];
}

/** What of an intake nobody else may know, as a message calls it; undefined where there is nothing. */
function secretOf(intake: IntakeConfig): string | undefined {
  switch (intake.kind) {
    case "datadog":
      return "The API key";
    case "influx": {
      const { target } = intake;
      if (target.version === 2) return target.token === undefined ? undefined : "The token";
      return target.login === undefined ? undefined : "The password";
    }
    case "prometheus":
      if (intake.bearerToken !== undefined) return "The token";
      if (intake.password !== undefined) return "The password";
      return Object.keys(intake.headers ?? {}).length === 0 ? undefined : "What stands in `headers`";
    case "otlp":
      return Object.keys(intake.headers).length === 0 ? undefined : "What stands in `headers`";
  }
}
