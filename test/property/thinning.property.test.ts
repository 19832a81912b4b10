import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deliverSlice } from "../../src/forward/deliver-slice.ts";
import { PreContext } from "../../src/forward/pre-context.ts";
import { nameAtIntake, SampleRoutes } from "../../src/forward/series-at-intake.ts";
import { GatewayError } from "../../src/model/errors.ts";
import type { Lane, Log } from "../../src/model/log.ts";
import { FLAG, type SampleBatch } from "../../src/model/samples.ts";
import type { Series, SeriesId } from "../../src/model/series.ts";
import { leadOf, summaryOf } from "../../src/model/thinning.ts";
import { seconds } from "../../src/model/time.ts";
import { batchOf } from "../support/samples.ts";
import { ANY_AGE, KeepingIntake, type LaneCommand, LaneWorld, laneCommands } from "./lane-world.ts";

const START = Date.UTC(2026, 10, 22);

/** What goes ahead of an onset, of each series. */
const PRE = [seconds(7), seconds(20)];

const { ordinary, anomalous, context, onset } = FLAG;

/** Two series, of which most of what comes is ordinary, and two that sum them up. */
const SERIES: readonly Series[] = ["a.power", "b.power"].map((metric) => ({
  metric,
  tags: [],
  kind: "gauge",
  unit: "W",
}));
const LEADS = 2 * SERIES.length;
const ALL_SERIES = [...SERIES, ...SERIES.map(summaryOf), ...SERIES.map(leadOf)];

interface Row {
  readonly series: number;
  readonly step: number;
  readonly flags: number;
  /** How many seconds what begins with it has lasted; 0 where nobody says it. */
  readonly lead: number;
}

const row: fc.Arbitrary<Row> = fc.record({
  series: fc.nat(1),
  step: fc.oneof(fc.constant(1000), fc.integer({ min: 0, max: 2500 })),
  flags: fc.oneof(
    { weight: 10, arbitrary: fc.constant(ordinary) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(ordinary | anomalous | onset, ordinary | anomalous, ordinary | context),
    },
    { weight: 2, arbitrary: fc.constantFrom(0, anomalous, context, anomalous | onset, ordinary | onset) },
  ),
  lead: fc.oneof(fc.constant(0), fc.constantFrom(0.5, 10, 30, 700)),
});
const summaryRow = row.map(({ series, step }): Row => ({ series: series + SERIES.length, step, flags: 0, lead: 0 }));

function commands(isOneLane: boolean): fc.Arbitrary<LaneCommand<Row>[]> {
  const rows = fc.array(fc.oneof({ weight: 8, arbitrary: row }, { weight: 1, arbitrary: summaryRow }), {
    maxLength: 25,
    size: "max",
  });
  return laneCommands(rows, { commandsMax: 40, countMax: 40, faultWeight: 2, isOneLane });
}

/** It tells how points came. */
class TimelyIntake extends KeepingIntake {
  /** New points from before what was held of their series. */
  readonly backwards: string[] = [];
  readonly #last = new Map<string, number>();

  protected override keep(series: SeriesId, moment: number, value: number, seriesOf: (id: SeriesId) => Series): void {
    const { metric } = seriesOf(series);
    const key = `${metric} ${(moment - START) / 1000}`;
    const last = this.#last.get(metric) ?? 0;
    if (!this.held.has(key) && moment < last) this.backwards.push(key);
    this.#last.set(metric, Math.max(moment, last));
    this.held.set(key, value);
  }
}

class World extends LaneWorld<Row> {
  readonly keeper = new TimelyIntake();
  /** Every row by its sequence. */
  readonly rows: (Row & { readonly at: number; readonly value: number })[] = [];
  readonly #isThinning: boolean;
  /** Whether what goes ahead cannot be read. */
  readonly #isBlind: boolean;
  #at = START;

  constructor({ isThinning = true, isBlind = false } = {}) {
    super(ALL_SERIES, { maxBytes: 1e9, history: seconds(1e9) });
    this.#isThinning = isThinning;
    this.#isBlind = isBlind;
  }

