/** Loads the configuration for a command. */

import { isAboutKey } from "../config/forgive-keys.ts";
import { loadConfig } from "../config/load-config.ts";
import { findConfig } from "../config/places.ts";
import { formatProblem } from "../config/problems.ts";
import { inputs } from "../inputs/registry.ts";
import type { ConfigProblem, GatewayConfig, LoadedConfig } from "../model/config.ts";
import { GatewayError } from "../model/errors.ts";
import type { Terminal } from "./commands.ts";

/** Finds and loads the configuration. Errors: `CONFIG_NOT_FOUND`. */
export function loadPlain(config: string | undefined): LoadedConfig {
  return loadConfig({ place: findConfig({ config }), inputs });
}

/** Loads it for a command, whose terminal keeps its secrets from then on. Errors: `CONFIG_NOT_FOUND`. */
export function load(config: string | undefined, { scrubber }: Terminal): LoadedConfig {
  const loaded = loadPlain(config);
  scrubber.learn(loaded.secrets);
  return loaded;
}

/**
 * Loads the configuration of a command that cannot do without one; problems go to standard error.
 *
 * Errors: `CONFIG_NOT_FOUND`; `CONFIG_INVALID` when `tidegate.yaml` itself has problems.
 */
export function loadOrFail(config: string | undefined, terminal: Terminal): Usable {
  return insist(load(config, terminal), terminal);
}

/**
 * Loads it for a command that sends nothing, and so needs no keys: what is wrong with those of intakes is said, and
 * nothing more. Who tries a device may have no account yet.
 *
 * Where it is about one `check`, what is wrong in files of others is said in one line.
 *
 * Errors: as `loadOrFail`.
 */
export function loadWithoutKey(config: string | undefined, terminal: Terminal, check?: string): Usable {
  const loaded = load(config, terminal);
  const forgiven = loaded.problems.filter(isAboutKey).map(({ path }) => path);
  if (loaded.config !== undefined || forgiven.length === 0) return insist(loaded, terminal, check);
  const keyless = loadConfig({ place: findConfig({ config }), inputs, forgiven });
  terminal.scrubber.learn(keyless.secrets);
  // What else is wrong may show only once the keys are not.
  const told = new Set(loaded.problems.map(formatProblem));
  const more = keyless.problems.filter((problem) => !told.has(formatProblem(problem)));
  return insist({ ...keyless, problems: [...loaded.problems, ...more] }, terminal, check);
}

/** What loading gives where the main file is sound. */
type Usable = LoadedConfig & { readonly config: GatewayConfig };

function insist(loaded: LoadedConfig, terminal: Terminal, check?: string): Usable {
  const isAbout = (each: { readonly check?: string }): boolean =>
    check === undefined || each.check === undefined || each.check === check;
  for (const problem of loaded.problems.filter(isAbout)) terminal.err(`${formatProblem(problem)}\n`);
  if (loaded.config === undefined) {
    throw new GatewayError("CONFIG_INVALID", "tidegate.yaml has the problems above; mend them and try again.");
  }
  for (const { text } of loaded.notices.filter(isAbout)) terminal.err(`${text}\n`);
  const others = loaded.problems.filter((problem) => !isAbout(problem));
  if (others.length > 0) terminal.err(`${sayOthers(others)}\n`);
  return { ...loaded, config: loaded.config };
}

function sayOthers(problems: readonly ConfigProblem[]): string {
  const files = new Set(problems.map(({ file }) => file));
  const [count, have] = files.size === 1 ? ["One other file", "has"] : [`${files.size} other files`, "have"];
  return `${count} ${have} problems, which stop other checks: \`tidegate configcheck\` names them.`;
}
