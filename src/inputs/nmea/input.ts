/**
 * Receivers of satellites as an input, and the instruments that talk like them. They talk by themselves; what was said
 * waits for the next poll. It never writes to a receiver, and asks gpsd only to be told.
 */

import type { InstrumentReport } from "../../decode/nmea-instruments.ts";
import { describeDrops } from "../../mailbox/drop-faults.ts";
import { Mailbox } from "../../mailbox/mailbox.ts";
import { PointList } from "../../mailbox/point-list.ts";
import { Backoff } from "../../model/backoff.ts";
import { type InstanceConfig, SERIES_MAX } from "../../model/config.ts";
import { GatewayError } from "../../model/errors.ts";
import { faultOf, stoppedError } from "../../model/faults.ts";
import type { DeviceEvent, Fault, Input, InputContext, InputPoint, PollOutcome } from "../../model/input.ts";
import { type Clock, epochMillis, type MonotonicMillis, millis, seconds, sleep } from "../../model/time.ts";
import { untilAborted } from "../../model/until-aborted.ts";
import type { LineOpeners } from "../../platform/open-line.ts";
import { openSerialPort } from "../../platform/serial-port.ts";
import { openTcpSocket } from "../../platform/tcp-socket.ts";
import type { Arrival, GpsEpoch, Position } from "./epoch-merger.ts";
import { describeFlaws, describeSilence } from "./heard-faults.ts";
import { type ReceiverLinks, receiverBusOf, receiverOf, timeoutOf } from "./place.ts";
import { instrumentPoint, type OwnName, type PlacedName, PointPlan, transducerPoint } from "./points.ts";
import { Receiver } from "./receiver.ts";
import { SharedLines } from "./shared-lines.ts";
import type { NmeaSettings } from "./spec.ts";
import { canTellTime } from "./time-teller.ts";
import { Whereabouts } from "./whereabouts.ts";

/** A receiver is late now and then; a reading this much too early counts as being on time. */
const EARLY_SHARE = 0.1;

/** When who cannot be reached is tried again, if that is before the next poll. */
const RETRY = { first: seconds(1), max: seconds(60) };

/** Makes what all instances share. Openers left out mean real sockets and ports. */
export function createLinks(_clock: Clock, openers: Partial<LineOpeners> = {}): ReceiverLinks {
  return { openTcp: openTcpSocket, openSerial: openSerialPort, lines: new SharedLines(), ...openers };
}

/** Makes the input of one instance, without side effects. */
export function createInput(instance: InstanceConfig, context: InputContext<ReceiverLinks>): Input {
  return new NmeaInput(instance, context);
}

class NmeaInput implements Input {
  readonly bus: string;
  readonly #settings: NmeaSettings;
  readonly #label: string;
  readonly #clock: Clock;
  readonly #offerTime: InputContext["offerTime"];
  readonly #plan: PointPlan;
  readonly #list: PointList;
  readonly #mailbox = new Mailbox();
  readonly #receiver: Receiver;
  readonly #whereabouts: Whereabouts;
  readonly #backoff = new Backoff(RETRY);
  readonly #sampleInterval: number;
  /** Of one that is polled but once: the first epoch, of which the beginning may have been missed. */
  #held: GpsEpoch | undefined;
  #isHolding: boolean;
  #epochDue = Number.NEGATIVE_INFINITY;
  readonly #instrumentDue = new Map<number, number>();
  #events: DeviceEvent[] = [];
  #absent = 0;
  #wake = new AbortController();
  #beEager: () => void = () => undefined;
  #isDisposed = false;

