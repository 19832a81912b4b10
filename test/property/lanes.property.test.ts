import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deliverSlice } from "../../src/forward/deliver-slice.ts";
import type { Intake, PointBatch, Verdict } from "../../src/model/intake.ts";
import type { Cursor, Lane, Log } from "../../src/model/log.ts";
import { millis, seconds } from "../../src/model/time.ts";
import { openLevelLog } from "../../src/store/level-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";
import { LOG_OPTIONS } from "../support/log-options.ts";
import { batchOf } from "../support/samples.ts";

const START = Date.UTC(2026, 10, 22);
const SERIES_COUNT = 3;

type Command =
  | { readonly do: "append"; readonly rows: readonly { readonly series: number; readonly step: number }[] }
  | { readonly do: "leave" | "divide"; readonly part: number }
  | { readonly do: "pass"; readonly lane: number; readonly count: number; readonly answers: readonly Answer[] }
  | { readonly do: "reopen" | "kill" | "power-cut" };

/** What the intake does with a payload: "lost" is an acceptance that nobody hears. */
type Answer = "accepted" | "lost" | "split" | "retry";

/** Steps of the clock between rows. Units: milliseconds. */
function commands(step: fc.Arbitrary<number>): fc.Arbitrary<Command[]> {
  const part = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100);
  const row = fc.record({ series: fc.nat(SERIES_COUNT - 1), step });
  const answer = fc.oneof(
    { weight: 6, arbitrary: fc.constant("accepted" as const) },
    { weight: 1, arbitrary: fc.constantFrom("lost" as const, "split" as const, "retry" as const) },
  );
  return fc.array(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({ do: fc.constant("append" as const), rows: fc.array(row, { maxLength: 12 }) }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("leave" as const, "divide" as const), part }) },
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constant("pass" as const),
          lane: fc.nat(3),
          count: fc.integer({ min: 1, max: 15 }),
          answers: fc.array(answer, { maxLength: 4 }),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constantFrom("reopen" as const, "kill" as const, "power-cut" as const) }),
      },
    ),
    { maxLength: 50, size: "max" },
  );
}

/** An intake that keeps the last value of each series and second; the value of each row is its sequence. */
class KeepingIntake {
  readonly held = new Map<string, number>();
  /** Points that took the place of one from further on in the log. */
  readonly replaced: string[] = [];
  points: PointBatch | undefined;
  answers: Answer[] = [];

  readonly intake: Intake = {
    name: "main",
    url: "http://intake.test",
    limits: { wireBytesMax: 1e9, rawBytesMax: 1e9, pointCountMax: 1e9 },
    resolution: seconds(1),
    order: "any",
    maxAge: millis(Number.POSITIVE_INFINITY),
    maxAhead: seconds(600),
    encode: (points) => {
      this.points = points;
      return { path: "/", headers: {}, body: new Uint8Array(), rawBytes: 0 };
    },
    judge: () => ({ kind: "accepted" }),
  };

  readonly send = async (): Promise<Verdict> => {
    const answer = this.answers.shift() ?? "accepted";
    if (answer === "retry" || answer === "split") return { kind: answer, reason: "not now" };
    const { points } = this;
    for (let row = 0; row < (points?.count ?? 0); row += 1) {
      const key = `${points?.series[row]} ${points?.moment[row]}`;
      const value = points?.value[row] ?? -1;
      if ((this.held.get(key) ?? -1) > value) this.replaced.push(`${key}: ${this.held.get(key)} by ${value}`);
      this.held.set(key, value);
    }
    return answer === "lost" ? { kind: "retry", reason: "no answer" } : { kind: "accepted" };
  };
}

