/**
 * The events as a note: each goes by itself, in the order they were raised, until the intake has taken it.
 *
 * None is given up for what may pass: one that is too big goes again without its length, one that is refused goes again
 * a few times before it is set aside, and the rest wait behind it until they are too old.
 */

import { GatewayError } from "../model/errors.ts";
import type { EventFate, EventReader, QueuedEvent } from "../model/event-queue.ts";
import type { NoteIntake, Payload } from "../model/intake.ts";
import type { Clock, Millis } from "../model/time.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Note, Refusal } from "./note-sender.ts";

/** Refusals in a row after which it is the event that is wrong. */
const REFUSALS_MAX = 3;

/** Of an answer that condemns an event, so much is kept with it. */
const ANSWER_CHARACTERS_MAX = 500;

/** Events that are passed in one write where they are too old. */
const EXPIRED_PER_WRITE_MAX = 500;

/** Of so many events that wait, an urgent one brings all before it along. */
const URGENT_AMONG_MAX = 100;

/** What the events come from and go to. */
export interface EventNoteParts {
  readonly intakeName: string;
  readonly intake: Pick<NoteIntake, "eventAgeMax" | "eventAheadMax" | "encodeEvent">;
  readonly reader: EventReader;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly interval: Millis;
  /** How long a request may take: an event that would be too old by then is not sent. */
  readonly timeout: Millis;
}

/** Tells the events that the intake does not know yet. */
export class EventNote implements Note {
  readonly name = "events";
  readonly interval: Millis;
  readonly #parts: EventNoteParts;
  #composed: QueuedEvent | undefined;
  #refusals = 0;
  #isBrief = false;
  #lostTold: number;

  constructor(parts: EventNoteParts) {
    this.#parts = parts;
    this.interval = parts.interval;
    this.#lostTold = parts.reader.counts.lost;
  }

  async compose(): Promise<Payload | undefined> {
    const { intake, reader, clock } = this.#parts;
    if (!clock.isTrusted() || !(await this.#expire())) return undefined;
    this.#tellLosses();
    const [next] = reader.read(1);
    if (next?.number !== this.#composed?.number) {
      this.#refusals = 0;
      this.#isBrief = false;
    }
    this.#composed = next;
    if (next === undefined) return undefined;
    const now = clock.now();
    const { event } = next;
    // A clock that was far ahead and is right now would otherwise hold up every event behind this one.
    const sent = event.at > now + intake.eventAheadMax ? { ...event, at: now } : event;
    return intake.encodeEvent(sent, this.#isBrief);
  }

  isUrgent(): boolean {
    const waiting = this.#parts.reader.read(URGENT_AMONG_MAX);
    return waiting.some(({ event: { alertType } }) => alertType === "warning" || alertType === "error");
  }

  async taken(): Promise<boolean> {
    return this.#composed !== undefined && (await this.#pass([this.#composed], { kind: "delivered" }));
  }

  async refused({ kind, reason }: Refusal): Promise<boolean> {
    if (this.#composed === undefined) return false;
    if (kind === "split") {
      const wasBrief = this.#isBrief;
      this.#isBrief = true;
      return !wasBrief;
    }
    this.#refusals += 1;
    if (this.#refusals < REFUSALS_MAX) return false;
    const { intakeName, logger } = this.#parts;
    const { title } = this.#composed.event;
    logger.warn(`Intake ${intakeName} refused the event "${title}", which is set aside with its answer: ${reason}`);
    return await this.#pass([this.#composed], { kind: "rejected", answer: reason.slice(0, ANSWER_CHARACTERS_MAX) });
  }

  /** Passes what is too old for the intake; gives whether that could be written. */
  async #expire(): Promise<boolean> {
    const { intakeName, intake, reader, clock, logger, timeout } = this.#parts;
    const oldestAt = clock.now() - intake.eventAgeMax + timeout;
    let count = 0;
    let isWritten = true;
    while (isWritten) {
      const waiting = reader.read(EXPIRED_PER_WRITE_MAX);
      const young = waiting.findIndex(({ event }) => event.at >= oldestAt);
      const expired = young < 0 ? waiting : waiting.slice(0, young);
      if (expired.length === 0) break;
      isWritten = await this.#pass(expired, { kind: "expired" });
      if (isWritten) count += expired.length;
    }
    if (count > 0) logger.warn(`Intake ${intakeName} was not sent what is older than it takes: ${countEvents(count)}.`);
    return isWritten;
  }

  #tellLosses(): void {
    const { intakeName, reader, logger } = this.#parts;
    const { lost } = reader.counts;
    const count = lost - this.#lostTold;
    this.#lostTold = lost;
    if (count > 0) {
      logger.warn(`Intake ${intakeName} will not see what went because too much waited: ${countEvents(count)}.`);
    }
  }

  /** Moves past events; where the disk does not take that, they go again later. */
  async #pass(events: readonly QueuedEvent[], fate: EventFate): Promise<boolean> {
    try {
      await this.#parts.reader.pass(events, fate);
      return true;
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return false;
    }
  }
}

function countEvents(count: number): string {
  return count === 1 ? "1 event" : `${count} events`;
}
