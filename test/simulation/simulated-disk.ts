/** The disk of the world: slow, full, stalled, worn, and emptied of what was not synced when the power goes. */

import type { Series } from "../../src/model/series.ts";
import { type Clock, millis, type Random } from "../../src/model/time.ts";
import type { DatabaseOperation } from "../../src/platform/level-database.ts";
import { decodeIndexRecord } from "../../src/store/block-index.ts";
import { decodeEpoch } from "../../src/store/epoch-record.ts";
import { idOfKey, SPACE, sequenceOfKey } from "../../src/store/keys.ts";
import { decodeCopy } from "../../src/store/record-copy.ts";
import { decodeDefinition } from "../../src/store/series-table.ts";
import { decodeStoredBlock } from "../../src/store/stored-block.ts";
import { type FakeDatabase, FakeDisk, type SideFault } from "../support/fake-database.ts";
import { drawFault, type Swarm } from "./faults.ts";
import { nameOf } from "./point-name.ts";

/** How long a disk refuses, and how long it stalls, at most. Units: milliseconds. */
const REFUSAL_MS_MAX = 30_000;
const STALL_MS = [5_000, 60_000, 1_000_000] as const;

/** What a block that is worn may be found in. */
const BLOCK_SPACES = [SPACE.block, SPACE.index] as const;
/** A format record that is lost takes the store with it, which is right: nothing says any more what it is. */
const WORN_SPACES = Object.values(SPACE).filter((space) => space !== SPACE.format);

/** How likely in each second a write of the side file fails, and the file itself is worn, in the seeds where it may. */
const SIDE_FAULT_MAX = 0.3;
const SIDE_WEAR_MAX = 0.05;
const SIDE_FAULTS: readonly SideFault[] = ["fails", "tears", "succeeds-but-says-not"];

/** A fake disk in the weather of a seed. */
export class SimulatedDisk {
  /** Bits that turned over. */
  flips = 0;
  /** Samples that stood in blocks one bit of which turned over, or one bit of what the index says of them. */
  wornCount = 0;
  /** Spaces of records in which a bit turned over. */
  readonly #wornSpaces = new Set<number>();
  readonly #disk = new FakeDisk();
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #swarm: Swarm;
  #isHealed = false;
  #refusesUntil = 0;
  #stallsUntil = 0;
  /** Definitions of series that a bit turned over in, by key: all of them, and those that a life has looked for. */
  readonly #worn = new Map<string, Series>();
  readonly #lost = new Map<string, Series>();
  /** Epochs that a bit turned over in, as they were, by key. */
  readonly #wornEpochs = new Map<string, Uint8Array>();
  readonly #sideRandom: Random;
  readonly #sideFault: number;
  readonly #sideWear: number;
  /** How often the side file was harmed: in all, and when a worn record was last found to have its copy, by key. */
  #sideHarms = 0;
  readonly #copiedAt = new Map<string, number>();
  /** Whether a life has found an epoch worn away and no copy of it as it was. */
  hasLostEpochs = false;
  /** Ends the stall that a write is in. */
  #endStall: () => void = () => undefined;

  constructor(clock: Clock, random: Random, sideRandom: Random, swarm: Swarm) {
    this.#sideRandom = sideRandom;
    this.#sideFault = sideRandom.next() < 0.3 ? SIDE_FAULT_MAX * sideRandom.next() : 0;
    this.#sideWear = sideRandom.next() < 0.3 ? SIDE_WEAR_MAX * sideRandom.next() : 0;
    this.#clock = clock;
    this.#random = random;
    this.#swarm = swarm;
    this.#disk.slowness = () => this.#dawdle();
  }

  /** Writes that got through. */
  get writeCount(): number {
    return this.#disk.writes.length;
  }

  /** Synced writes that got through. */
  get syncCount(): number {
    return this.#disk.writes.reduce((count, { sync }) => count + (sync ? 1 : 0), 0);
  }

