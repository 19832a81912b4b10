/**
 * A check of the user as an input: one process for each instance, which runs the check whenever it is polled. What a
 * check does wrong costs itself: a run that does not end, or takes too much memory, ends with its process, and the next
 * poll begins with a new one; one that does so again and again rests in between.
 */

import { Backoff } from "../../model/backoff.ts";
import type { InstanceConfig } from "../../model/config.ts";
import { GatewayError } from "../../model/errors.ts";
import { faultOf, stoppedError } from "../../model/faults.ts";
import type { DeviceEvent, Fault, Input, InputContext, InputPoint, PollOutcome } from "../../model/input.ts";
import { type Clock, epochMillis, type Millis, millis, seconds } from "../../model/time.ts";
import type { CheckProcess, ReceivedReport, RunEnd } from "../../platform/check-process.ts";
import type { RunReport } from "../../platform/check-words.ts";
import { Scrubber } from "../../telemetry/scrubber.ts";
import { CheckHost, type StartCheck } from "./check-host.ts";
import type { SeriesBook } from "./series-book.ts";
import type { CustomSettings } from "./spec.ts";

/** A run may take so long at most, where nothing is said. */
const RUN_MAX = seconds(10);

/** A process may take so long to begin: a small board reads Node from its card first. */
const START_MAX = seconds(30);

/** How often a run that goes on is looked at. */
const LOOK_EVERY = millis(250);

/** After the third process that ended one after the other a check rests, and longer from time to time. */
const RESTS = { freeCount: 2, first: seconds(30), max: seconds(600) };

const MIB = 1024 * 1024;

/** Makes what all instances share. Leaving out `start` means processes of this machine. */
export function createLinks(_clock: Clock, start?: StartCheck): CheckHost {
  return new CheckHost(start);
}

/** Makes the input of one instance, without side effects. */
export function createInput(instance: InstanceConfig, context: InputContext<CheckHost>): Input {
  return new CustomInput(instance, context);
}

class CustomInput implements Input {
  readonly learnsPoints = true;
  readonly points: readonly InputPoint[];
  readonly bus: string;
  readonly #instance: InstanceConfig;
  readonly #settings: CustomSettings;
  readonly #context: InputContext<CheckHost>;
  readonly #book: SeriesBook;
  /** What a check says goes to intakes too, and it may say what it was told. */
  readonly #scrubber: Scrubber;
  readonly #runMax: Millis;
  #process: CheckProcess | undefined;
  #opening: Promise<RunEnd | undefined> | undefined;
  /** Processes that ended one after the other, without a run between that came to its end. */
  readonly #ends = new Backoff(RESTS);
  #restsUntil = Number.NEGATIVE_INFINITY;
  #lastEnd = "";
  #isDisposed = false;

  constructor(instance: InstanceConfig, context: InputContext<CheckHost>) {
    this.#instance = instance;
    this.#settings = instance.settings as CustomSettings;
    this.#scrubber = new Scrubber(this.#settings.secrets);
    this.#context = context;
    this.#book = context.links.bookOf(instance, context.isSingle === true);
    this.points = this.#book.points;
    const { run_timeout } = this.#settings;
    this.#runMax = run_timeout === undefined ? millis(Math.min(instance.interval, RUN_MAX)) : seconds(run_timeout);
    this.bus = `${this.#settings.code.file} as ${instance.name}`;
  }

