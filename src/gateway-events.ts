/** The gateway's own events, from what it can see of itself to the queue of events. */

import { GatewayError } from "./model/errors.ts";
import type { Log } from "./model/log.ts";
import type { Event } from "./model/note.ts";
import { type Clock, epochMillis, type MonotonicMillis, seconds, type Timer } from "./model/time.ts";
import type { Logger } from "./telemetry/logger.ts";
import { OverflowWatch, type RunFacts, toOverflowEvent, toStartEvent, toStopEvent } from "./telemetry/self-events.ts";

/** How often the gateway looks whether there is something to tell. */
const LOOK_INTERVAL = seconds(15);

/** What the gateway's own events come from and go to. */
export interface GatewayEventsParts {
  readonly log: Pick<Log, "events">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly facts: Omit<RunFacts, "startedAt">;
  /** Samples lost to the size limit of the log, since it began. */
  readonly countOverflowed: () => number;
}

/** Tells of the gateway from `start` to `stop`. While the clock is not set nothing is told: an event has a moment. */
export class GatewayEvents {
  readonly #parts: GatewayEventsParts;
  readonly #begunAt: MonotonicMillis;
  readonly #overflow: OverflowWatch;
  #isStartTold = false;
  #timer: Timer | undefined;

  constructor(parts: GatewayEventsParts) {
    this.#parts = parts;
    this.#begunAt = parts.clock.monotonic();
    this.#overflow = new OverflowWatch(parts.countOverflowed());
  }

  /** Begins, and tells of the start. */
  start(): void {
    this.#look();
    this.#timer = this.#parts.clock.after("own events", LOOK_INTERVAL, () => this.start());
  }

  /** Ends, and tells of the end; it is on disk with the next write. */
  stop(): void {
    this.#timer?.cancel();
    const { clock } = this.#parts;
    if (this.#isStartTold && clock.isTrusted()) this.#raise(toStopEvent(this.#facts(), clock.now()));
  }

  #look(): void {
    const { clock, countOverflowed, facts } = this.#parts;
    if (!clock.isTrusted()) return;
    if (!this.#isStartTold) this.#raise(toStartEvent(this.#facts()));
    this.#isStartTold = true;
    const overflow = this.#overflow.look(countOverflowed(), clock.monotonic());
    if (overflow !== undefined) this.#raise(toOverflowEvent(facts.hostname, clock.now(), overflow));
  }

  /** The start as the clock of now tells it, which may have been set since. */
  #facts(): RunFacts {
    const { clock, facts } = this.#parts;
    return { ...facts, startedAt: epochMillis(clock.now() - (clock.monotonic() - this.#begunAt)) };
  }

  #raise(event: Event): void {
    const { log, logger } = this.#parts;
    log.events.put(event).catch((error: unknown) => {
      if (!(error instanceof GatewayError)) throw error;
      logger.warn(`the event "${event.title}" could not be kept: ${error.message}`);
    });
  }
}
