/** The key of an intake, read again while the gateway runs. */

import { formatProblem } from "../config/problems.ts";
import type { LoadedConfig } from "../model/config.ts";
import { GatewayError } from "../model/errors.ts";

/**
 * Finds the key of the intake of this name; undefined when there is no such intake any more.
 *
 * Errors: `CONFIG_INVALID`, with the first problem, when the main file is not sound: a key in it counts for nothing.
 */
export function readApiKey(
  { config, problems }: Pick<LoadedConfig, "config" | "problems">,
  intake: string,
): string | undefined {
  if (config !== undefined) {
    const found = config.intakes.find(({ name }) => name === intake);
    return found?.kind === "datadog" ? found.apiKey : undefined;
  }
  const [first] = problems.filter(({ check }) => check === undefined).map(formatProblem);
  const found = first?.replaceAll(/\n\s*/gu, ": ") ?? "tidegate.yaml has problems";
  throw new GatewayError("CONFIG_INVALID", found);
}
