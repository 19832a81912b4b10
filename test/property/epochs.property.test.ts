import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Log } from "../../src/model/log.ts";
import { FLAG } from "../../src/model/samples.ts";
import { millis, seconds } from "../../src/model/time.ts";
import { openLevelLog } from "../../src/store/level-log.ts";
import { JUMP_MS_MIN, OVERLAP_MS_MAX } from "../../src/store/place-epochs.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";
import { LOG_OPTIONS } from "../support/log-options.ts";
import { batchOf, rowsOf } from "../support/samples.ts";

/** What happens to a board. Units: seconds. */
type Event =
  | { readonly do: "sample"; readonly lateness: number }
  | { readonly do: "pass"; readonly time: number }
  | { readonly do: "straddle"; readonly lateness: number; readonly by: number }
  | { readonly do: "put"; readonly by: number }
  | { readonly do: "lie"; readonly by: number }
  | { readonly do: "sync" | "restart" | "read" | "fail" | "mute" }
  | { readonly do: "power-cut"; readonly off: number; readonly lag: number };

const DISTANCE = fc.oneof(fc.integer({ min: -90, max: 90 }), fc.integer({ min: -1e9, max: 1e9 }));

function events(...kinds: Event["do"][]): fc.Arbitrary<Event[]> {
  const isSet = (kind: Event["do"]): boolean => kind === "put" || kind === "lie";
  const simple = kinds.filter((kind) => !isSet(kind)).map((kind) => fc.constant({ do: kind } as Event));
  const sample = fc.record({ do: fc.constant("sample" as const), lateness: fc.integer({ min: 0, max: 3_000 }) });
  const pass = fc.record({ do: fc.constant("pass" as const), time: fc.integer({ min: 1, max: 600 }) });
  const put = fc.record({ do: fc.constantFrom("put" as const, "lie" as const), by: DISTANCE });
  const straddle = fc.record({ do: fc.constant("straddle" as const), lateness: fc.nat(3_000), by: DISTANCE });
  const powerCut = fc.record({
    do: fc.constant("power-cut" as const),
    off: fc.integer({ min: 1, max: 5_000 }),
    lag: fc.oneof(fc.integer({ min: -3_000, max: 100_000 }), fc.constant(1_700_000_000)),
  });
  const all = [sample, sample, sample, pass, pass, powerCut, ...(kinds.some(isSet) ? [put, straddle] : []), ...simple];
  return fc.array(fc.oneof(...all), { maxLength: 40 });
}

/** A board, its log, and the truth: `true` is how far its clock is ahead. */
class Board {
  readonly clock = new FakeClock();
  readonly disk = new FakeDisk();
  log: Log | undefined;
  #ahead = 0;
  /** Changes with everything after which stamps cannot be compared. */
  #run = 0;
  /** The true moment of each sample that is durable, and the run it was made in. */
  readonly truth: { readonly at: number; readonly run: number }[] = [];

  get trueNow(): number {
    return this.clock.now() - this.#ahead;
  }

  async start(): Promise<Log> {
    // What is placed on a disk that takes nothing is held in memory and goes with it, like all else.
    const options = { ...LOG_OPTIONS, heldBytesMax: 0 };
    // So is what opening brings back: a disk that takes nothing then is no matter of clocks.
    this.disk.faults.length = 0;
    this.log = await openLevelLog(this.disk.open(), this.clock, options, () => undefined);
    this.log.defineSeries({ metric: "load", tags: [], kind: "gauge", unit: "V" });
    this.#run += 1;
    return this.log;
  }

