import { expect, test } from "vitest";
import { awaitDisk } from "../../src/cli/await-disk.ts";
import { seconds } from "../../src/model/time.ts";
import { FakeClock } from "../support/fake-clock.ts";

const STAND_IN = { reason: "the disk is full", remedy: "Make room", endsByItself: true };

test("a log that only a person can put right is not opened again, however well the disk is", async () => {
  const clock = new FakeClock();
  const stopping = new AbortController();
  const waiting = awaitDisk(clock, { ...STAND_IN, endsByItself: false }, async () => true, stopping.signal);
  await clock.advance(seconds(600));
  stopping.abort();
  expect(await waiting).toBe(false);
});

test("a disk that comes and goes is waited for until it is well twice in a row", async () => {
  const clock = new FakeClock();
  const found = [false, true, false, true, true];
  let looks = 0;
  const isWell = async (): Promise<boolean> => {
    looks += 1;
    return found[looks - 1] ?? false;
  };
  const waiting = awaitDisk(clock, STAND_IN, isWell, new AbortController().signal);
  await clock.advance(seconds(60 * found.length));
  expect([await waiting, looks]).toEqual([true, found.length]);
});
