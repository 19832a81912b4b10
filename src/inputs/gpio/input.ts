/** GPIO as an input: one instance is one line, which the kernel watches between polls. It never drives a line. */

import assert from "node:assert/strict";
import { Mailbox } from "../../mailbox/mailbox.ts";
import type { InstanceConfig } from "../../model/config.ts";
import { GatewayError } from "../../model/errors.ts";
import { faultOf, stoppedError } from "../../model/faults.ts";
import type { DeviceEvent, Fault, Input, InputContext, InputPoint, PollOutcome } from "../../model/input.ts";
import { canonicalUnit } from "../../model/metrics.ts";
import { type Clock, type MonotonicMillis, seconds } from "../../model/time.ts";
import { unitFactor } from "../../model/units.ts";
import type { GpioLine, GpioWay, OpenGpioLine } from "../../platform/gpio-line.ts";
import type { EdgeBatch } from "../../platform/gpio-uapi.ts";
import { createGpioOpener } from "../../platform/open-gpio-line.ts";
import { KeptTotal } from "./kept-total.ts";
import { LineLink } from "./line-link.ts";
import { LineTally } from "./line-tally.ts";
import { lineBusOf, placeOf, wishOf } from "./place.ts";
import { type LinePoint, pointsOf, rateFactorOf } from "./points.ts";
import type { GpioSettings, Measure } from "./spec.ts";

/** Edges of one line that wait for a poll; what is beyond is dropped and counted. */
const EDGES_WAITING_MAX = 5000;

/** A change of level is told at once, but not more often than this. */
const EAGER_EVERY = seconds(1);

/** What needs the level of the line, beside its edges. */
const LEVEL_MEASURES: readonly Measure[] = ["state", "duty", "on_time"];

/** Milliseconds of a second: the steps in which a time is kept. */
const STEPS_PER_SECOND = 1000;

/** What all instances share: how lines are opened, and which are open. */
export interface GpioLinks {
  readonly openerOf: (way: GpioSettings["back_end"]) => OpenGpioLine;
  readonly running: Map<string, GpioInput>;
}

/** Makes what all instances share. `openLine` left out means the real ways. */
export function createLinks(_clock: Clock, openLine?: OpenGpioLine): GpioLinks {
  return {
    openerOf: (way) => openLine ?? createGpioOpener(way === "auto" ? undefined : way),
    running: new Map(),
  };
}

/** Makes the input of one instance, without side effects. */
export function createInput(instance: InstanceConfig, context: InputContext<GpioLinks>): Input {
  return new GpioInput(instance, context);
}

class GpioInput implements Input {
  readonly points: readonly InputPoint[];
  readonly bus: string;
  readonly #points: readonly LinePoint[];
  readonly #settings: GpioSettings;
  readonly #context: InputContext<GpioLinks>;
  readonly #link: LineLink;
  readonly #tally: LineTally;
  readonly #mailbox = new Mailbox(EDGES_WAITING_MAX + 16);
  readonly #totals = new Map<Measure, KeptTotal>();
  readonly #stateIndex: number;
  readonly #rateFactor: number;
  #beEager: (() => void) | undefined;
  #eagerAt = Number.NEGATIVE_INFINITY;
  #way: string | undefined;
  #isDisposed = false;

