/** What goes to an intake beside series, and the key that all of it goes by. */

import type { EventReader } from "../model/event-queue.ts";
import type { NoteIntake, Verdict } from "../model/intake.ts";
import type { Log } from "../model/log.ts";
import type { IntakeStatus } from "../model/status.ts";
import type { Clock, Millis, Random } from "../model/time.ts";
import type { HttpClient } from "../platform/http-client.ts";
import type { Logger } from "../telemetry/logger.ts";
import { EventNote } from "./event-note.ts";
import { createHostNote } from "./host-note.ts";
import { KeyKeeper } from "./key-keeper.ts";
import { type Note, NoteSender, type NoteSenderParts } from "./note-sender.ts";
import { ServiceCheckNote } from "./service-check-note.ts";

/** What the notes of an uplink are made of. */
export interface UplinkNotesParts {
  readonly place: {
    readonly name: string;
    readonly url: string;
    readonly apiKey: string;
    readonly timeout: Millis;
    /** The pace of notes that are taken. */
    readonly interval: Millis;
  };
  readonly intake: NoteIntake;
  readonly events: EventReader;
  readonly log: Pick<Log, "serviceChecks" | "arePlaced">;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** As of an uplink. */
  readonly readApiKey: ((intake: string) => Promise<string | undefined>) | undefined;
  /** How long a note waits for the uplink, by when the last of its kind went; leaving it out means not at all. */
  readonly noteWait?: NoteSenderParts["noteWait"];
  /** Called when another key is in use. */
  readonly onKeyChange: () => void;
}

/** Sends the notes of one intake, and keeps its key, from `start` to `stop`. */
export class UplinkNotes {
  readonly #keeper: KeyKeeper;
  readonly #serviceChecks: NoteSender;
  readonly #events: NoteSender;
  readonly #eventReader: EventReader;
  readonly #host: NoteSender;

  constructor(parts: UplinkNotesParts) {
    const { place, intake, events, log, http, clock, random, logger, readApiKey, noteWait, onKeyChange } = parts;
    const { name, url, apiKey, timeout, interval } = place;
    const common = { http, clock, random, logger, timeout, noteWait };
    const hear = (verdict: Verdict): void => this.hear(verdict);
    const toSender = (note: Note): NoteSender =>
      new NoteSender({ ...common, note, hear, intake: { name, url, judge: intake.judge } });
    const onChange = (): void => {
      onKeyChange();
      for (const sender of this.#senders) sender.knock();
    };
    this.#keeper = new KeyKeeper({ ...common, name, url, apiKey, intake, readApiKey, onChange });
    const latest = (): ReturnType<Log["serviceChecks"]> | undefined =>
      log.arePlaced() ? log.serviceChecks() : undefined;
    this.#serviceChecks = toSender(new ServiceCheckNote({ intake, latest, clock, interval }));
    this.#eventReader = events;
    this.#events = toSender(
      new EventNote({ intakeName: name, intake, reader: events, clock, logger, interval, timeout }),
    );
    this.#host = toSender(createHostNote(intake));
  }

  /** The key to use now. */
  get key(): string {
    return this.#keeper.key;
  }

  /** Why nothing will be taken, and what to do; empty while nothing is known against the key. */
  get refusal(): string {
    return this.#keeper.refusal;
  }

  /** What every attempt cost on the wire. Units: bytes. */
  get wireBytes(): number {
    return this.#senders.reduce((sum, sender) => sum + sender.wireBytes, 0);
  }

  /** Hears how payloads fare: it tells of the key. */
  hear(verdict: Verdict): void {
    this.#keeper.hear(verdict);
  }

  /** Begins: asks about the key, and sends what there is. */
  start(): void {
    this.#keeper.start();
    this.#host.start();
    this.#serviceChecks.start();
    this.#events.start();
  }

  /** Ends: events that are left go within `deadline`; the rest is given up at once. */
  async stop(deadline: Millis): Promise<void> {
    await Promise.all([
      this.#keeper.stop(),
      this.#serviceChecks.stop(),
      this.#events.stop(deadline),
      this.#host.stop(),
    ]);
  }

  /** Tells how each kind of note goes. */
  state(): NonNullable<IntakeStatus["notes"]> {
    return {
      service_checks: this.#serviceChecks.state(),
      events: { ...this.#events.state(), ...this.#eventReader.counts, waiting: this.#eventReader.waiting },
      host: this.#host.state(),
    };
  }

  get #senders(): readonly NoteSender[] {
    return [this.#serviceChecks, this.#events, this.#host];
  }
}