  /**
   * Whether the log has written down since then what its clock says. It does so right after it has written samples: so
   * once those are through, and any write after them.
   */
  hasPlacedSince(writeCount: number): boolean {
    const since = this.#disk.writes.slice(writeCount);
    const samples = since.findIndex(({ operations }) => isOfSamples(operations));
    return samples >= 0 && samples < since.length - 1;
  }

  /** Whether a bit turned over in a record of these spaces. */
  isWorn(...spaces: readonly (keyof typeof SPACE)[]): boolean {
    return spaces.some((space) => this.#wornSpaces.has(SPACE[space]));
  }

  /** Whether a life has found a definition worn away, and no copy of it. */
  get hasLostDefinitions(): boolean {
    return this.#lost.size > 0;
  }

  /**
   * How many definitions of this series a life has found worn away: to each such life it is a new series. An intake
   * that has names of its own knows no metric.
   */
  countLost(metric: string | undefined, tags: readonly string[]): number {
    const isOf = (series: Series): boolean =>
      metric === undefined
        ? nameOf(series.tags) === nameOf(tags)
        : series.metric === metric && series.tags.every((tag) => tags.includes(tag));
    return [...this.#lost.values()].filter(isOf).length;
  }

  /** Whether a write would take long now. */
  get isStalled(): boolean {
    return this.#clock.monotonic() < this.#stallsUntil;
  }

  /** Opens the database for a new life. Nothing starts on a disk that is full or stalls: the gateway would say so. */
  open(): FakeDatabase {
    this.#disk.faults.length = 0;
    this.#disk.sideFaults.length = 0;
    this.#disk.isFull = false;
    this.#stallsUntil = 0;
    const copied = decodeCopy(this.#disk.side ?? new Uint8Array());
    for (const [key, series] of this.#worn) {
      const value = this.#disk.seen.get(key);
      const copy = copied.definitions.get(idOf(key));
      if (value === undefined || decodeDefinition(value) !== undefined) continue;
      const isCopied = copy !== undefined && decodeDefinition(copy) !== undefined;
      if (this.#isExcused(key, isCopied)) this.#lost.set(key, series);
    }
    for (const [key, before] of this.#wornEpochs) {
      const value = this.#disk.seen.get(key);
      const copy = copied.epochs.get(idOf(key));
      if (value === undefined || decodeEpoch(value, idOf(key)) !== undefined) continue;
      const isCopied = copy !== undefined && Buffer.compare(copy, before) === 0;
      if (this.#isExcused(key, isCopied)) this.hasLostEpochs = true;
    }
    return this.#disk.open();
  }

  /**
   * Whether a worn record is lost without the log's fault. One whose copy was there when it was found worn has to come
   * back, unless the side file was harmed since.
   */
  #isExcused(key: string, isCopied: boolean): boolean {
    const harms = this.#copiedAt.get(key);
    if (isCopied) this.#copiedAt.set(key, this.#sideHarms);
    return !isCopied && (harms === undefined || harms < this.#sideHarms);
  }

  /** One second of weather. */
  wear(): void {
    const { disk, diskRefuses, diskStalls, bitFlip } = this.#swarm;
    const fault = drawFault(disk, this.#random);
    if (fault !== undefined && this.#disk.faults.length === 0) this.#disk.faults.push(fault);
    const now = this.#clock.monotonic();
    if (this.#draw(diskRefuses)) this.#refusesUntil = now + this.#random.next() * REFUSAL_MS_MAX;
    this.#disk.isFull = now < this.#refusesUntil;
    if (this.#draw(diskStalls) && !this.isStalled) {
      this.#stallsUntil = now + (STALL_MS[Math.floor(this.#random.next() * STALL_MS.length)] ?? 0);
    }
    if (this.#draw(bitFlip)) this.#flip();
    this.#wearSide();
  }

  /** The side file is torn, lost or worn, and a write of it fails. */
  #wearSide(): void {
    const random = this.#sideRandom;
    const { sideFaults, side } = this.#disk;
    const fault = SIDE_FAULTS[Math.floor(random.next() * SIDE_FAULTS.length)];
    if (random.next() < this.#sideFault && fault !== undefined && sideFaults.length === 0) {
      sideFaults.push(fault);
      this.#sideHarms += 1;
    }
    if (random.next() >= this.#sideWear || side === undefined) return;
    this.#sideHarms += 1;
    const place = random.next();
    if (random.next() < 0.6) this.#disk.flipSideBit(Math.floor(place * side.length * 8));
    else this.#disk.side = random.next() < 0.5 ? undefined : side.subarray(0, Math.floor(place * side.length));
  }

  /** The process is killed: what was written stays, and the write that was under way perhaps. */
  kill(): void {
    this.#disk.kill(this.#draw(0.5));
    this.#calm();
  }

  /** The power goes: of what was not synced, the oldest part stays, or nothing. */
  cutPower(): void {
    this.#disk.crash(this.#draw(0.5) ? 0 : this.#random.next());
    this.#calm();
  }

  heal(): void {
    this.#isHealed = true;
    this.#disk.sideFaults.length = 0;
    this.#calm();
    this.#disk.isFull = false;
  }

  #draw(chance: number): boolean {
    return this.#random.next() < chance;
  }

  #calm(): void {
    this.#disk.faults.length = 0;
    this.#stallsUntil = 0;
    this.#endStall();
  }

  async #dawdle(): Promise<void> {
    const { writeMsMax } = this.#swarm;
    if (this.#isHealed) return;
    if (this.isStalled) await this.#wait(this.#stallsUntil - this.#clock.monotonic());
    else if (writeMsMax > 0) await this.#wait(writeMsMax * this.#random.next());
  }

  #wait(delay: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.after("simulated write", millis(delay), resolve);
      this.#endStall = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  #countWorn(key: Uint8Array, value: Uint8Array): void {
    const first = sequenceOfKey(key) ?? 0;
    if (key[0] === SPACE.block) this.wornCount += decodeStoredBlock(value, first)?.span ?? 0;
    if (key[0] === SPACE.index) this.wornCount += decodeIndexRecord(value, first)?.span ?? 0;
  }

  #flip(): void {
    const spaces = this.#swarm.isAnyWorn ? WORN_SPACES : BLOCK_SPACES;
    const keys = spaces.flatMap((space) => this.#disk.keys(space));
    const key = keys[Math.floor(this.#random.next() * keys.length)];
    const value = key === undefined ? undefined : this.#disk.seen.get(key);
    if (key === undefined || value === undefined || value.length === 0) return;
    this.#countWorn(Buffer.from(key, "hex"), value);
    if (decodeDefinition(value) !== undefined || decodeEpoch(value, idOf(key)) !== undefined)
      this.#copiedAt.delete(key);
    if (key.startsWith(EPOCH_PREFIX) && decodeEpoch(value, idOf(key)) !== undefined) this.#wornEpochs.set(key, value);
    this.#disk.flipBit(key, Math.floor(this.#random.next() * value.length * 8));
    this.flips += 1;
    this.#wornSpaces.add(Number.parseInt(key.slice(0, 2), 16));
    const series = decodeDefinition(value);
    if (series !== undefined && this.#disk.keys(SPACE.definition).includes(key)) this.#worn.set(key, series);
  }
}

const EPOCH_PREFIX = SPACE.epoch.toString(16);

function idOf(hex: string): number {
  return idOfKey(Buffer.from(hex, "hex")) ?? -1;
}

/** Whether a write is that of what was gathered: the counts of the log, and how long its run has lived. */
function isOfSamples(operations: readonly DatabaseOperation[]): boolean {
  return [SPACE.life, SPACE.state].every((space) => operations.some(({ key }) => key[0] === space));
}
