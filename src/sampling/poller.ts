/** The poller of one instance: polls its parts, and makes of what they see the state of one device. */

import type { InstanceConfig } from "../model/config.ts";
import type { Fault, InputPoint } from "../model/input.ts";
import type { DropCounts } from "../model/log.ts";
import { type Event, SERVICE_STATUS, type ServiceCheck, type ServiceStatus, serviceStatusWord } from "../model/note.ts";
import type { SampleBuilder } from "../model/samples.ts";
import type { FaultStatus, InstanceStatus } from "../model/status.ts";
import { type Clock, type MonotonicMillis, seconds } from "../model/time.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { LoadPart } from "./bus-load.ts";
import { canConnect, serviceStatus } from "./can-connect.ts";
import { toEvent, toServiceCheck } from "./device-notes.ts";
import type { FaultChange } from "./fault-ledger.ts";
import { PartPoller, type PolledPart } from "./part-poller.ts";
import { faultKey, joinFaults } from "./parts.ts";

/** An unchanged service check is said again this often: an intake forgets one that is older than ten minutes. */
const SERVICE_CHECK_REPEAT = seconds(60);

/** What a poller works with. */
export interface PollerParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Takes the samples of a poll, copies what it keeps, and says whether the log has them, once it does. */
  record(batch: SampleBuilder, dropped: DropCounts): Promise<boolean>;
  recordServiceCheck(check: ServiceCheck): void;
  /** Gives the fault of an instance whose readings are not believed; leaving it out means that all are. */
  doubt?(): Fault | undefined;
  /** Takes an event of the device; leaving it out means that nobody hears of it. */
  recordEvent?(event: Event): void;
}

/** Polls one instance until it is stopped. */
export class Poller {
  readonly instance: InstanceConfig;
  readonly #surroundings: PollerParts;
  readonly #parts: readonly PartPoller[];
  #said: { status: ServiceStatus; at: MonotonicMillis } | undefined;
  #status: ServiceStatus = SERVICE_STATUS.unknown;
  #serviceChecks: InstanceStatus["service_checks"] = { last_run: 0, total: 0 };

  /** Shape: at least one part, the one that is polled most often first. */
  constructor(instance: InstanceConfig, parts: readonly PolledPart[], surroundings: PollerParts) {
    this.instance = instance;
    this.#surroundings = surroundings;
    const { clock, record } = surroundings;
    const label = this.#label;
    this.#parts = parts.map((part) => {
      const poller: PartPoller = new PartPoller(part, {
        ...{ label, clock },
        record,
        doubt: () => surroundings.doubt?.(),
        raise: (event) => surroundings.recordEvent?.(toEvent(instance, event, clock.now())),
        say: (said) => surroundings.recordServiceCheck(toServiceCheck(instance, said, clock.now())),
        hear: (change) => this.#takeState(poller, change),
      });
      return poller;
    });
  }

  /** Begins to poll. */
  start(): void {
    for (const part of this.#parts) part.start();
  }

  /** Tries again what the device refused and is not asked for any more. */
  retry(): void {
    for (const part of this.#parts) part.retry();
  }

  /** Takes the device that answers now for the right one, and says which that is; undefined where it does not tell. */
  accept(): string | undefined {
    return this.#parts.map(({ part }) => part.input.accept?.()).find((device) => device !== undefined);
  }

  /** Ends polling: polls under way are given up, their readings are not used, and the inputs are disposed. */
  async stop(): Promise<void> {
    await Promise.all(this.#parts.map((part) => part.stop()));
  }

  /**
   * Tells what has changed. Whether the device can be reached, the part says that is polled most often: were it the
   * last one polled, a device that refuses one part would come and go.
   */
  #takeState(part: PartPoller, { raised, isCleared }: FaultChange): void {
    const { clock, logger, recordServiceCheck } = this.#surroundings;
    const others = this.#parts.filter((other) => other !== part).flatMap((other) => other.faults.standing);
    const known = new Set(others.map(faultKey));
    for (const fault of raised) {
      if (!known.has(faultKey(fault))) logger.warn(`${this.#label}: ${fault.message}`, { code: fault.code });
    }
    if (isCleared && others.length === 0) logger.info(`${this.#label}: all points are read again`);

    const faults = this.#faults();
    const isReachable = this.#parts.find((each) => each.isReachable !== undefined)?.isReachable ?? false;
    const status = serviceStatus(isReachable, faults.length > 0);
    this.#status = status;
    const isDue = this.#said === undefined || clock.monotonic() - this.#said.at >= SERVICE_CHECK_REPEAT;
    const { total } = this.#serviceChecks;
    const isSaid = this.#said?.status !== status || isDue;
    this.#serviceChecks = isSaid ? { last_run: 1, total: total + 1 } : { last_run: 0, total };
    if (!isSaid) return;
    this.#said = { status, at: clock.monotonic() };
    const messages = faults.map(({ message }) => message);
    recordServiceCheck(canConnect(this.instance, status, messages, clock.now()));
  }

  #faults(): readonly FaultStatus[] {
    return joinFaults(this.#parts.map(({ faults }) => faults.standing));
  }

  get #label(): string {
    return `${this.instance.check}/${this.instance.name}`;
  }

  /** The points that have a series. */
  get points(): readonly InputPoint[] {
    return this.#parts.flatMap(({ points }) => points);
  }

  /** What is polled, and on which bus. */
  get loads(): readonly LoadPart[] {
    return this.#parts.map(({ part }) => part);
  }

  /** What `status` says of this instance. */
  status(): InstanceStatus {
    const parts = this.#parts;
    const sum = (count: (part: PartPoller) => number): number => parts.reduce((total, part) => total + count(part), 0);
    const polls = sum((part) => part.polls);
    const lastPolls = parts.flatMap(({ lastPoll }) => lastPoll ?? []).toSorted((one, other) => other.at - one.at);
    const device = parts[0]?.part.input.describeDevice?.();
    const successes = parts.flatMap(({ lastSuccessAt }) => lastSuccessAt ?? []);
    return {
      check: this.instance.check,
      instance: this.instance.name,
      source: `${this.instance.file}:${this.instance.line}`,
      profile: this.instance.profile?.id || null,
      bus: parts[0]?.part.input.bus ?? "",
      ...(device === undefined ? {} : { device }),
      state: serviceStatusWord(this.#status),
      interval_s: (parts[0]?.part.interval ?? this.instance.interval) / 1000,
      polls,
      failed_polls: sum((part) => part.failedPolls),
      late_polls: sum((part) => part.latePolls),
      sampled: sum((part) => part.sampled),
      series: sum(({ points }) => points.length),
      events: addCounts(parts.map(({ events }) => events)),
      service_checks: addCounts([this.#serviceChecks, ...parts.map(({ serviceChecks }) => serviceChecks)]),
      last_poll: lastPolls[0] ?? null,
      last_success_at: successes.length === 0 ? null : Math.max(...successes),
      average_duration_ms: polls === 0 ? 0 : Math.round(sum((part) => part.durationSum) / polls),
      values: parts.flatMap((part) => part.values()),
      faults: this.#faults(),
    };
  }
}

function addCounts(counts: readonly InstanceStatus["service_checks"][]): InstanceStatus["service_checks"] {
  const sum = (of: (count: InstanceStatus["service_checks"]) => number): number =>
    counts.reduce((total, count) => total + of(count), 0);
  return { last_run: sum(({ last_run }) => last_run), total: sum(({ total }) => total) };
}
