/**
 * What Telegraf would send for the same readings, by a small encoder of this benchmark's own.
 *
 * Its output for Datadog sends version 1 of the series route, each value as a series of its own with one point, plain
 * or with zlib; field names follow the measurement's behind a dot, and the host is a tag too. Its output for InfluxDB
 * sends line protocol: a line for each machine and moment with all of its fields, with gzip.
 */

import type { PointBatch } from "../../../src/model/intake.ts";
import type { Series } from "../../../src/model/series.ts";

const HOST = "press-hall-1";
const MEASUREMENT = "modbus";

/** Points as the JSON of its Datadog output. Shape: at least one row. */
export function toTelegrafJson(points: PointBatch, series: readonly Series[]): Uint8Array {
  const all = rowsByMoment(points).map((row) => {
    const { metric, tags } = seriesAt(points, row, series);
    return {
      metric: `${MEASUREMENT}.${metric.replaceAll(".", "_")}`,
      points: [[(points.moment[row] ?? 0) / 1000, points.value[row]]],
      host: HOST,
      tags: [`host:${HOST}`, ...tags],
      interval: 0,
    };
  });
  return Buffer.from(JSON.stringify({ series: all }));
}

/** Points as lines of InfluxDB, the parts of a machine told apart in the names of fields. Shape: at least one row. */
export function toTelegrafLines(points: PointBatch, series: readonly Series[]): Uint8Array {
  const lines = new Map<string, string[]>();
  for (const row of rowsByMoment(points)) {
    const { metric, tags } = seriesAt(points, row, series);
    const isOfMachine = (tag: string): boolean => /^(check|instance|line):/u.test(tag);
    const common = tags.filter(isOfMachine).map((tag) => tag.replace(":", "="));
    const part = tags.filter((tag) => !isOfMachine(tag)).map((tag) => `_${tag.split(":")[1]}`);
    const moment = points.moment[row] ?? 0;
    const line = `${MEASUREMENT},host=${HOST},${common.join(",")} ${moment}`;
    const fields = lines.get(line) ?? [];
    fields.push(`${metric.replaceAll(".", "_")}${part.join("")}=${points.value[row]}`);
    lines.set(line, fields);
  }
  const text = [...lines].map(([line, fields]) => {
    const [measurement, moment] = line.split(" ");
    return `${measurement} ${fields.join(",")} ${moment}000000\n`;
  });
  return Buffer.from(text.join(""));
}

/** It sends in the order in which it has read. */
function rowsByMoment({ moment, count }: PointBatch): number[] {
  const rows = Array.from({ length: count }, (_, row) => row);
  return rows.sort((a, b) => (moment[a] ?? 0) - (moment[b] ?? 0) || a - b);
}

function seriesAt(points: PointBatch, row: number, series: readonly Series[]): Series {
  const one = series[points.series[row] ?? 0];
  if (one === undefined) throw new Error(`there is no series ${points.series[row]}`);
  return one;
}
