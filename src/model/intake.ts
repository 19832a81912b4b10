/** The contract of intakes: limits, encode, judge. The forwarder owns lanes, retries, splitting and rate. */

import type { Event, ServiceCheck } from "./note.ts";
import type { Series, SeriesId } from "./series.ts";
import type { Millis } from "./time.ts";

/** What one request to an intake may hold. */
export interface IntakeLimits {
  /** Body as sent. Units: bytes. */
  readonly wireBytesMax: number;
  /** Body before compression. Units: bytes. */
  readonly rawBytesMax: number;
  readonly pointCountMax: number;
}

/**
 * Points grouped by series, ready to encode: at most one per series and moment.
 *
 * Shape: columns of `count` rows, sorted by series and then by moment. Units: `moment` milliseconds since 1970, a
 * multiple of the intake's `resolution`; `value` in the unit of its series.
 */
export interface PointBatch {
  readonly series: Uint32Array;
  readonly moment: Float64Array;
  readonly value: Float64Array;
  readonly count: number;
}

/** The encoded bytes of a batch for one intake. */
export interface Payload {
  /** Path below the intake's url. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Bytes before compression. */
  readonly rawBytes: number;
  /** Why it is not to be sent; what in it is at fault is found as if the intake had said so. */
  readonly refusal?: string;
}

/** What came back from an intake. */
export interface IntakeResponse {
  readonly status: number;
  /** Lowercase names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of a body in protobuf each character stands for a byte. Limits: the first 4,096 characters. */
  readonly body: string;
}

/** What an answer means. */
export type Verdict =
  | { readonly kind: "accepted" }
  /** Try the same again, later; `after` is what the intake asked for. */
  | { readonly kind: "retry"; readonly reason: string; readonly after?: Millis }
  /** The payload is too big: try each half. */
  | { readonly kind: "split"; readonly reason: string }
  /**
   * Nothing is wrong with the data, but a person must act (a wrong key, a portal in between): keep and knock.
   * `isKeyRefused` tells that another API key would help.
   */
  | { readonly kind: "hold"; readonly reason: string; readonly isKeyRefused?: true }
  /**
   * Something in the payload is wrong: halve to find it. `isSure` tells that the answer names the fault of a sample, so
   * that it is believed even where nothing else is accepted.
   */
  | { readonly kind: "rejected"; readonly reason: string; readonly isSure?: true };

/** A remote endpoint that takes metrics. */
export interface Intake {
  /** Names its cursor in the log. */
  readonly name: string;
  readonly url: string;
  readonly limits: IntakeLimits;
  /** How finely it keeps moments: of several values of a series within this time, it keeps the last. */
  readonly resolution: Millis;
  /** Whether it takes an older sample of a series after a newer one: "any" does. */
  readonly order: "any" | "per-series";
  /** Older samples are not taken; `Infinity` where any age is. */
  readonly maxAge: Millis;
  /** Samples further ahead of now are not taken. */
  readonly maxAhead: Millis;
  /** Encodes points. Shape: at least one row. */
  encode(points: PointBatch, seriesOf: (id: SeriesId) => Series): Payload;
  judge(response: IntakeResponse): Verdict;
}

/** What asks an intake whether the API key is good; sent with GET. */
export type KeyQuestion = Pick<Payload, "path" | "headers">;

/** What an intake takes beside series. */
export interface NoteIntake {
  /** Older service checks are not taken. */
  readonly serviceCheckAgeMax: Millis;
  /** Encodes service checks. Shape: at least one. */
  encodeServiceChecks(checks: readonly ServiceCheck[]): Payload;
  /** Older events are not taken. */
  readonly eventAgeMax: Millis;
  /** Events further ahead of now are not taken. */
  readonly eventAheadMax: Millis;
  /** Encodes an event. A brief one is as small as it gets without losing what happened. */
  encodeEvent(event: Event, isBrief: boolean): Payload;
  /** Describes the host this gateway runs on, with its host tags. */
  encodeHost(): Payload;
  askKey(): KeyQuestion;
  judge(response: IntakeResponse): Verdict;
  /** Says whether the API key is good; undefined when the answer does not tell. */
  judgeKey(response: IntakeResponse): boolean | undefined;
}
