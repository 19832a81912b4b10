/** The contract of inputs: open, poll, dispose. */

import type { GenericSchema } from "valibot";
import type { InstanceConfig } from "./config.ts";
import type { ErrorCode } from "./errors.ts";
import type { DropCounts } from "./log.ts";
import type { AlertType, ServiceStatus } from "./note.ts";
import type { PointCounter } from "./profile.ts";
import type { QualityRules } from "./quality.ts";
import type { SeriesKind } from "./series.ts";
import type { Clock, EpochMillis, Millis, MonotonicMillis } from "./time.ts";

/**
 * Readings in columns, in the order they were read.
 *
 * Shape: columns of the same length, of which `count` rows count; `point` indexes `Input.points`. Units: `at` integer
 * milliseconds since 1970, `value` in the point's unit.
 */
export interface ReadingColumns {
  readonly point: Uint16Array;
  readonly at: Float64Array;
  readonly value: Float64Array;
  readonly flags: Uint8Array;
  readonly count: number;
}

/** An operating error of one point or one poll. */
export interface Fault {
  readonly code: ErrorCode;
  /** A whole sentence: what was found, what was expected, what to do. */
  readonly message: string;
  /** Names of the points that have no reading because of it; empty when the device as a whole is concerned. */
  readonly points: readonly string[];
}

/** What came of asking one device, since it is asked; keys are snake_case, as `status` shows them. */
export interface DeviceCounts {
  /** Names the device, with its place. */
  readonly device: string;
  readonly requests: number;
  /** Requests that nothing answered in time. */
  readonly timeouts: number;
  /** Answers whose checksum did not hold. */
  readonly checksum_errors: number;
  /** Answers that began and did not end. */
  readonly cut_short: number;
  /** Answers to requests that had been given up. */
  readonly late: number;
  /** Answers of others while this one was asked: two with one id, or another master. */
  readonly strangers: number;
  readonly noise_bytes: number;
}

/** Something that happened to a device, and that a person should hear of. */
export interface DeviceEvent {
  readonly title: string;
  readonly text: string;
  /** Events of one key are shown as one. */
  readonly aggregationKey: string;
  /** Leaving it out means `warning`. */
  readonly alertType?: AlertType;
  /** Beside those of the instance; leaving them out means none. */
  readonly tags?: readonly string[];
  /** Leaving it out means now. */
  readonly at?: EpochMillis;
}

/** What an input says of a device by itself, beside whether it can be reached. */
export interface DeviceServiceCheck {
  readonly name: string;
  readonly status: ServiceStatus;
  /** Beside those of the instance. */
  readonly tags: readonly string[];
  /** Empty when all is well. */
  readonly message: string;
}

/** What one poll brought. A bad point becomes a fault and never costs the good ones. */
export interface PollOutcome {
  readonly readings: ReadingColumns;
  readonly faults: readonly Fault[];
  /** Points the device answered with its own "no reading" (a sentinel): neither a value nor a fault. */
  readonly absent: number;
  /** Whether the device answered at all; decides the service check. */
  readonly isReachable: boolean;
  /** What happened to the device, to be told once; leaving it out means nothing. */
  readonly events?: readonly DeviceEvent[];
  /** What it says by itself of devices, each to be told once; leaving it out means nothing. */
  readonly serviceChecks?: readonly DeviceServiceCheck[];
  /** Readings that came and are not among these, by reason; they count as sampled. Leaving it out means none. */
  readonly dropped?: DropCounts;
  /**
   * Called once, when the log has the samples of this poll as durably as it promises, or has refused them: whoever
   * sent them is told only then that they came.
   */
  whenRecorded?(isKept: boolean): void;
  /** When the input wants to be polled, if that is before its next moment; absent means at its own interval. */
  readonly pollAgainAt?: MonotonicMillis;
}

/** What sampling must know of a point to make samples of its readings. */
export interface InputPoint {
  readonly name: string;
  readonly metric: string;
  readonly unit: string;
  readonly tags: readonly string[];
  /** Leaving it out means that it is a gauge. */
  readonly kind?: SeriesKind;
  /** Whether metric and tags name the series already, so that it carries no tag `point`; leaving it out means no. */
  readonly isBare?: boolean;
  readonly range?: readonly [number, number];
  readonly quality?: QualityRules;
  readonly counter?: PointCounter;
  /** What values are called, by their number. */
  readonly states?: Readonly<Record<string, string>>;
}

/** Why a bus is slower than it has to be, and what to do, in whole sentences. */
export interface BusNotice {
  readonly found: string;
  readonly remedy: string;
}

/** A protocol bound to one device. Creating one has no side effects. */
export interface Input extends AsyncDisposable {
  /**
   * The points it reads; rows of `ReadingColumns.point` index this list. It may grow with a poll, at its end, and never
   * beyond the `seriesMax` of its instance. Limits: 65,535 points.
   */
  readonly points: readonly InputPoint[];
  /** Whether it learns of points only while it runs; leaving it out means that `points` stays as it is. */
  readonly learnsPoints?: boolean;
  /** Everything with the same bus shares one queue; polls on a bus never overlap. */
  readonly bus: string;
  /** Connects. Idempotent. Errors: only GatewayError. */
  open(signal: AbortSignal): Promise<void>;
  /**
   * Reads every point once, and lets others go first between its requests; leaving out `turn` means that there are
   * none. Connects again when the link is gone. Errors: none but an abort's reason.
   */
  poll(signal: AbortSignal, turn?: BusTurn): Promise<PollOutcome>;
  /**
   * Calls `listener` whenever the input would rather be polled than wait for its next moment: readings that came by
   * themselves need room, or their sender waits. Absent where nothing comes by itself.
   */
  onEager?(listener: () => void): void;
  /** How long a poll keeps its bus, as far as it can be predicted; absent where nobody can tell. */
  busTime?(): Millis;
  /** Says why the bus itself is slower than it has to be; undefined where it is not, or nothing is known of it yet. */
  busNotice?(): BusNotice | undefined;
  /** What came of asking the device; absent where nobody counts. */
  counts?(): DeviceCounts;
  /** Tries again what the device refused and is not asked for any more. */
  retry?(): void;
  /** What the device says of itself, such as its serial number; undefined where that is nothing, or not known yet. */
  describeDevice?(): string | undefined;
  /** Takes the device that answers now for the right one, and says in words which that is. */
  accept?(): string | undefined;
}

