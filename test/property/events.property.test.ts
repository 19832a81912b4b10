import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EventReader, QueuedEvent } from "../../src/model/event-queue.ts";
import type { Log } from "../../src/model/log.ts";
import { millis, seconds } from "../../src/model/time.ts";
import { openLevelLog } from "../../src/store/level-log.ts";
import { eventOf } from "../conformance/event-suite.ts";
import { openMemoryLog } from "../store/memory-log.ts";
import { MemoryStorage } from "../store/memory-storage.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";
import { LOG_OPTIONS } from "../support/log-options.ts";

const NAMES = ["one", "two"] as const;

type Command =
  | { readonly do: "raise" | "sync" | "tick" | "crash" | "reopen" | "fault" }
  | { readonly do: "read" | "pass"; readonly reader: 0 | 1; readonly count: number };

function commands(...extra: Command["do"][]): fc.Arbitrary<Command[]> {
  const simple = ["raise", "raise", "raise", "sync", "tick", "crash", "reopen", ...extra] as const;
  const reading = fc.record({
    do: fc.constantFrom("read" as const, "pass" as const),
    reader: fc.constantFrom(0 as const, 1 as const),
    count: fc.integer({ min: 1, max: 4 }),
  });
  const command = fc.oneof(
    fc.constantFrom(...simple).map((name) => ({ do: name }) as Command),
    reading,
    reading,
  );
  return fc.array(command, { maxLength: 60 });
}

/** One log, its two readers, and what they were told. */
class Player {
  readonly #open: (clock: FakeClock) => Promise<Log>;
  readonly #read = new Map<0 | 1, readonly QueuedEvent[]>();
  clock = new FakeClock();
  log: Log | undefined;
  readers: readonly EventReader[] = [];
  /** Titles whose event was said to be durable. */
  readonly acknowledged = new Set<string>();
  /** Titles each reader was given and said to have handled, acknowledged or not. */
  readonly handled = [new Set<string>(), new Set<string>()] as const;
  raiseCount = 0;

  constructor(open: (clock: FakeClock) => Promise<Log>) {
    this.#open = open;
  }

  async start(): Promise<void> {
    const wall = this.clock.now();
    this.clock = new FakeClock();
    this.clock.jumpWall(millis(wall - this.clock.now()));
    this.log = await this.#open(this.clock);
    this.readers = [await this.log.events.reader(NAMES[0]), await this.log.events.reader(NAMES[1])];
    this.#read.clear();
  }

  async play(command: Command, crash: () => void, fault: () => void): Promise<void> {
    const { log, clock } = this;
    if (log === undefined) return;
    switch (command.do) {
      case "raise": {
        const title = String(this.raiseCount);
        this.raiseCount += 1;
        log.events.put(eventOf(title)).then(
          () => this.acknowledged.add(title),
          () => undefined,
        );
        break;
      }
      case "sync":
        await log.sync().catch(() => undefined);
        break;
      case "tick":
        await clock.advance(seconds(1));
        break;
      case "crash":
        crash();
        await this.start();
        break;
      case "reopen":
        await log.close().catch(() => undefined);
        await this.start();
        break;
      case "fault":
        fault();
        break;
      case "read":
        this.#read.set(command.reader, this.readers[command.reader]?.read(command.count) ?? []);
        break;
      case "pass":
        await this.#pass(command.reader);
        break;
    }
    await settle();
    this.#check();
  }

  /** Everything that can be seen from outside. */
  snapshot(): unknown {
    return this.readers.map((reader) => ({
      counts: reader.counts,
      waiting: reader.waiting,
      events: reader.read(1_000).map(({ number, event }) => [number, event.title]),
    }));
  }

  async #pass(index: 0 | 1): Promise<void> {
    const events = this.#read.get(index) ?? [];
    this.#read.delete(index);
    if (events.length === 0) return;
    for (const { event } of events) this.handled[index].add(event.title);
    await this.readers[index]?.pass(events, { kind: "delivered" }).catch(() => undefined);
  }

  /** What is durable was handled or waits, in order, for each reader; and each reader's books balance. */
  #check(): void {
    for (const [index, reader] of this.readers.entries()) {
      const waiting = reader.read(1_000);
      const titles = waiting.map(({ event }) => Number(event.title));
      expect(titles).toEqual([...titles].sort((one, other) => one - other));
      for (const title of this.acknowledged) {
        expect(this.handled[index]?.has(title) === true || titles.includes(Number(title))).toBe(true);
      }
      const { delivered, expired, rejected, lost } = reader.counts;
      expect([expired, rejected, lost]).toEqual([0, 0, 0]);
      if (waiting[0] !== undefined) expect(waiting[0].number).toBe(delivered);
    }
  }
}

describe("the queue of events", () => {
  test("on a database does what the one in memory does, whatever comes, crashes included", async () => {
    await fc.assert(
      fc.asyncProperty(commands(), async (sequence) => {
        const disk = new FakeDisk();
        const storage = new MemoryStorage(new FakeClock(), LOG_OPTIONS);
        const real = new Player((clock) => openLevelLog(disk.open(), clock, LOG_OPTIONS, expect.unreachable));
        const model = new Player(async (clock) => {
          storage.restart(clock);
          return openMemoryLog(clock, LOG_OPTIONS, storage);
        });
        await Promise.all([real.start(), model.start()]);
        const nothing = (): undefined => undefined;
        for (const command of sequence) {
          await real.play(command, () => disk.crash(), nothing);
          await model.play(command, nothing, nothing);
          expect(real.snapshot()).toEqual(model.snapshot());
        }
      }),
      { numRuns: 100 },
    );
  });

  test("loses nothing that was durable and keeps its order on a disk that fails now and then", async () => {
    await fc.assert(
      fc.asyncProperty(commands("fault", "fault"), fc.infiniteStream(fc.boolean()), async (sequence, kinds) => {
        const disk = new FakeDisk();
        const player = new Player((clock) => {
          disk.faults.length = 0;
          return openLevelLog(disk.open(), clock, LOG_OPTIONS, () => undefined);
        });
        await player.start();
        for (const command of sequence) {
          const fault = (): number => disk.faults.push(kinds.next().value === true ? "fails" : "succeeds-but-says-not");
          await player.play(command, () => disk.crash(), fault);
        }
      }),
      { numRuns: 200 },
    );
  });
});
