import { describe, expect, test } from "vitest";
import { PROFILES, type ScoredFile, scoreAt, scoreAtBest, scoreLeavingOut } from "./scoring.ts";

const [STANDARD, LOW_FALSE, LOW_MISSED] = PROFILES;

/** A file of 100 rows, of which 15 are not scored, with one window of ten, and detections of a score in some rows. */
function file(detections: Readonly<Record<number, number>>, category = "plain"): ScoredFile {
  const scores = new Float64Array(100);
  for (const [row, score] of Object.entries(detections)) scores[Number(row)] = score;
  return { category, scores, windows: [[50, 59]] };
}

/** 2 / (1 + e^(5 x)) - 1, by hand for the rows that are asked for. */
const AT_HALF = 0.848_284;
const AT_ONE = 0.986_614;

describe("the scorer", () => {
  test("gives nothing to who detects nothing, and takes off for what is false", () => {
    expect(scoreAt([file({})], STANDARD, 0.5).score).toBe(0);
    expect(scoreAt([file({ 20: 1 })], STANDARD, 0.5).score).toBeCloseTo((100 * -0.11) / 2, 6);
    expect(scoreAt([file({ 20: 1 })], LOW_FALSE, 0.5).score).toBeCloseTo((100 * -0.22) / 2, 6);
  });

  test("gives all to the first row of a window, and less to a later one", () => {
    expect(scoreAt([file({ 50: 1 })], STANDARD, 0.5).score).toBeCloseTo(100, 6);
    expect(scoreAt([file({ 55: 1 })], STANDARD, 0.5).score).toBeCloseTo((100 * (1 + AT_HALF / AT_ONE)) / 2, 3);
  });

  test("counts the earliest detection of a window only", () => {
    const alone = scoreAt([file({ 55: 1 })], STANDARD, 0.5).score;
    expect(scoreAt([file({ 55: 1, 56: 1, 57: 1 })], STANDARD, 0.5).score).toBe(alone);
  });

  test("takes less off for what comes right behind a window", () => {
    const near = scoreAt([file({ 60: 1 })], STANDARD, 0.5).score;
    const far = scoreAt([file({ 95: 1 })], STANDARD, 0.5).score;
    expect(near).toBeGreaterThan(far);
    expect(far).toBeCloseTo((100 * -0.11) / 2, 6);
  });

  test("does not look at the rows that are there to learn from", () => {
    expect(scoreAt([file({ 3: 1, 14: 1 })], STANDARD, 0.5)).toMatchObject({ score: 0, falseRows: 0 });
  });

  test("chooses the threshold that is best for all files together", () => {
    const files = [file({ 20: 0.4, 50: 0.8 }), file({ 30: 0.7, 50: 0.6 })];
    expect(scoreAtBest(files, STANDARD)).toMatchObject({ threshold: 0.6, found: 2, windows: 2, falseRows: 1 });
    expect(scoreAtBest(files, LOW_MISSED).score).toBeCloseTo(100 - (100 * 0.11) / 6, 6);
  });

  test("scores a category with the threshold of the others when it is left out", () => {
    const files = [file({ 20: 0.4, 50: 0.8 }, "one"), file({ 30: 0.7, 50: 0.6 }, "two")];
    // "one" is judged at 0.6 of "two" and is perfect; "two" at 0.8 of "one" and finds nothing.
    expect(scoreLeavingOut(files, STANDARD)).toBeCloseTo(50, 6);
    expect(scoreLeavingOut([files[0] ?? file({}), files[0] ?? file({})], STANDARD)).toBe(0);
  });
});
