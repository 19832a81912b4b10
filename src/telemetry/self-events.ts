/** The events the gateway raises about itself: few, each worth a look, and of one key where they belong together. */

import type { StoreConfig } from "../model/config.ts";
import type { EarlierRun } from "../model/log.ts";
import type { AlertType, Event, EventPriority } from "../model/note.ts";
import { type EpochMillis, formatSpan, type Millis, type MonotonicMillis, millis, seconds } from "../model/time.ts";

/** What is known of one kind of event. */
export interface SelfEvent {
  readonly alertType: AlertType;
  readonly priority: EventPriority;
  /** What it is about: events about the same are shown as one stream. */
  readonly about: "run" | "log";
  readonly description: string;
}

/** Every event the gateway raises about itself. */
export const SELF_EVENTS = {
  started: {
    alertType: "info",
    priority: "low",
    about: "run",
    description: "It started, after it was stopped in order",
  },
  resumed: {
    alertType: "warning",
    priority: "normal",
    about: "run",
    description: "It runs again after a power cut, a crash or a kill: how long it was away, and what that cost",
  },
  stopped: { alertType: "info", priority: "low", about: "run", description: "It was told to stop" },
  overflowing: {
    alertType: "warning",
    priority: "normal",
    about: "log",
    description: "The log is full and readings that were not sent begin to give way, as `store.when_full` says",
  },
  overflowed: {
    alertType: "success",
    priority: "normal",
    about: "log",
    description: "No reading has gone for ten minutes: how many did before",
  },
} as const satisfies Readonly<Record<string, SelfEvent>>;
export type SelfEventName = keyof typeof SELF_EVENTS;

/** Without a loss for so long, an overflow is over. */
const QUIET: Millis = seconds(600);

/** What the events about a run are made of. */
export interface RunFacts {
  readonly hostname: string;
  readonly version: string;
  readonly startedAt: EpochMillis;
  readonly instanceCount: number;
  /** Samples in the log that were not sent yet. */
  readonly waiting: number;
  /** How durable samples were when the run before ended, if its configuration was this one. */
  readonly store: Pick<StoreConfig, "durability" | "syncIntervalDelivered">;
  readonly earlier: EarlierRun | undefined;
}

/** Tells that the gateway started, and what the run before cost if it was cut off. */
export function toStartEvent(facts: RunFacts): Event {
  const { hostname, version, startedAt, instanceCount, waiting, earlier } = facts;
  const reads = `Tidegate ${version} reads ${instanceCount} ${instanceCount === 1 ? "instance" : "instances"}.`;
  if (earlier === undefined || earlier.isClean) {
    return toEvent("started", hostname, startedAt, { title: `Tidegate started on ${hostname}`, text: reads });
  }
  const text = [
    `It ended without closing its log: by a power cut, a crash, a kill, or on a disk that took nothing. ${toAbsence(earlier, startedAt)}`,
    describeLoss(facts, earlier.findings),
    `${waiting} samples from before wait in the log and are sent now.`,
    reads,
  ];
  return toEvent("resumed", hostname, startedAt, {
    title: `Tidegate runs again on ${hostname} after it was cut off`,
    text: text.join("\n"),
  });
}

/** Tells that the gateway was told to stop. */
export function toStopEvent({ hostname, version, startedAt }: RunFacts, at: EpochMillis): Event {
  return toEvent("stopped", hostname, at, {
    title: `Tidegate stopped on ${hostname}`,
    text: `Tidegate ${version} was told to stop after ${formatSpan(at - startedAt)}. What waits in its log is sent after the next start.`,
  });
}

/** A step of an overflow of the log. */
export type Overflow =
  | { readonly kind: "begun" }
  | { readonly kind: "over"; readonly count: number; readonly span: Millis };

/** Tells of a log that is full, and of its end. */
export function toOverflowEvent(hostname: string, at: EpochMillis, overflow: Overflow): Event {
  if (overflow.kind === "begun") {
    return toEvent("overflowing", hostname, at, {
      title: `The log of Tidegate on ${hostname} is full`,
      text: "Samples that were not sent give way, as `store.when_full` says, until an intake takes what waits. `tidegate status` says what holds it up; `store.max_bytes` says how much may wait.",
    });
  }
  return toEvent("overflowed", hostname, at, {
    title: `The log of Tidegate on ${hostname} has room again`,
    text: `${overflow.count} samples gave way to its size limit within ${formatSpan(overflow.span)}.`,
  });
}

/** Follows how many samples were lost to the size limit, and finds where a run of losses begins and ends. */
export class OverflowWatch {
  #count: number;
  #begun: { readonly count: number; readonly at: MonotonicMillis } | undefined;
  #lostAt: MonotonicMillis | undefined;

  /** `count` is how many were lost before. */
  constructor(count: number) {
    this.#count = count;
  }

  /** Looks at the count of now; gives the step that it is, if it is one. */
  look(count: number, now: MonotonicMillis): Overflow | undefined {
    const before = this.#count;
    this.#count = count;
    if (count > before) {
      this.#lostAt = now;
      if (this.#begun !== undefined) return undefined;
      this.#begun = { count: before, at: now };
      return { kind: "begun" };
    }
    if (this.#begun === undefined || this.#lostAt === undefined || now - this.#lostAt < QUIET) return undefined;
    const { count: countBefore, at } = this.#begun;
    this.#begun = undefined;
    return { kind: "over", count: count - countBefore, span: millis(this.#lostAt - at) };
  }
}

function toEvent(
  name: SelfEventName,
  hostname: string,
  at: EpochMillis,
  { title, text }: Pick<Event, "title" | "text">,
): Event {
  const { alertType, priority, about } = SELF_EVENTS[name];
  const aggregationKey = `tidegate.${about}:${hostname}`;
  return { title, text, at, alertType, priority, aggregationKey, tags: [], source: "tidegate" };
}

function toAbsence({ aliveAt }: EarlierRun, startedAt: EpochMillis): string {
  if (aliveAt === undefined || aliveAt > startedAt)
    return "How long it was away is not known: the clock was not right.";
  return `It was away for ${formatSpan(startedAt - aliveAt)}, from ${formatMoment(aliveAt)} to ${formatMoment(startedAt)}.`;
}

function describeLoss({ store }: RunFacts, findings: readonly string[]): string {
  const atRisk = `${describeYoungest(store)} may not have been on disk yet`;
  if (findings.length === 0) return `Nothing that was on disk is lost. ${atRisk}.`;
  return `${atRisk}, and part of what was is damaged:\n${findings.map((finding) => `- ${finding}`).join("\n")}`;
}

/** Says what was too young to be on disk. */
function describeYoungest({ durability, syncIntervalDelivered }: RunFacts["store"]): string {
  switch (durability) {
    case "always":
      return "What was just being written";
    case "interval":
      return `Readings of the last ${syncIntervalDelivered / 1000} s before the end`;
    case "os":
      return "What the system had not brought to the disk by itself";
  }
}

function formatMoment(at: EpochMillis): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/u, "Z");
}