/** The turn of a poll on its bus. */
export interface BusTurn {
  /** Lets those go first that wait for the bus and are more urgent. */
  giveWay(): Promise<void>;
  /** Lets all go first that wait for the bus. */
  giveWayToAll(): Promise<void>;
}

/** The turn of a poll that has its bus for itself. */
export const WHOLE_TURN: BusTurn = { giveWay: () => Promise.resolve(), giveWayToAll: () => Promise.resolve() };

/**
 * What an input knows of its device beyond a restart: small, seldom changed, and learned anew where it is lost.
 *
 * Shape: values are plain JSON, checked by whoever reads them.
 */
export interface InputMemory {
  /** Undefined where nothing is known. */
  read(key: string): unknown;
  /** Keeps a value; undefined forgets it. */
  write(key: string, value: unknown): void;
}

/** What a device says of the time, that knows it from others: a receiver of satellites. */
export interface TimeReading {
  /** The time it told. */
  readonly at: EpochMillis;
  /** When that came. */
  readonly monotonic: MonotonicMillis;
  /** Names the device. */
  readonly source: string;
}

/** What the gateway hands to every input. */
export interface InputContext<Links = unknown> {
  readonly clock: Clock;
  /** The connections that instances of one input share; made once per gateway by the module's `createLinks`. */
  readonly links: Links;
  /** Whether it is polled but once, beside those that go on; leaving it out means that it goes on itself. */
  readonly isSingle?: boolean;
  /** Leaving it out means that nothing is known, and nothing kept. */
  readonly memory?: InputMemory;
  /** Takes what a device says of the time, for want of anything better; leaving it out means that nobody asks. */
  offerTime?(reading: TimeReading): void;
  /** Takes a line that code of the user has printed; leaving it out means that nobody reads it. */
  say?(line: string): void;
  /**
   * Finds the highest value of a point among those that the log took last before the gateway was started, for totals
   * that go on from there; undefined where it holds none. Leaving it out means that there is no log to ask.
   *
   * Units: the canonical unit of the point's metric. Errors: `STORE_FAILED`.
   */
  readonly lastLogged?: (point: InputPoint) => Promise<number | undefined>;
}

/** The code of an input, loaded only when a check uses it. */
export interface InputModule<Links = unknown> {
  /** Makes the table of connections that all instances of this input share. */
  createLinks(clock: Clock): Links;
  /** Makes the input of one instance, without side effects. */
  createInput(instance: InstanceConfig, context: InputContext<Links>): Input;
}

/** Settings that have to be the same for all instances on one bus. */
export interface SharedSettings {
  /** Names the bus. */
  readonly bus: string;
  /** By the keys of an instance. */
  readonly values: Readonly<Record<string, string | number>>;
  /** A whole sentence: why they have to be the same. */
  readonly reason: string;
}

/** A serial port, the port of a converter or a line of a chip, that an instance keeps open. */
export interface HeldPort {
  /** Names it, as every input does. */
  readonly bus: string;
  /** The key of the instance that says which it is. */
  readonly key: string;
  /** Whether other instances of the same input may have it too, because they share what is on it. */
  readonly isShared: boolean;
}

/** One input as the registry lists it. */
export interface InputEntry {
  readonly name: string;
  /** True when each instance names a device profile by the key `profile`, of the protocol called as the input. */
  readonly usesProfile: boolean;
  /** True where an instance may say itself, by the key `fields`, what its device sends, instead of naming a profile. */
  readonly takesFields?: boolean;
  /**
   * True for the input that runs code of the user: its checks are named by their file in `checks.d`, and their keys are
   * their own. Leaving it out means no.
   */
  readonly usesCode?: boolean;
  /** Says what the keys of an instance are beyond the common ones: types, defaults, limits and docs. */
  readonly settings: GenericSchema;
  /** The name of an instance that gives none, from its parsed settings. */
  defaultName(settings: unknown): string;
  /** The points that settings name by themselves, without a profile; absent where only what comes tells. */
  pointsOf?(settings: unknown): readonly InputPoint[];
  /** What settings say of a metric that is found while running; absent where they say nothing of any. */
  describeMetric?(settings: unknown, metric: string): Partial<Pick<InputPoint, "unit" | "states">>;
  /** A sentence about settings that work today and may not tomorrow; absent, or undefined, where there is none. */
  noticeOf?(settings: unknown): string | undefined;
  /** What an instance shares with all others on its bus; absent where nothing has to be the same. */
  sharedOf?(settings: unknown): SharedSettings;
  /** The line that an instance keeps open, which no other input may have; absent where there is none. */
  portOf?(settings: unknown): HeldPort | undefined;
  load(): Promise<InputModule>;
}
