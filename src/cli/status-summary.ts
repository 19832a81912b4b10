/** The first thing `status` says: whether all is well, and if not, what a person should look at. */

import type { InstanceStatus, IntakeStatus, Status } from "../model/status.ts";
import { describeOddity } from "./filter-layout.ts";
import { describeLogTroubles } from "./log-room.ts";
import { formatAge, formatCount } from "./quantities.ts";

/** One thing that is not well. */
interface Trouble {
  readonly name: string;
  readonly sentence: string;
}

/** Sums a status up: one line when all is well, otherwise a line for each thing that is not. */
export function summarize(status: Status): readonly string[] {
  const troubles = troublesOf(status).map(({ sentence }) => sentence);
  if (troubles.length === 0) {
    const count = status.instances.length;
    return [`All is well: ${count === 1 ? "1 instance is" : `${formatCount(count)} instances are`} read.`];
  }
  return ["Needs attention; more on each below:", ...troubles.map((trouble) => `  - ${trouble}`)];
}

/** Names what is not well, in the same order. */
export function namesOfTroubles(status: Status): readonly string[] {
  return troublesOf(status).map(({ name }) => name);
}

function troublesOf(status: Status): readonly Trouble[] {
  const { log, instances, intakes, now, clock_trusted: isClockTrusted } = status;
  return [
    ...describeLogTroubles(log).map((sentence) => ({ name: "the log", sentence })),
    ...instances.filter(({ state }) => state !== "OK").map((instance) => troubleOf(instance, now)),
    ...instances.flatMap((instance) => oddityOf(instance, now)),
    ...intakes
      .filter(({ state }) => state === "holding" || state === "retrying")
      .map((intake) => standstillOf(intake, now)),
    ...(isClockTrusted ? [] : [{ name: "the clock", sentence: describeClock(log) }]),
    ...describeIdleness(status),
  ];
}

function troubleOf(status: InstanceStatus, now: number): Trouble {
  const { check, instance, state, last_success_at: readAt, polls, faults } = status;
  const name = `${check}:${instance}`;
  if (faults.length > 0 && faults.every(({ code }) => code === "INPUT_DOUBTFUL")) {
    return { name, sentence: `${name} is read, and what it says is not believed.` };
  }
  if (polls === 0) return { name, sentence: `${name} was not polled yet.` };
  const since = readAt === null ? "never read since the start" : `last read in full ${formatAge(now - readAt)} ago`;
  const how = state === "CRITICAL" ? "fails" : "is read in part";
  return { name, sentence: `${name} ${how}, ${since}.` };
}

function oddityOf({ check, instance, filter }: InstanceStatus, now: number): readonly Trouble[] {
  const told = describeOddity(filter, now);
  const name = `${check}:${instance}`;
  return told === undefined ? [] : [{ name, sentence: `${name}: ${told}.` }];
}

function standstillOf({ name, state, books, oldest_waiting_at: oldestAt }: IntakeStatus, now: number): Trouble {
  const age = oldestAt === null ? "" : `, the oldest ${formatAge(now - oldestAt)} old`;
  return { name, sentence: `${name} is ${state}: ${formatCount(books.waiting)} samples wait${age}.` };
}

function describeClock({ unplaced }: Status["log"]): string {
  return unplaced === 0
    ? "The clock is not set."
    : `The clock is not set; ${formatCount(unplaced)} samples wait for it.`;
}

/** A gateway that polls nothing looks well in every other respect. */
function describeIdleness({ instances, problems }: Status): readonly Trouble[] {
  const meant = [...new Set(problems.map((problem) => problem.check ?? "a part of it"))];
  const goesOn = meant.filter((name) => instances.some(({ check }) => check === name));
  const stopped = meant.filter((name) => !goesOn.includes(name));
  const effects = [
    ...(stopped.length === 0 ? [] : [`they stop ${stopped.join(", ")}`]),
    ...(goesOn.length === 0 ? [] : [`${goesOn.join(", ")} ${goesOn.length === 1 ? "goes" : "go"} on as before`]),
  ];
  const nothing = { name: "nothing is polled", sentence: "Nothing is polled: no check runs." };
  const broken = { name: "the configuration", sentence: `The configuration has problems; ${effects.join("; ")}.` };
  return [...(instances.length === 0 ? [nothing] : []), ...(problems.length === 0 ? [] : [broken])];
}
