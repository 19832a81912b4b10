import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deliverSlice } from "../../src/forward/deliver-slice.ts";
import type { Lane } from "../../src/model/log.ts";
import type { SampleBatch } from "../../src/model/samples.ts";
import type { Series, SeriesId } from "../../src/model/series.ts";
import { batchOf } from "../support/samples.ts";
import { ANY_AGE, KeepingIntake, type LaneCommand, LaneWorld, laneCommands } from "./lane-world.ts";

const START = Date.UTC(2026, 10, 22);

const SERIES = ["V", "A", "W"].map((unit): Series => ({ metric: "load", tags: [], kind: "gauge", unit }));

interface Row {
  readonly series: number;
  readonly step: number;
}

/** Steps of the clock between rows. Units: milliseconds. */
function commands(step: fc.Arbitrary<number>): fc.Arbitrary<LaneCommand<Row>[]> {
  const row = fc.record({ series: fc.nat(SERIES.length - 1), step });
  return laneCommands(fc.array(row, { maxLength: 12 }), { commandsMax: 50, countMax: 15, faultWeight: 1 });
}

/** The value of each row is its sequence. */
class OrderedIntake extends KeepingIntake {
  /** Points that took the place of one from further on in the log. */
  readonly replaced: string[] = [];

  protected override keep(series: SeriesId, moment: number, value: number): void {
    const key = `${series} ${moment}`;
    const before = this.held.get(key) ?? -1;
    if (before > value) this.replaced.push(`${key}: ${before} by ${value}`);
    this.held.set(key, value);
  }
}

class World extends LaneWorld<Row> {
  readonly keeper = new OrderedIntake();
  /** Every row by its sequence. */
  readonly rows: (readonly [series: number, at: number, value: number])[] = [];
  #at = START;

  constructor(maxBytes: number) {
    super(SERIES, { maxBytes });
  }

  protected override take(rows: readonly Row[]): SampleBatch {
    const first = this.rows.length;
    for (const { series, step } of rows) {
      this.#at += step;
      this.rows.push([series, this.#at, this.rows.length]);
    }
    return batchOf(...this.rows.slice(first));
  }

  protected override async pass(lane: Lane, count: number): Promise<void> {
    const { intake, send } = this.keeper;
    const seriesOf = this.log.seriesOf.bind(this.log);
    await deliverSlice(await lane.read(count), { intake, lane, seriesOf, send, window: () => ANY_AGE });
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
    const isCalm = (command: LaneCommand<Row>): LaneCommand<Row> =>
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