  async play(event: Event): Promise<void> {
    const log = this.log ?? (await this.start());
    switch (event.do) {
      case "straddle":
      case "sample": {
        // Looks at the clock, so that what is put before and after the reading are two changes.
        await log.range(0, 0, 0);
        const at = this.clock.now();
        const trueAt = this.trueNow;
        const flags = this.clock.isTrusted() ? 0 : FLAG.clockUntrusted;
        await this.clock.advance(millis(event.lateness));
        // A clock that is put by little is no proof of which of its two times a late stamp is of.
        const leastMs = Math.max(2 * event.lateness, JUMP_MS_MIN);
        if (event.do === "straddle" && Math.abs(event.by) * 1000 > leastMs) this.#put(event.by);
        const appended = log.append(batchOf([0, at, 1, flags]), { sampled: 1, dropped: {} });
        this.disk.faults.length = 0;
        await Promise.all([log.sync(), appended]);
        this.truth.push({ at: trueAt, run: this.#run });
        break;
      }
      case "pass":
        await this.clock.advance(seconds(event.time));
        break;
      case "put":
        this.#put(event.by);
        this.clock.setTrusted(false);
        break;
      case "lie":
        this.#put(event.by);
        this.clock.setTrusted(true);
        break;
      case "sync":
        this.sync();
        break;
      case "restart":
        this.disk.crash();
        await this.start();
        break;
      case "power-cut":
        await this.clock.advance(seconds(event.off));
        this.disk.crash();
        this.clock.reboot();
        this.#put(-event.lag - this.#ahead / 1000);
        this.clock.setTrusted(false);
        await this.start();
        break;
      case "fail":
        this.disk.faults.push("fails");
        await this.read().catch(() => undefined);
        break;
      case "mute":
        this.disk.faults.push("succeeds-but-says-not");
        await this.read().catch(() => undefined);
        break;
      case "read":
        this.disk.faults.length = 0;
        await this.read();
        break;
    }
  }

  sync(): void {
    this.#put(-this.#ahead / 1000);
    this.clock.setTrusted(true);
  }

  async read(): Promise<number[][]> {
    const log = this.log ?? (await this.start());
    const slice = await (await log.cursor("intake")).read(1_000);
    return rowsOf(slice.batch);
  }

  #put(by: number): void {
    this.clock.jumpWall(millis(by * 1000));
    this.#ahead += by * 1000;
    this.#run += 1;
  }
}

async function live(history: readonly Event[]): Promise<Board> {
  const board = new Board();
  await board.start();
  for (const event of history) await board.play(event);
  board.disk.faults.length = 0;
  return board;
}

const EVERYTHING = events("put", "lie", "sync", "restart", "read", "fail", "mute");

/** A clock is put back for a moment in which nothing is sampled, and the disk does not say that it heard of it. */
const COUNTERMANDED: Event[] = [{ do: "read" }, { do: "sample", lateness: 0 }, { do: "lie", by: -2 }, { do: "mute" }];

describe("whatever became of the clock, once it is trusted", () => {
  test("nothing lies in the future, nothing before what came earlier, and durations are kept", async () => {
    await fc.assert(
      fc.asyncProperty(EVERYTHING, async (history) => {
        const board = await live(history);
        board.sync();
        const rows = await board.read();
        expect(rows).toHaveLength(board.truth.length);
        let latest = Number.NEGATIVE_INFINITY;
        for (const [index, row] of rows.entries()) {
          const at = row[1] ?? 0;
          expect(at).toBeLessThanOrEqual(board.clock.now() + OVERLAP_MS_MAX);
          expect(at).toBeGreaterThanOrEqual(latest - OVERLAP_MS_MAX);
          latest = Math.max(latest, at);
          const { at: trueAt, run } = board.truth[index] ?? { at: 0, run: 0 };
          const before = board.truth[index - 1];
          if (before?.run === run) expect(at - (rows[index - 1]?.[1] ?? 0)).toBe(trueAt - before.at);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("placing again, with or without a crash in between, moves nothing", async () => {
    await fc.assert(
      fc.asyncProperty(EVERYTHING, fc.boolean(), async (history, isWordless) => {
        const board = await live(history);
        board.sync();
        if (isWordless) {
          board.disk.faults.push("succeeds-but-says-not");
          await board.read().catch(() => undefined);
          board.disk.faults.length = 0;
        }
        const rows = await board.read();
        expect(await board.read()).toEqual(rows);
        board.disk.crash();
        await board.start();
        expect(await board.read()).toEqual(rows);
      }),
      { numRuns: 300, examples: [[COUNTERMANDED, false]] },
    );
  });

  test("what was sampled in a boot that came to know the time lies where it was read, with no flag", async () => {
    await fc.assert(
      fc.asyncProperty(events("sync", "restart", "read", "fail"), async (history) => {
        const board = await live(history);
        board.sync();
        const bootStart = history.findLastIndex((event) => event.do === "power-cut");
        const since = history.slice(0, bootStart + 1).filter((event) => event.do === "sample").length;
        const rows = (await board.read()).slice(since);
        expect(rows.map(([, at, , flags]) => [at, flags])).toEqual(board.truth.slice(since).map(({ at }) => [at, 0]));
      }),
      { numRuns: 300 },
    );
  });
});
