/**
 * The keys of `tidegate.yaml` as environment variables: `TIDEGATE_` and the path in capitals, with `__` between its
 * levels. The Agent's own variables for the same things count too, but less; those that all programs share for their
 * proxies count less again; the file counts least.
 */

import type { GenericSchema } from "valibot";
import type { ConfigProblem } from "../model/config.ts";
import type { Environment } from "../platform/environment.ts";
import { describeExpectation } from "../schema/describe-schema.ts";
import { didYouMean } from "./did-you-mean.ts";
import { fitText } from "./fit-text.ts";
import { nameVariable, problemOfFile } from "./problems.ts";
import type { Path, YamlFile } from "./yaml-file.ts";

const PREFIX = "TIDEGATE_";

/** Says where the configuration is and thus is no key of it. */
const PLACE_VARIABLE = "TIDEGATE_CONFIG";

/** What all programs share. Source: Datadog documentation, Agent Proxy Configuration, Environment variables. */
const SHARED_VARIABLES: Readonly<Record<string, Path>> = {
  http_proxy: ["proxy", "http"],
  HTTP_PROXY: ["proxy", "http"],
  https_proxy: ["proxy", "https"],
  HTTPS_PROXY: ["proxy", "https"],
  no_proxy: ["proxy", "no_proxy"],
  NO_PROXY: ["proxy", "no_proxy"],
};

/** Source: Datadog documentation, Agent Environment Variables. `DD_URL` is the older name. */
const AGENT_VARIABLES: Readonly<Record<string, Path>> = {
  DD_API_KEY: ["api_key"],
  DD_APP_KEY: ["app_key"],
  DD_SITE: ["site"],
  DD_URL: ["dd_url"],
  DD_DD_URL: ["dd_url"],
  DD_HOSTNAME: ["hostname"],
  DD_TAGS: ["tags"],
  DD_PROXY_HTTP: ["proxy", "http"],
  DD_PROXY_HTTPS: ["proxy", "https"],
  DD_PROXY_NO_PROXY: ["proxy", "no_proxy"],
};

interface Override {
  readonly variable: string;
  readonly path: Path;
  readonly value: unknown;
}

/** Names the variable that says the same as the key at `path`. */
export function variableOf(path: Path): string {
  return `${PREFIX}${path.join("__").toUpperCase()}`;
}

/** Says whether what stands at `path` comes from a variable that all programs share, and was not meant for this one. */
export function isShared(yaml: YamlFile, path: Path): boolean {
  const { file } = yaml.positionOf(path, "value");
  return Object.keys(SHARED_VARIABLES).some((variable) => file === nameVariable(variable));
}

/** Lists the paths of all keys of a schema, maps before what is in them. */
export function keyPathsOf(schema: GenericSchema, base: Path = []): readonly Path[] {
  const keys = describeExpectation(schema, base)?.keys ?? [];
  return keys.flatMap((key) => [[...base, key], ...keyPathsOf(schema, [...base, key])]);
}

/** Lays what the environment says over a file. A problem with such a value names the variable instead of the file. */
export function overlayEnvironment(
  yaml: YamlFile,
  schema: GenericSchema,
  environment: Environment,
): { readonly yaml: YamlFile; readonly problems: readonly ConfigProblem[] } {
  const paths = new Map(keyPathsOf(schema).map((path) => [variableOf(path), path]));
  const own: Override[] = [];
  const agents: Override[] = [];
  const problems: ConfigProblem[] = [];
  const read = (variable: string, path: Path, text: string): Override => {
    return { variable, path, value: fitText(schema, path, text) };
  };
  for (const [variable, path] of Object.entries({ ...SHARED_VARIABLES, ...AGENT_VARIABLES })) {
    const text = environment[variable] ?? "";
    if (text !== "") agents.push(read(variable, path, text));
  }
  for (const [variable, text = ""] of Object.entries(environment)) {
    if (!variable.startsWith(PREFIX) || variable === PLACE_VARIABLE || text === "") continue;
    const path = paths.get(variable);
    if (path !== undefined) own.push(read(variable, path, text));
    else problems.push(...problemsOfVariable(variable, [...paths.keys(), PLACE_VARIABLE]));
  }
  // A map as a whole comes before what is in it, so that the more exact variable wins.
  own.sort((a, b) => a.path.length - b.path.length);
  return { yaml: overlay(yaml, [...agents, ...own]), problems };
}

/** A slip of the pen is a problem. What resembles no key is somebody else's: clusters set variables of their own. */
function problemsOfVariable(variable: string, known: readonly string[]): readonly ConfigProblem[] {
  const near = didYouMean(variable, known);
  if (near === undefined) return [];
  const problem = problemOfFile(nameVariable(variable), {
    found: "a variable that means nothing to the gateway",
    expected: `${PREFIX} and a key of tidegate.yaml, with __ between levels`,
    hint: `Did you mean ${near}?`,
  });
  return [problem];
}

function overlay(yaml: YamlFile, overrides: readonly Override[]): YamlFile {
  if (overrides.length === 0) return yaml;
  const holderOf = (path: Path): Override | undefined =>
    overrides.findLast((override) => override.path.every((part, index) => part === path[index]));
  return {
    ...yaml,
    value: overrides.reduce((value, override) => withValueAt(value, override.path, override.value), yaml.value),
    positionOf: (path, at) => {
      const holder = holderOf(path);
      return holder === undefined
        ? yaml.positionOf(path, at)
        : { file: nameVariable(holder.variable), line: 1, column: 1 };
    },
    sourceOf: (path) => (holderOf(path) === undefined ? yaml.sourceOf(path) : undefined),
  };
}

/** Where the file has something that is no map, it stays, and the schema objects to it. */
function withValueAt(value: unknown, [key, ...rest]: Path, inner: unknown): unknown {
  if (key === undefined) return inner;
  const map = value ?? {};
  if (typeof map !== "object" || Array.isArray(map)) return value;
  return { ...map, [key]: withValueAt(Reflect.get(map, key), rest, inner) };
}
