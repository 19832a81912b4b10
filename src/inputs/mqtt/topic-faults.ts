/** What is wrong with messages, topic by topic: it stands until a good one comes on that topic, or nobody sends it. */

import type { ErrorCode } from "../../model/errors.ts";
import type { Fault } from "../../model/input.ts";
import type { Clock } from "../../model/time.ts";
import { showTopic } from "../../telemetry/show-found.ts";

/** So many are told of one by one; the others are counted. */
const SHOWN_MAX = 20;

/** So many are known at all. */
const KNOWN_MAX = 1000;

/** After so long without another one a fault is over. Units: milliseconds. */
const STANDS_MS = 600_000;

interface Standing extends Fault {
  readonly topic: string;
  at: number;
}

/** The standing faults of messages. */
export class TopicFaults {
  readonly #clock: Clock;
  readonly #standing = new Map<string, Standing>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Notes that something of `topic` could not be used. `place` names the value within it; empty for all of it. The
   * words of the first time stay.
   */
  raise(topic: string, place: string, code: ErrorCode, message: string): void {
    const key = `${topic}\n${place}`;
    const known = this.#standing.get(key);
    const at = this.#clock.monotonic();
    if (known !== undefined) known.at = at;
    else if (this.#standing.size < KNOWN_MAX) {
      this.#standing.set(key, {
        code,
        message,
        points: [showTopic(place === "" ? topic : `${topic} ${place}`)],
        topic,
        at,
      });
    }
  }

  /** Notes that `place` of `topic` was used again. */
  clear(topic: string, place: string): void {
    if (this.#standing.size > 0) this.#standing.delete(`${topic}\n${place}`);
  }

  /** What stands now. */
  standing(): readonly Fault[] {
    const before = this.#clock.monotonic() - STANDS_MS;
    for (const [key, { at }] of this.#standing) if (at < before) this.#standing.delete(key);
    const all = [...this.#standing.values()];
    const faults: Fault[] = all.slice(0, SHOWN_MAX).map(({ code, message, points }) => ({ code, message, points }));
    const [first] = all.slice(SHOWN_MAX);
    if (first !== undefined) {
      const message = `${all.length - SHOWN_MAX} more values of messages could not be used, such as one of ${showTopic(first.topic)}.`;
      faults.push({ code: "INPUT_BAD_VALUE", message, points: ["and others"] });
    }
    return faults;
  }
}
