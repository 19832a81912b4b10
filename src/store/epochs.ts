/**
 * Epochs of the wall clock: the runs in which its stamps can be compared with each other. A new one begins when the
 * log is opened, when the clock becomes trusted or stops being so, and when it is set, which shows in its distance from
 * the monotonic clock. Slewing, as NTP does it, moves both alike and opens none. Blocks name the epoch they were made
 * in; where its stamps belong is worked out once a trusted clock is there (place-epochs.ts), and written before anybody
 * reads them.
 */

import { FLAG, type SampleBatch } from "../model/samples.ts";
import { type Clock, epochMillis, millis } from "../model/time.ts";
import type { DatabaseOperation } from "../platform/level-database.ts";
import { ClockJumps } from "./clock-jumps.ts";
import { type Epoch, encodeEpoch } from "./epoch-record.ts";
import { epochKey } from "./keys.ts";
import { JUMP_MS_MIN, type KnownEpoch, placeEpochs } from "./place-epochs.ts";

/** A reader keeps the flags of `kept`, and adds those of `added`. */
export interface FlagChange {
  readonly kept: number;
  readonly added: number;
}

const KEEP_FLAGS: FlagChange = { kept: 0xff, added: 0 };
const CLEAR_UNTRUSTED: FlagChange = { kept: 0xff & ~FLAG.clockUntrusted, added: 0 };
const SET_UNTRUSTED: FlagChange = { kept: 0xff, added: FLAG.clockUntrusted };

/** A batch, and the epoch that all its stamps are of. */
export interface StampedBatch {
  readonly epoch: number;
  readonly batch: SampleBatch;
}

/** The epochs that blocks name, and the one that is running. */
export class EpochTable {
  readonly #clock: Clock;
  readonly #epochs: Map<number, KnownEpoch>;
  readonly #durable: Set<number>;
  readonly #firstOfRun: number;
  readonly #deliveredUntil: number;
  #current: Epoch;
  /** When the last batch of the epoch that runs was stamped, by its clock; undefined when it has none. */
  #lastAt: number | undefined;
  readonly #jumps = new ClockJumps();
  /** What a write that failed may have left on disk all the same. */
  readonly #doubtful = new Set<number>();
  /** The epoch whose clock what comes is brought to before it is appended; undefined where it never was. */
  #broughtTo: number | undefined;
  /** The epoch that the others were last placed by. */
  #placedBy: number | undefined;

  /**
   * Begins a new epoch after those of earlier runs; `nextId` is one that no block names, and `deliveredUntil` the last
   * moment of what was delivered, where there was any. Units: milliseconds since 1970.
   */
  constructor(clock: Clock, earlier: ReadonlyMap<number, KnownEpoch>, nextId: number, deliveredUntil = 0) {
    this.#clock = clock;
    this.#deliveredUntil = deliveredUntil;
    this.#epochs = new Map(earlier);
    this.#durable = new Set(earlier.keys());
    this.#firstOfRun = nextId;
    this.#current = this.#begin(nextId, clock.monotonic());
  }

