/** How fast the log is written: the measure by which its size becomes hours, and syncs become wear. */

import type { Log, WriteCounts } from "../model/log.ts";
import { type Clock, type MonotonicMillis, seconds } from "../model/time.ts";

/** What was written before is forgotten: the rate is that of the present. */
const WINDOW = seconds(600);

/** Marks lie at least this far apart, which bounds how many are kept. */
const STEP = seconds(10);

/** Below this span a rate would say more about the moment than about the plant. */
const SPAN_MIN = seconds(30);

const DAY = seconds(86_400);

/** What was written until a moment. */
interface Mark {
  readonly at: MonotonicMillis;
  readonly end: number;
  readonly writes: WriteCounts;
  readonly diskBytes: number | undefined;
}

/** What one sample takes in the log. Units: bytes. */
export interface SampleSize {
  readonly bytes: number;
  /** Whether sealed blocks have shown it; fresh ones take several times as much for a while. */
  readonly isSealed: boolean;
}

/** What a day of writing costs at the present rate. Units: bytes of blocks and records, and those that disks got. */
export interface DailyWear extends WriteCounts {
  readonly diskBytes: number | undefined;
}

/** Watches one log, at its own commits and on the monotonic clock. Limits: about 60 marks. */
export class FillRate implements Disposable {
  readonly #log: Pick<Log, "stats" | "care">;
  readonly #clock: Clock;
  readonly #measureDisk: () => number | undefined;
  readonly #unsubscribe: () => void;
  readonly #marks: Mark[] = [];
  /** Remembered for when all that was held is delivered and nothing is left to measure. */
  #sampleSize: SampleSize | undefined;

  /** `measureDisk` gives the bytes that disks got since some moment; leaving it out means that nobody knows. */
  constructor(
    log: Pick<Log, "stats" | "onWritten" | "care">,
    clock: Clock,
    measureDisk: () => number | undefined = () => undefined,
  ) {
    this.#log = log;
    this.#clock = clock;
    this.#measureDisk = measureDisk;
    this.#unsubscribe = log.onWritten(() => this.#mark());
  }

  /** What a sample takes once it is sealed, as far as that was seen; undefined before anything was written. */
  sampleSize(): SampleSize | undefined {
    return this.#sampleSize;
  }

  /** Gives the mean of up to ten minutes; undefined until half a minute was measured. */
  samplesPerSecond(): number | undefined {
    const span = this.#measure();
    return span && (1000 * (this.#log.stats().end - span.first.end)) / span.duration;
  }

  /** What is written in a day, by the same measure. */
  wearPerDay(): DailyWear | undefined {
    const span = this.#measure();
    if (span === undefined) return undefined;
    const { first, duration } = span;
    const perDay = (from: number, to: number): number => Math.round(((to - from) * DAY) / duration);
    const now = this.#log.stats().written;
    const diskBytes = this.#measureDisk();
    return {
      writes: perDay(first.writes.writes, now.writes),
      syncs: perDay(first.writes.syncs, now.syncs),
      bytes: perDay(first.writes.bytes, now.bytes),
      diskBytes:
        diskBytes === undefined || first.diskBytes === undefined ? undefined : perDay(first.diskBytes, diskBytes),
    };
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
  }

  #measure(): { readonly first: Mark; readonly duration: number } | undefined {
    const now = this.#clock.monotonic();
    this.#forget(now);
    const [first] = this.#marks;
    return first === undefined || now - first.at < SPAN_MIN ? undefined : { first, duration: now - first.at };
  }

  #mark(): void {
    const now = this.#clock.monotonic();
    const last = this.#marks.at(-1);
    if (last === undefined || now - last.at >= STEP) {
      const { end, written } = this.#log.stats();
      this.#marks.push({ at: now, end, writes: written, diskBytes: this.#measureDisk() });
      this.#weigh();
    }
    this.#forget(now);
  }

  /** Sealed blocks are weighed where there are any; what was thinned weighs as much. */
  #weigh(): void {
    const levels = this.#log.care.survey();
    const sealed = levels.filter(({ level }) => level > 0);
    const isSealed = sealed.length > 0;
    if (!isSealed && this.#sampleSize?.isSealed === true) return;
    let bytes = 0;
    let count = 0;
    for (const level of isSealed ? sealed : levels) {
      bytes += level.bytes;
      count += level.sampleCount;
    }
    if (count > 0) this.#sampleSize = { bytes: bytes / count, isSealed };
  }

  /** Leaves one mark that is as old as the window, so that a log at rest has a rate as well: none. */
  #forget(now: MonotonicMillis): void {
    while (this.#marks.length > 1 && now - (this.#marks[1]?.at ?? now) >= WINDOW) this.#marks.shift();
  }
}