  protected override take(rows: readonly Row[]): SampleBatch {
    const first = this.rows.length;
    for (const each of rows) {
      this.#at += each.step;
      if ((each.flags & onset) !== 0 && each.lead > 0) {
        this.rows.push({ ...each, series: LEADS + each.series, flags: 0, at: this.#at, value: each.lead });
      }
      this.rows.push({ ...each, at: this.#at, value: this.rows.length });
    }
    return batchOf(
      ...this.rows.slice(first).map(({ series, at, value, flags }) => [series, at, value, flags] as const),
    );
  }

  protected override async pass(lane: Lane, count: number): Promise<void> {
    const { log } = this;
    const { intake, send } = this.keeper;
    const routes = new SampleRoutes(log, { isThinning: this.#isThinning });
    const preOf = ({ metric }: Series) => PRE[SERIES.findIndex((each) => each.metric === metric)] ?? seconds(0);
    const page: Log["care"]["page"] = async (query) => {
      if (this.#isBlind) throw new GatewayError("STORE_FAILED", "the disk does not answer");
      return await log.care.page(query);
    };
    const seriesOf = nameAtIntake((id) => log.seriesOf(id));
    await deliverSlice(await lane.read(count), {
      ...{ intake, lane, seriesOf, send, rowCountMax: count },
      context: new PreContext({ page, routes, seriesOf, preOf }),
      window: () => ({ ...ANY_AGE, routes }),
    });
  }

  /** What is to be at the intake, by the design alone, and how many of these points are copies. */
  expected(): { readonly held: Map<string, number>; readonly copies: number; readonly thinned: number } {
    const held = new Map<string, number>();
    let copies = 0;
    let thinned = 0;
    const put = (metric: string, at: number, value: number): void => {
      held.set(`${metric} ${Math.floor((at - START) / 1000)}`, value);
    };
    const isFull = (flags: number): boolean =>
      (flags & ordinary) !== 0 && ((flags & anomalous) !== 0 || (flags & context) !== 0);
    for (const [sequence, { series, at, flags }] of this.rows.entries()) {
      const { metric } = ALL_SERIES[series] as Series;
      if (series >= LEADS) thinned += 1;
      else if (!this.#isThinning) {
        if (series >= SERIES.length) thinned += 1;
        else put(metric, at, sequence);
      } else if (series >= SERIES.length || (flags & ordinary) === 0) put(metric, at, sequence);
      else if (!isFull(flags)) thinned += 1;
      else {
        if ((flags & onset) !== 0 && !this.#isBlind) {
          const own = this.rows.slice(0, sequence);
          const before = own.filter((each) => each.series === series && (each.flags & ordinary) !== 0);
          const lead = own.findLast((each) => each.series === LEADS + series && each.at === at)?.value ?? 0;
          const from = at - (PRE[series] ?? 0) - 1000 * lead;
          const lastFull = before.findLastIndex((each) => isFull(each.flags));
          const reached = Math.floor((before[lastFull]?.at ?? 0) / 1000);
          const ahead = before.slice(lastFull + 1).filter((each) => each.at >= from);
          const seen = new Set<number>();
          for (const each of ahead) {
            const second = Math.floor(each.at / 1000);
            if (second <= reached || second === Math.floor(at / 1000)) continue;
            seen.add(second);
            put(`${metric}.full`, each.at, each.value);
          }
          copies += seen.size;
        }
        put(`${metric}.full`, at, sequence);
      }
    }
    return { held, copies, thinned };
  }
}

function expectAllThere({ keeper, cursor, ...world }: World, { held, copies, thinned }: ReturnType<World["expected"]>) {
  expect(new Map([...keeper.held].sort())).toEqual(new Map([...held].sort()));
  expect(cursor.counts).toMatchObject({ delivered: held.size - copies, thinned, tooOld: 0, rejected: 0 });
  expect(world.rows.length).toBe(Object.values(cursor.counts).reduce((sum, count) => sum + count, 0));
}

describe("an intake that thins", () => {
  test("ends with each point of NAME and of NAME.full, whatever lane goes first and whatever is cut off", async () => {
    await fc.assert(
      fc.asyncProperty(commands(false), fc.boolean(), async (sequence, isNewestFirst) => {
        const world = new World();
        await world.open();
        for (const command of sequence) await world.play(command);
        await world.drain(isNewestFirst);
        expectAllThere(world, world.expected());
      }),
      { numRuns: 100 },
    );
  });

  test("gets each series in the order of time where there is one lane", async () => {
    await fc.assert(
      fc.asyncProperty(commands(true), async (sequence) => {
        const world = new World();
        await world.open();
        for (const command of sequence) await world.play(command);
        await world.drain(false);
        expectAllThere(world, world.expected());
        expect(world.keeper.backwards).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  test("lacks nothing but what goes ahead where the log cannot be read back", async () => {
    await fc.assert(
      fc.asyncProperty(commands(false), async (sequence) => {
        const world = new World({ isBlind: true });
        await world.open();
        for (const command of sequence) await world.play(command);
        await world.drain(false);
        expectAllThere(world, world.expected());
      }),
      { numRuns: 30 },
    );
  });
});

describe("an intake that does not thin", () => {
  test("ends with each sample, and without what sums them up", async () => {
    await fc.assert(
      fc.asyncProperty(commands(false), fc.boolean(), async (sequence, isNewestFirst) => {
        const world = new World({ isThinning: false });
        await world.open();
        for (const command of sequence) await world.play(command);
        await world.drain(isNewestFirst);
        expectAllThere(world, world.expected());
      }),
      { numRuns: 30 },
    );
  });
});