  /** The epoch of a stamp read now. */
  current(): Epoch {
    const now = this.#clock.now();
    const monotonic = this.#clock.monotonic();
    const by = now - monotonic - this.#current.line;
    const isPut = Math.abs(by) > JUMP_MS_MIN;
    if (isPut || this.#clock.isTrusted() !== this.#current.isTrusted) {
      if (isPut) this.#jumps.add(by, monotonic);
      const { id, line, openedAt } = this.#current;
      // What is still to come may have been read since the last batch.
      const since = (this.#lastAt ?? openedAt) - line;
      this.#close();
      this.#current = this.#begin(id + 1, since);
    }
    return this.#current;
  }

  /**
   * Brings what was read before the clock was set, and comes only now, to the clock as it is. Who calls it does so with
   * all that is to be stamped.
   */
  bringOver(batch: SampleBatch): SampleBatch {
    this.#broughtTo = this.current().id;
    return this.#bringOver(batch);
  }

  /**
   * Names the epoch of a batch that was stamped up to now. What has not been brought to the clock as it is, with the
   * calls of `bringOver` since that was set, is brought there.
   */
  stamp(batch: SampleBatch): StampedBatch {
    const epoch = this.current().id;
    this.#lastAt = this.#clock.now();
    return { epoch, batch: this.#broughtTo === epoch ? batch : this.#bringOver(batch) };
  }

  #bringOver(batch: SampleBatch): SampleBatch {
    const { isTrusted } = this.#current;
    const clock = { now: this.#clock.now(), monotonic: this.#clock.monotonic(), isTrusted };
    return this.#jumps.bringOver(batch, clock);
  }

  /** Names the epoch of a note that was stamped now. */
  stampNote(): number {
    const { id } = this.current();
    this.#lastAt = this.#clock.now();
    return id;
  }

  /** Whether moments of this epoch are known only by what came before and after. */
  isBounded(id: number): boolean {
    return this.#epochs.get(id)?.placement === "bounded";
  }

  /** What to add to a stamp of this epoch; nothing where the epoch's record was lost. */
  offsetOf(id: number): number {
    return this.#epochs.get(id)?.offset ?? 0;
  }

  /**
   * What to add to a stamp of this epoch to compare it with the clock as it is, right or not; undefined where nothing
   * tells: of a boot before this one whose clock nobody knows.
   */
  presentOffsetOf(id: number): number | undefined {
    const epoch = this.#epochs.get(id);
    if (epoch?.placement !== "unplaced") return epoch?.offset ?? 0;
    const { line, bootId } = this.#current;
    return epoch.id === this.#current.id || (bootId !== "" && epoch.bootId === bootId)
      ? Math.round(line - epoch.line)
      : undefined;
  }

  /** Whether moments of this epoch wait for a clock that is right. */
  isUnplaced(id: number): boolean {
    return this.#epochs.get(id)?.placement === "unplaced";
  }

  /** What to do with the flags of a sample of this epoch: how far its moment can be trusted is known better by now. */
  flagsOf(id: number): FlagChange {
    switch (this.#epochs.get(id)?.placement) {
      case "measured":
        return CLEAR_UNTRUSTED;
      case "bounded":
      case "unplaced":
        return SET_UNTRUSTED;
      default:
        return KEEP_FLAGS;
    }
  }

  /** The write that makes an epoch durable, with the first block that names it. */
  operationsFor(id: number): DatabaseOperation[] {
    const epoch = this.#epochs.get(id);
    return epoch === undefined || this.#durable.has(id) ? [] : [toOperation(id, epoch)];
  }

  /** Notes that the write of `operationsFor` is on disk. */
  markDurable(id: number): void {
    this.#durable.add(id);
  }

  /** Whether a trusted clock could place what is not placed by it yet. */
  isUnsettled(): boolean {
    const { id, isTrusted } = this.current();
    return isTrusted && this.#placedBy !== id;
  }

  /**
   * Places the epochs by the trusted clock, if there is one: `write` makes the operations durable together, and only
   * then do readers see it. Should it fail, nothing has changed, and the next call tries again.
   */
  async settle(write: (operations: readonly DatabaseOperation[]) => Promise<void>): Promise<void> {
    if (!this.isUnsettled()) return;
    const current = this.#current;
    const earlier = [...this.#epochs.values()].filter(({ id }) => id < current.id).sort((one, two) => one.id - two.id);
    const placed = placeEpochs(earlier, current, this.#deliveredUntil);
    const known = new Map([...earlier, current, ...placed].map((epoch) => [epoch.id, epoch]));
    const changed = placed.filter(({ id }) => this.#durable.has(id));
    for (const { id } of changed) this.#doubtful.add(id);
    // The clock that places others bounds them from now on, though no sample may ever be made by it.
    if (changed.length > 0) this.#doubtful.add(current.id);
    const operations = [...this.#doubtful].map((id) => toOperation(id, known.get(id)));
    if (operations.length > 0) await write(operations);
    for (const id of this.#doubtful) if (known.has(id)) this.#durable.add(id);
    this.#doubtful.clear();
    for (const epoch of placed) this.#epochs.set(epoch.id, epoch);
    this.#placedBy = current.id;
  }

  /**
   * The epochs that nothing names when `oldest` is the first that a block does, and `kept` are those of notes. Where no
   * block is left (`Infinity`), those of this run stay: what is still to be written may name them.
   */
  idsBefore(oldest: number, kept: ReadonlySet<number>): number[] {
    const end = oldest === Number.POSITIVE_INFINITY ? this.#firstOfRun : oldest;
    return [...this.#durable].filter((id) => id < end && !kept.has(id));
  }

  /** Forgets an epoch whose record is deleted. */
  forget(id: number): void {
    this.#durable.delete(id);
    this.#epochs.delete(id);
  }

  /** Keeps what the epoch that runs came to; one that left nothing is as if it had never been. */
  #close(): void {
    const { id } = this.#current;
    const epoch = this.#epochs.get(id);
    if (epoch !== undefined && this.#lastAt !== undefined) this.#epochs.set(id, { ...epoch, lastAt: this.#lastAt });
    else if (!this.#durable.has(id)) this.#epochs.delete(id);
    this.#lastAt = undefined;
  }

  /** Units: `since` is a moment of the monotonic clock. */
  #begin(id: number, since: number): Epoch {
    // In whole milliseconds, or what is measured by one epoch after the other would be rounded anew each time.
    const line = Math.round(this.#clock.now() - this.#clock.monotonic());
    const openedAt = epochMillis(Math.round(line + since));
    const isTrusted = this.#clock.isTrusted();
    const epoch: KnownEpoch = {
      id,
      openedAt,
      isTrusted,
      placement: isTrusted ? "trusted" : "unplaced",
      offset: millis(0),
      bootId: this.#clock.bootId(),
      line,
      lastAt: openedAt,
    };
    this.#epochs.set(id, epoch);
    return epoch;
  }
}

function toOperation(id: number, epoch: Epoch | undefined): DatabaseOperation {
  return epoch === undefined
    ? { type: "del", key: epochKey(id) }
    : { type: "put", key: epochKey(id), value: encodeEpoch(epoch) };
}
