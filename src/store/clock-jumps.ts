/**
 * What was read before the clock was set and comes only after, from a poll that takes long: its stamps are brought to
 * the clock as it is, by all that the clock was put since they were made.
 */

import { FLAG, type SampleBatch, SampleBuilder } from "../model/samples.ts";

/** What was read before the clock was set may come this long after. Units: milliseconds. */
const LATE_MS_MAX = 60_000;

/** A clock that is set more often within that time is not followed further back. */
const JUMPS_MAX = 16;

/** A change of the clock: how far it was put from then to now, and when by the monotonic clock. Units: milliseconds. */
interface Jump {
  readonly by: number;
  readonly at: number;
}

/** The clock that stamps are brought to. Units: milliseconds, `now` since 1970. */
export interface PresentClock {
  readonly now: number;
  readonly monotonic: number;
  readonly isTrusted: boolean;
}

/** The changes of the clock in the last minute. */
export class ClockJumps {
  /** The newest first. */
  #jumps: readonly Jump[] = [];

  /** Notes that the clock was put by so much. Units: milliseconds, `at` by the monotonic clock. */
  add(by: number, at: number): void {
    const earlier = this.#jumps
      .filter((jump) => at - jump.at <= LATE_MS_MAX)
      .map((jump) => ({ by: jump.by + by, at: jump.at }));
    this.#jumps = [{ by, at }, ...earlier].slice(0, JUMPS_MAX);
  }

  /**
   * Gives the batch with its late stamps on the clock as it is; the same one where none is late. Doing it twice would
   * move what comes late too far.
   */
  bringOver(batch: SampleBatch, clock: PresentClock): SampleBatch {
    const newest = this.#jumps[0];
    if (newest === undefined || clock.monotonic - newest.at > LATE_MS_MAX) return batch;
    let brought: SampleBuilder | undefined;
    for (let row = 0; row < batch.count; row += 1) {
      const at = batch.at[row] as number;
      const jump = this.#firstAfter(at, clock);
      if (jump === undefined) continue;
      brought ??= copyOf(batch);
      brought.at[row] = at + Math.round(jump.by);
      if (clock.isTrusted) brought.flags[row] = (brought.flags[row] as number) & ~FLAG.clockUntrusted;
    }
    return brought ?? batch;
  }

  /**
   * The first change of the clock since a stamp was made; undefined where that was after the last one. Of the moments
   * that it could have been made at it is the latest, of those first that lie between two changes as they were noticed.
   */
  #firstAfter(at: number, { now, monotonic }: PresentClock): Jump | undefined {
    let loose: Jump | undefined;
    for (const [index, jump] of this.#jumps.entries()) {
      const lateness = now - jump.by - at;
      if (lateness < monotonic - jump.at || lateness > LATE_MS_MAX) continue;
      if (at <= now && lateness >= now - at) continue;
      const before = this.#jumps[index + 1];
      if (before === undefined || lateness <= monotonic - before.at) return jump;
      loose ??= jump;
    }
    return loose;
  }
}

function copyOf(batch: SampleBatch): SampleBuilder {
  const copy = new SampleBuilder(batch.count);
  copy.pushAll(batch);
  return copy;
}
