import { createPrometheusIntake } from "../../src/forward/intakes/prometheus/intake.ts";
import type { PrometheusConfig } from "../../src/model/config.ts";
import type { Intake } from "../../src/model/intake.ts";
import { seconds } from "../../src/model/time.ts";
import { HOST } from "./known-points.ts";
import type { StreamedSample } from "./sample-stream.ts";

/** A sample as a receiver of remote write holds it. */
export interface WrittenSample {
  readonly labels: Readonly<Record<string, string>>;
  /** Units: milliseconds since 1970. */
  readonly at: number;
  readonly value: number;
}

/** Names of the metrics of a stream, as Prometheus' documentation would have them. */
const NAMES: Readonly<Record<string, string>> = {
  "power.active": "power_active_watts",
  "energy.active.import": "energy_active_import_watt_hours_total",
};

/** The gateway's own intake for a receiver. */
export function createRemoteWriteIntake(place: Pick<PrometheusConfig, "url"> & Partial<PrometheusConfig>): Intake {
  const times = { flushInterval: seconds(10), timeout: seconds(20), maxAge: seconds(3600) };
  const config: PrometheusConfig = { name: "peer", kind: "prometheus", ...times, ...place };
  return createPrometheusIntake(config, { hostname: HOST, tags: ["site:north"], version: "0.0.0" }, (what) => {
    throw new Error(what);
  });
}

/** Samples of a stream as a receiver should hold them, in the order of `sortWritten`. */
export function toWritten(sent: readonly StreamedSample[]): readonly WrittenSample[] {
  const written = sent.map(({ series: { metric, tags }, at, value }) => {
    const labels = Object.fromEntries(tags.map((tag) => tag.split(":", 2) as [string, string]));
    return { labels: { __name__: NAMES[metric] ?? metric, host: HOST, site: "north", ...labels }, at, value };
  });
  return sortWritten(written);
}

/** Puts samples in an order that does not depend on who held them. */
export function sortWritten(samples: readonly WrittenSample[]): readonly WrittenSample[] {
  const keyed = samples.map((sample) => {
    const labels = Object.entries(sample.labels).sort(([a], [b]) => (a < b ? -1 : 1));
    return { key: `${JSON.stringify(labels)} ${sample.at}`, sample: { ...sample, labels: Object.fromEntries(labels) } };
  });
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ sample }) => sample);
}
