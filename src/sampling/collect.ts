/** Polls one instance once, for `check NAME`: the same steps as the poller's, with nothing recorded. */

import type { InstanceConfig } from "../model/config.ts";
import type { Fault, Input } from "../model/input.ts";
import type { ServiceCheck } from "../model/note.ts";
import { pointSeries } from "../model/point-series.ts";
import { SampleBuilder } from "../model/samples.ts";
import type { ValueStatus } from "../model/status.ts";
import type { Clock } from "../model/time.ts";
import type { BusQueue } from "./bus-queue.ts";
import { canConnect, serviceStatus } from "./can-connect.ts";
import { addSamples, createSampleMap } from "./to-samples.ts";

/** What one poll of one instance showed. */
export interface CheckRun {
  readonly check: string;
  readonly instance: string;
  readonly source: string;
  readonly bus: string;
  readonly interval_s: number;
  readonly values: readonly ValueStatus[];
  /** Points the device has no reading for. */
  readonly absent: number;
  readonly service_check: ServiceCheck;
  readonly faults: readonly Fault[];
  readonly duration_ms: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Polls `input` once in its place in the bus queue, and disposes it. */
export async function collectOnce(
  instance: InstanceConfig,
  input: Input,
  bus: BusQueue,
  clock: Clock,
): Promise<CheckRun> {
  await using disposing = input;
  const { outcome, at, duration } = await bus.run(clock.monotonic(), async () => {
    const started = clock.monotonic();
    const at = clock.now();
    const outcome = await disposing.poll(new AbortController().signal);
    return { outcome, at, duration: clock.monotonic() - started };
  });
  const series = input.points.map((point) => pointSeries(instance, point));
  const batch = new SampleBuilder();
  addSamples(
    outcome.readings,
    createSampleMap(
      input.points,
      series.map((_, index) => index),
    ),
    0,
    batch,
  );
  const values: ValueStatus[] = [];
  for (let row = 0; row < batch.count; row += 1) {
    const of = series[batch.series[row] ?? 0];
    if (of === undefined) continue;
    values.push({
      metric: of.metric,
      tags: of.tags,
      unit: of.unit,
      value: batch.value[row] ?? Number.NaN,
      at: batch.at[row] ?? 0,
    });
  }
  const messages = outcome.faults.map((fault) => fault.message);
  return {
    check: instance.check,
    instance: instance.name,
    source: `${instance.file}:${instance.line}`,
    bus: input.bus,
    interval_s: instance.interval / 1000,
    values,
    absent: outcome.absent,
    service_check: canConnect(instance, serviceStatus(outcome.isReachable, messages.length > 0), messages, at),
    faults: outcome.faults,
    duration_ms: Math.round(duration),
    at,
  };
}
