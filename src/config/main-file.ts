/** The main file, `tidegate.yaml`: who this gateway is, where it keeps its log and where it sends. */

import { dirname, join } from "node:path";
import * as v from "valibot";
import { type ConfigProblem, type GatewayConfig, LOG_LEVELS } from "../model/config.ts";
import type { Environment } from "../platform/environment.ts";
import { canKeepFilesIn, type FileText } from "../platform/files.ts";
import { deriveHostname, isIdentity } from "./hostname.ts";
import { problemAt } from "./problems.ts";
import { bytesField, secondsField, tagsField } from "./schema-fields.ts";
import { checkAgainst } from "./schema-problems.ts";
import { readYamlFile } from "./yaml-file.ts";

/** Source: Datadog documentation, Getting Started with Datadog Sites, Access the Datadog site. */
const SITES = [
  "datadoghq.com",
  "us3.datadoghq.com",
  "us5.datadoghq.com",
  "datadoghq.eu",
  "ap1.datadoghq.com",
  "ap2.datadoghq.com",
  "ddog-gov.com",
] as const;

const API_KEY_HINT = "It stands in your Datadog account under Organization Settings, API Keys.";
const HOSTNAME_HINT = "Choose a name that tells this machine from all others, such as press-hall-1.";

const mainSchema = v.strictObject({
  api_key: v.pipe(
    v.string(),
    v.title("the API key of your account"),
    v.regex(/^[\x21-\x7e]+$/u, `a key without spaces\n${API_KEY_HINT}`),
    v.regex(/^(?!YOUR_)/u, `the key of your account in place of the example's\n${API_KEY_HINT}`),
    v.description(API_KEY_HINT),
  ),
  site: v.optional(v.pipe(v.picklist(SITES), v.description("For any other address set dd_url instead.")), SITES[0]),
  dd_url: v.optional(
    v.pipe(
      v.string(),
      v.check(
        isPlainAddress,
        "an address such as https://api.datadoghq.eu\nWrite scheme, host and port only; the gateway adds the path, and keys belong into api_key.",
      ),
    ),
  ),
  hostname: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[a-z\d]([\w.-]{0,253}[a-z\d])?$/iu, `letters, digits, dots and hyphens\n${HOSTNAME_HINT}`),
      v.check(isIdentity, `a name that no other machine has\n${HOSTNAME_HINT}`),
    ),
  ),
  tags: tagsField,
  run_path: v.optional(v.pipe(v.string(), v.title("a folder"), v.minLength(1))),
  log_level: v.optional(v.picklist(LOG_LEVELS), "info"),
  store: v.optional(
    v.strictObject({
      max_bytes: v.optional(bytesField, 2 ** 30),
      sync_interval: v.optional(secondsField(0.05, 60), 1),
    }),
    {},
  ),
  forward: v.optional(
    v.strictObject({
      flush_interval: v.optional(secondsField(1, 600), 10),
      timeout: v.optional(secondsField(1, 300), 20),
      max_age: v.optional(secondsField(60, 86_400), 3600),
    }),
    {},
  ),
});

/** Everything of the configuration except the checks. */
export type MainConfig = Omit<GatewayConfig, "checks">;

/** What the machine tells where the file is silent. */
export interface Surroundings {
  readonly environment: Environment;
  readonly readFile: (path: string) => FileText;
  /** Leaving it out means `/var/lib/tidegate`. */
  readonly systemRunPath?: string;
}

/** Reads the main file: its part of the configuration, or every problem it has. */
export function loadMainFile(
  file: string,
  surroundings: Surroundings,
): { readonly main: MainConfig | undefined; readonly problems: readonly ConfigProblem[] } {
  const read = readYamlFile(file, surroundings.readFile, { expected: "the configuration" });
  const { yaml } = read;
  if (yaml === undefined) return { main: undefined, problems: read.problems };

  const { value: settings, problems } = checkAgainst(mainSchema, yaml.value ?? {}, yaml, []);
  const allProblems = [...read.problems, ...problems];
  const hostname = settings?.hostname ?? deriveHostname(surroundings.readFile);
  if (settings !== undefined && hostname === undefined) {
    const found = "no hostname, and no serial number or machine id to make one from";
    allProblems.push(problemAt(yaml, ["hostname"], { found, expected: "a hostname", hint: HOSTNAME_HINT }));
  }
  if (settings === undefined || hostname === undefined || allProblems.length > 0) {
    return { main: undefined, problems: allProblems };
  }

  const runPath = settings.run_path === undefined ? defaultRunPath(surroundings) : beside(file, settings.run_path);
  const main: MainConfig = {
    file,
    hostname,
    tags: settings.tags,
    runPath,
    logLevel: settings.log_level,
    store: {
      path: join(runPath, "log"),
      maxBytes: settings.store.max_bytes,
      syncInterval: settings.store.sync_interval,
    },
    intakes: [
      {
        name: "datadog",
        kind: "datadog",
        url: settings.dd_url?.replace(/\/$/u, "") ?? `https://api.${settings.site}`,
        apiKey: settings.api_key,
        flushInterval: settings.forward.flush_interval,
        timeout: settings.forward.timeout,
        maxAge: settings.forward.max_age,
      },
    ],
  };
  return { main, problems: [] };
}

function isPlainAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/u.test(url.protocol) && [url.origin, `${url.origin}/`].includes(text);
}

function defaultRunPath({ environment, systemRunPath = "/var/lib/tidegate" }: Surroundings): string {
  if (canKeepFilesIn(systemRunPath)) return systemRunPath;
  const stateHome = environment["XDG_STATE_HOME"] || join(environment["HOME"] ?? "/", ".local/state");
  return join(stateHome, "tidegate");
}

/** A relative path counts from the file it is written in, wherever the command was run. */
function beside(file: string, path: string): string {
  return path.startsWith("/") ? path : join(dirname(file), path);
}
