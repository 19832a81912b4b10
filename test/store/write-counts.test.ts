import { describe, expect, test } from "vitest";
import { millis, seconds } from "../../src/model/time.ts";
import { openLevelLog } from "../../src/store/level-log.ts";
import { appendRows } from "../conformance/log-suite.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";
import { LOG_OPTIONS } from "../support/log-options.ts";

async function openCounted() {
  const clock = new FakeClock();
  const disk = new FakeDisk();
  const log = await openLevelLog(disk.open(), clock, LOG_OPTIONS, () => undefined);
  const series = log.defineSeries({ metric: "voltage", tags: [], kind: "gauge", unit: "V" });
  const before = { count: disk.writes.length, written: log.stats().written };
  return { clock, disk, log, series, before };
}

describe("what a log counts of its writing", () => {
  test("is every write that the disk has taken, and each that waited for it", async () => {
    const { disk, log, series, before } = await openCounted();
    await Promise.all([appendRows(log, [[series, 1, 2]]), log.sync()]);
    const made = disk.writes.slice(before.count);
    const { written } = log.stats();
    expect(written.writes - before.written.writes).toBe(made.length);
    expect(written.syncs - before.written.syncs).toBe(made.filter(({ sync }) => sync).length);
    const sizes = made.flatMap(({ operations }) =>
      operations.map((of) => of.key.length + (of.type === "put" ? of.value.length : 0)),
    );
    expect(written.bytes - before.written.bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
  });

  test("leaves out what the disk refuses, and says since when it does", async () => {
    const { clock, disk, log, series } = await openCounted();
    const { written } = log.stats();
    disk.isFull = true;
    const appended = appendRows(log, [[series, 1, 2]]);
    await clock.advance(seconds(1));
    const since = clock.monotonic();
    expect(log.stats()).toMatchObject({ written, failingSince: since });
    await clock.advance(seconds(30));
    expect(log.stats().failingSince).toBe(since);
    disk.isFull = false;
    await clock.advance(millis(1500));
    await appended;
    expect(log.stats()).toMatchObject({ failure: undefined, failingSince: undefined });
  });
});
