import { describe, expect, test } from "vitest";
import { GatewayFilter } from "../src/gateway-filter.ts";
import type { InstanceConfig } from "../src/model/config.ts";
import { DEFAULT_FILTER } from "../src/model/filter.ts";
import type { InputPoint } from "../src/model/input.ts";
import { pointSeries } from "../src/model/point-series.ts";
import { FLAG, SampleBuilder } from "../src/model/samples.ts";
import type { MutableDropCounts } from "../src/model/tally.ts";
import { summaryOf } from "../src/model/thinning.ts";
import { millis, seconds } from "../src/model/time.ts";
import { openLevelLog } from "../src/store/level-log.ts";
import { CONFIG } from "./running-gateway.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { FakeDisk } from "./support/fake-database.ts";
import { createKeepingLogger } from "./support/keeping-logger.ts";
import { batchOf, rowsOf } from "./support/samples.ts";

test("what waits in the filter comes out in time where nothing else is sampled, once", async () => {
  const clock = new FakeClock();
  const log = await openLevelLog(new FakeDisk().open(), clock, CONFIG.store, () => undefined);
  const flushed: number[][] = [];
  const filter: GatewayFilter = new GatewayFilter({
    ...{ log, clock, logger: createKeepingLogger() },
    flush: () => flushed.push([clock.monotonic(), ...passed(batchOf())]),
  });
  const passed = (batch: ReturnType<typeof batchOf>): number[] => {
    const target = new SampleBuilder();
    filter.pass(batch, target, {});
    return rowsOf(target).map(([, , value = 0]) => value);
  };
  const [instance] = CONFIG.checks[0]?.instances ?? [];
  if (instance === undefined) return expect.unreachable("there is an instance");
  const point = { name: "inlet", metric: "pressure", unit: "Pa", tags: [], quality: { spike: 5 } };
  const [series = 0] = filter.define(instance, [point], seconds(1)).seriesIds;
  const start = clock.monotonic();
  const read = (value: number): number[] => passed(batchOf([series, clock.now(), value]));
  expect(read(1)).toEqual([1]);
  await clock.advance(seconds(1));
  expect(read(90)).toEqual([]);
  await clock.advance(seconds(60));
  expect(flushed).toEqual([[start + 4000, 90]]);
  expect(read(1)).toEqual([1]);
  await clock.advance(seconds(1));
  expect(read(90)).toEqual([]);
  filter.end();
  expect(flushed.slice(1)).toEqual([[clock.monotonic(), 90]]);
  expect(clock.pending().filter((name) => name.includes("filter"))).toEqual([]);
  await log.close();
});

const POINT: InputPoint = { name: "inlet", metric: "pressure", unit: "Pa", tags: [] };

/** Three days: a board that was switched off over the weekend. */
const OFF = 3 * 86_400_000;

/** A filter before a log, on a board whose clock is not right yet; the log is opened so many milliseconds earlier. */
async function openBehind(point: Partial<InputPoint>, filtered: Partial<InstanceConfig> = {}, earlier = 0) {
  const clock = new FakeClock();
  clock.setTrusted(false);
  const log = await openLevelLog(new FakeDisk().open(), clock, CONFIG.store, () => undefined);
  await clock.advance(millis(earlier));
  const filter = new GatewayFilter({ log, clock, logger: createKeepingLogger(), flush: () => undefined });
  const [configured] = CONFIG.checks[0]?.instances ?? [];
  if (configured === undefined) return expect.unreachable("there is an instance");
  const instance = { ...configured, ...filtered };
  const [series = 0] = filter.define(instance, [{ ...POINT, ...point }], seconds(1)).seriesIds;
  const dropped: MutableDropCounts = {};
  const record = async (...rows: readonly (readonly [at: number, value: number])[]): Promise<void> => {
    const target = new SampleBuilder();
    const batch = batchOf(...rows.map(([at, value]) => [series, at, value, flagsNow()] as const));
    const more = filter.pass(batch, target, dropped);
    await Promise.all([log.append(target, { sampled: batch.count + more, dropped }), log.sync()]);
  };
  const flagsNow = (): number => (clock.isTrusted() ? 0 : FLAG.clockUntrusted);
  /** The rows of the point in the log, as moment, value and flags. */
  const logged = async (): Promise<number[][]> => {
    const rows = rowsOf(await log.range(series, 0, Number.MAX_SAFE_INTEGER));
    return rows.map(([, ...rest]) => rest);
  };
  const putRight = (by: number): void => {
    clock.jumpWall(millis(by));
    clock.setTrusted(true);
  };
  return { clock, log, filter, instance, dropped, record, logged, putRight };
}

