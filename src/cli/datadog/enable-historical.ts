/** `tidegate datadog enable-historical`: has the account take readings of any age, for the metrics that are sent. */

import { didYouMean } from "../../config/did-you-mean.ts";
import { encodeHistoryRequest, hasHistory, judgeHistory } from "../../forward/intakes/datadog/history.ts";
import { toMetricName } from "../../forward/intakes/datadog/naming.ts";
import type { DatadogConfig, GatewayConfig } from "../../model/config.ts";
import { EXIT, GatewayError } from "../../model/errors.ts";
import { createHttpClient } from "../../platform/http-client.ts";
import { packageVersion } from "../../platform/package-root.ts";
import { systemClock } from "../../platform/system-clock.ts";
import type { CommandArguments } from "../arguments.ts";
import type { Terminal } from "../commands.ts";
import { scrubAnswers } from "../scrub-answers.ts";
import { formatDryRun, formatHistory, isOn } from "./history-layout.ts";
import { nameSentMetrics } from "./sent-metrics.ts";
import { type HistoryResult, turnOnHistory } from "./turn-on-history.ts";

/** What the command works with. */
export interface DatadogErrand {
  readonly config: GatewayConfig;
  readonly options: CommandArguments;
  readonly terminal: Terminal;
}

/**
 * Turns it on, or with `--dry-run` only names the metrics. Exit code 1 where it is not on for all that were asked for.
 *
 * Errors: `CLI_USAGE`, `CONFIG_INVALID` where the intake cannot have it or has no application key; those of the log.
 */
export async function enableHistorical({ config, options, terminal }: DatadogErrand): Promise<number> {
  const isDryRun = options.has("dry-run");
  const intake = chooseIntake(config, options.text("intake"));
  const sent = await nameSentMetrics(config, terminal);
  const metrics = chooseMetrics(sent, options);
  if (isDryRun) {
    const told = { schema: 1, dry_run: true, intake: intake.name, metrics };
    terminal.out(options.json ? `${JSON.stringify(told)}\n` : formatDryRun(intake, metrics));
    return EXIT.ok;
  }
  const results = await askAccount(intake, requireAppKey(config, intake), metrics, terminal);
  const told = { schema: 1, dry_run: false, intake: intake.name, metrics: results };
  terminal.out(
    options.json ? `${JSON.stringify(told)}\n` : formatHistory({ config, intake, results, sentCount: sent.length }),
  );
  return results.every(isOn) ? EXIT.ok : EXIT.failed;
}

function chooseIntake({ intakes }: GatewayConfig, wanted: string | undefined): DatadogConfig {
  const all = intakes.filter((intake): intake is DatadogConfig => intake.kind === "datadog");
  const names = all.map(({ name }) => name).join(", ");
  const [first, second] = all.filter(({ name }) => wanted === undefined || name === wanted);
  if (first === undefined) {
    const found = wanted === undefined ? "none is configured" : `"${wanted}" is none`;
    throw new GatewayError("CLI_USAGE", `expected an intake of Datadog, but ${found}. There is: ${names || "none"}.`);
  }
  if (second !== undefined) throw new GatewayError("CLI_USAGE", `expected --intake with one of ${names}, found none.`);
  if (hasHistory(first)) return first;
  throw new GatewayError(
    "CONFIG_INVALID",
    `the intake ${first.name} is at ${first.url}, and Datadog has no Historical Metrics Ingestion at its sites for ` +
      "the government. Leave `historical` out; `max_age` stays an hour.",
  );
}

function chooseMetrics(sent: readonly string[], options: CommandArguments): readonly string[] {
  const named = options.text("metrics");
  if (named !== undefined && options.has("all")) {
    throw new GatewayError("CLI_USAGE", "expected either --metrics or --all, found both.");
  }
  if (named === undefined && !options.has("all") && !options.has("dry-run")) {
    throw new GatewayError("CLI_USAGE", "expected --all, or --metrics A,B; --dry-run names what --all would be.");
  }
  if (named === undefined) return sent;
  const metrics = [...new Set(named.split(",").map((each) => each.trim()))].filter((each) => each !== "");
  const spelled = metrics.map(toMetricName);
  const unknown = metrics[spelled.findIndex((metric) => !sent.includes(metric))];
  if (unknown === undefined && metrics.length > 0) return spelled;
  const near = unknown && didYouMean(unknown, sent);
  throw new GatewayError(
    "CLI_USAGE",
    `expected metrics that this gateway sends, found ${unknown === undefined ? "none" : `"${unknown}"`}.` +
      (near ? ` Did you mean ${near}?` : " --dry-run names them all."),
  );
}

function requireAppKey({ file }: GatewayConfig, { name, appKey }: DatadogConfig): string {
  if (appKey !== undefined) return appKey;
  throw new GatewayError(
    "CONFIG_INVALID",
    `the intake ${name} has no application key, and the account changes nothing without one. Give it in DD_APP_KEY to ` +
      `this one command, or write app_key beside api_key in ${file}. It stands under Organization Settings, ` +
      "Application Keys.",
  );
}

/** Asks on the way that readings take, and on no other. */
async function askAccount(
  intake: DatadogConfig,
  appKey: string,
  metrics: readonly string[],
  { scrubber }: Terminal,
): Promise<readonly HistoryResult[]> {
  const http = scrubAnswers(createHttpClient(intake), scrubber);
  try {
    const ask = async (metric: string) => {
      const { path, headers, body } = encodeHistoryRequest(intake, appKey, metric);
      const own = { ...headers, "user-agent": `tidegate/${packageVersion()}` };
      const url = new URL(`${intake.url}${path}`);
      return judgeHistory(await http.send({ method: "POST", url, headers: own, body, timeout: intake.timeout }));
    };
    return await turnOnHistory(metrics, ask, systemClock);
  } finally {
    http.close();
  }
}
