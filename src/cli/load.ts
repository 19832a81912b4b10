/** Loads the configuration for a command. */

import { loadConfig } from "../config/load-config.ts";
import { findConfig } from "../config/places.ts";
import { formatProblem } from "../config/problems.ts";
import { inputs } from "../inputs/registry.ts";
import type { GatewayConfig, LoadedConfig } from "../model/config.ts";
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
export function loadOrFail(config: string | undefined, terminal: Terminal): LoadedConfig & { config: GatewayConfig } {
  const loaded = load(config, terminal);
  for (const problem of loaded.problems) terminal.err(`${formatProblem(problem)}\n`);
  if (loaded.config === undefined) {
    throw new GatewayError("CONFIG_INVALID", "tidegate.yaml has the problems above; mend them and try again.");
  }
  for (const notice of loaded.notices) terminal.err(`${notice}\n`);
  return { ...loaded, config: loaded.config };
}