class World {
  readonly keeper = new KeepingIntake();
  readonly disk = new FakeDisk();
  readonly #maxBytes: number;
  clock = new FakeClock();
  /** Every row by its sequence. */
  rows: (readonly [series: number, at: number, value: number])[] = [];
  #at = START;
  log!: Log;
  cursor!: Cursor;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  async open(): Promise<void> {
    this.clock = new FakeClock();
    const options = { ...LOG_OPTIONS, maxBytes: this.#maxBytes };
    this.log = await openLevelLog(this.disk.open(), this.clock, options, () => undefined);
    for (const unit of ["V", "A", "W"]) this.log.defineSeries({ metric: "load", tags: [], kind: "gauge", unit });
    this.cursor = await this.log.cursor("intake");
    this.rows.length = this.log.stats().end;
  }

  async play(command: Command): Promise<void> {
    const { log, cursor, disk } = this;
    switch (command.do) {
      case "append": {
        const rows = command.rows.map(({ series, step }, index) => {
          this.#at += step;
          return [series, this.#at, this.rows.length + index] as const;
        });
        this.rows.push(...rows);
        const appended = log.append(batchOf(...rows), { sampled: rows.length, dropped: {} });
        await Promise.all([appended, log.sync()]);
        break;
      }
      case "leave":
        await cursor.leave(cursor.position + Math.floor(command.part * (cursor.end - cursor.position)));
        break;
      case "divide": {
        const [gap] = cursor.gaps;
        if (gap !== undefined) await cursor.divide(gap.position + Math.floor(command.part * (gap.end - gap.position)));
        break;
      }
      case "pass": {
        const lanes = [cursor, ...cursor.gaps];
        this.keeper.answers = [...command.answers];
        await this.pass(lanes[command.lane % lanes.length] as Lane, command.count);
        break;
      }
      case "reopen":
        await log.close();
        await this.open();
        break;
      case "kill":
        disk.writeBack();
        disk.crash();
        await this.open();
        break;
      case "power-cut":
        disk.crash();
        await this.open();
        break;
    }
    this.checkBooks();
  }

  async pass(lane: Lane, count: number): Promise<void> {
    const { intake, send } = this.keeper;
    const window = {
      oldestAt: Number.NEGATIVE_INFINITY,
      newestAt: Number.MAX_SAFE_INTEGER,
      presentAt: Number.MAX_SAFE_INTEGER,
      resolution: seconds(1),
    };
    const seriesOf = this.log.seriesOf.bind(this.log);
    await deliverSlice(await lane.read(count), { intake, lane, seriesOf, send, window: () => window });
  }

  /** Fills everything in, the newest gap or the oldest first. */
  async drain(isNewestFirst: boolean): Promise<void> {
    this.keeper.answers = [];
    const { cursor } = this;
    while (cursor.waiting > 0) {
      const lane = (isNewestFirst ? cursor.gaps.at(-1) : cursor.gaps[0]) ?? cursor;
      await this.pass(lane, 7);
      this.checkBooks();
    }
  }

  /** Each sequence is counted once: as something that became of it, or as waiting. */
  checkBooks(): void {
    const { counts, waiting, opening } = this.cursor;
    const passed = Object.values(counts).reduce((sum, count) => sum + count, 0);
    expect(opening.sequence + passed + waiting).toBe(this.log.stats().end);
  }

  /** What one lane would have left at the intake, going through the log in order. */
  inOrder(): Map<string, number> {
    const held = new Map<string, number>();
    for (const [series, at, value] of this.rows) held.set(`${series} ${Math.floor(at / 1000) * 1000}`, value);
    return held;
  }
}

describe("the lanes of a cursor", () => {
  const forward = fc.integer({ min: 0, max: 700 });

  test("leave at the intake what one lane in order would have, whatever they deliver first and whatever is cut off", async () => {
    await fc.assert(
      fc.asyncProperty(commands(forward), fc.boolean(), async (sequence, isNewestFirst) => {
        const world = new World(1e9);
        await world.open();
        for (const command of sequence) await world.play(command);
        await world.drain(isNewestFirst);
        expect(new Map([...world.keeper.held].sort())).toEqual(new Map([...world.inOrder()].sort()));
        expect(world.cursor.counts.delivered).toBe(world.keeper.held.size);
      }),
      { numRuns: 100 },
    );
  });

  test("count each sample once where a log that is too small loses what waits in them", async () => {
    await fc.assert(
      fc.asyncProperty(commands(forward), fc.integer({ min: 150, max: 600 }), async (sequence, maxBytes) => {
        const world = new World(maxBytes);
        await world.open();
        for (const command of sequence) await world.play(command);
        await world.drain(false);
        expect(world.cursor.counts.delivered).toBeLessThanOrEqual(world.inOrder().size);
        for (const [key, value] of world.keeper.held) expect(value).toBeLessThanOrEqual(world.inOrder().get(key) ?? -1);
      }),
      { numRuns: 60 },
    );
  });

  test("replace nothing that was delivered by what is older, though the clock goes back", async () => {
    const isCalm = (command: Command): Command =>
      command.do === "pass" ? { ...command, answers: command.answers.filter((answer) => answer !== "lost") } : command;
    await fc.assert(
      fc.asyncProperty(
        commands(fc.integer({ min: -3000, max: 2000 })),
        fc.boolean(),
        async (sequence, isNewestFirst) => {
          const world = new World(1e9);
          await world.open();
          // What was sent and is not known to be delivered goes again: cuts and lost answers have no place here.
          for (const command of sequence) if (command.do !== "power-cut") await world.play(isCalm(command));
          await world.drain(isNewestFirst);
          expect(world.keeper.replaced).toEqual([]);
          expect(world.cursor.counts.delivered).toBe(world.keeper.held.size);
        },
      ),
      { numRuns: 100 },
    );
  });
});
