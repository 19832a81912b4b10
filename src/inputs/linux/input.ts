/** What Linux shows as files, as an input: sensors with a driver of the kernel, and the machine itself. */

import { describeDrops } from "../../mailbox/drop-faults.ts";
import { PointList } from "../../mailbox/point-list.ts";
import { type InstanceConfig, SERIES_MAX } from "../../model/config.ts";
import { GatewayError } from "../../model/errors.ts";
import { faultOf, stoppedError } from "../../model/faults.ts";
import type { Fault, Input, InputContext, InputPoint, PollOutcome } from "../../model/input.ts";
import { canonicalUnit } from "../../model/metrics.ts";
import { type Clock, type Millis, millis, seconds, sleep } from "../../model/time.ts";
import { openSystemFiles, type SystemFiles } from "../../platform/system-files.ts";
import { HostReport, type HostValue } from "./host-report.ts";
import { createSensor, type Sensor } from "./sensor.ts";
import type { HostGroup, LinuxSettings } from "./spec.ts";

/** Rates need two looks; whoever polls once waits so long for the second. */
const SECOND_LOOK = seconds(1);

/** How long a read that hung before may still take before its sensor is left out. */
const GRACE = millis(20);

/** So much of what is wrong with one group is said. */
const MESSAGES_MAX = 3;

/** Opens the files of a machine that begin at `root`. */
export type OpenSystemFiles = (root: string) => SystemFiles;

/** What instances share: how files are opened. */
export function createLinks(_clock: Clock): OpenSystemFiles {
  return openSystemFiles;
}

/** Makes the input of one instance, without side effects. */
export function createInput(instance: InstanceConfig, context: InputContext<OpenSystemFiles>): Input {
  return new LinuxInput(instance, context);
}

/** A reading on its way into columns. */
interface Row {
  readonly point: number;
  readonly at: number;
  readonly value: number;
  readonly flags: number;
}

class LinuxInput implements Input {
  readonly bus: string;
  readonly #instance: InstanceConfig;
  readonly #settings: LinuxSettings;
  readonly #clock: Clock;
  readonly #files: SystemFiles;
  readonly #list: PointList;
  readonly #sensors: readonly Sensor[];
  readonly #host: HostReport;
  readonly #isSingle: boolean;
  /** The points that each group has told of so far. */
  readonly #told = new Map<HostGroup, Set<number>>();
  /** Reads that have not ended in time: a sensor is not read again before it has answered. */
  readonly #hanging = new Map<string, Promise<unknown>>();
  readonly #stopping = new AbortController();

