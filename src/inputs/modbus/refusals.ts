import type { InputMemory } from "../../model/input.ts";
import { type RegisterSpan, TABLES, type Table } from "../../model/profile.ts";
import { type Clock, type Millis, millis, seconds } from "../../model/time.ts";
import type { RegisterCut } from "./plan.ts";

/** What was refused is tried again after so long, and if it is refused again, after `WAIT_GROWTH` times as long. */
const WAIT_FIRST = seconds(60);
const WAIT_GROWTH = 4;
const WAIT_MAX = seconds(86_400);

/** After a restart of the device what was refused is tried soon, but no more often than this asks for. */
const WAIT_AFTER_RESTART_MAX = seconds(3600);

/** How long what is known from before is believed at first. */
const WAIT_REMEMBERED = WAIT_AFTER_RESTART_MAX;

/** Registers that a device refuses to read, and by which exception. */
export interface RefusedSpan extends RegisterSpan {
  readonly exceptionCode: number;
}

/**
 * What one device refuses to read of one profile: registers that it does not give by themselves, and places over which
 * it does not let one request reach. Both are remembered beyond a restart of the gateway.
 */
export class Refusals {
  readonly #memory: InputMemory | undefined;
  readonly #key: string;
  readonly #clock: Clock;
  #spans: readonly RefusedSpan[];
  #suspects: readonly RefusedSpan[] = [];
  #cuts: readonly RegisterCut[];
  #wait: Millis;
  #triedAt: number;
  #restartsSeen: number | undefined;
  #isDemanded = false;

  /** `key` names device and profile in the memory. */
  constructor(memory: InputMemory | undefined, key: string, clock: Clock) {
    this.#memory = memory;
    this.#key = key;
    this.#clock = clock;
    const known = memory?.read(key);
    this.#spans = rowsOf(known, "spans").flatMap(toSpan);
    this.#cuts = rowsOf(known, "cuts").flatMap(toCut);
    this.#wait = WAIT_REMEMBERED;
    this.#triedAt = clock.monotonic();
  }

  /** What is refused, with what is tried again now. */
  get spans(): readonly RefusedSpan[] {
    return this.#spans;
  }

  /** What of that is to be tried again, each by itself. */
  get suspects(): readonly RefusedSpan[] {
    return this.#suspects;
  }

  /** Where no request reaches over. */
  get cuts(): readonly RegisterCut[] {
    return this.#cuts;
  }

  /** Tries everything again with the next poll. */
  retry(): void {
    this.#isDemanded = true;
  }

  /**
   * Begins a poll, and says whether something is to be tried again. `restarts` counts how often the device may have
   * been restarted; since what it refuses may be another thing then, that is tried sooner.
   */
  beginPoll(restarts: number): boolean {
    const isRestarted = this.#restartsSeen !== undefined && this.#restartsSeen !== restarts;
    const isKnown = this.#spans.length > 0 || this.#cuts.length > 0;
    if (!isKnown || this.#restartsSeen === undefined) this.#restartsSeen = restarts;
    if (!isKnown) return false;
    const age = this.#clock.monotonic() - this.#triedAt;
    const isWorthAll = this.#isDemanded || (isRestarted && age >= Math.min(this.#wait, WAIT_AFTER_RESTART_MAX));
    if (!isWorthAll && (age < this.#wait || this.#spans.length === 0)) return false;
    this.#isDemanded = false;
    this.#restartsSeen = restarts;
    this.#triedAt = this.#clock.monotonic();
    this.#wait = millis(Math.min(this.#wait * WAIT_GROWTH, WAIT_MAX));
    this.#suspects = this.#spans;
    if (isWorthAll && this.#cuts.length > 0) {
      this.#cuts = [];
      this.#save();
    }
    return true;
  }

  /** Notes that registers are refused when asked for alone. */
  add(span: RefusedSpan): void {
    this.#suspects = this.#suspects.filter((other) => !isSamePlace(other, span));
    const known = this.#spans.find((other) => isSamePlace(other, span));
    if (known?.exceptionCode === span.exceptionCode) return;
    this.#spans = [...this.#spans.filter((other) => other !== known), span];
    this.#learn();
  }

  /** Notes that registers were read which had been refused. */
  remove(span: RegisterSpan): void {
    this.#suspects = this.#suspects.filter((other) => !isSamePlace(other, span));
    this.#spans = this.#spans.filter((other) => !isSamePlace(other, span));
    this.#learn();
  }

  /** Notes that what lies on both sides is read, and not by one request. */
  addCut(cut: RegisterCut): void {
    if (this.#cuts.some(({ table, address }) => table === cut.table && address === cut.address)) return;
    this.#cuts = [...this.#cuts, cut];
    this.#learn();
  }

  #learn(): void {
    this.#wait = WAIT_FIRST;
    this.#triedAt = this.#clock.monotonic();
    this.#save();
  }

  #save(): void {
    const spans = this.#spans.map(({ table, start, end, exceptionCode }) => [table, start, end, exceptionCode]);
    const cuts = this.#cuts.map(({ table, address }) => [table, address]);
    this.#memory?.write(this.#key, spans.length + cuts.length === 0 ? undefined : { spans, cuts });
  }
}

function isSamePlace(one: RegisterSpan, other: RegisterSpan): boolean {
  return one.table === other.table && one.start === other.start && one.end === other.end;
}

/** The rows under a key of what was remembered; none where it is not what was written. */
function rowsOf(known: unknown, key: "spans" | "cuts"): readonly unknown[][] {
  if (typeof known !== "object" || known === null) return [];
  const rows: unknown = (known as Record<string, unknown>)[key];
  return Array.isArray(rows) ? rows.filter((row) => Array.isArray(row)) : [];
}

function toSpan([table, start, end, exceptionCode]: unknown[]): RefusedSpan[] {
  if (!isTable(table) || !isAddress(start) || !isAddress(end) || !isAddress(exceptionCode)) return [];
  return start < end ? [{ table, start, end, exceptionCode }] : [];
}

function toCut([table, address]: unknown[]): RegisterCut[] {
  return isTable(table) && isAddress(address) ? [{ table, address }] : [];
}

function isTable(value: unknown): value is Table {
  return TABLES.some((table) => table === value);
}

function isAddress(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0x10000;
}
