/** Everything that goes to one intake: series, service checks, events, the description of the host; and its key. */

import type { IntakeConfig } from "../model/config.ts";
import type { EventReader } from "../model/event-queue.ts";
import type { Verdict } from "../model/intake.ts";
import type { Cursor, Log } from "../model/log.ts";
import type { IntakeStatus } from "../model/status.ts";
import type { Clock, Millis, Random } from "../model/time.ts";
import type { HttpClient } from "../platform/http-client.ts";
import type { Logger } from "../telemetry/logger.ts";
import { EventNote } from "./event-note.ts";
import { Forwarder } from "./forwarder.ts";
import { createHostNote } from "./host-note.ts";
import { createDatadogIntake } from "./intakes/datadog/intake.ts";
import { createDatadogNotes } from "./intakes/datadog/notes.ts";
import type { GatewayIdentity } from "./intakes/datadog/sender.ts";
import { KeyKeeper } from "./key-keeper.ts";
import { type Note, NoteSender } from "./note-sender.ts";
import { ServiceCheckNote } from "./service-check-note.ts";

/** What an uplink is made of. */
export interface UplinkParts {
  readonly config: IntakeConfig;
  readonly identity: GatewayIdentity;
  readonly cursor: Cursor;
  readonly events: EventReader;
  readonly log: Pick<Log, "seriesOf" | "onWritten" | "serviceChecks" | "arePlaced">;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Reads the API key of an intake anew from where it is configured; leaving it out means that it cannot change. */
  readonly readApiKey?: ((intake: string) => Promise<string | undefined>) | undefined;
}

/** The part of an intake's status that its uplink knows; the rest is in the books of the log. */
export type UplinkState = Omit<IntakeStatus, "books" | "oldest_waiting_at">;

/** Serves one intake from `start` to `stop`. */
export class Uplink {
  readonly #forwarder: Forwarder;
  readonly #keeper: KeyKeeper;
  readonly #serviceChecks: NoteSender;
  readonly #events: NoteSender;
  readonly #eventReader: EventReader;
  readonly #host: NoteSender;

  constructor({ config, identity, cursor, events, log, http, clock, random, logger, readApiKey }: UplinkParts) {
    const { name, url, apiKey, timeout, flushInterval } = config;
    const common = { http, clock, random, logger, timeout };
    const readKey = (): string => this.#keeper.key;
    const hear = (verdict: Verdict): void => this.#keeper.hear(verdict);
    const notes = createDatadogNotes(config, identity, readKey);
    const toSender = (note: Note): NoteSender =>
      new NoteSender({ ...common, note, hear, intake: { name, url, judge: notes.judge } });

    this.#keeper = new KeyKeeper({
      ...common,
      name,
      url,
      apiKey,
      intake: notes,
      readApiKey,
      onChange: () => this.#knock(),
    });
    this.#forwarder = new Forwarder({
      ...common,
      intake: createDatadogIntake(config, identity, readKey),
      cursor,
      seriesOf: (id) => log.seriesOf(id),
      wake: (listener) => log.onWritten(listener),
      flushInterval,
      hear,
    });
    const latest = (): ReturnType<Log["serviceChecks"]> | undefined =>
      log.arePlaced() ? log.serviceChecks() : undefined;
    this.#serviceChecks = toSender(new ServiceCheckNote({ intake: notes, latest, clock, interval: flushInterval }));
    this.#eventReader = events;
    this.#events = toSender(
      new EventNote({
        intakeName: name,
        intake: notes,
        reader: events,
        clock,
        logger,
        interval: flushInterval,
        timeout,
      }),
    );
    this.#host = toSender(createHostNote(notes));
  }

  /** Begins: asks about the key, tells of the host, and sends what waits. */
  start(): void {
    this.#keeper.start();
    this.#host.start();
    this.#forwarder.start();
    this.#serviceChecks.start();
    this.#events.start();
  }

  /** Ends: series and events that are left go within `deadline`; the rest is given up at once. */
  async stop(deadline: Millis): Promise<void> {
    await Promise.all([
      this.#forwarder.stop(deadline),
      this.#keeper.stop(),
      this.#serviceChecks.stop(),
      this.#events.stop(deadline),
      this.#host.stop(),
    ]);
  }

  /** Tells how it goes. A key known to be refused holds everything, whether or not a payload has failed by it yet. */
  state(): UplinkState {
    const state = this.#forwarder.state();
    const { refusal } = this.#keeper;
    return {
      ...state,
      ...(refusal === "" || state.state === "holding" ? {} : { state: "holding", reason: refusal }),
      wire_bytes: state.wire_bytes + this.#serviceChecks.wireBytes + this.#events.wireBytes + this.#host.wireBytes,
      notes: {
        service_checks: this.#serviceChecks.state(),
        events: { ...this.#events.state(), ...this.#eventReader.counts, waiting: this.#eventReader.waiting },
        host: this.#host.state(),
      },
    };
  }

  #knock(): void {
    this.#forwarder.knock();
    this.#serviceChecks.knock();
    this.#events.knock();
    this.#host.knock();
  }
}
