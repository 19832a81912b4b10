/** The contract of the queue of events: durable, in order, and with a place for each intake that reads it. */

import type { Event } from "./note.ts";

/** An event in the queue. */
export interface QueuedEvent {
  /** Counted up by one; what was raised later has the higher number. */
  readonly number: number;
  readonly event: Event;
}

/** What a reader did with events. */
export type EventFate =
  | { readonly kind: "delivered" }
  /** Older than the intake takes: not sent. */
  | { readonly kind: "expired" }
  /** Refused by the intake, whose `answer` is kept with the event. Limits: 500 characters. */
  | { readonly kind: "rejected"; readonly answer: string };

/** What became of the events a reader has passed since its place was made. */
export interface EventCounts {
  readonly delivered: number;
  readonly expired: number;
  readonly rejected: number;
  /** Gone before they were read: the queue was full, or the disk lost them. */
  readonly lost: number;
}

/** Every key of `EventCounts`, in the order it is shown. */
export const EVENT_COUNTS = [
  "delivered",
  "expired",
  "rejected",
  "lost",
] as const satisfies readonly (keyof EventCounts)[];

/** A reader's place in the queue. */
export interface EventReader {
  readonly name: string;
  readonly counts: EventCounts;
  /** Durable events it has not passed. */
  readonly waiting: number;
  /**
   * The oldest events it has not passed, with their moments as a clock that is right places them; none for the short
   * time that takes. Limits: at most `countMax`.
   */
  read(countMax: number): readonly QueuedEvent[];
  /**
   * Moves past events, durably, and frees what every reader has passed. Shape: the first that `read` gave, at least
   * one. Errors: `STORE_FAILED`.
   */
  pass(events: readonly QueuedEvent[], fate: EventFate): Promise<void>;
}

/** The durable queue of events. Limits: the oldest go when it is full, and count as lost. */
export interface EventQueue {
  /** Takes an event; resolves when it is durable. Errors: `STORE_FAILED`, `STORE_CLOSED`. */
  put(event: Event): Promise<void>;
  /** Opens a reader's place; a new one starts at the oldest event held. */
  reader(name: string): Promise<EventReader>;
  /** Forgets every reader but these: an intake that is configured no more holds nothing back. */
  keepReaders(names: readonly string[]): Promise<void>;
}
