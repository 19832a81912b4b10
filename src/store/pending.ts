/** What was appended and is not yet durable, cut into the pieces that will be written one at a time. */

import type { Tally } from "../model/log.ts";
import type { Event, ServiceCheck } from "../model/note.ts";
import { type SampleBatch, SampleBuilder } from "../model/samples.ts";
import { addTallies, EMPTY_TALLY } from "../model/tally.ts";
import { BLOCK_ROWS_MAX } from "./block.ts";
import { serviceCheckIdentity } from "./service-check-record.ts";

/** One piece: at most one block, with the counts, service checks and events that become durable in the same write. */
export class Segment {
  readonly epoch: number;
  readonly rows = new SampleBuilder(256);
  readonly serviceChecks = new Map<string, ServiceCheck>();
  /** Resolved when it is as durable as was promised, rejected when it never will be. */
  readonly settled = Promise.withResolvers<void>();
  readonly events: Event[] = [];
  tally = EMPTY_TALLY;

  constructor(epoch: number) {
    this.epoch = epoch;
  }

  /** Whether there is more than samples. */
  get hasNotes(): boolean {
    return this.events.length > 0 || this.serviceChecks.size > 0;
  }
}

/** A queue of segments. The last one takes what comes until it is full, sealed, or of an epoch that is over. */
export class Pending {
  /** Rows in all segments. */
  rowCount = 0;
  readonly #segments: Segment[] = [];
  #isLastOpen = false;

  /** Whether there is nothing to write. */
  get isEmpty(): boolean {
    return this.#segments.length === 0;
  }

  /** The segment to write next. */
  get first(): Segment | undefined {
    return this.#segments[0];
  }

  /** Whether waiting longer would not make the first block any larger. */
  get hasFullBlock(): boolean {
    return (this.first?.rows.count ?? 0) >= BLOCK_ROWS_MAX;
  }

  /** Events in all segments. */
  get eventCount(): number {
    return this.#segments.reduce((count, { events }) => count + events.length, 0);
  }

  /** What was counted for all segments. */
  get tally(): Tally {
    let tally = EMPTY_TALLY;
    for (const segment of this.#segments) tally = addTallies(tally, segment.tally);
    return tally;
  }

  /** Copies a batch. The promise settles when its last row did; what was dropped counts with the first row. */
  add(epoch: number, batch: SampleBatch, tally: Tally): Promise<void> {
    let rest = tally;
    for (let from = 0; ; ) {
      const segment = this.#open(epoch);
      const to = Math.min(batch.count, from + BLOCK_ROWS_MAX - segment.rows.count);
      const sampledLater = batch.count - to;
      segment.rows.pushAll(batch, from, to);
      segment.tally = addTallies(segment.tally, { sampled: rest.sampled - sampledLater, dropped: rest.dropped });
      this.rowCount += to - from;
      if (sampledLater === 0) return segment.settled.promise;
      rest = { sampled: sampledLater, dropped: {} };
      from = to;
    }
  }

  /** Keeps a service check in place of an earlier one that still waits in the same segment. */
  addServiceCheck(epoch: number, check: ServiceCheck): Promise<void> {
    const segment = this.#open(epoch);
    segment.serviceChecks.set(serviceCheckIdentity(check), check);
    return segment.settled.promise;
  }

  /** Adds an event after those that wait. */
  addEvent(epoch: number, event: Event): Promise<void> {
    const segment = this.#open(epoch);
    segment.events.push(event);
    return segment.settled.promise;
  }

  /** Lets the next one gather what comes from now on. Gives how many segments there are to write. */
  seal(): number {
    this.#isLastOpen = false;
    return this.#segments.length;
  }

  /** Lets the last one gather again, now that no write is under way: what a full disk kept waiting is few blocks so. */
  unseal(): void {
    this.#isLastOpen = this.#segments.length > 0;
  }

  /** Takes the first segment out, now that it is written. */
  takeFirst(): void {
    const segment = this.#segments.shift();
    this.rowCount -= segment?.rows.count ?? 0;
  }

  /** Tells everyone who still waits that it will not happen. */
  fail(error: Error): void {
    for (const { settled } of this.#segments) settled.reject(error);
  }

  #open(epoch: number): Segment {
    const last = this.#segments.at(-1);
    if (this.#isLastOpen && last?.epoch === epoch && last.rows.count < BLOCK_ROWS_MAX) return last;
    const segment = new Segment(epoch);
    this.#segments.push(segment);
    this.#isLastOpen = true;
    return segment;
  }
}