  async open(signal: AbortSignal): Promise<void> {
    if (this.#isDisposed) throw stoppedError(this.#file);
    const end = await this.#open(signal);
    if (end !== undefined) throw new GatewayError("INPUT_CHECK_ENDED", this.#tell(end));
  }

  async poll(signal: AbortSignal): Promise<PollOutcome> {
    signal.throwIfAborted();
    if (this.#isDisposed) return failed(stoppedError(this.#file));
    const { clock } = this.#context;
    const restMs = this.#restsUntil - clock.monotonic();
    if (restMs > 0) {
      const left = Math.ceil(restMs / 1000);
      const message = `${this.#lastEnd} It has ended ${this.#ends.failures} times, so it rests ${left} s.`;
      return failed({ code: "INPUT_CHECK_ENDED", message });
    }
    const opened = await this.#open(signal);
    const end = opened ?? (await this.#guard((process) => process.run(), this.#runMax, signal));
    if (this.#isDisposed) return failed(stoppedError(this.#file));
    if (end.kind !== "report") return this.#take(end);
    this.#ends.clear();
    return this.#read(end);
  }

  /** Lets a check that rests begin again. */
  retry(): void {
    this.#ends.clear();
    this.#restsUntil = Number.NEGATIVE_INFINITY;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    this.#end();
  }

  /** Starts a process where there is none; undefined when the check is made. */
  async #open(signal: AbortSignal): Promise<RunEnd | undefined> {
    if (this.#process === undefined) {
      this.#book.begin();
      const process = await this.#context.links.start(this.#instance);
      if (this.#isDisposed || signal.aborted) process.end();
      signal.throwIfAborted();
      this.#process = process;
      this.#opening = this.#guard(() => process.opened, START_MAX, signal);
    }
    const end = await this.#opening;
    if (end !== undefined) this.#end();
    return end;
  }

  /** Waits for what a process is asked for, no longer than it may take, and ends it where that is too much. */
  async #guard<End extends RunEnd | undefined>(
    ask: (process: CheckProcess) => Promise<End>,
    timeMax: Millis,
    signal: AbortSignal,
  ): Promise<End | RunEnd> {
    const process = this.#process;
    if (process === undefined) return { kind: "ended", what: "was ended" };
    // What grew from run to run, or between two, shows at the start of one.
    const already = this.#findTooMuch(process, 0, timeMax);
    if (already !== undefined) return { kind: "ended", what: already };
    const { clock } = this.#context;
    const { promise: tooMuch, resolve, reject } = Promise.withResolvers<RunEnd>();
    const since = clock.monotonic();
    const look = (): void => {
      const what = this.#findTooMuch(process, clock.monotonic() - since, timeMax);
      if (what !== undefined) resolve({ kind: "ended", what });
      else timer = clock.after(`look at ${this.#label}`, nextLook(clock.monotonic() - since, timeMax), look);
    };
    const giveUp = (): void => reject(signal.reason);
    let timer = clock.after(`look at ${this.#label}`, nextLook(0, timeMax), look);
    signal.addEventListener("abort", giveUp);
    try {
      return await Promise.race([ask(process), tooMuch]);
    } catch (error) {
      this.#end();
      throw error;
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", giveUp);
    }
  }

  #findTooMuch(process: CheckProcess, elapsed: number, timeMax: Millis): string | undefined {
    const bytes = process.privateBytes() ?? 0;
    const { memory_limit } = this.#settings;
    if (bytes > memory_limit * MIB) {
      return `took ${Math.round(bytes / MIB)} MiB, more than its memory_limit of ${memory_limit}, and was ended`;
    }
    if (elapsed < timeMax) return undefined;
    return `did not come to its end within ${timeMax / 1000} s, and was ended: mind loops and what it waits for, or set run_timeout`;
  }

  /**
   * Takes it that a process ended, or never began; the next poll begins with a new one, at once or after a rest. What
   * it told until then was measured all the same.
   */
  #take(end: RunEnd): PollOutcome {
    const told = this.#end();
    const message = this.#tell(end);
    this.#lastEnd = message;
    this.#restsUntil = this.#context.clock.monotonic() + this.#ends.fail();
    const error = { code: end.kind === "failed" ? "INPUT_CHECK_FAILED" : "INPUT_CHECK_ENDED", message } as const;
    if (told === undefined) return failed(error);
    const outcome = this.#read(told);
    return { ...outcome, faults: [faultOf(error), ...outcome.faults], isReachable: false };
  }

  #read({ report, receivedAt }: ReceivedReport): PollOutcome {
    const { clock, say } = this.#context;
    const booked = this.#book.take(report, { now: clock.now(), receivedAt });
    const faults: Fault[] = [...booked.faults];
    const { error, warnings, lines, events, serviceChecks } = this.#scrubber.scrubAll({
      ...report,
      ...{ series: [], readings: [] },
    });
    for (const line of lines) say?.(line);
    if (error !== undefined)
      faults.push(faultOf({ code: "INPUT_CHECK_FAILED", message: `${this.#file} failed: ${error}.` }));
    if (warnings.length > 0) faults.push(faultOf({ code: "INPUT_CHECK_WARNING", message: warnings.join(" ") }));
    return {
      ...booked,
      faults,
      absent: 0,
      isReachable: error === undefined,
      events: events.map((event) => toDeviceEvent(event, clock.now())),
      serviceChecks,
    };
  }

  #end(): ReceivedReport | undefined {
    const told = this.#process?.end();
    this.#process = undefined;
    this.#opening = undefined;
    return told;
  }

  #tell(end: RunEnd): string {
    if (end.kind === "report") return "";
    const what = this.#scrubber.scrub(end.what);
    return end.kind === "failed" ? `${this.#file} failed: ${what}.` : `The process of ${this.#file} ${what}.`;
  }

  get #file(): string {
    return this.#settings.code.file;
  }

  get #label(): string {
    return `${this.#instance.check}:${this.#instance.name}`;
  }
}

/** A process that goes on is looked at now and then, and when its time is over. */
function nextLook(elapsed: number, timeMax: Millis): Millis {
  return millis(Math.max(1, Math.min(LOOK_EVERY, timeMax - elapsed)));
}

function toDeviceEvent({ at, ...event }: RunReport["events"][number], now: number): DeviceEvent {
  return at === null ? event : { ...event, at: epochMillis(Math.max(0, Math.min(Math.round(at), now))) };
}

function failed(error: Pick<Fault, "code" | "message">): PollOutcome {
  const empty = {
    point: new Uint16Array(),
    at: new Float64Array(),
    value: new Float64Array(),
    flags: new Uint8Array(),
  };
  return { readings: { ...empty, count: 0 }, faults: [faultOf(error)], absent: 0, isReachable: false };
}
