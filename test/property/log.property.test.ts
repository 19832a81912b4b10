import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DURABILITIES, FULL_POLICIES } from "../../src/model/config.ts";
import { CURSOR_COUNTS, type Cursor, type Log, type LogSlice } from "../../src/model/log.ts";
import { countDropped } from "../../src/model/tally.ts";
import { millis, seconds } from "../../src/model/time.ts";
import { decodeBlock, encodeBlock } from "../../src/store/block.ts";
import { blockKey, sequenceOfKey } from "../../src/store/keys.ts";
import { openLevelLog } from "../../src/store/level-log.ts";
import { openMemoryLog } from "../store/memory-log.ts";
import { MemoryStorage } from "../store/memory-storage.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";
import { countMissing, LOG_OPTIONS } from "../support/log-options.ts";
import { batchOf, rowsOf } from "../support/samples.ts";

const CURSOR_NAMES = ["one", "two"] as const;

type Row = readonly [series: number, at: number, value: number, flags: number];

type Command =
  | { readonly do: "append"; readonly rows: readonly Row[]; readonly dropped: number; readonly isSynced: boolean }
  | { readonly do: "sync" | "tick" | "jump" | "crash" | "reopen" | "fault" }
  | { readonly do: "keep"; readonly cursors: readonly string[] }
  | { readonly do: "open" | "read"; readonly cursor: 0 | 1; readonly count: number }
  | { readonly do: "commit"; readonly cursor: 0 | 1; readonly part: number };

const row: fc.Arbitrary<Row> = fc.tuple(
  fc.nat(2),
  fc.integer({ min: 1_770_000_000_000, max: 1_770_000_009_000 }),
  fc.oneof(
    fc.integer(),
    fc.double(),
    fc.integer({ max: 99_999 }).map((whole) => whole / 100),
  ),
  fc.nat(31),
);
const which = fc.constantFrom(0 as const, 1 as const);

