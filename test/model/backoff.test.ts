import { expect, test } from "vitest";
import { Backoff } from "../../src/model/backoff.ts";
import { seconds } from "../../src/model/time.ts";

/** The pauses after so many failures in a row. */
function pausesOf(backoff: Backoff, count: number): readonly number[] {
  return Array.from({ length: count }, () => backoff.fail());
}

test("each pause is twice as long as the one before, up to the longest", () => {
  const backoff = new Backoff({ first: seconds(1), max: seconds(10) });
  expect(pausesOf(backoff, 6)).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);
  expect(backoff.failures).toBe(6);
});

test("what worked once begins with the first pause again", () => {
  const backoff = new Backoff({ first: seconds(1), max: seconds(10) });
  pausesOf(backoff, 5);
  backoff.clear();
  expect(backoff.failures).toBe(0);
  expect(pausesOf(backoff, 2)).toEqual([1000, 2000]);
});

test("failures that are free have no pause, and count", () => {
  const backoff = new Backoff({ first: seconds(30), max: seconds(600), freeCount: 2 });
  expect(pausesOf(backoff, 4)).toEqual([0, 0, 30_000, 60_000]);
  expect(backoff.failures).toBe(4);
});

test("a pause stays the longest one however often it fails", () => {
  const backoff = new Backoff({ first: seconds(1), max: seconds(60) });
  expect(pausesOf(backoff, 5000).at(-1)).toBe(60_000);
});
