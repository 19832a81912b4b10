/** What is known of one Sparkplug edge node: what its births said, and whether its messages come in order. */

import type { SparkplugMetric, SparkplugType } from "../../decode/sparkplug.ts";

/** What a birth says of a metric, for the messages after it. */
export interface KnownMetric {
  readonly name: string;
  readonly type?: SparkplugType | undefined;
  readonly unit?: string | undefined;
}

/** Metrics that are remembered of one node and its devices. */
const METRICS_MAX = 20_000;

/** Source: Sparkplug 3.0.0, 6.4.4. */
const SEQ_COUNT = 256;

/** A node that was asked to say its births again is asked once more after so long, then after twice that, and so on. */
const ASK_MS_FIRST = 60_000;
const ASK_MS_MAX = 3_600_000;

/** One edge node with its devices. */
export class SparkplugNode {
  /** Whether its own birth was seen, and no death since. */
  isBorn = false;
  /** Numbers the sessions of the node; undefined where it did not say. */
  bdSeq: number | undefined;
  /** Messages that are missing since then; undefined where none is. Units: monotonic milliseconds. */
  gapAt: number | undefined;
  /** Whether something came that only a birth explains. */
  needsBirth = false;
  readonly #byAlias = new Map<number, KnownMetric>();
  /** By device, then by name; the node itself is the device without a name. */
  readonly #byName = new Map<string, Map<string, KnownMetric>>();
  readonly #missing = new Set<number>();
  #nextSeq: number | undefined;
  #metricCount = 0;
  #askAt = Number.NEGATIVE_INFINITY;
  #askDelay = ASK_MS_FIRST;

  /** Begins a session: all that was known before is over. */
  beBorn(bdSeq: number | undefined): void {
    this.die();
    this.isBorn = true;
    this.bdSeq = bdSeq;
    this.#askDelay = ASK_MS_FIRST;
    this.#askAt = Number.NEGATIVE_INFINITY;
  }

  /** Ends its session. */
  die(): void {
    this.isBorn = false;
    this.bdSeq = undefined;
    this.needsBirth = false;
    this.gapAt = undefined;
    this.#byAlias.clear();
    this.#byName.clear();
    this.#missing.clear();
    this.#metricCount = 0;
    this.#nextSeq = undefined;
  }

  /** Takes what a birth says of a metric. `device` is empty for the node itself. */
  learn(device: string, { name, alias, type, unit }: SparkplugMetric): void {
    if (name === "" || this.#metricCount >= METRICS_MAX) return;
    const known: KnownMetric = { name, type, unit };
    const names = this.#byName.get(device) ?? new Map<string, KnownMetric>();
    this.#byName.set(device, names.set(name, known));
    this.#metricCount += 1;
    if (alias !== undefined) this.#byAlias.set(alias, known);
  }

  /** Says what a birth told of a metric; undefined where none did. */
  recall(device: string, { name, alias }: SparkplugMetric): KnownMetric | undefined {
    if (name !== "") return this.#byName.get(device)?.get(name);
    return alias === undefined ? undefined : this.#byAlias.get(alias);
  }

  /**
   * Notes the number of a message. Messages may change places on their way; one that does not come is missing.
   * Units: `now` monotonic milliseconds.
   */
  count(seq: number | undefined, now: number): void {
    if (seq === undefined || seq >= SEQ_COUNT) return;
    const expected = this.#nextSeq ?? seq;
    if (this.#missing.delete(seq)) {
      if (this.#missing.size === 0) this.gapAt = undefined;
      return;
    }
    for (let each = expected; each !== seq; each = (each + 1) % SEQ_COUNT) this.#missing.add(each);
    if (this.#missing.size > 0) this.gapAt ??= now;
    this.#nextSeq = (seq + 1) % SEQ_COUNT;
  }

  /** Says whether it is to be asked for its births now, and notes that it is. Units: `now` monotonic milliseconds. */
  isToBeAsked(now: number, reorderMs: number): boolean {
    const isGap = this.gapAt !== undefined && now - this.gapAt >= reorderMs;
    if (!(this.needsBirth || isGap) || now < this.#askAt) return false;
    this.#askAt = now + this.#askDelay;
    this.#askDelay = Math.min(this.#askDelay * 2, ASK_MS_MAX);
    return true;
  }
}