/** A jump of the clock begins an epoch, so that what is written is sealed, however little it is. */
function commands(...extra: Command["do"][]): fc.Arbitrary<Command[]> {
  const simple = ["sync", "tick", "jump", "crash", "reopen", ...extra].map((name) =>
    fc.constant({ do: name } as Command),
  );
  const append = fc.record({
    do: fc.constant("append" as const),
    rows: fc.array(row, { maxLength: 8 }),
    dropped: fc.nat(2),
    isSynced: fc.boolean(),
  });
  const read = fc.record({
    do: fc.constantFrom("open" as const, "read" as const),
    cursor: which,
    count: fc.integer({ min: 1, max: 30 }),
  });
  const commit = fc.record({
    do: fc.constant("commit" as const),
    cursor: which,
    part: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const keep = fc.record({ do: fc.constant("keep" as const), cursors: fc.subarray([...CURSOR_NAMES]) });
  return fc.array(fc.oneof(append, append, append, read, read, commit, commit, keep, ...simple), {
    maxLength: 60,
    size: "max",
  });
}

/** One log, its readers, and what they hold. */
class Player {
  readonly #open: (clock: FakeClock) => Promise<Log>;
  /** Whether all that is appended gets a sequence: a log that refuses the newest leaves some out. */
  readonly #isTakingAll: boolean;
  /** Whether a crash may cost what was acknowledged and is not synced yet. */
  readonly #mayLoseUnsynced: boolean;
  readonly #slices = new Map<0 | 1, LogSlice>();
  clock = new FakeClock();
  log: Log | undefined;
  cursors = new Map<0 | 1, Cursor>();
  /** Rows that were appended, without those a crash took: what the sequences must mean. */
  taken: Row[] = [];
  /** Rows whose append has resolved. */
  acknowledged = 0;
  /** Rows that are said to be on disk. */
  #durable = 0;

  /** What of the samples that were acknowledged every cursor had passed: they need no disk any more. */
  #passed = 0;

  constructor(
    open: (clock: FakeClock) => Promise<Log>,
    { isTakingAll = true, mayLoseUnsynced = false }: { isTakingAll?: boolean; mayLoseUnsynced?: boolean } = {},
  ) {
    this.#open = open;
    this.#isTakingAll = isTakingAll;
    this.#mayLoseUnsynced = mayLoseUnsynced;
  }

  /** Starts a process on what is durable. */
  async start(): Promise<void> {
    const wall = this.clock.now();
    this.clock = new FakeClock();
    this.clock.jumpWall(millis(wall - this.clock.now()));
    this.log = await this.#open(this.clock);
    for (const unit of ["V", "A", "W"]) this.log.defineSeries({ metric: "load", tags: [], kind: "gauge", unit });
    this.#slices.clear();
    const known = [...this.cursors.keys()];
    for (const index of known) this.cursors.set(index, await this.log.cursor(CURSOR_NAMES[index]));
    const { end } = this.log.stats();
    if (!this.#isTakingAll) return;
    const promised = this.#mayLoseUnsynced ? this.#durable : this.acknowledged;
    if (promised > this.#passed) expect(end).toBeGreaterThanOrEqual(promised);
    this.acknowledged = Math.min(this.acknowledged, end);
    this.taken.length = end;
  }

  async play(command: Command, crash: () => void, fault: () => void): Promise<void> {
    const { log, clock } = this;
    if (log === undefined) return;
    switch (command.do) {
      case "append": {
        const { rows, dropped } = command;
        this.taken.push(...rows);
        const end = this.taken.length;
        const tally = { sampled: rows.length + dropped, dropped: { "out-of-range": dropped } };
        log.append(batchOf(...rows), tally).then(
          () => {
            // An append without rows says nothing of those before it.
            if (rows.length > 0) this.acknowledged = Math.max(this.acknowledged, end);
          },
          () => {},
        );
        if (command.isSynced) await log.sync().catch(() => {});
        break;
      }
      case "sync":
        await log.sync().catch(() => {});
        break;
      case "tick":
        await clock.advance(seconds(1));
        break;
      case "jump":
        clock.jumpWall(seconds(10));
        break;
      case "keep":
        log.keepFor(command.cursors);
        break;
      case "crash":
        crash();
        await this.start();
        break;
      case "reopen":
        await log.close().catch(() => {});
        await this.start();
        break;
      case "fault":
        fault();
        break;
      case "open": {
        const cursor = await log.cursor(CURSOR_NAMES[command.cursor]).catch(() => undefined);
        if (cursor !== undefined) this.cursors.set(command.cursor, cursor);
        break;
      }
      case "read": {
        const slice = await this.cursors.get(command.cursor)?.read(command.count);
        if (slice !== undefined) this.#take(command.cursor, slice);
        break;
      }
      case "commit":
        await this.#commit(command.cursor, command.part);
        break;
    }
    await settle();
    this.#check();
  }

  /** Everything that can be seen from outside. */
  async snapshot(): Promise<unknown> {
    const ranges: unknown[] = [];
    for (const series of [0, 1, 2]) ranges.push(rowsOf((await this.log?.range(series, 0, 1e13)) ?? batchOf()));
    const cursors = [...this.cursors].map(([index, { position, counts, moments: held, opening }]) => {
      return { index, position, counts, held, opening };
    });
    return {
      // What memory costs is not what a disk does.
      stats: { ...this.log?.stats(), written: undefined },
      losses: this.log?.losses(),
      moments: [...this.cursors.values()].map(({ position }) => this.log?.momentOf(position)),
      cursors,
      ranges,
      slices: [...this.#slices.values()].map(({ batch, sequences }) => [rowsOf(batch), [...sequences]]),
    };
  }

  #take(cursor: 0 | 1, slice: LogSlice): void {
    this.#slices.set(cursor, slice);
    const { missing, sequences, batch } = slice;
    expect(missing === "thinned" || countMissing(slice) === 0).toBe(true);
    expect(batch.count === 0 || (sequences[0] ?? -1) >= slice.from).toBe(true);
    if (this.#isTakingAll) expect(rowsOf(batch)).toEqual(Array.from(sequences, (sequence) => this.taken[sequence]));
  }

  async #commit(index: 0 | 1, part: number): Promise<void> {
    const slice = this.#slices.get(index);
    if (slice === undefined) return;
    const to = slice.from + Math.floor(part * (slice.to - slice.from));
    const there = slice.sequences.filter((sequence) => sequence < to).length;
    const collapsed = Math.floor(there / 3);
    const step = {
      to,
      counts: { delivered: there - collapsed, collapsed, thinned: to - slice.from - there },
      moments: new Map([[1, to]]),
      setAside: [],
    };
    this.#slices.delete(index);
    await this.cursors
      .get(index)
      ?.commit(step)
      .catch(() => {});
  }

  #check(): void {
    const stats = this.log?.stats();
    if (stats === undefined) return;
    expect(stats.tally.sampled - countDropped(stats.tally.dropped)).toBe(stats.end + stats.gathering);
    if (this.#isTakingAll) expect(stats.end + stats.gathering).toBe(this.taken.length);
    this.#durable = stats.durable;
    this.#passed = stats.end + stats.gathering - stats.atRisk;
    expect(stats.atRisk).toBeGreaterThanOrEqual(stats.gathering);
    for (const { opening, counts, position } of this.cursors.values()) {
      const passed = CURSOR_COUNTS.reduce((sum, key) => sum + counts[key], 0);
      expect(opening.sequence + passed).toBe(position);
      expect(counts.logFull).toBeGreaterThanOrEqual(0);
      expect(opening.tally.sampled - countDropped(opening.tally.dropped)).toBe(opening.sequence);
    }
  }
}

function notice(what: string): never {
  throw new Error(what);
}

describe("the log", () => {
  test("on a database does what the one in memory does, whatever comes, killed at any time", async () => {
    const limits = fc.record({
      maxBytes: fc.integer({ min: 150, max: 1_500 }),
      whenFull: fc.constantFrom(...FULL_POLICIES),
      durability: fc.constantFrom(...DURABILITIES),
      history: fc.constantFrom(millis(0), seconds(3), seconds(60)),
      sealing: fc.record({ rowsMax: fc.integer({ min: 4, max: 40 }), blocksMax: fc.integer({ min: 2, max: 9 }) }),
    });
    await fc.assert(
      fc.asyncProperty(commands(), limits, async (sequence, limit) => {
        const options = { ...LOG_OPTIONS, ...limit };
        const isTakingAll = limit.whenFull !== "drop-newest";
        const disk = new FakeDisk();
        const storage = new MemoryStorage(new FakeClock(), options);
        const real = new Player((clock) => openLevelLog(disk.open(), clock, options, notice), { isTakingAll });
        const model = new Player(
          async (clock) => {
            storage.restart(clock);
            return openMemoryLog(clock, options, storage);
          },
          { isTakingAll },
        );
        const kill = (): void => {
          disk.writeBack();
          disk.crash();
        };
        await Promise.all([real.start(), model.start()]);
        for (const command of sequence) {
          await real.play(command, kill, () => {});
          await model.play(
            command,
            () => {},
            () => {},
          );
          expect(await real.snapshot()).toEqual(await model.snapshot());
        }
      }),
      { numRuns: 60 },
    );
  });

  test("keeps its books on a disk that fails now and then", async () => {
    const faulty = commands("fault", "fault");
    const durability = fc.constantFrom("always" as const, "interval" as const);
    await fc.assert(
      fc.asyncProperty(faulty, fc.infiniteStream(fc.boolean()), durability, async (sequence, kinds, durability) => {
        const disk = new FakeDisk();
        const options = { ...LOG_OPTIONS, maxBytes: 100_000, durability };
        const open = (clock: FakeClock): Promise<Log> => {
          disk.faults.length = 0;
          return openLevelLog(disk.open(), clock, options, () => {});
        };
        const player = new Player(open, { mayLoseUnsynced: durability !== "always" });
        await player.start();
        for (const command of sequence) {
          const fault = (): number => disk.faults.push(kinds.next().value === true ? "fails" : "succeeds-but-says-not");
          await player.play(command, () => disk.crash(), fault);
        }
      }),
      { numRuns: 100, endOnFailure: true },
    );
  });
});

describe("a block", () => {
  test("comes back bit for bit", () => {
    const anything = fc.tuple(fc.nat(0xffff_ffff), fc.double(), fc.double(), fc.nat(255));
    fc.assert(
      fc.property(
        fc.array(fc.oneof(row, anything), { minLength: 1, maxLength: 50 }),
        fc.maxSafeNat(),
        (rows, first) => {
          const block = decodeBlock(encodeBlock(first, 3, batchOf(...rows)), first);
          expect(block?.first).toBe(first);
          expect(block && rowsOf(block.batch)).toEqual(rows);
        },
      ),
    );
  });
});

describe("keys", () => {
  test("sort as their sequences do, and give them back", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (one, other) => {
        expect(Math.sign(Buffer.compare(blockKey(one), blockKey(other)))).toBe(Math.sign(one - other));
        expect(sequenceOfKey(blockKey(one))).toBe(one);
      }),
    );
  });
});
