import { expect, test } from "vitest";
import { GatewayFilter } from "../src/gateway-filter.ts";
import { SampleBuilder } from "../src/model/samples.ts";
import { seconds } from "../src/model/time.ts";
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