  constructor(instance: InstanceConfig, { clock, links, isSingle = false }: InputContext<OpenSystemFiles>) {
    this.#instance = instance;
    this.#settings = instance.settings as LinuxSettings;
    this.#clock = clock;
    this.#files = links(this.#settings.root);
    this.#isSingle = isSingle;
    this.#sensors = this.#settings.sensors.map(createSensor);
    this.bus = this.#sensors.some(({ isOneWire }) => isOneWire) ? "linux://1-wire" : `linux://${instance.name}`;
    this.#list = new PointList(instance.seriesMax ?? SERIES_MAX);
    for (const { point } of this.#sensors) this.#list.indexOf(point.name, () => point);
    this.#host = new HostReport(this.#files, this.#settings);
  }

  /** Which disks and interfaces there are, only the machine tells. */
  get learnsPoints(): boolean {
    return this.#settings.host.length > 0;
  }

  get points(): readonly InputPoint[] {
    return this.#list.points;
  }

  /** There is nothing to hold open; what is asked for has to be there. */
  async open(signal: AbortSignal): Promise<void> {
    if (this.#stopping.signal.aborted) throw stoppedError(this.#name);
    const { faults, isReachable } = await this.poll(signal);
    const [first] = faults;
    if (!isReachable && first !== undefined) throw new GatewayError(first.code, first.message);
  }

  /** The first poll of all gives no rates; one that stays alone looks twice. */
  async poll(signal: AbortSignal): Promise<PollOutcome> {
    signal.throwIfAborted();
    if (this.#isSingle && this.#settings.host.length > 0) {
      await this.#readHost(signal, [], []);
      await sleep(this.#clock, "the second look at the host", SECOND_LOOK, signal);
      signal.throwIfAborted();
    }
    const rows: Row[] = [];
    const faults: Fault[] = [];
    await this.#readSensors(signal, rows, faults);
    const refusedCount = await this.#readHost(signal, rows, faults);
    if (this.#stopping.signal.aborted) {
      return outcomeOf([], [faultOf(stoppedError(this.#name))]);
    }
    const dropped = refusedCount === 0 ? {} : { "series-limit": refusedCount };
    const limits = { countMax: 0, seriesMax: this.#list.countMax };
    faults.push(...describeDrops(dropped, this.#name, limits));
    return { ...outcomeOf(rows, faults), dropped };
  }

  async #readSensors(signal: AbortSignal, rows: Row[], faults: Fault[]): Promise<void> {
    for (const [point, sensor] of this.#sensors.entries()) {
      const points = [sensor.point.name];
      const read = await this.#inTime(sensor.point.name, signal, () => sensor.read(this.#files));
      if (read === undefined) {
        const message = `${sensor.point.name}: the kernel has not read this sensor in ${this.#settings.timeout} s. Look at its wires.`;
        faults.push({ code: "INPUT_TIMEOUT", message, points });
      } else if ("fault" in read) {
        faults.push({ code: "INPUT_EXCEPTION", message: `${sensor.point.name}: ${read.fault}`, points });
      } else {
        rows.push({ point, at: this.#clock.now(), value: read.value, flags: read.flags });
      }
    }
  }

  /** Gives how many values found no room for a series of their own. */
  async #readHost(signal: AbortSignal, rows: Row[], faults: Fault[]): Promise<number> {
    let refusedCount = 0;
    for (const group of this.#settings.host) {
      const report = await this.#inTime(group, signal, () => this.#host.read(group, this.#clock.monotonic()));
      const at = this.#clock.now();
      const told = new Set<number>();
      for (const value of report?.values ?? []) {
        const point = this.#list.indexOf([value.metric, ...value.tags].join(" "), () => hostPoint(value));
        if (point === undefined) refusedCount += 1;
        else {
          rows.push({ point, at, value: value.value, flags: 0 });
          told.add(point);
        }
      }
      const lacking = this.#learn(group, told);
      if (report === undefined) {
        const message = `The kernel has not told of ${group} in ${this.#settings.timeout} s.`;
        faults.push({ code: "INPUT_TIMEOUT", message, points: lacking });
      } else if (report.faults.length > 0) {
        faults.push({ code: "INPUT_EXCEPTION", message: joinSome(report.faults), points: lacking });
      }
    }
    return refusedCount;
  }

  /**
   * Takes what a group told; gives the names of those it told before and not now, or its own where there are none:
   * faults of one code on the same points are one fault to those who count them.
   */
  #learn(group: HostGroup, told: ReadonlySet<number>): readonly string[] {
    const known = this.#told.get(group) ?? new Set();
    this.#told.set(group, known);
    const lacking = [...known].filter((point) => !told.has(point)).map((point) => this.points[point]?.name ?? "");
    for (const point of told) known.add(point);
    return lacking.length > 0 ? lacking : [group];
  }

  /**
   * Reads, or gives undefined when that takes too long. What hangs in the kernel cannot be ended, and holds one of the
   * few threads that the log needs too, so it is waited for and never started twice.
   */
  async #inTime<T extends object>(name: string, signal: AbortSignal, read: () => Promise<T>): Promise<T | undefined> {
    const hanging = this.#hanging.get(name);
    if (hanging !== undefined) await Promise.race([hanging, sleep(this.#clock, `end of ${name}`, GRACE, signal)]);
    signal.throwIfAborted();
    if (this.#hanging.has(name) || this.#stopping.signal.aborted) return undefined;
    const given = new AbortController();
    const end = (): void => given.abort();
    signal.addEventListener("abort", end, { once: true });
    this.#stopping.signal.addEventListener("abort", end, { once: true });
    const reading = read();
    const limit = sleep(this.#clock, `read ${name}`, seconds(this.#settings.timeout) as Millis, given.signal);
    try {
      const first = await Promise.race([reading, limit]);
      signal.throwIfAborted();
      if (first !== undefined) return first;
      const ended = reading.then(() => this.#hanging.delete(name));
      this.#hanging.set(name, ended);
      return undefined;
    } finally {
      given.abort();
      signal.removeEventListener("abort", end);
      this.#stopping.signal.removeEventListener("abort", end);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    return Promise.resolve();
  }

  get #name(): string {
    return `linux/${this.#instance.name}`;
  }
}

function joinSome(messages: readonly string[]): string {
  const left = messages.length - MESSAGES_MAX;
  return [...messages.slice(0, MESSAGES_MAX), ...(left > 0 ? [`${left} more like this.`] : [])].join(" ");
}

function hostPoint({ metric, tags }: HostValue): InputPoint {
  return { name: [metric, ...tags].join(" "), metric, unit: canonicalUnit(metric, ""), tags, isBare: true };
}

/** A machine that gives anything is there. */
function outcomeOf(rows: readonly Row[], faults: readonly Fault[]): PollOutcome {
  return {
    readings: {
      point: Uint16Array.from(rows, ({ point }) => point),
      at: Float64Array.from(rows, ({ at }) => at),
      value: Float64Array.from(rows, ({ value }) => value),
      flags: Uint8Array.from(rows, ({ flags }) => flags),
      count: rows.length,
    },
    faults,
    absent: 0,
    isReachable: rows.length > 0,
  };
}
