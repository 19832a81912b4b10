/** Where readers put values: under their point, or into a fault that names broker and topic. */

import type { ErrorCode } from "../../model/errors.ts";
import type { Clock } from "../../model/time.ts";
import { showTopic } from "../../telemetry/show-found.ts";
import type { Naming, PointBook } from "./point-book.ts";
import type { Rows } from "./rows.ts";
import type { TopicFaults } from "./topic-faults.ts";

/** A moment may be ahead of our clock by this, and is held for a slip beyond. Units: milliseconds. */
const AHEAD_MS_MAX = 600_000;

/** No message is older than this; a sender without a clock says 1970. Units: milliseconds since 1970. */
const OLDEST = Date.UTC(2000, 0, 1);

/** Takes what the readers of one instance find. */
export class ValueSink {
  readonly clock: Clock;
  readonly points: PointBook;
  readonly faults: TopicFaults;
  readonly #broker: string;

  /** `broker` is how faults name it. */
  constructor(clock: Clock, broker: string, points: PointBook, faults: TopicFaults) {
    this.clock = clock;
    this.#broker = broker;
    this.points = points;
    this.faults = faults;
  }

  /**
   * Says whether moments of others can stand beside ours. While our clock is wrong, what it stamps is put right later,
   * all of it alike; a moment that was right would be put wrong.
   */
  canPlace(): boolean {
    return this.clock.isTrusted();
  }

  /**
   * Gives the moment by our clock, right or wrong, of what was measured at `at` and sent at `sentAt`, both by the clock
   * of its sender: how old it was then, does not depend on whose clock is right. Units: milliseconds since 1970.
   */
  placeByAge(at: number | undefined, sentAt: number | undefined): number {
    const now = this.clock.now();
    if (at === undefined || sentAt === undefined || at < OLDEST || at > sentAt) return now;
    return now - (sentAt - at);
  }

  /** Says whether a moment may be one of a message. Units: milliseconds since 1970. */
  isBelievable(at: number): boolean {
    return at >= OLDEST && at <= this.clock.now() + AHEAD_MS_MAX;
  }

  /**
   * Adds a reading of `topic` under its name; `place` says where in the message it was. Units: `at` milliseconds since
   * 1970, `value` the naming's unit.
   */
  put(topic: string, place: string, naming: Naming, at: number, value: number, flags: number, rows: Rows): void {
    const found = this.points.find(naming, topic);
    switch (found.kind) {
      case "point":
        this.faults.clear(topic, place);
        rows.push(found.index, at, value, flags);
        return;
      case "full":
        rows.overLimit += 1;
        return;
      case "unit": {
        const [own, wanted] = [found.unit, found.wanted].map((unit) => (unit === "" ? "no unit" : unit));
        const what = `becomes ${naming.metric}, which has ${wanted}, and ${own} does not fit it.`;
        this.complain(topic, place, `${what} Correct \`unit\`, or name another metric.`);
        return;
      }
      default:
        this.complain(
          topic,
          place,
          `becomes the same series as ${showTopic(found.by)}: ${naming.metric} with the same tags; only what comes there ` +
            "is kept. Name the level in which they differ, as {name}, so that it becomes a tag.",
        );
    }
  }

  /** Notes that something of a topic could not be used: `what` goes on after its name, and says what to do. */
  complain(topic: string, place: string, what: string, code: ErrorCode = "INPUT_BAD_VALUE"): void {
    this.faults.raise(topic, place, code, `${showTopic(topic)} on ${this.#broker} ${what}`);
  }
}