  constructor(instance: InstanceConfig, context: InputContext<GpioLinks>) {
    const settings = instance.settings as GpioSettings;
    const { clock, links } = context;
    this.#settings = settings;
    this.#context = context;
    this.#points = pointsOf(settings);
    this.points = this.#points;
    this.bus = lineBusOf(settings);
    this.#rateFactor = rateFactorOf(settings);
    this.#stateIndex = this.#points.findIndex(({ measure }) => measure === "state");
    const wish = wishOf(settings);
    this.#tally = new LineTally(wish.edges);
    this.#link = new LineLink({
      ...{ place: placeOf(settings), wish, clock, openLine: links.openerOf(settings.back_end) },
      onEdges: (batch) => this.#takeEdges(batch),
      onOpen: (line) => this.#begin(line),
    });
    for (const point of this.#points) {
      const total = this.#totalOf(instance, point);
      if (total !== undefined) this.#totals.set(point.measure, total);
    }
  }

  onEager(listener: () => void): void {
    this.#beEager = listener;
  }

  describeDevice(): string | undefined {
    return this.#way;
  }

  async open(signal: AbortSignal): Promise<void> {
    if (this.#isDisposed) throw this.#stopped();
    if (!this.#isGuest) this.#context.links.running.set(this.bus, this);
    await this.#link.open(signal);
  }

  /** The columns of the outcome are filled anew by the next poll but one. */
  async poll(signal: AbortSignal): Promise<PollOutcome> {
    signal.throwIfAborted();
    const host = this.#host;
    if (host !== undefined) return host.#look();
    try {
      await this.open(signal);
      this.#link.line?.drain();
      // What was lost without a word shows only now.
      await this.open(signal);
      const lackOfTotal = await this.#resumeTotals();
      signal.throwIfAborted();
      if (this.#isDisposed) throw this.#stopped();
      return this.#read(lackOfTotal);
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      if (!(cause instanceof GatewayError)) throw cause;
      return this.#failed(cause);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    // What came since the last poll counts in the total that is kept.
    this.#link.line?.drain();
    this.#link.close();
    this.#keepTotals(true);
    const { running } = this.#context.links;
    if (running.get(this.bus) === this) running.delete(this.bus);
  }

  /** Whether it only looks at a line once. */
  get #isGuest(): boolean {
    return this.#context.isSingle === true;
  }

  /** The instance that holds the line already; a line has one user. */
  get #host(): GpioInput | undefined {
    return this.#isGuest && !this.#isDisposed ? this.#context.links.running.get(this.bus) : undefined;
  }

  #begin(line: GpioLine): void {
    const { clock } = this.#context;
    this.#way = `${line.inWords}, by ${WAYS[line.way]}`;
    let level: boolean | undefined;
    try {
      level = this.#needsLevel ? line.isActive() : undefined;
    } catch (cause) {
      if (!(cause instanceof GatewayError)) throw cause;
    }
    this.#tally.begin(clock.monotonic(), level);
  }

  #takeEdges(batch: EdgeBatch): void {
    const { clock } = this.#context;
    const missed = this.#tally.take(batch);
    if (this.#stateIndex === -1) return;
    if (missed > 0) this.#mailbox.drop("backpressure", missed);
    const wall = clock.now();
    const lead = wall - clock.monotonic();
    for (let row = 0; row < batch.count; row += 1) {
      const at = Math.min(wall, Math.round(lead + (batch.at[row] ?? 0)));
      if (this.#mailbox.count >= EDGES_WAITING_MAX) this.#mailbox.drop("backpressure");
      else this.#mailbox.put(this.#stateIndex, at, batch.isRising[row] ?? 0);
    }
    const now = clock.monotonic();
    if (this.#mailbox.count < EDGES_WAITING_MAX / 2 && now - this.#eagerAt < EAGER_EVERY) return;
    this.#eagerAt = now;
    this.#beEager?.();
  }

  #read(lackOfTotal: GatewayError | undefined): PollOutcome {
    const { clock } = this.#context;
    this.#link.line?.drain();
    const { line } = this.#link;
    if (line === undefined) throw this.#lost();
    const faults: Fault[] = [];
    const now = clock.monotonic();
    const lackOfLevel = this.#readLevel(line, now);
    if (lackOfLevel !== undefined) faults.push(this.#faultOf(lackOfLevel, LEVEL_MEASURES));
    if (lackOfTotal !== undefined) faults.push(this.#faultOf(lackOfTotal, [...this.#totals.keys()]));
    const absent = this.#putValues(this.#mailbox, now, faults);
    this.#keepTotals();
    const { readings, dropped } = this.#mailbox.drain();
    if ((dropped.backpressure ?? 0) > 0) faults.push(this.#describeFlood(dropped.backpressure ?? 0));
    return { readings, faults, absent, isReachable: true, dropped, events: this.#describeReturn() };
  }

  /** What a line that another one holds tells, without taking anything away from it. */
  #look(): PollOutcome {
    const line = this.#link.line;
    if (line === undefined) return this.#failed(this.#lost());
    const mailbox = new Mailbox(this.points.length);
    const faults: Fault[] = [];
    const now = this.#context.clock.monotonic();
    const lackOfLevel = this.#readLevel(line, now);
    if (lackOfLevel !== undefined) faults.push(this.#faultOf(lackOfLevel, LEVEL_MEASURES));
    const absent = this.#putValues(mailbox, now, faults, true);
    return { readings: mailbox.drain().readings, faults, absent, isReachable: true };
  }

  /** Gives why the level cannot be read. */
  #readLevel(line: GpioLine, now: MonotonicMillis): GatewayError | undefined {
    if (!this.#needsLevel) return undefined;
    try {
      const level = line.isActive();
      if (level !== this.#tally.level) this.#tally.setLevel(now, level);
      return undefined;
    } catch (cause) {
      if (cause instanceof GatewayError) return cause;
      throw cause;
    }
  }

  /** Puts a value of each point in that has one and no fault; gives how many have none. */
  #putValues(target: Mailbox, now: MonotonicMillis, faults: readonly Fault[], isLook = false): number {
    const at = this.#context.clock.now();
    const faulty = new Set(faults.flatMap(({ points }) => points));
    const values = this.#valuesOf(now, isLook);
    let absent = 0;
    for (const [index, { name, measure }] of this.#points.entries()) {
      if (faulty.has(name)) continue;
      const value = values(measure);
      if (value === undefined || Number.isNaN(value)) absent += 1;
      else target.put(index, at, value);
    }
    return absent;
  }

  #valuesOf(now: MonotonicMillis, isLook: boolean): (measure: Measure) => number | undefined {
    const tally = this.#tally;
    const { pulses_per_turn, zero_after } = this.#settings;
    const frequency = isLook ? tally.frequency : tally.takeFrequency(now, zero_after * 1000);
    const duty = isLook ? Number.NaN : tally.takeDuty(now);
    return (measure) => {
      switch (measure) {
        case "state":
          return tally.level === undefined ? undefined : Number(tally.level);
        case "pulses":
          return this.#totals.get(measure)?.after(tally.pulses);
        case "rate":
          return frequency * this.#rateFactor;
        case "frequency":
          return frequency;
        case "rpm":
          return (60 * frequency) / pulses_per_turn;
        case "duty":
          return 100 * duty;
        case "on_time":
          return this.#totals.get(measure)?.after(Math.floor(tally.activeMs(now)));
        case "missed":
          return tally.missed;
      }
    };
  }

  /** Gives why what was counted before is not known, where that is so. */
  async #resumeTotals(): Promise<GatewayError | undefined> {
    try {
      for (const total of this.#totals.values()) await total.resume();
      return undefined;
    } catch (cause) {
      if (cause instanceof GatewayError) return cause;
      throw cause;
    }
  }

  #keepTotals(isLast = false): void {
    if (this.#isGuest) return;
    const now = this.#context.clock.monotonic();
    for (const [measure, total] of this.#totals) {
      total.keep(measure === "pulses" ? this.#tally.pulses : Math.floor(this.#tally.activeMs(now)), now, isLast);
    }
  }

  #totalOf({ check, name }: InstanceConfig, point: LinePoint): KeptTotal | undefined {
    const { measure, metric, unit } = point;
    if (measure !== "pulses" && measure !== "on_time") return undefined;
    const factor = unitFactor(unit, canonicalUnit(metric, unit));
    assert(factor !== undefined, "the spec has only units of the metric");
    const { memory, lastLogged } = this.#context;
    const isCount = measure === "pulses";
    return new KeptTotal({
      ...{ key: `${check} ${name} ${point.name}`, metric, factor, memory },
      startAt: isCount ? this.#settings.start_at : 0,
      stepsPerUnit: isCount ? this.#settings.pulses_per_unit : STEPS_PER_SECOND,
      lastLogged: lastLogged === undefined ? undefined : () => lastLogged(point),
    });
  }

  get #needsLevel(): boolean {
    return this.#points.some(({ measure }) => LEVEL_MEASURES.includes(measure));
  }

  #faultOf(error: GatewayError, measures: readonly Measure[]): Fault {
    return faultOf(
      error,
      this.#points.filter(({ measure }) => measures.includes(measure)),
    );
  }

  #describeFlood(count: number): Fault {
    const message =
      `GPIO ${placeOf(this.#settings).inWords} changed more often than could be told of one by one; ${count} of them ` +
      `${count === 1 ? "is" : "are"} dropped and counted, totals are whole. Set \`debounce\`, or leave \`state\` out of ` +
      "`measure`.";
    return { code: "INPUT_FLOODED", message, points: [] };
  }

  /** A line that was lost between two polls and is back has had edges that nobody counted. */
  #describeReturn(): readonly DeviceEvent[] {
    const reason = this.#link.takeLossReason();
    if (reason === undefined) return [];
    const { inWords } = placeOf(this.#settings);
    const text = `It was gone because ${reason}, and was opened again. Edges in between were not counted.`;
    return [{ title: `GPIO ${inWords} was lost and is back`, text, aggregationKey: this.bus }];
  }

  #failed(error: GatewayError): PollOutcome {
    const { readings, dropped } = this.#mailbox.drain();
    // Edges that were seen before the line was lost did happen.
    return { readings, faults: [faultOf(error, this.#points)], absent: 0, isReachable: false, dropped };
  }

  #lost(): GatewayError {
    const reason = this.#link.lossReason ?? "it was closed";
    const { inWords } = placeOf(this.#settings);
    return new GatewayError(
      "INPUT_LINK_CLOSED",
      `GPIO ${inWords} is gone: ${reason}. It is opened again by each poll.`,
    );
  }

  #stopped(): GatewayError {
    return stoppedError(`GPIO ${placeOf(this.#settings).inWords}`);
  }
}

const WAYS: Readonly<Record<GpioWay, string>> = {
  "character-device": "the character device",
  sysfs: "sysfs",
  simulated: "its pipe",
};
