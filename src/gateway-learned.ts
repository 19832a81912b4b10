/**
 * What detectors know, kept in one side file beyond a restart. It is learned anew where it is lost.
 *
 * That is much, and written seldom. Of stretches that begin or end meanwhile all but what the detectors know stands in
 * a small file beside it, so that after a kill each one that people were told of ends, and ends once.
 */

import { joinStates, type PackedSeries, packSeries, readStates, unpackSeries } from "./filter/marking/saved-states.ts";
import { hasDate, type SavedSeries, type WatchedSeries, withoutDate } from "./filter/marking/watched-series.ts";
import { GatewayError } from "./model/errors.ts";
import { seriesKey } from "./model/series.ts";
import { type Clock, epochMillis, type MonotonicMillis, seconds } from "./model/time.ts";
import type { SideFile } from "./platform/side-file.ts";
import type { Logger } from "./telemetry/logger.ts";

/** What there is no room for is learned anew after a restart. Units: bytes. */
const FILE_BYTES_MAX = 64 * 2 ** 20;

/** What is known of series that are not there: of those that come late, and those that were taken away. */
const RESTING_BYTES_MAX = 8 * 2 ** 20;
const RESTING_AGE_MAX = 7 * 86_400_000;

/** So many series are packed before others have their turn. */
const AT_ONCE = 8;

/** Stretches are kept no more often, and so often while one goes on: how long it lasted is known as well as that. */
const STRETCHES_EVERY = seconds(60);

/** Series in the small file, the last whose stretches began or ended: some 100 KB at most. */
const STRETCHES_MAX = 200;

/** Where states are kept. */
export interface LearnedParts {
  /** Leaving it out means nowhere. */
  readonly learned?: Pick<SideFile, "read" | "replace">;
  /** Where stretches are kept; leaving it out means nowhere. */
  readonly stretches?: Pick<SideFile, "read" | "replace">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Leaving it out means 64 MiB. Units: bytes. */
  readonly fileBytesMax?: number;
}

/** The states of all series. */
export class LearnedStates {
  readonly #parts: LearnedParts;
  /** By the names of their series, the oldest first. */
  readonly #resting = new Map<string, PackedSeries>();
  /** Stretches as they were later than that, by the names of their series. */
  readonly #later = new Map<string, PackedSeries>();
  /** Series whose stretches have begun or ended since all was saved, or are under way. */
  #changed = new Set<WatchedSeries>();
  /** Those among them that changed since the last save of all began. */
  #changedSince = new Set<WatchedSeries>();
  #isChanged = false;
  #keptAt: MonotonicMillis | undefined;
  /** Whether the small file holds any, or will once it is written. */
  #hasKept = false;
  #keeping: Promise<void> = Promise.resolve();
  #saving: Promise<void> = Promise.resolve();
  #isFailing = false;
  #isFull = false;

  constructor(parts: LearnedParts) {
    this.#parts = parts;
  }

  /** Reads what was saved; what cannot be understood is told of once, and counts as nothing. */
  async open(): Promise<void> {
    const { learned, logger } = this.#parts;
    const file = await learned?.read();
    if (file === undefined) return;
    const { series, fault } = readStates(file);
    if (fault !== undefined) {
      logger.warn(`what detectors have learned, the file \`detectors\` of the run path, ${fault}; they learn anew`);
    }
    for (const each of series) this.#resting.set(each.name, each);
    const later = await this.#parts.stretches?.read();
    if (later === undefined) return;
    this.#hasKept = true;
    for (const each of readStates(later).series) this.#later.set(each.name, each);
  }

