import { expect, test } from "vitest";
import { GatewayError } from "../../src/model/errors.ts";
import { seconds } from "../../src/model/time.ts";
import { LateDatabase } from "../../src/store/late-database.ts";
import { openLevelLog } from "../../src/store/level-log.ts";
import { decodeCopy } from "../../src/store/record-copy.ts";
import { appendRows, deliver } from "../conformance/log-suite.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";
import { LOG_OPTIONS } from "../support/log-options.ts";

test("a log on a disk that opens late is read and delivered from memory, and is whole on the disk afterwards", async () => {
  const disk = new FakeDisk();
  let isFull = true;
  const database = new LateDatabase(async () => {
    if (isFull) throw new GatewayError("STORE_FAILED", "No space left on device");
    return disk.open();
  });
  const clock = new FakeClock();
  const notices: string[] = [];
  const log = await openLevelLog(database, clock, LOG_OPTIONS, (what) => notices.push(what));
  const series = log.defineSeries({ metric: "voltage", tags: [], kind: "gauge", unit: "V" });
  const cursor = await log.cursor("intake");
  const rows = [
    [series, 1_000, 1],
    [series, 2_000, 2],
  ] as const;
  void appendRows(log, rows).catch(() => undefined);
  await clock.advance(seconds(1));
  await cursor.commit(deliver(await cursor.read(1)));
  expect(log.stats()).toMatchObject({ end: 2, durable: 0, atRisk: 1, failure: expect.stringContaining("No space") });
  isFull = false;
  await log.sync();
  expect(log.stats()).toMatchObject({ end: 2, durable: 2, failure: undefined });
  expect(decodeCopy(disk.side ?? new Uint8Array()).definitions.size).toBe(1);
  expect(notices).toEqual([
    expect.stringContaining("cannot be written, samples are kept in memory"),
    "The log is written again; nothing that waited for it was lost.",
  ]);
  await log.close();
  const again = await openLevelLog(disk.open(), clock, LOG_OPTIONS, () => undefined);
  expect((await (await again.cursor("intake")).read(10)).batch.count).toBe(1);
});
