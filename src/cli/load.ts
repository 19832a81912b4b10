/** Loads the configuration for a command. */

import { variableOf } from "../config/environment-keys.ts";
import { loadConfig } from "../config/load-config.ts";
import { findConfig } from "../config/places.ts";
import { formatProblem } from "../config/problems.ts";
import { inputs } from "../inputs/registry.ts";
import type { ConfigProblem, GatewayConfig, LoadedConfig } from "../model/config.ts";
import { GatewayError } from "../model/errors.ts";
import { processEnvironment } from "../platform/environment.ts";
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
 * Loads it for a command that sends nothing, and so needs no API key: what is wrong with the key is said, and nothing
 * more. Who tries a device may have no account yet.
 *
 * Errors: as `loadOrFail`.
 */
export function loadWithoutKey(config: string | undefined, terminal: Terminal): Usable {
  const loaded = load(config, terminal);
  if (loaded.config !== undefined || !loaded.problems.some(isAboutKey)) return insist(loaded, terminal);
  const environment = { ...processEnvironment(), [variableOf([KEY])]: "none" };
  const keyless = loadConfig({ place: findConfig({ config }), inputs, environment });
  terminal.scrubber.learn(keyless.secrets);
  return insist({ ...keyless, problems: loaded.problems }, terminal);
}

const KEY = "api_key";

function isAboutKey({ path, check }: ConfigProblem): boolean {
  return check === undefined && path === KEY;
}

/** What loading gives where the main file is sound. */
type Usable = LoadedConfig & { readonly config: GatewayConfig };

function insist(loaded: LoadedConfig, terminal: Terminal): Usable {
  for (const problem of loaded.problems) terminal.err(`${formatProblem(problem)}\n`);
  if (loaded.config === undefined) {
    throw new GatewayError("CONFIG_INVALID", "tidegate.yaml has the problems above; mend them and try again.");
  }
  for (const notice of loaded.notices) terminal.err(`${notice}\n`);
  return { ...loaded, config: loaded.config };
}