  /** Gives what is known of a series from before, once. */
  take(name: string): SavedSeries | undefined {
    const [packed, packedLater] = [this.#resting.get(name), this.#later.get(name)];
    this.#resting.delete(name);
    this.#later.delete(name);
    const saved = packed && unpackSeries(packed);
    const later = packedLater && unpackSeries(packedLater);
    if (saved === undefined || later === undefined) return saved;
    const isLater = later.savedAt > saved.savedAt || hasDate(later) !== hasDate(saved);
    const isOfIt = isLater && later.settings === saved.settings;
    return isOfIt ? { ...later, detector: saved.detector } : saved;
  }

  /** Takes note that a stretch of a series has begun or ended. */
  noteStretch(watched: WatchedSeries): void {
    // The last to change are the last of the set.
    this.#changed.delete(watched);
    this.#changed.add(watched);
    this.#changedSince.add(watched);
    this.#isChanged = true;
  }

  /** Keeps stretches, if that is due. What the disk does not take is saved with the rest. */
  async keepStretches(): Promise<void> {
    const { stretches, clock } = this.#parts;
    if (stretches === undefined || this.#changed.size === 0) return;
    const now = clock.monotonic();
    if (this.#keptAt !== undefined && now - this.#keptAt < STRETCHES_EVERY) return;
    if (!this.#isChanged && ![...this.#changed].some(({ stretch }) => stretch.isOpen)) return;
    this.#keptAt = now;
    this.#isChanged = false;
    this.#hasKept = true;
    const kept = [...this.#changed].slice(-STRETCHES_MAX);
    try {
      await this.#replaceKept(kept.map((each) => this.#pack(each, each.saveStretch(clock.now()))));
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      this.#isChanged = true;
    }
  }

  /** Keeps what is known of a series that is not watched any more, should it come back within a week. */
  rest(watched: WatchedSeries): void {
    this.#resting.set(nameOf(watched), this.#pack(watched, watched.save(this.#parts.clock.now())));
  }

  #pack(watched: WatchedSeries, saved: SavedSeries): PackedSeries {
    const { clock } = this.#parts;
    return packSeries(nameOf(watched), clock.isTrusted() ? saved : withoutDate(saved, clock.monotonic()));
  }

  /** Saves all; one save follows the other. A disk that does not take it is told of once. */
  async save(series: Iterable<WatchedSeries>): Promise<void> {
    const turn = this.#saving.then(() => this.#save([...series]));
    this.#saving = turn;
    await turn;
  }

  async #save(series: readonly WatchedSeries[]): Promise<void> {
    const { learned, clock, logger, fileBytesMax = FILE_BYTES_MAX } = this.#parts;
    if (learned === undefined || (series.length === 0 && this.#resting.size === 0)) return;
    for (const watched of series) this.#resting.delete(nameOf(watched));
    this.#forgetOld();
    const keptAt = this.#keptAt;
    this.#changedSince = new Set();
    const packed: PackedSeries[] = [];
    let room = fileBytesMax;
    for (const [index, watched] of series.entries()) {
      const each = this.#pack(watched, watched.save(clock.now()));
      room -= each.bytes.length;
      if (room < 0) break;
      packed.push(each);
      if (index % AT_ONCE === AT_ONCE - 1) await clock.turn();
    }
    this.#tellOfRoom(series.length - packed.length);
    try {
      await learned.replace(joinStates([...packed, ...this.#resting.values()]));
      this.#isFailing = false;
      this.#changed = new Set([...series.filter(({ stretch }) => stretch.isOpen), ...this.#changedSince]);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      const what = "what detectors have learned could not be saved, and is learned anew if the gateway ends";
      if (!this.#isFailing) logger.warn(`${what}: ${error.message}`);
      this.#isFailing = true;
    }
    if (!this.#isFailing && keptAt === this.#keptAt) await this.#forgetKept();
  }

  /** What stands in the small file was saved with the rest; its moments would not tell where the clock was set. */
  async #forgetKept(): Promise<void> {
    if (!this.#hasKept || this.#later.size > 0) return;
    this.#hasKept = false;
    try {
      await this.#replaceKept([]);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      this.#hasKept = true;
    }
  }

  /** Two writes of one file at once would be a mixture of both. */
  async #replaceKept(kept: readonly PackedSeries[]): Promise<void> {
    const turn = this.#keeping.then(() => this.#parts.stretches?.replace(joinStates(kept)));
    this.#keeping = turn.catch(() => undefined);
    await turn;
  }

  #tellOfRoom(leftOut: number): void {
    const isFull = leftOut > 0;
    if (isFull && !this.#isFull) {
      this.#parts.logger.warn(
        `${leftOut} series learn anew after a restart: there is no room for what is known of them beside the others`,
      );
    }
    this.#isFull = isFull;
  }

  #forgetOld(): void {
    const now = this.#parts.clock.now();
    let bytes = [...this.#resting.values()].reduce((sum, each) => sum + each.bytes.length, 0);
    for (const [name, each] of this.#resting) {
      // Of what a clock saved that was not set nobody knows the age.
      const isOld = hasDate({ savedAt: epochMillis(each.savedAt) }) && now - each.savedAt > RESTING_AGE_MAX;
      if (bytes <= RESTING_BYTES_MAX && !isOld) continue;
      this.#resting.delete(name);
      bytes -= each.bytes.length;
    }
  }
}

function nameOf({ spec }: WatchedSeries): string {
  return seriesKey(spec.series);
}