  constructor(
    instance: InstanceConfig,
    { clock, links, memory, isSingle = false, offerTime }: InputContext<ReceiverLinks>,
  ) {
    const settings = instance.settings as NmeaSettings;
    this.#settings = settings;
    this.#label = instance.name;
    this.#clock = clock;
    this.#offerTime = settings.use_time && !isSingle ? offerTime : undefined;
    this.#plan = new PointPlan(settings);
    this.#list = new PointList(Math.max(this.#plan.points.length, instance.seriesMax ?? SERIES_MAX));
    for (const point of this.#plan.points) this.#list.indexOf(point.name, () => point);
    this.bus = receiverBusOf(settings);
    this.#sampleInterval = Math.round(settings.sample_interval * 1000);
    this.#isHolding = isSingle;
    // What is looked at once by a person is nothing to remember.
    this.#whereabouts = new Whereabouts(settings, instance.name, clock, isSingle ? undefined : memory);
    this.#receiver = new Receiver(settings, links, clock, {
      onEpoch: (epoch) => this.#takeEpoch(epoch),
      onInstrument: (report, arrival) => this.#takeInstrument(report, arrival),
      onClose: () => this.#hurry(),
    });
  }

  get points(): readonly InputPoint[] {
    return this.#list.points;
  }

  onEager(listener: () => void): void {
    this.#beEager = listener;
  }

  async open(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#isDisposed) throw this.#stopped();
    await untilAborted(this.#receiver.open(), signal);
  }

  /** The columns of the outcome are filled anew by the poll after the next. */
  async poll(signal: AbortSignal): Promise<PollOutcome> {
    signal.throwIfAborted();
    if (this.#isDisposed) return this.#outcome([faultOf(this.#stopped())], false);
    try {
      await this.open(signal);
      this.#backoff.clear();
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return { ...this.#outcome([faultOf(error)], false), pollAgainAt: this.#retryAt() };
    }
    await this.#waitForReadings(signal);
    signal.throwIfAborted();
    if (this.#isDisposed) return this.#outcome([faultOf(this.#stopped())], false);
    return this.#drain();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isDisposed) this.#whereabouts.keep();
    this.#isDisposed = true;
    this.#receiver.close();
    this.#wake.abort();
  }

  /** What a silent receiver has is nothing: the poll lasts until something comes, or it counts as silent. */
  async #waitForReadings(signal: AbortSignal): Promise<void> {
    for (;;) {
      if (this.#mailbox.count > 0 || this.#isDisposed || signal.aborted || !this.#receiver.isConnected) return;
      const left = this.#receiver.heardAt + timeoutOf(this.#settings) - this.#clock.monotonic();
      if (left <= 0) return;
      this.#wake = new AbortController();
      await sleep(this.#clock, "nmea silence", millis(left), AbortSignal.any([this.#wake.signal, signal]));
    }
  }

  #drain(): PollOutcome {
    if (this.#mailbox.count === 0 && this.#held !== undefined) this.#takeEpoch(this.#held);
    this.#held = undefined;
    const silence = this.#clock.monotonic() - this.#receiver.heardAt;
    const heard = this.#receiver.takeHeard();
    if (!this.#receiver.isConnected && this.#mailbox.count === 0) {
      const message = `${receiverOf(this.#settings)} closed the connection before it told anything; it may serve one client at a time.`;
      const faults: Fault[] = [{ code: "INPUT_LINK_CLOSED", message, points: [] }];
      return { ...this.#outcome(faults, false), pollAgainAt: this.#retryAt() };
    }
    if (silence >= timeoutOf(this.#settings) && this.#mailbox.count === 0) {
      // A connection of which the other end has gone is never told so; the next one may be better.
      this.#receiver.hangUp();
      return this.#outcome([describeSilence(this.#settings, heard, silence)], false);
    }
    const flaws = describeFlaws(this.#settings, heard);
    return this.#outcome(flaws === undefined ? [] : [flaws], true);
  }

  #outcome(faults: readonly Fault[], isReachable: boolean): PollOutcome {
    const { readings, dropped } = this.#mailbox.drain();
    const limits = { countMax: this.#mailbox.countMax, seriesMax: this.#list.countMax };
    const events = this.#events;
    const absent = this.#absent;
    this.#events = [];
    this.#absent = 0;
    const drops = describeDrops(dropped, receiverOf(this.#settings), limits);
    return { readings, dropped, faults: [...faults, ...drops], absent, isReachable, events };
  }

  #takeEpoch(epoch: GpsEpoch): void {
    const { position, arrival, utc } = epoch;
    if (this.#isHolding) {
      this.#isHolding = false;
      this.#held = epoch;
      return;
    }
    if (utc !== undefined && canTellTime(epoch)) {
      this.#offerTime?.({ at: epochMillis(utc), monotonic: arrival.monotonic, source: this.#label });
    }
    if (position !== undefined) {
      const events = this.#whereabouts.see(epoch, position);
      this.#events.push(...events);
      if (events.length > 0) this.#hurry();
    }
    if (!this.#isDue(this.#epochDue, arrival.monotonic)) return;
    this.#epochDue = this.#nextDue(this.#epochDue, arrival.monotonic);
    this.#putEpoch(epoch);
    if (position !== undefined) this.#putPosition(position, arrival);
    else if (epoch.hasFix !== undefined) this.#absent += 1;
    this.#wakeUp();
  }

  #putEpoch({ arrival, fix, quality, utc, ...epoch }: GpsEpoch): void {
    this.#putOwn("fix", arrival, fix);
    this.#putOwn("quality", arrival, quality);
    this.#putOwn("satellites", arrival, epoch.satellitesUsed);
    this.#putOwn("satellites-visible", arrival, epoch.satellitesInView);
    this.#putOwn("hdop", arrival, epoch.hdop);
    this.#putOwn("vdop", arrival, epoch.vdop);
    this.#putOwn("pdop", arrival, epoch.pdop);
    this.#putOwn("error-horizontal", arrival, epoch.horizontalError);
    this.#putOwn("error-vertical", arrival, epoch.verticalError);
    this.#putOwn("clock-offset", arrival, utc === undefined ? undefined : (utc - arrival.at) / 1000);
  }

  #putPosition(position: Position, arrival: Arrival): void {
    const { zones, journey } = this.#whereabouts;
    const zone = zones.index;
    const put = (name: PlacedName, value: number | undefined): void => {
      if (value !== undefined) this.#mailbox.put(this.#plan.placedIndex(name, zone), arrival.at, value);
    };
    put("latitude", position.latitude);
    put("longitude", position.longitude);
    put("altitude", position.altitude);
    put("speed", position.speed);
    put("course", position.course);
    put("climb", position.climb);
    put("moving", journey.isMoving === undefined ? undefined : Number(journey.isMoving));
    const { parkedFor } = journey;
    this.#putOwn("parked", arrival, parkedFor === undefined ? undefined : Math.round(parkedFor / 1000));
    this.#putOwn("distance", arrival, journey.distance);
    for (const [index, isInside] of zones.states.entries()) {
      if (isInside !== undefined) this.#mailbox.put(this.#plan.zoneIndex(index), arrival.at, Number(isInside));
    }
    for (const [index, distance] of this.#whereabouts.distances(position).entries()) {
      this.#mailbox.put(this.#plan.placeIndex(index), arrival.at, distance);
    }
  }

  #putOwn(name: OwnName, arrival: Arrival, value: number | undefined): void {
    if (value !== undefined) this.#mailbox.put(this.#plan.ownIndex(name), arrival.at, value);
  }

  #takeInstrument({ readings, transducers }: InstrumentReport, arrival: Arrival): void {
    for (const name in readings) {
      const key = name as keyof typeof readings;
      const value = readings[key];
      if (value !== undefined) this.#putLearned(key, arrival, value, () => instrumentPoint(key));
    }
    for (const { quantity, name, value } of transducers) {
      this.#putLearned(`${quantity}:${name}`, arrival, value, () => transducerPoint(quantity, name));
    }
    if (this.#mailbox.count > 0) this.#wakeUp();
  }

  /** Instruments tell what they are by talking. */
  #putLearned(key: string, { at, monotonic }: Arrival, value: number, create: () => InputPoint): void {
    const index = this.#list.indexOf(key, create);
    if (index === undefined) {
      this.#mailbox.drop("series-limit");
      return;
    }
    const due = this.#instrumentDue.get(index) ?? Number.NEGATIVE_INFINITY;
    if (!this.#isDue(due, monotonic)) return;
    this.#instrumentDue.set(index, this.#nextDue(due, monotonic));
    this.#mailbox.put(index, at, value);
  }

  #isDue(due: number, now: MonotonicMillis): boolean {
    return now >= due - EARLY_SHARE * this.#sampleInterval;
  }

  /** What comes early does not draw the next one after it. */
  #nextDue(due: number, now: MonotonicMillis): number {
    return (now - due < this.#sampleInterval ? due : now) + this.#sampleInterval;
  }

  #wakeUp(): void {
    this.#wake.abort();
    if (this.#mailbox.count >= this.#mailbox.countMax / 2) this.#beEager();
  }

  #hurry(): void {
    this.#wake.abort();
    this.#beEager();
  }

  #retryAt(): MonotonicMillis {
    return (this.#clock.monotonic() + this.#backoff.fail()) as MonotonicMillis;
  }

  #stopped(): GatewayError {
    return stoppedError(receiverOf(this.#settings));
  }
}
