/** Historical Metrics Ingestion: of which metrics points of any age are taken. */

import { isFields } from "./field-reader.ts";
import { HISTORY_AGE_SECONDS_MAX, POINT_AGE_SECONDS_MAX } from "./limits.ts";
import { type Reply, toJsonReply } from "./reply.ts";

const TYPE = "historical_metrics_configurations";

/** Where it is turned on, looked up and turned off. */
export const HISTORY_PATH = "/api/v2/metrics/historical-metrics-configurations";

/** What the account has turned on. Units: moments in milliseconds since 1970. */
export class HistoryBook {
  /** Whether every metric has it, known or not. */
  isForAll = false;
  readonly #since = new Map<string, number>();

  /** How old points of a metric may be. Units: seconds. */
  ageMaxOf(metric: string): number {
    return this.isForAll || this.#since.has(metric) ? HISTORY_AGE_SECONDS_MAX : POINT_AGE_SECONDS_MAX;
  }

  /** The metrics for which it was turned on, in that order. */
  get metrics(): readonly string[] {
    return [...this.#since.keys()];
  }

  /** Turns it on for the metric that a payload names. `isKnown` says whether a point of a metric ever came. */
  turnOn(json: unknown, now: number, isKnown: (metric: string) => boolean): Reply {
    const data = isFields(json) && isFields(json["data"]) ? json["data"] : {};
    const { id: metric, type } = data;
    if (type !== TYPE) return toErrors(400, `data.type is not ${TYPE}`);
    if (typeof metric !== "string" || metric === "") return toErrors(400, "data.id is not the name of a metric");
    if (!isKnown(metric)) return toErrors(404, `there is no metric ${metric}`);
    const isNew = !this.#since.has(metric);
    if (isNew) this.#since.set(metric, now);
    return this.#show(isNew ? 201 : 200, metric);
  }

  /** Says whether it is on for a metric. */
  lookUp(metric: string): Reply {
    return this.#since.has(metric) ? this.#show(200, metric) : toErrors(404, `${metric} has no history`);
  }

  /** Turns it off for a metric. */
  turnOff(metric: string): Reply {
    if (!this.#since.delete(metric)) return toErrors(404, `${metric} has no history`);
    return { status: 204, body: "" };
  }

  #show(status: number, metric: string): Reply {
    const createdAt = new Date(this.#since.get(metric) ?? 0).toISOString();
    return toJsonReply(status, { data: { type: TYPE, id: metric, attributes: { created_at: createdAt } } });
  }
}

/** Errors in the form of JSON:API, unlike those of the other routes. */
function toErrors(status: number, detail: string): Reply {
  return toJsonReply(status, { errors: [{ status: String(status), title: "Error", detail }] });
}
