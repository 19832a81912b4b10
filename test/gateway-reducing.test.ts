import { describe, expect, test } from "vitest";
import type { GatewayParts } from "../src/gateway.ts";
import type { GatewayConfig } from "../src/model/config.ts";
import { DEFAULT_FILTER, type FilterPolicy } from "../src/model/filter.ts";
import type { InputPoint } from "../src/model/input.ts";
import { summarizedBy } from "../src/model/thinning.ts";
import { type Millis, seconds } from "../src/model/time.ts";
import { ACCEPTED, CONFIG, startGateway } from "./running-gateway.ts";
import type { FakeClock } from "./support/fake-clock.ts";
import type { FakeDisk } from "./support/fake-database.ts";
import { rowsOf } from "./support/samples.ts";
import { sentSeries } from "./support/sent-series.ts";

const LEVEL: InputPoint = { name: "tank", metric: "level", unit: "%", tags: [] };

/** A configuration that reduces to windows of ten seconds, and keeps what went. */
function configOf(changes: Partial<FilterPolicy> = {}): GatewayConfig {
  const filter: FilterPolicy = { ...DEFAULT_FILTER, mode: "reduce", window: seconds(10), ...changes };
  const checks = CONFIG.checks.map((check) => ({
    ...check,
    instances: check.instances.map((instance) => ({ ...instance, filter })),
  }));
  return { ...CONFIG, checks, store: { ...CONFIG.store, history: seconds(3600) } };
}

interface Setting {
  readonly config?: GatewayConfig;
  readonly point?: InputPoint;
  readonly disk?: FakeDisk;
  /** How long after the first run this one begins. */
  readonly after?: Millis;
  readonly prepare?: (clock: FakeClock) => void;
}

/** Starts a gateway that reads these values, one a second, in the middle of each second. */
async function start(values: readonly number[], setting: Setting = {}) {
  const { config = configOf(), point = LEVEL, disk, after = seconds(0), prepare } = setting;
  const changes: Partial<GatewayParts> = { config };
  const set = (clock: FakeClock): void => {
    clock.jumpWall(after);
    prepare?.(clock);
  };
  return await startGateway(ACCEPTED, values, point, changes, set, disk);
}

