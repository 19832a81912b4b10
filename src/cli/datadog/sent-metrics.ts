/** The metrics a gateway sends: those that are configured, and those that its log knows and may still have to send. */

import { toMetricName } from "../../forward/intakes/datadog/naming.ts";
import { inputs } from "../../inputs/registry.ts";
import type { GatewayConfig } from "../../model/config.ts";
import { SELF_METRICS } from "../../model/metrics.ts";
import { deltaSeries, pointSeries } from "../../model/point-series.ts";
import { pathKind } from "../../platform/files.ts";
import { systemClock } from "../../platform/system-clock.ts";
import { InputLoader } from "../../sampling/input-loader.ts";
import type { Terminal } from "../commands.ts";
import { openLogDesk } from "../log/ask-log.ts";

/** Names them as Datadog keeps them, in order. Errors: those of `openLogDesk`, where there is a log. */
export async function nameSentMetrics(config: GatewayConfig, terminal: Terminal): Promise<readonly string[]> {
  const own = config.hasSelfMetrics ? Object.keys(SELF_METRICS) : [];
  const all = [...own, ...(await nameConfigured(config)), ...(await nameLogged(config, terminal))];
  return [...new Set(all.map(toMetricName))].sort();
}

async function nameConfigured({ checks }: GatewayConfig): Promise<readonly string[]> {
  const loader = new InputLoader(inputs, systemClock);
  const metrics: string[] = [];
  for (const check of checks) {
    for (const instance of check.instances) {
      for (const { input } of await loader.create(check, instance)) {
        for (const point of input.points) {
          metrics.push(pointSeries(instance, point).metric);
          if (point.counter?.hasDelta) metrics.push(deltaSeries(instance, point).metric);
        }
      }
    }
  }
  return metrics;
}

async function nameLogged(config: GatewayConfig, terminal: Terminal): Promise<readonly string[]> {
  if (pathKind(config.store.path) === "nothing") return [];
  await using desk = await openLogDesk(config, terminal);
  return await desk.ask("metrics");
}
