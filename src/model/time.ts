/**
 * Time as the gateway knows it: branded durations and moments, and the clock that is handed in.
 *
 * Schedules use the monotonic clock, stamps use the wall clock, and nothing outside `platform` reads either by itself,
 * so that one seed can replay a whole plant.
 */

declare const unit: unique symbol;

/** A duration in milliseconds. */
export type Millis = number & { readonly [unit]: "duration-ms" };

/** A moment of the wall clock, in milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMillis = number & { readonly [unit]: "epoch-ms" };

/** A moment of the monotonic clock, in milliseconds since the machine was started; it never goes back. */
export type MonotonicMillis = number & { readonly [unit]: "monotonic-ms" };

/** Makes a duration. Units: milliseconds in, milliseconds out. */
export function millis(count: number): Millis {
  return count as Millis;
}

/** Makes a duration. Units: seconds in, milliseconds out. */
export function seconds(count: number): Millis {
  return (count * 1000) as Millis;
}

/** Makes a moment of the wall clock. Units: milliseconds since 1970. */
export function epochMillis(count: number): EpochMillis {
  return count as EpochMillis;
}

const SPAN_UNITS = [
  [86_400_000, "days"],
  [3_600_000, "h"],
  [60_000, "min"],
] as const;

/** Writes a duration in the largest unit of which it has two, or in seconds. Units: milliseconds. */
export function formatSpan(span: number): string {
  const [size, name] = SPAN_UNITS.find(([candidate]) => span >= 2 * candidate) ?? [1000, "s"];
  return `${Math.floor(span / size)} ${name}`;
}

/** A pending call that can be cancelled; cancelling one that has fired does nothing. */
export interface Timer {
  cancel(): void;
}

/** Whether the wall clock can be believed, and in words on what that rests, to go on from "the clock is trusted:". */
export interface ClockTrust {
  readonly isTrusted: boolean;
  readonly basis: string;
}

/** The source of time. The real one is `platform/system-clock.ts`, that of tests is `test/support/fake-clock.ts`. */
export interface Clock {
  /** Reads the wall clock. It may jump; use it for stamps only. */
  now(): EpochMillis;
  /** Reads the monotonic clock. Use it for every schedule, timeout and age. */
  monotonic(): MonotonicMillis;
  /** Names the start of the machine that `monotonic` counts from: what two processes read in it can be compared. */
  bootId(): string;
  /** Says whether the wall clock can be believed: a Pi without RTC boots in the past until NTP has answered. */
  isTrusted(): boolean;
  /** Says in words what `isTrusted` rests on. */
  trustBasis(): string;
  /** Calls `action` once after `delay`. `name` says what for: a failing test prints the names that are pending. */
  after(name: string, delay: Millis, action: () => void): Timer;
  /** Resolves when what is due has had its turn: work that takes long waits for it between its pieces. */
  turn(): Promise<void>;
}

/** Does work that comes in pieces at once. */
export function inOneGo<T>(work: Generator<void, T>): T {
  for (;;) {
    const piece = work.next();
    if (piece.done === true) return piece.value;
  }
}

/** Does work that comes in pieces, one in each turn. */
export async function inTurns<T>(clock: Clock, work: Generator<void, T>): Promise<T> {
  for (;;) {
    const piece = work.next();
    if (piece.done === true) return piece.value;
    await clock.turn();
  }
}

/** Waits for `delay`, or until `signal` aborts, if that is first; an abort resolves too, so loops check the signal. */
export function sleep(clock: Clock, name: string, delay: Millis, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const finish = (): void => {
      timer.cancel();
      signal?.removeEventListener("abort", finish);
      resolve();
    };
    const timer = clock.after(name, delay, finish);
    signal?.addEventListener("abort", finish, { once: true });
  });
}

/** A source of chance that is handed in. */
export interface Random {
  /** Draws a number in [0, 1). */
  next(): number;
}
