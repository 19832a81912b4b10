/** Polls one instance once, for `check NAME`: the same steps as the poller's, with nothing recorded. */

import type { InstanceConfig } from "../model/config.ts";
import type { Fault, Input, PollOutcome } from "../model/input.ts";
import type { Event, ServiceCheck } from "../model/note.ts";
import { pointSeries, valueKindOf } from "../model/point-series.ts";
import { SampleBuilder } from "../model/samples.ts";
import type { ValueStatus } from "../model/status.ts";
import type { Clock, EpochMillis, Millis } from "../model/time.ts";
import type { BusQueue } from "./bus-queue.ts";
import { canConnect, serviceStatus } from "./can-connect.ts";
import { toEvent, toServiceCheck } from "./device-notes.ts";
import { joinFaults } from "./parts.ts";
import { addSamples, createSampleMap } from "./to-samples.ts";

/** What one poll of one instance showed. */
export interface CheckRun {
  readonly check: string;
  readonly instance: string;
  readonly source: string;
  readonly bus: string;
  /** What the device says of itself; absent where that is nothing. */
  readonly device?: string;
  readonly interval_s: number;
  readonly values: readonly ValueStatus[];
  /** Points the device has no reading for. */
  readonly absent: number;
  readonly service_check: ServiceCheck;
  /** What the input said by itself of devices, beside whether it reached them. */
  readonly service_checks: readonly ServiceCheck[];
  readonly events: readonly Event[];
  readonly faults: readonly Fault[];
  readonly duration_ms: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Points of an instance that are polled together, with their place in the queue. */
export interface InstancePart {
  readonly interval: Millis;
  readonly input: Input;
  readonly bus: BusQueue;
}

/** Polls each part once in its place in the bus queue, and disposes them all. Shape: at least one part. */
export async function collectOnce(
  instance: InstanceConfig,
  parts: readonly InstancePart[],
  clock: Clock,
): Promise<CheckRun> {
  await using inputs = new AsyncDisposableStack();
  for (const { input } of parts) inputs.use(input);
  const polls: PartRun[] = [];
  for (const part of parts) polls.push(await pollOnce(instance, part, clock));
  const outcomes = polls.map(({ outcome }) => outcome);
  const faults = joinFaults(outcomes.map((outcome) => outcome.faults));
  const messages = faults.map((fault) => fault.message);
  const [first] = polls;
  const isReachable = first?.outcome.isReachable ?? false;
  const at = first?.at ?? clock.now();
  const device = parts[0]?.input.describeDevice?.();
  return {
    check: instance.check,
    instance: instance.name,
    source: `${instance.file}:${instance.line}`,
    bus: parts[0]?.input.bus ?? "",
    ...(device === undefined ? {} : { device }),
    interval_s: (parts[0]?.interval ?? instance.interval) / 1000,
    values: polls.flatMap(({ values }) => values),
    absent: polls.reduce((sum, { outcome }) => sum + outcome.absent, 0),
    service_check: canConnect(instance, serviceStatus(isReachable, messages.length > 0), messages, at),
    service_checks: outcomes.flatMap(({ serviceChecks = [] }) =>
      serviceChecks.map((told) => toServiceCheck(instance, told, at)),
    ),
    events: outcomes.flatMap(({ events = [] }) => events.map((told) => toEvent(instance, told, at))),
    faults,
    duration_ms: Math.round(polls.reduce((sum, { duration }) => sum + duration, 0)),
    at,
  };
}

/** What one poll of one part showed. Units: `duration` milliseconds. */
interface PartRun {
  readonly outcome: PollOutcome;
  readonly values: readonly ValueStatus[];
  readonly at: EpochMillis;
  readonly duration: number;
}

async function pollOnce(
  instance: InstanceConfig,
  { input, bus, interval }: InstancePart,
  clock: Clock,
): Promise<PartRun> {
  return await bus.run(clock.monotonic(), async (turn) => {
    turn.deadline += interval;
    const started = clock.monotonic();
    const at = clock.now();
    const outcome = await input.poll(new AbortController().signal, turn);
    return { outcome, values: valuesOf(instance, input, outcome), at, duration: clock.monotonic() - started };
  });
}

function valuesOf(instance: InstanceConfig, { points }: Input, { readings }: PollOutcome): readonly ValueStatus[] {
  const series = points.map((point) => pointSeries(instance, point));
  const batch = new SampleBuilder();
  const map = createSampleMap(
    points,
    series.map((_, index) => index),
  );
  addSamples(readings, map, 0, batch);
  const values: ValueStatus[] = [];
  for (let row = 0; row < batch.count; row += 1) {
    const of = series[batch.series[row] ?? 0];
    if (of === undefined) continue;
    const { metric, tags, unit } = of;
    const value = batch.value[row] ?? Number.NaN;
    const state = points[batch.series[row] ?? 0]?.states?.[value];
    const stated = state === undefined ? {} : { state };
    values.push({ metric, tags, unit, value, ...stated, ...valueKindOf(of), at: batch.at[row] ?? 0 });
  }
  return values;
}
