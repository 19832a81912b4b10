import { safeParse } from "valibot";
import { createInput, createLinks, type MqttInput } from "../../../src/inputs/mqtt/input.ts";
import { mqttSettings } from "../../../src/inputs/mqtt/spec.ts";
import type { InstanceConfig } from "../../../src/model/config.ts";
import type { InputMemory, PollOutcome, ReadingColumns } from "../../../src/model/input.ts";
import { seconds } from "../../../src/model/time.ts";
import { FakeBroker, type FakeMessage } from "../../support/fake-broker.ts";
import { FakeClock, settle } from "../../support/fake-clock.ts";

/** One topic, as a file of `conf.d` has it. */
export const TEMPERATURES = { topic: "plant/{line}/temperature", metric: "temperature", unit: "degC" };

/** Makes an instance of `mqtt` by what a file of `conf.d` says. */
export function mqttInstance(written: Readonly<Record<string, unknown>> = {}, seriesMax = 1000): InstanceConfig {
  const result = safeParse(mqttSettings, { broker: "mqtt://broker:1883", topics: [TEMPERATURES], ...written });
  if (!result.success) throw new Error(result.issues.map(({ message }) => message).join("; "));
  return {
    ...{ check: "mqtt", name: "floor", file: "mqtt.d/conf.yaml", line: 2, tags: [], namespace: "" },
    ...{ interval: seconds(15), seriesMax, settings: result.output },
  };
}

/** A memory that lasts as long as a test. */
export function createMemory(): InputMemory {
  const kept = new Map<string, unknown>();
  return { read: (key) => kept.get(key), write: (key, value) => void kept.set(key, value) };
}

/** What a row of an outcome is: the reading's metric with its tags, value, moment and flags. */
export interface Row {
  readonly series: string;
  readonly value: number;
  readonly at: number;
  readonly flags: number;
}

/** An input in front of a fake broker. */
export class MqttBench {
  readonly clock = new FakeClock();
  readonly broker = new FakeBroker();
  readonly input: MqttInput;
  eagerCount = 0;

  constructor(
    written: Readonly<Record<string, unknown>> = {},
    more: { readonly isSingle?: boolean; readonly memory?: InputMemory; readonly seriesMax?: number } = {},
  ) {
    const { seriesMax, ...context } = more;
    const links = createLinks(this.clock, {
      openTcp: this.broker.host.open,
      openTls: this.broker.host.open,
      digestOf: (words) => Buffer.from(words.toReversed().join()).toString("hex"),
    });
    this.input = createInput(mqttInstance(written, seriesMax), { clock: this.clock, links, ...context });
    this.input.onEager(() => {
      this.eagerCount += 1;
    });
  }

  poll(): Promise<PollOutcome> {
    return this.clock.until(this.input.poll(new AbortController().signal));
  }

  /** Connects, sends messages, and polls. */
  async hear(...messages: readonly FakeMessage[]): Promise<PollOutcome> {
    if (!this.input.isConnected) await this.poll();
    this.broker.publish(...messages);
    return await this.poll();
  }

  /** What an outcome brought. */
  rows({ readings }: { readonly readings: ReadingColumns }): Row[] {
    return Array.from({ length: readings.count }, (_, row) => {
      const point = this.input.points[readings.point[row] ?? -1];
      return {
        series: [point?.metric, ...(point?.tags ?? [])].join(" "),
        value: readings.value[row] ?? Number.NaN,
        at: readings.at[row] ?? 0,
        flags: readings.flags[row] ?? 0,
      };
    });
  }

  /** Series and values alone. */
  values(outcome: PollOutcome): [string, number][] {
    return this.rows(outcome).map(({ series, value }) => [series, value]);
  }

  /** The log has what a poll brought, or has refused it. */
  async record(outcome: PollOutcome, isKept = true): Promise<void> {
    outcome.whenRecorded?.(isKept);
    await settle();
  }
}
