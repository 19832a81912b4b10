/** What a run of the plant comes to: each figure from where it was counted, and whether they agree. */

import type { BooksStatus, Status } from "../../src/model/status.ts";
import { PLANT_INTAKE } from "./config-files.ts";

/** What machines and intake counted by themselves, without asking the gateway. */
export interface Witnesses {
  /** Seconds the gateway ran. */
  readonly seconds: number;
  readonly seed: number;
  /** How press and pump were reached: by a serial port, or by a converter on the network. */
  readonly line: "serial" | "rtu-over-tcp";
  /** Times the gateway spoke on the serial port before the line had been silent for long enough. */
  readonly askedTooEarly: number;
  /** Points the machines answered. */
  readonly served: number;
  /** Checks that make their readings themselves: what the gateway sampled of them counts as served. */
  readonly unwitnessed: readonly string[];
  /** Points the intake accepted, repeats included. */
  readonly intakePoints: number;
  /** Points the intake accepted by metric, tags, host and second. */
  readonly intakeDistinct: number;
  /** Requests that broke a rule of the intake. */
  readonly intakeViolations: number;
}

/** The last line of `tidegate sim --json`. `schema` changes when a key changes its meaning. */
export interface PlantReport extends BooksStatus {
  readonly schema: 1;
  readonly seconds: number;
  readonly seed: number;
  readonly line: Witnesses["line"];
  readonly asked_too_early: number;
  readonly served: number;
  readonly intake_points: number;
  readonly intake_distinct: number;
  readonly intake_violations: number;
  readonly polls: number;
  /** Polls that met a fault. */
  readonly faults: number;
  readonly books_balance: boolean;
}

/** Puts the witnesses' figures beside the gateway's books; undefined when the status has no such intake. */
export function createReport(witnesses: Witnesses, status: Status): PlantReport | undefined {
  const books = status.intakes.find((intake) => intake.name === PLANT_INTAKE)?.books;
  if (books === undefined) return undefined;
  const unwitnessed = status.instances.filter(({ check }) => witnesses.unwitnessed.includes(check));
  return {
    schema: 1,
    seconds: Math.round(witnesses.seconds * 10) / 10,
    seed: witnesses.seed,
    line: witnesses.line,
    asked_too_early: witnesses.askedTooEarly,
    served: witnesses.served + sum(unwitnessed.map(({ sampled }) => sampled)),
    ...books,
    intake_points: witnesses.intakePoints,
    intake_distinct: witnesses.intakeDistinct,
    intake_violations: witnesses.intakeViolations,
    polls: sum(status.instances.map((instance) => instance.polls)),
    faults: sum(status.instances.map((instance) => instance.failed_polls)),
    books_balance: books.sampled === accountedFor(books),
  };
}

/** What is wrong with a run, one sentence each; empty when everything arrived and every figure agrees. */
export function findDifferences(report: PlantReport): readonly string[] {
  const differences: string[] = [];
  if (!report.books_balance) {
    differences.push(`The books do not balance: ${report.sampled} sampled, ${accountedFor(report)} accounted for.`);
  }
  if (report.intake_distinct !== report.delivered) {
    differences.push(
      `The gateway says it delivered ${report.delivered} points and the intake holds ${report.intake_distinct}.`,
    );
  }
  if (report.served < report.sampled) {
    differences.push(`The gateway sampled ${report.sampled} readings and the machines served only ${report.served}.`);
  }
  if (report.asked_too_early > 0) {
    differences.push(`The serial line was not silent for long enough before ${report.asked_too_early} requests.`);
  }
  if (report.delivered === 0) differences.push("Nothing was delivered.");
  if (report.intake_violations > 0) {
    differences.push(`The intake found ${report.intake_violations} requests that break its rules.`);
  }
  return differences;
}

const LINES = { serial: "on a serial port", "rtu-over-tcp": "behind a converter, by RTU over TCP" } as const;

/** Says in a few lines how a run went. */
export function formatReport(report: PlantReport): string {
  const lost = sum(Object.values(report.dropped)) + sum(Object.values(report.expired)) + report.rejected;
  const differences = findDifferences(report);
  const verdict =
    differences.length > 0
      ? differences.join("\n")
      : report.waiting > 0
        ? `Every reading is accounted for; ${report.waiting} still wait in the log.`
        : "Everything arrived.";
  return `The plant ran for ${report.seconds} s (seed ${report.seed}).

  machines   served ${report.served} points, press and pump ${LINES[report.line]}
  gateway    sampled ${report.sampled} in ${report.polls} polls, ${report.faults} of them with faults
             delivered ${report.delivered}, collapsed ${report.collapsed}, thinned ${report.thinned}, waiting ${report.waiting}, lost ${lost}
  intake     holds ${report.intake_distinct} points, took in ${report.intake_points}, found ${report.intake_violations} violations

${verdict}
`;
}

function accountedFor(books: BooksStatus): number {
  return (
    sum(Object.values(books.dropped)) +
    books.delivered +
    books.collapsed +
    books.thinned +
    sum(Object.values(books.expired)) +
    books.rejected +
    books.waiting
  );
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
