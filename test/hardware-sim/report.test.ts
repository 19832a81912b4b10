import { describe, expect, test } from "vitest";
import { createReport, findDifferences, formatReport, type Witnesses } from "../../hardware-sim/plant/report.ts";
import type { BooksStatus } from "../../src/model/status.ts";
import { BOOKS, instance, status } from "./statuses.ts";

const WITNESSES: Witnesses = {
  seconds: 20.04,
  seed: 1,
  line: "serial",
  askedTooEarly: 0,
  served: 104,
  unwitnessed: [],
  intakePoints: 95,
  intakeDistinct: 90,
  intakeViolations: 0,
};

function report(witnesses: Partial<Witnesses> = {}, books: Partial<BooksStatus> = {}) {
  const instances = [instance("press"), instance("pump", { polls: 12, failed_polls: 3 })];
  const made = createReport({ ...WITNESSES, ...witnesses }, status(instances, { ...BOOKS, ...books }));
  if (made === undefined) throw new Error("the status has the intake, so there is a report");
  return made;
}

describe("what does not agree is said", () => {
  test.each([
    ["books that lose a sample", {}, { waiting: 4 }, /100 sampled, 99 accounted for/],
    ["books that gain a sample", {}, { rejected: 1 }, /100 sampled, 101 accounted for/],
    ["an intake that holds less", { intakeDistinct: 89 }, {}, /delivered 90 points and the intake holds 89/],
    ["an intake that holds more", { intakeDistinct: 91 }, {}, /delivered 90 points and the intake holds 91/],
    ["more samples than the machines served", { served: 99 }, {}, /sampled 100 .* served only 99/],
    ["a broken rule", { intakeViolations: 2 }, {}, /2 requests that break its rules/],
    ["a line that was not let be silent", { askedTooEarly: 3 }, {}, /not silent for long enough before 3 requests/],
    ["nothing delivered", { intakeDistinct: 0 }, { delivered: 0, waiting: 95 }, /Nothing was delivered/],
  ])("%s", (_what, witnesses, books, sentence) => {
    const differing = report(witnesses, books);
    expect(findDifferences(differing)).toEqual([expect.stringMatching(sentence)]);
    expect(formatReport(differing)).toMatch(sentence);
  });

  test("a status without the plant's intake gives no report", () => {
    expect(createReport(WITNESSES, { ...status([]), intakes: [] })).toBeUndefined();
  });
});

describe("a run in which every figure agrees", () => {
  test("gives each figure from where it was counted", () => {
    expect(report()).toEqual({
      schema: 1,
      seconds: 20,
      seed: 1,
      line: "serial",
      asked_too_early: 0,
      served: 104,
      ...BOOKS,
      intake_points: 95,
      intake_distinct: 90,
      intake_violations: 0,
      polls: 22,
      faults: 3,
      books_balance: true,
    });
    expect(findDifferences(report())).toEqual([]);
  });

  test("says whether everything arrived", () => {
    expect(formatReport(report())).toMatch(/accounted for; 5 still wait/);
    const arrived = report({ intakeDistinct: 95 }, { delivered: 95, waiting: 0, dropped: { "out-of-range": 2 } });
    expect(formatReport(arrived)).toMatch(/Everything arrived\./);
  });
});
