/**
 * The events that are held and the places of their readers, in memory as on disk.
 *
 * Nothing changes but by a plan: what is to be written, and what is so once it is durable. A write that got through
 * and said that it did not is planned and written again, with the same numbers.
 */

import assert from "node:assert/strict";
import type { EventFate, QueuedEvent } from "../model/event-queue.ts";
import type { DatabaseOperation } from "../platform/level-database.ts";
import {
  type EventPlaceState,
  encodeEvent,
  encodeEventPlace,
  encodeRefusedEvent,
  type StampedEvent,
} from "./event-record.ts";
import { eventKey, eventPlaceKey, refusedEventKey } from "./keys.ts";

/** What the queue may hold; the newest event stays whatever its size. */
export interface EventLimits {
  readonly countMax: number;
  /** Encoded. Units: bytes. */
  readonly bytesMax: number;
}

/** The limits of every log: an event every 15 s through a day without network. */
export const EVENT_LIMITS: EventLimits = { countMax: 5_760, bytesMax: 2 * 1024 * 1024 };

/** Refused events kept for each reader; a newer one takes the place of the oldest. */
const REFUSED_MAX = 100;

/** A reader's place as the log keeps it; only a change that is durable replaces the state. */
export interface EventPlace {
  readonly name: string;
  state: EventPlaceState;
}

/** An event in the queue, with the moment its clock gave it. */
export interface StoredEvent extends StampedEvent {
  readonly number: number;
}

/** What an earlier run left. */
export interface RecoveredEvents {
  /** In the order of their numbers. */
  readonly events: readonly StoredEvent[];
  readonly places: ReadonlyMap<string, EventPlaceState>;
}

/** A change: its writes, and what to call once they are durable. */
export interface EventChange {
  readonly operations: readonly DatabaseOperation[];
  settle(): void;
}

interface HeldEvent extends StoredEvent {
  readonly bytes: number;
}

/** Holds events until every reader has passed them. */
export class HeldEvents {
  readonly #limits: EventLimits;
  readonly #places = new Map<string, EventPlace>();
  #held: readonly HeldEvent[];
  #next = 0;

  constructor(recovered: RecoveredEvents = { events: [], places: new Map() }, limits = EVENT_LIMITS) {
    this.#limits = limits;
    this.#held = recovered.events.map((queued) => ({ ...queued, bytes: encodeEvent(queued).length }));
    this.#next = (this.#held.at(-1)?.number ?? -1) + 1;
    for (const [name, state] of recovered.places) {
      this.#places.set(name, { name, state });
      this.#next = Math.max(this.#next, state.position);
    }
  }

  /** Finds a place. */
  place(name: string): EventPlace | undefined {
    return this.#places.get(name);
  }

