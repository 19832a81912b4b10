/** How much of an outage each intake will show: what its age limit, the size of the log and its policies come to. */

import { hasHistory } from "../forward/intakes/datadog/history.ts";
import type { FullPolicy, IntakeConfig, StoreConfig } from "../model/config.ts";
import { seconds } from "../model/time.ts";
import { formatHours } from "./quantities.ts";

/**
 * What a reading takes in a sealed log, with that of its database; `status` measures it. Units: bytes.
 *
 * Source: `docs/benchmarks.md`, Appending.
 */
const READING_BYTES = 4.1;

/** Datadog takes older readings only with history. Source: Datadog API reference, Submit metrics (v2): one hour. */
const DATADOG_AGE_MAX = seconds(3600);

/** The limits of the log that count here. */
export type OutageStore = Pick<StoreConfig, "maxBytes" | "history" | "lagMax" | "whenFull">;

const THEN: Readonly<Record<FullPolicy, string>> = {
  thin: "then every other old reading gives way",
  "drop-oldest": "then the oldest give way",
  "drop-newest": "then new ones are refused",
};

/** Says how long the log holds what waits; undefined where nothing is read. Units: seconds, of readings a second. */
export function spanOfLog({ maxBytes, lagMax }: OutageStore, readingsPerSecond: number): number | undefined {
  return readingsPerSecond > 0 ? Math.min(maxBytes / (READING_BYTES * readingsPerSecond), lagMax / 1000) : undefined;
}

/** Says of an intake, in one or two whole sentences, what of an outage will be visible there. */
export function describeOutage(intake: IntakeConfig, store: OutageStore, readingsPerSecond: number): string {
  const { maxAge, rollUpAge, isHoldingOld } = intake;
  const log = describeLog(store, readingsPerSecond);
  const order = isInOrder(intake) ? " Live readings come after what waited, because it takes them in order only." : "";
  if (rollUpAge !== undefined) {
    return (
      `of an outage the last ${formatAge(rollUpAge)} is visible as it was read and what is older as one point a minute, ` +
      `as far as the log holds it: ${log}.`
    );
  }
  if (maxAge === Number.POSITIVE_INFINITY) {
    const order = isInOrder(intake)
      ? " Live readings come after what waited, because it takes them in order only."
      : "";
    return `an outage is visible whole, as far as the log holds it: ${log}.${order}`;
  }
  const shown = `of an outage the last ${formatAge(maxAge)} is visible afterwards`;
  if (isHoldingOld === true) {
    return `${shown}; what is older is held until the intake takes it, as far as the log does: ${log}. ${remedyOf(intake)}${order}`;
  }
  const kept =
    store.history === 0 ? "is deleted" : `stays in the log's history for ${formatHours(store.history / 1000)}`;
  return `${shown}; what is older counts as too old and ${kept}. ${remedyOf(intake)}${order}`;
}

function describeLog(store: OutageStore, readingsPerSecond: number): string {
  const span = spanOfLog(store, readingsPerSecond);
  if (span === undefined) return `how long that is, what it reads will say; ${THEN[store.whenFull]}`;
  const rate = readingsPerSecond < 10 ? readingsPerSecond.toFixed(1) : String(Math.round(readingsPerSecond));
  const isLag = span === store.lagMax / 1000;
  return `about ${formatHours(span)} at ${rate} readings/s, ${isLag ? "which is store.lag_max" : THEN[store.whenFull]}`;
}

function formatAge(age: number): string {
  return formatHours(age / 1000);
}

/** What would make more of it visible. */
function remedyOf(intake: IntakeConfig): string {
  switch (intake.kind) {
    case "datadog":
      if (intake.maxAge > DATADOG_AGE_MAX) return "Without `max_age`, or with a larger one, more is sent.";
      if (!hasHistory(intake)) return "Datadog's sites for the government take nothing older than an hour.";
      return "`tidegate datadog enable-historical`, then `historical: true`, has it sent.";
    case "prometheus":
      return "A larger `out_of_order_window`, there and here, has more of it sent.";
    default:
      return "Without `max_age`, or with a larger one, more is sent.";
  }
}

/** Whether live readings wait for those of the outage. */
function isInOrder(intake: IntakeConfig): boolean {
  switch (intake.kind) {
    case "otlp":
      return intake.isInOrder;
    case "prometheus":
      return (intake.outOfOrderWindow ?? 0) === 0;
    default:
      return false;
  }
}
