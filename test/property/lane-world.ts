/** A log that is closed, killed and cut off while the lanes of its cursor bring what it holds to an intake. */

import fc from "fast-check";
import { expect } from "vitest";
import type { AgeWindow } from "../../src/forward/batch.ts";
import type { Intake, PointBatch, Verdict } from "../../src/model/intake.ts";
import type { Cursor, Lane, Log } from "../../src/model/log.ts";
import type { SampleBatch } from "../../src/model/samples.ts";
import type { Series, SeriesId } from "../../src/model/series.ts";
import { millis, seconds } from "../../src/model/time.ts";
import type { LogOptions } from "../../src/store/group-commit-log.ts";
import { openLevelLog } from "../../src/store/level-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";
import { LOG_OPTIONS } from "../support/log-options.ts";

/** What befalls the log. */
export type LaneCommand<Row> =
  | { readonly do: "append"; readonly rows: readonly Row[] }
  | { readonly do: "leave" | "divide"; readonly part: number }
  | { readonly do: "pass"; readonly lane: number; readonly count: number; readonly answers: readonly Answer[] }
  | { readonly do: "reopen" | "kill" | "power-cut" };

/** What the intake does with a payload: "lost" is an acceptance that nobody hears. */
export type Answer = "accepted" | "lost" | "split" | "retry";

/** An intake that takes all there is. */
export const ANY_AGE: AgeWindow = {
  oldestAt: Number.NEGATIVE_INFINITY,
  newestAt: Number.MAX_SAFE_INTEGER,
  presentAt: Number.MAX_SAFE_INTEGER,
  resolution: seconds(1),
};

/** What is drawn. */
export interface CommandLimits {
  readonly commandsMax: number;
  /** Rows of one payload. */
  readonly countMax: number;
  /** How many payloads are not taken, or not heard of, beside six that are. */
  readonly faultWeight: number;
  /** Leaving it out means that gaps come about. */
  readonly isOneLane?: boolean;
}

/** Draws what befalls the log; `rows` are what is appended at once. */
export function laneCommands<Row>(
  rows: fc.Arbitrary<Row[]>,
  { commandsMax, countMax, faultWeight, isOneLane = false }: CommandLimits,
): fc.Arbitrary<LaneCommand<Row>[]> {
  const part = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100);
  const answer = fc.oneof(
    { weight: 6, arbitrary: fc.constant("accepted" as const) },
    { weight: faultWeight, arbitrary: fc.constantFrom("lost" as const, "split" as const, "retry" as const) },
  );
  const append = fc.record({ do: fc.constant("append" as const), rows });
  const split = fc.record({ do: fc.constantFrom("leave" as const, "divide" as const), part });
  const pass = fc.record({
    do: fc.constant("pass" as const),
    lane: fc.nat(3),
    count: fc.integer({ min: 1, max: countMax }),
    answers: fc.array(answer, { maxLength: 4 }),
  });
  const end = fc.record({ do: fc.constantFrom("reopen" as const, "kill" as const, "power-cut" as const) });
  return fc.array(
    fc.oneof(
      { weight: 3, arbitrary: append },
      { weight: isOneLane ? 0 : 2, arbitrary: split },
      { weight: 5, arbitrary: pass },
      { weight: 1, arbitrary: end },
    ),
    { maxLength: commandsMax, size: "max" },
  );
}

/** An intake that keeps the last value of each series and second. */
export abstract class KeepingIntake {
  readonly held = new Map<string, number>();
  answers: Answer[] = [];
  #points: PointBatch | undefined;
  #seriesOf: (id: SeriesId) => Series = () => expect.unreachable();

  readonly intake: Intake = {
    name: "main",
    url: "http://intake.test",
    limits: { wireBytesMax: 1e9, rawBytesMax: 1e9, pointCountMax: 1e9 },
    resolution: seconds(1),
    order: "any",
    maxAge: millis(Number.POSITIVE_INFINITY),
    maxAhead: seconds(600),
    encode: (points, seriesOf) => {
      this.#points = points;
      this.#seriesOf = seriesOf;
      return { path: "/", headers: {}, body: new Uint8Array(), rawBytes: 0 };
    },
    judge: () => ({ kind: "accepted" }),
  };

  readonly send = async (): Promise<Verdict> => {
    const answer = this.answers.shift() ?? "accepted";
    if (answer === "retry" || answer === "split") return { kind: answer, reason: "not now" };
    const { series = [], moment = [], value = [], count = 0 } = this.#points ?? {};
    for (let row = 0; row < count; row += 1) {
      this.keep(series[row] as SeriesId, moment[row] as number, value[row] as number, this.#seriesOf);
    }
    return answer === "lost" ? { kind: "retry", reason: "no answer" } : { kind: "accepted" };
  };

  protected abstract keep(series: SeriesId, moment: number, value: number, seriesOf: (id: SeriesId) => Series): void;
}

/** The log, its cursor and the intake behind it. */
export abstract class LaneWorld<Row> {
  abstract readonly keeper: KeepingIntake;
  readonly disk = new FakeDisk();
  log!: Log;
  cursor!: Cursor;
  readonly #series: readonly Series[];
  readonly #options: LogOptions;

  constructor(series: readonly Series[], options: Partial<LogOptions>) {
    this.#series = series;
    this.#options = { ...LOG_OPTIONS, ...options };
  }

  async open(): Promise<void> {
    this.log = await openLevelLog(this.disk.open(), new FakeClock(), this.#options, () => undefined);
    for (const series of this.#series) this.log.defineSeries(series);
    this.cursor = await this.log.cursor("intake");
  }

  async play(command: LaneCommand<Row>): Promise<void> {
    const { log, cursor, disk } = this;
    switch (command.do) {
      case "append": {
        const batch = this.take(command.rows);
        await Promise.all([log.append(batch, { sampled: batch.count, dropped: {} }), log.sync()]);
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

  /** Remembers rows, and gives what is appended of them. */
  protected abstract take(rows: readonly Row[]): SampleBatch;

  /** Delivers so many rows of a lane. */
  protected abstract pass(lane: Lane, count: number): Promise<void>;
}