  /** The epochs that events name. */
  get epochs(): ReadonlySet<number> {
    return new Set(this.#held.flatMap(({ epoch }) => epoch ?? []));
  }

  /** The oldest events that a place has not passed. */
  readFrom({ state }: EventPlace, countMax: number): readonly StoredEvent[] {
    const start = this.#held.findIndex(({ number }) => number >= state.position);
    return start < 0 ? [] : this.#held.slice(start, start + countMax);
  }

  /** How many events a place has not passed. */
  waitingFor({ state }: EventPlace): number {
    return this.#held.reduce((count, { number }) => count + (number >= state.position ? 1 : 0), 0);
  }

  /** Plans to take events, and to let go the oldest where that is too many. */
  planPut(events: readonly StampedEvent[]): EventChange {
    if (events.length === 0) return { operations: [], settle: () => undefined };
    const records = events.map((stamped, index) => {
      const record = encodeEvent(stamped);
      return { ...stamped, number: this.#next + index, bytes: record.length, record };
    });
    const all: readonly HeldEvent[] = [...this.#held, ...records.map(({ record: _record, ...held }) => held)];
    const staying = all.slice(this.#countOverflowing(all));
    const first = staying[0]?.number ?? 0;
    const losers = [...this.#places.values()].flatMap((place) => loseUntil(place, first));
    return {
      operations: [
        ...this.#held.filter(({ number }) => number < first).map(deleteEvent),
        ...records
          .filter(({ number }) => number >= first)
          .map(({ number, record }): DatabaseOperation => ({ type: "put", key: eventKey(number), value: record })),
        ...losers.map(keepPlace),
      ],
      settle: () => {
        this.#held = staying;
        this.#next += events.length;
        for (const { name, state } of losers) this.#setPlace(name, state);
      },
    };
  }

  /** Plans a new place at the oldest event held. */
  planOpen(name: string): EventChange {
    const counts = { delivered: 0, expired: 0, rejected: 0, lost: 0 };
    const state = { position: this.#held[0]?.number ?? this.#next, counts };
    return { operations: [keepPlace({ name, state })], settle: () => this.#setPlace(name, state) };
  }

  /**
   * Plans to move a place past events it has read. The limits may have moved it since then; what was counted as lost
   * and was handled after all is taken back.
   */
  planPass({ name, state }: EventPlace, events: readonly QueuedEvent[], fate: EventFate): EventChange {
    const last = events.at(-1);
    assert(last !== undefined, "a reader passes at least one event");
    const { position, counts } = state;
    const end = Math.max(position, last.number + 1);
    const takenBack = events.filter(({ number }) => number < position).length;
    const missing = end - position - (events.length - takenBack);
    assert(missing >= 0 && takenBack <= counts.lost, "a reader passes what it has read, once");
    const moved = {
      position: end,
      counts: {
        ...counts,
        lost: counts.lost - takenBack + missing,
        [fate.kind]: counts[fate.kind] + events.length,
      },
    };
    const refused = fate.kind === "rejected" ? keepRefused(name, counts.rejected, events, fate.answer) : [];
    const lowest = Math.min(end, ...this.#others(name).map((place) => place.state.position));
    return this.#planFree(lowest, [keepPlace({ name, state: moved }), ...refused], () => this.#setPlace(name, moved));
  }

  /** Plans to forget every place but those named. */
  planKeep(names: readonly string[]): EventChange {
    const staying = [...this.#places.values()].filter(({ name }) => names.includes(name));
    const leaving = [...this.#places.keys()].filter((name) => !names.includes(name));
    const operations = leaving.map((name): DatabaseOperation => ({ type: "del", key: eventPlaceKey(name) }));
    const lowest = staying.length === 0 ? 0 : Math.min(...staying.map(({ state }) => state.position));
    return this.#planFree(lowest, operations, () => {
      for (const name of leaving) this.#places.delete(name);
    });
  }

  #planFree(lowest: number, operations: readonly DatabaseOperation[], settle: () => void): EventChange {
    const freed = this.#held.filter(({ number }) => number < lowest);
    return {
      operations: [...operations, ...freed.map(deleteEvent)],
      settle: () => {
        settle();
        this.#held = this.#held.slice(freed.length);
      },
    };
  }

  #others(name: string): readonly EventPlace[] {
    return [...this.#places.values()].filter((place) => place.name !== name);
  }

  #setPlace(name: string, state: EventPlaceState): void {
    const place = this.#places.get(name);
    if (place === undefined) this.#places.set(name, { name, state });
    else place.state = state;
  }

  #countOverflowing(all: readonly HeldEvent[]): number {
    const { countMax, bytesMax } = this.#limits;
    let bytes = all.reduce((sum, held) => sum + held.bytes, 0);
    let count = 0;
    while (count < all.length - 1 && (all.length - count > countMax || bytes > bytesMax)) {
      bytes -= all[count]?.bytes ?? 0;
      count += 1;
    }
    return count;
  }
}

/**
 * What the records of an earlier run amount to: damaged ones are told and gone, and a place that stands before the
 * oldest event counts what it can never read, but where it was restored: what it had passed since its copy was made is
 * deleted.
 */
export function mendEvents(
  events: ReadonlyMap<number, StampedEvent | undefined>,
  places: ReadonlyMap<string, EventPlaceState | undefined>,
  restored: ReadonlySet<string>,
  notice: (what: string) => void,
): RecoveredEvents {
  const intact = [...events].flatMap(([number, event]) => (event === undefined ? [] : [{ ...event, number }]));
  const damagedCount = events.size - intact.length;
  if (damagedCount > 0) notice(`Records of events are damaged: ${damagedCount} lost.`);
  const oldest = intact[0]?.number ?? 0;
  const mended = [...places].flatMap(([name, state]): [string, EventPlaceState][] => {
    if (state !== undefined && restored.has(name)) {
      notice(`The place of ${name} among the events is lost: it goes on from where its copy stands.`);
      return [[name, { ...state, position: Math.max(state.position, oldest) }]];
    }
    if (state !== undefined) return [[name, loseUntil({ name, state }, oldest)[0]?.state ?? state]];
    notice(`The place of ${name} among the events is damaged: it starts again at the oldest event held.`);
    return [];
  });
  return { events: intact, places: new Map(mended) };
}

function loseUntil({ name, state }: EventPlace, first: number): EventPlace[] {
  const { position, counts } = state;
  if (position >= first) return [];
  return [{ name, state: { position: first, counts: { ...counts, lost: counts.lost + first - position } } }];
}

function keepPlace({ name, state }: EventPlace): DatabaseOperation {
  return { type: "put", key: eventPlaceKey(name), value: encodeEventPlace(state) };
}

function keepRefused(
  name: string,
  before: number,
  events: readonly QueuedEvent[],
  answer: string,
): readonly DatabaseOperation[] {
  return events.map(({ number, event }, index) => ({
    type: "put",
    key: refusedEventKey(name, (before + index) % REFUSED_MAX),
    value: encodeRefusedEvent({ number, event, answer }),
  }));
}

function deleteEvent({ number }: StoredEvent): DatabaseOperation {
  return { type: "del", key: eventKey(number) };
}
