/** The queue of events as the house holds it; the log that it belongs to does the work. */

import type { EventCounts, EventFate, EventQueue, EventReader, QueuedEvent } from "../model/event-queue.ts";
import type { Event } from "../model/note.ts";
import type { StampedEvent } from "./event-record.ts";
import type { EventChange, EventPlace, HeldEvents } from "./held-events.ts";

/** What a log does for its queue of events. */
export interface EventOwner {
  putEvent(event: Event): Promise<void>;
  /** Places the moments that the clock of now can place. */
  place(): Promise<void>;
  /** Whether that is done; where it is not, it is seen to. */
  arePlaced(): boolean;
  /** The event with the moment it belongs to. */
  toPlaced(stamped: StampedEvent): Event;
  /** Makes a change durable that is planned when its turn comes. */
  changeEvents(plan: () => EventChange): Promise<void>;
}

/** Joins the events that are held with the log that writes them. */
export class LogEventQueue implements EventQueue {
  readonly #held: HeldEvents;
  readonly #owner: EventOwner;

  constructor(held: HeldEvents, owner: EventOwner) {
    this.#held = held;
    this.#owner = owner;
  }

  async put(event: Event): Promise<void> {
    await this.#owner.putEvent(event);
  }

  async reader(name: string): Promise<EventReader> {
    await this.#owner.place();
    const known = this.#held.place(name);
    if (known !== undefined) return new LogEventReader(known, this.#held, this.#owner);
    await this.#owner.changeEvents(() => this.#held.planOpen(name));
    return await this.reader(name);
  }

  async keepReaders(names: readonly string[]): Promise<void> {
    await this.#owner.changeEvents(() => this.#held.planKeep(names));
  }
}

/** Joins a place among the events with the log that writes it. */
export class LogEventReader implements EventReader {
  readonly #place: EventPlace;
  readonly #held: HeldEvents;
  readonly #owner: EventOwner;

  constructor(place: EventPlace, held: HeldEvents, owner: EventOwner) {
    this.#place = place;
    this.#held = held;
    this.#owner = owner;
  }

  get name(): string {
    return this.#place.name;
  }

  get counts(): EventCounts {
    return this.#place.state.counts;
  }

  get waiting(): number {
    return this.#held.waitingFor(this.#place);
  }

  read(countMax: number): readonly QueuedEvent[] {
    if (!this.#owner.arePlaced()) return [];
    const found = this.#held.readFrom(this.#place, countMax);
    return found.map((stored) => ({ number: stored.number, event: this.#owner.toPlaced(stored) }));
  }

  async pass(events: readonly QueuedEvent[], fate: EventFate): Promise<void> {
    await this.#owner.changeEvents(() => this.#held.planPass(this.#place, events, fate));
  }
}
