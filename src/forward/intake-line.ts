/** What goes to one intake and comes back: requests, what they were judged as, and what age it takes. */

import type { Intake, Payload, Verdict } from "../model/intake.ts";
import { courseOfSeries } from "../model/metrics.ts";
import type { Series, SeriesId } from "../model/series.ts";
import { type Clock, type EpochMillis, type Millis, seconds } from "../model/time.ts";
import type { HttpClient } from "../platform/http-client.ts";
import type { AgeWindow } from "./batch.ts";
import type { YoungLimits } from "./gap-queue.ts";
import { type SampleRoutes, seriesInLog } from "./series-at-intake.ts";

/** The part of an intake's age limit that is given up for the time a request may take, at most. */
const UNDER_WAY_SHARE_MAX = 0.1;

/** What follows held samples is younger than it must be by this part of the age limit, and by this much at most. */
const BEGIN_SHARE_MAX = 0.1;
const BEGIN_MS_MAX = seconds(300);

/** What is rolled up begins and ends with whole hours: seldom is a sample asked for by itself and then in a sum. */
const HOUR_MS = 3_600_000;

/** What a line is made of. */
export interface LineParts {
  readonly intake: Intake;
  readonly seriesOf: (id: SeriesId) => Series;
  readonly http: HttpClient;
  readonly clock: Clock;
  /** How long one answer may take. */
  readonly timeout: Millis;
  /** What is older goes as one point for each series and minute; leaving it out means that nothing does. */
  readonly rollUpAge?: Millis | undefined;
  /** Tells of which series samples go. */
  readonly routes: SampleRoutes;
  /** Hears every verdict; leaving it out means that nobody does. */
  readonly hear?: (verdict: Verdict) => void;
}

/** The line to one intake. What it counts is counted since it was made. */
export class IntakeLine {
  payloads = 0;
  attempts = 0;
  /** Counts every attempt, as a metered link does. */
  wireBytes = 0;
  lastAcceptedAt: EpochMillis | null = null;
  readonly #parts: LineParts;
  readonly #cut: AbortSignal;

  /** `cut` gives up the request in flight. */
  constructor(parts: LineParts, cut: AbortSignal) {
    this.#parts = parts;
    this.#cut = cut;
  }

  /** Where a payload goes. */
  urlOf({ path }: Pick<Payload, "path">): URL {
    return new URL(`${this.#parts.intake.url}${path}`);
  }

  /** Errors: `INTAKE_UNREACHABLE`. */
  async send(payload: Payload): Promise<Verdict> {
    const { intake, http, clock, timeout } = this.#parts;
    this.attempts += 1;
    this.wireBytes += payload.body.byteLength;
    const { headers, body } = payload;
    const url = this.urlOf(payload);
    const verdict = intake.judge(await http.send({ method: "POST", url, headers, body, timeout }, this.#cut));
    this.#parts.hear?.(verdict);
    if (verdict.kind === "accepted") {
      this.payloads += 1;
      this.lastAcceptedAt = clock.now();
    }
    return verdict;
  }

  /**
   * What the intake takes. A sample goes only while it would be young enough even if the request takes as long as it
   * may: what grows too old on its way is accepted and lost.
   */
  window(): AgeWindow {
    const { intake, clock, timeout, rollUpAge, routes, seriesOf } = this.#parts;
    const { maxAge, maxAhead, resolution } = intake;
    const now = clock.now();
    const underWay = Math.min(timeout, maxAge * UNDER_WAY_SHARE_MAX);
    const rollUp = rollUpAge && {
      before: Math.floor((now - rollUpAge) / HOUR_MS) * HOUR_MS,
      courseOf: (id: SeriesId) => courseOfSeries(seriesOf(id)),
    };
    return {
      ...{ oldestAt: now - maxAge + underWay, newestAt: now + maxAhead, presentAt: now, resolution, rollUp, routes },
      isCount: (id) => seriesOf(seriesInLog(id)).kind === "count",
    };
  }

  /** What is young enough where the rest is held. */
  youngLimits(): YoungLimits {
    const { oldestAt } = this.window();
    const { maxAge } = this.#parts.intake;
    return { oldestAt, beginAt: oldestAt + Math.min(maxAge * BEGIN_SHARE_MAX, BEGIN_MS_MAX) };
  }
}
