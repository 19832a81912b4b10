/** The first thing `status` says: whether all is well, and if not, what a person should look at. */

import type { InstanceStatus, IntakeStatus, Status } from "../model/status.ts";
import { formatAge, formatCount } from "./quantities.ts";

/** Sums a status up: one line when all is well, otherwise a line for each thing that is not. */
export function summarize(status: Status): readonly string[] {
  const troubles = [
    ...(status.log.failure === null
      ? []
      : [`The log cannot be written; ${formatCount(status.log.at_risk)} samples are in memory only.`]),
    ...status.instances.filter(({ state }) => state !== "OK").map((instance) => troubleOf(instance, status.now)),
    ...status.intakes
      .filter(({ state }) => state === "holding" || state === "retrying")
      .map((intake) => standstillOf(intake, status.now)),
    ...(status.clock_trusted ? [] : ["The clock is not set."]),
    ...describeIdleness(status),
  ];
  if (troubles.length === 0) {
    const count = status.instances.length;
    return [`All is well: ${count === 1 ? "1 instance is" : `${formatCount(count)} instances are`} read.`];
  }
  return ["Needs attention; more on each below:", ...troubles.map((trouble) => `  - ${trouble}`)];
}

function troubleOf({ check, instance, state, last_success_at: readAt, polls }: InstanceStatus, now: number): string {
  const name = `${check}:${instance}`;
  if (polls === 0) return `${name} was not polled yet.`;
  const since = readAt === null ? "never read since the start" : `last read in full ${formatAge(now - readAt)} ago`;
  return `${name} is ${state}, ${since}.`;
}

function standstillOf({ name, state, books, oldest_waiting_at: oldestAt }: IntakeStatus, now: number): string {
  const age = oldestAt === null ? "" : `, the oldest ${formatAge(now - oldestAt)} old`;
  return `${name} is ${state}: ${formatCount(books.waiting)} samples wait${age}.`;
}

/** A gateway that polls nothing looks well in every other respect. */
function describeIdleness({ instances, problems }: Status): readonly string[] {
  const stopped = [...new Set(problems.map((problem) => problem.check ?? "a part of it"))];
  const lines = instances.length === 0 ? ["Nothing is polled: no check runs."] : [];
  if (stopped.length > 0) lines.push(`The configuration has problems; they stop ${stopped.join(", ")}.`);
  return lines;
}