/** Numbers that go up by one from `from` on, `to` left out. */
function count(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

describe("a gateway that reduces", () => {
  test("sends the first value, the mean of each window, and the last value once it stops, and its books balance", async () => {
    const { clock, gateway, log, http } = await start(count(0, 25));
    await clock.advance(seconds(25));
    const { intakes } = await clock.until(gateway.stop());
    expect(sentSeries(http.requests)).toEqual({ level: [0, 5, 14.5, 22, 24] });
    expect(intakes[0]?.books).toMatchObject({ sampled: 29, delivered: 5, thinned: 24, waiting: 0 });
    await log.close();
  });

  test("sends what is due although nothing is read any more", async () => {
    const { clock, gateway, log, http } = await start([...count(0, 13), Number.NaN]);
    await clock.advance(seconds(32));
    expect(sentSeries(http.requests)).toEqual({ level: [0, 5, 11, 12] });
    await clock.until(gateway.stop());
    await log.close();
  });

  test("goes on after a kill with the windows under way, each of which is told once", async () => {
    const first = await start(count(0, 16));
    await first.clock.advance(seconds(16));
    expect(sentSeries(first.http.requests)).toEqual({ level: [0, 5] });
    await first.clock.until(first.log.sync());
    first.disk.kill();
    const second = await start(count(17, 25), { disk: first.disk, after: seconds(17) });
    await second.clock.advance(seconds(8));
    await second.clock.until(second.gateway.stop());
    const second10 = [...count(10, 16), 17, 18, 19];
    expect(sentSeries(second.http.requests)).toEqual({
      level: [Number((second10.reduce((sum, value) => sum + value, 0) / second10.length).toFixed(8)), 22, 24],
    });
    await second.log.close();
  });

  test("goes on after a kill where the clock was put back since", async () => {
    const first = await start(count(0, 16));
    await first.clock.advance(seconds(16));
    await first.clock.until(first.log.sync());
    first.disk.kill();
    const prepare = (clock: FakeClock): void => clock.reboot();
    const second = await start(count(17, 25), { disk: first.disk, after: seconds(-100), prepare });
    await second.clock.advance(seconds(8));
    await second.clock.until(second.gateway.stop());
    const [[summary] = [-1]] = second.log.care.series().filter(([, series]) => summarizedBy(series) !== undefined);
    const { count: told, value } = await second.log.range(summary, 0, Number.MAX_SAFE_INTEGER);
    // What was left ends where the clock is now, at the beginning of a window: its last value is in that.
    expect([...value.subarray(0, told)]).toEqual([5, 12, 19.88888889, 24]);
    await second.log.close();
  });

  test("tells after a kill and a long while what was left, before the first value of the run", async () => {
    const first = await start(count(0, 16));
    await first.clock.advance(seconds(16));
    await first.clock.until(first.log.sync());
    first.disk.kill();
    const second = await start(count(50, 53), { disk: first.disk, after: seconds(600) });
    await second.clock.advance(seconds(3));
    await second.clock.until(second.gateway.stop());
    expect(sentSeries(second.http.requests)).toEqual({ level: [12.5, 15, 50, 51.5, 52] });
    await second.log.close();
  });

  test("sends as much of what was before something odd as is configured, after a reload too", async () => {
    const odd = { threshold: { high: 100 }, post: seconds(2) };
    const values = [...count(0, 20), 200, ...count(21, 30)];
    const { clock, gateway, log, http } = await start(values, { config: configOf({ ...odd, pre: seconds(3) }) });
    await clock.advance(seconds(30));
    expect(sentSeries(http.requests)["level.full"]).toEqual([17, 18, 19, 200, 21, 22]);
    const config = configOf({ ...odd, pre: seconds(1) });
    await clock.until(gateway.reload({ config, problems: [], notices: [], secrets: [] }, false));
    const before = http.requests.length;
    // A script begins again with the input.
    await clock.advance(seconds(30));
    expect(sentSeries(http.requests.slice(before))["level.full"]).toEqual([19, 200, 21, 22]);
    await clock.until(gateway.stop());
    await log.close();
  });

  test("begins anew after a clean stop, and after a kill on a clock that is not right", async () => {
    const first = await start(count(0, 16));
    await first.clock.advance(seconds(16));
    await first.clock.until(first.gateway.stop());
    await first.log.close();
    const second = await start([7, 8], { disk: first.disk, after: seconds(20) });
    await second.clock.advance(seconds(2));
    expect(second.log.stats().tally.sampled).toBe(first.log.stats().tally.sampled + 2);
    await second.clock.until(second.log.sync());
    second.disk.kill();
    const third = await start([9], {
      disk: first.disk,
      after: seconds(-5000),
      prepare: (clock) => clock.setTrusted(false),
    });
    await third.clock.advance(seconds(1));
    expect(third.log.stats().tally.sampled).toBe(second.log.stats().tally.sampled + 1);
  });

  test("brings a window to the clock that is set while it is gathered", async () => {
    const prepare = (clock: FakeClock): void => {
      clock.jumpWall(seconds(-7200));
      clock.setTrusted(false);
    };
    const { clock, gateway, log, http } = await start(count(0, 12), { prepare });
    await clock.advance(seconds(6));
    clock.jumpWall(seconds(7200));
    clock.setTrusted(true);
    await clock.advance(seconds(6));
    await clock.until(gateway.stop());
    expect(sentSeries(http.requests)).toEqual({ level: [0, 5, 10.5, 11] });
    await log.close();
  });

  test.each([
    ["told before others come where a right clock is put ahead", 40, [3, 5, 8, 10.5, 11]],
    ["taken along where it is put back", -42, [3, 8.5, 11]],
  ])("has what it has gathered %s", async (_, by, means) => {
    const { clock, gateway, log } = await start(count(0, 12));
    await clock.advance(seconds(6));
    clock.jumpWall(seconds(by));
    await clock.advance(seconds(6));
    await clock.until(gateway.stop());
    const page = await log.care.page({ from: 0, fromAt: 0, toAt: Number.MAX_SAFE_INTEGER });
    const rows = rowsOf(page.batch);
    const isSummary = ([id = 0]: readonly number[]): boolean => summarizedBy(log.seriesOf(id)) !== undefined;
    const summaries = rows.filter(isSummary);
    expect(summaries.map(([, , value]) => value)).toEqual(means);
    const reads = rows.filter((row) => !isSummary(row)).map(([, at]) => at);
    expect(reads).toEqual(expect.arrayContaining(summaries.map(([, at]) => at)));
    await log.close();
  });

  test("tells what it has gathered when a reload has it reduce no more, and all from there on", async () => {
    const { clock, gateway, log, http } = await start(count(0, 100));
    await clock.advance(seconds(16));
    const config = configOf({ mode: "all" });
    await clock.until(gateway.reload({ config, problems: [], notices: [], secrets: [] }, false));
    await clock.advance(seconds(3));
    await clock.until(gateway.stop());
    // A script begins again with the input.
    expect(sentSeries(http.requests)).toEqual({ level: [0, 5, 12.5, 15, 0, 1, 2] });
    await log.close();
  });

  test("goes on with its windows over a reload that changes something else", async () => {
    const { clock, gateway, log, http } = await start(Array.from({ length: 100 }, () => 3));
    await clock.advance(seconds(16));
    const config = configOf();
    const checks = config.checks.map((check) => ({
      ...check,
      instances: check.instances.map((instance) => ({ ...instance, settings: { another: 1 } })),
    }));
    const loaded = { config: { ...config, checks }, problems: [], notices: [], secrets: [] };
    await clock.until(gateway.reload(loaded, false));
    await clock.advance(seconds(10));
    expect(sentSeries(http.requests)).toEqual({ level: [3, 3, 3] });
    await clock.until(gateway.stop());
    await log.close();
  });

  test("tells of the extremes of windows where it is asked to", async () => {
    const { clock, gateway, log, http } = await start(count(0, 12), {
      config: configOf({ statistics: ["max", "count"] }),
    });
    await clock.advance(seconds(12));
    await clock.until(gateway.stop());
    expect(sentSeries(http.requests)).toEqual({
      level: [0, 5, 10.5, 11],
      "level.max": [9, 11],
      "level.count": [10, 2],
    });
    await log.close();
  });

  test("takes a deadband in the unit of the point", async () => {
    const config = configOf({ keep: "deadband", deadband: { size: 0.5, unit: "absolute" } });
    const pressure: InputPoint = { ...LEVEL, metric: "pressure", unit: "bar" };
    const { clock, gateway, log, http } = await start([1, 1.5, 1.6, 1.2, 1], { config, point: pressure });
    await clock.advance(seconds(5));
    await clock.until(gateway.stop());
    expect(sentSeries(http.requests)).toEqual({ pressure: [100_000, 160_000, 100_000] });
    await log.close();
  });

  test("sends each change of what has names for its values, and the first value of each window", async () => {
    const door: InputPoint = { ...LEVEL, name: "door", metric: "mode", unit: "", states: { 0: "open", 1: "shut" } };
    const { clock, gateway, log, http } = await start([0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], { point: door });
    await clock.advance(seconds(12));
    await clock.until(gateway.stop());
    expect(Object.values(sentSeries(http.requests))).toEqual([[0, 1, 0, 0, 0]]);
    await log.close();
  });
});
