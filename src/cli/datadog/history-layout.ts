/** What came of turning history on, and what is left to do, for a terminal. */

import { AGENT_INTAKE } from "../../config/load-intakes.ts";
import type { DatadogConfig, GatewayConfig } from "../../model/config.ts";
import { seconds } from "../../model/time.ts";
import { formatCount } from "../quantities.ts";
import { formatTable, wrapWords } from "../table.ts";
import type { HistoryResult } from "./turn-on-history.ts";

const WIDTH = 80;

/** Older readings need history. Source: Datadog API reference, Submit metrics (v2): one hour. */
const AGE_WITHOUT = seconds(3600);

const WORDS: Readonly<Record<HistoryResult["result"], string>> = {
  "turned-on": "turned on",
  "on-already": "on already",
  "unknown-metric": "not known there",
  forbidden: "not allowed",
  later: "not now",
  refused: "refused",
  stranger: "no answer of Datadog",
  unreachable: "not reached",
  "not-asked": "not asked",
};

/** Why, and what to do, once for all metrics it befell. */
const REMEDIES: Partial<Record<HistoryResult["result"], string>> = {
  "unknown-metric": "Datadog knows a metric once it has a reading of it: let the gateway deliver, then run this again.",
  forbidden:
    "The keys do not allow it. The application key needs the permission to manage metrics, by the role of its owner " +
    "and by its own scopes where it has any; and both keys must be of this account and site.",
  later: "Datadog has trouble, or wants fewer requests: run this again in a few minutes.",
  refused: "Its answer says why. Metrics that Datadog makes itself, and distributions, cannot have it.",
  stranger: "Something else answers at this address: correct site, dd_url or url, or open the way through the proxy.",
  unreachable: "Check the way to the intake with `tidegate diagnose`, then run this again.",
};

/** Says whether a metric has its history now. */
export function isOn({ result }: HistoryResult): boolean {
  return result === "turned-on" || result === "on-already";
}

/** Names what would be asked for. */
export function formatDryRun({ name, url }: DatadogConfig, metrics: readonly string[]): string {
  const title = `Would turn on Historical Metrics Ingestion at ${url} (intake ${name}) for`;
  return `${[`${title} ${formatCount(metrics.length)} metrics:`, ...metrics.map((metric) => `  ${metric}`)].join("\n")}\n`;
}

/** What there is to tell. */
export interface HistoryReport {
  readonly config: GatewayConfig;
  readonly intake: DatadogConfig;
  readonly results: readonly HistoryResult[];
  /** How many metrics the gateway sends, asked for or not. */
  readonly sentCount: number;
}

/** Lays the outcome of each metric out, and then what to do. */
export function formatHistory(report: HistoryReport): string {
  const { intake, results } = report;
  const rows = results.map(({ metric, result }) => [metric, WORDS[result]]);
  const table = formatTable([{ heading: "Metric" }, { heading: "Historical Metrics Ingestion" }], rows);
  const lines = [...new Set(results.map(({ result }) => result))].flatMap((result) => {
    const said = [...new Set(results.filter((each) => each.result === result).map((each) => each.said))];
    const remedy = REMEDIES[result];
    return remedy === undefined ? [] : [`${WORDS[result]}: ${said.filter((each) => each !== "").join("; ")}`, remedy];
  });
  const all = [...lines, ...sayWhatIsLeft(report)].flatMap((line) => wrapWords(line, WIDTH));
  return `${[`Intake ${intake.name}, ${intake.url}`, "", ...table, "", ...all].join("\n")}\n`;
}

function sayWhatIsLeft({ config, intake, results, sentCount }: HistoryReport): readonly string[] {
  const onCount = results.filter(isOn).length;
  const missing = sentCount - onCount;
  const isSent = intake.maxAge > AGE_WITHOUT;
  if (missing > 0) {
    const advice = isSent
      ? "`historical: true` stands all the same: take it out until all are on."
      : "do not write `historical: true` before all are on.";
    return [
      `It is on for ${formatCount(onCount)} of ${formatCount(sentCount)} metrics that this gateway sends. What is older ` +
        `than an hour of the rest Datadog throws away without a word: ${advice}`,
    ];
  }
  if (isSent) return ["It is on for all metrics, and the gateway sends readings of any age."];
  const entry = `into the entry ${intake.name} under intakes`;
  const where = intake.name === AGENT_INTAKE ? `under forward, or ${entry} where it is listed there,` : entry;
  return [
    `It is on for all ${formatCount(onCount)} metrics. Now write this line ${where} in ${config.file}, then ` +
      "run `tidegate reload`:",
    "  historical: true",
  ];
}