describe("what was read before the clock was set, and comes only after", () => {
  test("is odd by the clock as it is, and lies so in the log", async () => {
    const policy = { ...DEFAULT_FILTER, mode: "mark" as const, threshold: { high: 240 } };
    const { clock, log, filter, instance, record, logged, putRight } = await openBehind({}, { filter: policy });
    await record([clock.now(), 230]);
    await clock.advance(seconds(1));
    const readAt = clock.now();
    await clock.advance(seconds(4));
    putRight(OFF);
    await clock.advance(seconds(2));
    await record([readAt, 250]);
    expect(filter.marking.statusOf(instance).filter?.worst).toMatchObject([{ since: readAt + OFF, at: readAt + OFF }]);
    expect(await logged()).toEqual([
      [readAt - 1000 + OFF, 230, 0],
      [readAt + OFF, 250, FLAG.anomalous | FLAG.onset],
    ]);
    await log.close();
  });

  test("is moved once, however little the clock was put ahead", async () => {
    const { clock, log, record, logged, putRight } = await openBehind({});
    const readAt = clock.now();
    await clock.advance(seconds(5));
    putRight(2000);
    await clock.advance(seconds(1));
    await record([readAt, 230]);
    expect(await logged()).toEqual([[readAt + 2000, 230, 0]]);
    await log.close();
  });

  test("is not stale", async () => {
    const point = { quality: { staleAfter: seconds(60), verdicts: { stale_after: "drop" as const } } };
    const { clock, log, dropped, record, logged, putRight } = await openBehind(point);
    const readAt = clock.now();
    putRight(OFF);
    await record([readAt, 230]);
    expect(dropped).toEqual({});
    expect(await logged()).toEqual([[readAt + OFF, 230, 0]]);
    await log.close();
  });

  test("lies where it was read too where it has waited in the filter", async () => {
    const { clock, log, record, logged, putRight } = await openBehind({ quality: { spike: 5 } });
    const readAt = clock.now();
    await record([readAt, 230]);
    await clock.advance(seconds(1));
    await record([readAt + 1000, 250]);
    putRight(2000);
    await clock.advance(seconds(1));
    await record([readAt + 4000, 250]);
    expect(await logged()).toEqual([
      [readAt + 2000, 230, 0],
      [readAt + 3000, 250, 0],
      [readAt + 4000, 250, 0],
    ]);
    await log.close();
  });
});

describe("what sums up what was read before the clock was set", () => {
  test.each([
    ["once", 0.6, 0, 0.4],
    ["twice", 0.4, 5000, 0.2],
  ])("lies at its first sample, to the millisecond, where that was %s", async (_, earlier, before, later) => {
    const policy = { ...DEFAULT_FILTER, mode: "reduce" as const, window: seconds(10) };
    // What a machine counts since it was started has fractions, and its clock has none.
    const { clock, log, instance, record, logged, putRight } = await openBehind({}, { filter: policy }, earlier);
    await record([clock.now(), 1]);
    await clock.advance(seconds(1));
    await record([clock.now(), 2]);
    clock.jumpWall(millis(before));
    await clock.advance(millis(1000 + later));
    putRight(OFF);
    await record([clock.now(), 3]);
    await clock.advance(seconds(10));
    await record([clock.now(), 4]);
    const summary = log.defineSeries(summaryOf(pointSeries(instance, POINT)));
    const { at } = await log.range(summary, 0, Number.MAX_SAFE_INTEGER);
    expect(at[0]).toBe((await logged())[1]?.[0]);
    await log.close();
  });
});
