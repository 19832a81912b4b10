/** The forms in which the same points leave: ours for Datadog, and those of Telegraf beside them. */

import { deflateSync, gzipSync } from "node:zlib";
import { createDatadogIntake } from "../../../src/forward/intakes/datadog/intake.ts";
import type { BudgetConfig, DatadogConfig } from "../../../src/model/config.ts";
import type { Payload, PointBatch } from "../../../src/model/intake.ts";
import { millis, seconds } from "../../../src/model/time.ts";
import { SERIES_COUNT } from "./mix-points.ts";
import { nameMix } from "./named-mix.ts";
import { toTelegrafJson, toTelegrafLines } from "./telegraf-forms.ts";

/** How points are written and compressed. */
export type Writing = Pick<DatadogConfig, "encoding" | "compression" | "seriesApi">;

/** Smallest last; the goal is for the last. */
export const WRITINGS: readonly (readonly [string, Writing])[] = [
  ["v1 JSON, deflate", { seriesApi: "v1" }],
  ["JSON, deflate (what goes unless asked otherwise)", {}],
  ["JSON, zstd", { compression: "zstd" }],
  ["protobuf, deflate", { encoding: "protobuf" }],
  ["protobuf, gzip", { encoding: "protobuf", compression: "gzip" }],
  ["protobuf, zstd", { encoding: "protobuf", compression: "zstd" }],
  ["v3: protobuf in columns, zstd", { seriesApi: "v3" }],
];

/** What the series are called. */
export const SERIES = nameMix(SERIES_COUNT);

/** A gateway of Datadog's own address, where host tags need not be on series. */
export function configOf(writing: Writing, url = "https://api.datadoghq.eu", budget?: BudgetConfig): DatadogConfig {
  return {
    name: "datadog",
    kind: "datadog",
    url,
    apiKey: "0123456789abcdef0123456789abcdef",
    flushInterval: seconds(10),
    timeout: seconds(20),
    maxAge: millis(Number.POSITIVE_INFINITY),
    hostTagsOnSeries: false,
    ...(budget && { metering: { budget, schedule: [], isSendingAlarmsAtOnce: false, startJitter: millis(0) } }),
    ...writing,
  };
}

/** A budget, which makes bytes count more than time. */
export const BUDGET: BudgetConfig = { dayBytesMax: 10_000_000, monthStarts: 1 };

/** Makes what writes points as the gateway does, on an uplink with that budget or without one. */
export function createEncoder(writing: Writing, budget?: BudgetConfig): (points: PointBatch) => Payload {
  const config = configOf(writing, undefined, budget);
  const intake = createDatadogIntake(config, { hostname: "press-hall-1", tags: [], version: "1.0.0" });
  return (points) =>
    intake.encode(points, (id) => {
      const series = SERIES[id];
      if (series === undefined) throw new Error(`there is no series ${id}`);
      return series;
    });
}

/** Telegraf's, without what goes around the body. */
export const TELEGRAF: readonly (readonly [string, (points: PointBatch) => Uint8Array])[] = [
  ["Telegraf: v1 JSON, plain (its default)", (points) => toTelegrafJson(points, SERIES)],
  ["Telegraf: v1 JSON, zlib", (points) => deflateSync(toTelegrafJson(points, SERIES))],
  ["Telegraf: line protocol, gzip", (points) => gzipSync(toTelegrafLines(points, SERIES))],
];

/** What a request has beside its body, without what TLS adds. Units: bytes. */
export function headBytes({ path, headers, body }: Payload): number {
  const all = { host: "api.datadoghq.eu", connection: "keep-alive", "content-length": `${body.length}`, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.byteLength(`POST ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
}
