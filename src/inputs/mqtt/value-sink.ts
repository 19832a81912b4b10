/** Where readers put values: under their point, or into a fault that names broker and topic. */

import type { ErrorCode } from "../../model/errors.ts";
import type { Clock } from "../../model/time.ts";
import type { Naming, PointBook } from "./point-book.ts";
import type { Rows } from "./rows.ts";
import type { TopicFaults } from "./topic-faults.ts";

/** A moment may be ahead of our clock by this, and is held for a slip beyond. Units: milliseconds. */
const AHEAD_MS_MAX = 600_000;

/** No message is older than this; a sender without a clock says 1970. Units: milliseconds since 1970. */
const OLDEST = Date.UTC(2000, 0, 1);

/** So much of what was found is shown. */
const SHOWN_LENGTH = 40;
const SHOWN_TOPIC_LENGTH = 200;

/** What does not print, or was no text. */
const UNSHOWN = /[\p{Cc}\p{Zl}\p{Zp}\uFFFD]/gu;

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

  /** Says whether a moment may be one of a message. Units: milliseconds since 1970. */
  isBelievable(at: number): boolean {
    return at >= OLDEST && (!this.clock.isTrusted() || at <= this.clock.now() + AHEAD_MS_MAX);
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

/** Shows what was found, short, and on one line. */
export function showFound(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  if (text === "") return "nothing";
  const plain = text.slice(0, SHOWN_LENGTH).replaceAll(UNSHOWN, "?");
  return text.length > SHOWN_LENGTH ? `${plain}... (${text.length} characters)` : plain;
}

/** Shows a topic on one line. */
export function showTopic(topic: string): string {
  const plain = topic.replaceAll(UNSHOWN, "?");
  return plain.length > SHOWN_TOPIC_LENGTH ? `${plain.slice(0, SHOWN_TOPIC_LENGTH)}...` : plain;
}
