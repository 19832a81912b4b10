/** An input whose polls are scripted: each poll takes the next outcome, the last one repeats. */

import type { DeviceEvent, DeviceServiceCheck, Fault, Input, InputPoint, PollOutcome } from "../../src/model/input.ts";
import type { DropCounts } from "../../src/model/log.ts";
import type { Clock, Millis, MonotonicMillis } from "../../src/model/time.ts";

/** One scripted poll: values by the index of their point, and what went wrong. */
export interface ScriptedPoll {
  readonly values?: readonly (readonly [point: number, value: number])[];
  readonly faults?: readonly Fault[];
  readonly isReachable?: boolean;
  readonly events?: readonly DeviceEvent[];
  readonly serviceChecks?: readonly DeviceServiceCheck[];
  readonly dropped?: DropCounts;
  readonly whenRecorded?: (isKept: boolean) => void;
  /** What the input learns of in this poll; its values may be among those of the poll. */
  readonly newPoints?: readonly InputPoint[];
  /** After how long the input wants to be polled again; leaving it out means at its interval. */
  readonly pollAgainIn?: Millis;
  /** Resolves when the device answers; leaving it out means at once. */
  readonly answer?: Promise<void>;
}

/** Plays a script of polls on the bus `fake://bus`. */
export class FakeInput implements Input {
  readonly bus = "fake://bus";
  readonly points: InputPoint[];
  /** Calls the poller. */
  hurry: () => void = () => undefined;
  isDisposed = false;
  polls = 0;
  readonly #script: readonly ScriptedPoll[];
  readonly #clock: Clock;

  constructor(points: readonly InputPoint[], script: readonly ScriptedPoll[], clock: Clock) {
    this.points = [...points];
    this.#script = script;
    this.#clock = clock;
  }

  onEager(listener: () => void): void {
    this.hurry = listener;
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  async poll(signal: AbortSignal): Promise<PollOutcome> {
    const step = this.#script[Math.min(this.polls, this.#script.length - 1)] ?? {};
    this.polls += 1;
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
    await Promise.race([step.answer ?? Promise.resolve(), aborted]);
    const values = step.values ?? [];
    this.points.push(...(step.newPoints ?? []));
    return {
      readings: {
        point: Uint16Array.from(values, ([point]) => point),
        at: Float64Array.from(values, () => this.#clock.now()),
        value: Float64Array.from(values, ([, value]) => value),
        flags: new Uint8Array(values.length),
        count: values.length,
      },
      faults: step.faults ?? [],
      absent: 0,
      isReachable: step.isReachable ?? true,
      ...(step.events === undefined ? {} : { events: step.events }),
      ...(step.serviceChecks === undefined ? {} : { serviceChecks: step.serviceChecks }),
      ...(step.dropped === undefined ? {} : { dropped: step.dropped }),
      ...(step.whenRecorded === undefined ? {} : { whenRecorded: step.whenRecorded }),
      ...(step.pollAgainIn === undefined
        ? {}
        : { pollAgainAt: (this.#clock.monotonic() + step.pollAgainIn) as MonotonicMillis }),
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true;
    return Promise.resolve();
  }
}

/** A point of a metric that needs no conversion. */
export function voltagePoint(name: string): InputPoint {
  return { name, metric: "voltage", unit: "V", tags: [`phase:${name}`] };
}
