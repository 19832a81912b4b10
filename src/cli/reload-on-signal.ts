/** What SIGHUP does to a running gateway: what `tidegate reload` does, and the log says what came of it. */

import { formatProblem } from "../config/problems.ts";
import type { ReloadPlan } from "../gateway-reload.ts";
import type { LoadedConfig } from "../model/config.ts";
import { GatewayError } from "../model/errors.ts";
import type { Logger } from "../telemetry/logger.ts";

/** What can be reloaded. */
export interface Reloadable {
  reload(loaded: LoadedConfig, isDryRun: boolean): Promise<ReloadPlan>;
}

/** Reloads; nothing a file holds, or lacks, ends the gateway. */
export async function reloadOnSignal(
  gateway: Reloadable,
  load: () => Promise<LoadedConfig>,
  logger: Logger,
): Promise<void> {
  try {
    const loaded = await load();
    for (const problem of loaded.problems) logger.warn(formatProblem(problem).replaceAll(/\s*\n\s*/gu, ", "));
    await gateway.reload(loaded, false);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    logger.error(`SIGHUP asked for a reload, and nothing was changed: ${error.message}`, { code: error.code });
  }
}
