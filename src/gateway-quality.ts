/** What the quality rules found, by instance: for `status`, and as a fault where it lasts. */

import type { Finding } from "./filter/quality/ledger.ts";
import { describeDoubts, describeReason } from "./filter/quality/words.ts";
import type { QualityFilter } from "./filter/quality.ts";
import type { InstanceConfig } from "./model/config.ts";
import type { Fault } from "./model/input.ts";
import type { Log } from "./model/log.ts";
import type { SeriesId } from "./model/series.ts";
import type { QualityStatus } from "./model/status.ts";
import { type Clock, type MonotonicMillis, seconds } from "./model/time.ts";

/** So many series of an instance are shown, those with the most such readings first. */
const SHOWN_MAX = 20;

/** What goes on for minutes need not be looked at with every poll. */
const LOOKED_AT_EVERY = seconds(10);

/** Knows which series are whose. */
export class InstanceQuality {
  readonly #log: Pick<Log, "seriesOf">;
  readonly #rules: Pick<QualityFilter, "findings" | "countWaiting">;
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #series = new Map<string, Set<SeriesId>>();
  readonly #faults = new Map<string, { readonly at: MonotonicMillis; readonly fault: Fault | undefined }>();

  constructor(
    log: Pick<Log, "seriesOf">,
    rules: Pick<QualityFilter, "findings" | "countWaiting">,
    clock: Pick<Clock, "monotonic">,
  ) {
    this.#log = log;
    this.#rules = rules;
    this.#clock = clock;
  }

  /** Takes note of series of an instance. */
  add(instance: InstanceConfig, ids: readonly SeriesId[]): void {
    const known = this.#series.get(keyOf(instance)) ?? new Set();
    this.#series.set(keyOf(instance), known);
    for (const id of ids) known.add(id);
  }

  /** What `status` says of an instance; nothing where all was believed. */
  statusOf(instance: InstanceConfig): { readonly quality?: QualityStatus } {
    const findings = this.#findingsOf(instance);
    const waiting = this.#rules.countWaiting(this.#seriesOf(instance));
    if (findings.length === 0 && waiting === 0) return {};
    const count = ({ counts }: Finding): number => counts.drop + counts.mark + counts.keep;
    const sorted = findings.toSorted((one, other) => count(other) - count(one));
    const quality = {
      series: sorted.slice(0, SHOWN_MAX).map(({ series, reason, counts, lastAt, lastValue, lasting }) => {
        const { metric, tags, unit } = this.#log.seriesOf(series);
        const last = { last_at: lastAt, last_value: Number.isFinite(lastValue) ? lastValue : null };
        return {
          ...{ metric, tags, unit, reason, meaning: describeReason(reason) },
          ...{ dropped: counts.drop, marked: counts.mark, kept: counts.keep },
          ...last,
          lasting_s: lasting === undefined ? null : Math.round(lasting / 1000),
        };
      }),
      left_out: Math.max(0, sorted.length - SHOWN_MAX),
      waiting,
    };
    return { quality };
  }

  /** The one fault of an instance whose readings are marked or dropped for long; undefined where none are. */
  faultOf(instance: InstanceConfig): Fault | undefined {
    const now = this.#clock.monotonic();
    const known = this.#faults.get(keyOf(instance));
    if (known !== undefined && now - known.at < LOOKED_AT_EVERY) return known.fault;
    const fault = this.#findFault(instance);
    this.#faults.set(keyOf(instance), { at: now, fault });
    return fault;
  }

  #findFault(instance: InstanceConfig): Fault | undefined {
    const doubts = this.#findingsOf(instance).flatMap(({ series, reason, lastVerdict: verdict, lasting }) =>
      lasting === undefined || verdict === "keep" ? [] : [{ name: this.#nameOf(series), reason, verdict, lasting }],
    );
    if (doubts.length === 0) return undefined;
    doubts.sort((one, other) => other.lasting - one.lasting);
    return { code: "INPUT_DOUBTFUL", message: describeDoubts(doubts), points: [] };
  }

  #findingsOf(instance: InstanceConfig): readonly Finding[] {
    return this.#rules.findings(this.#seriesOf(instance), this.#clock.monotonic());
  }

  #seriesOf(instance: InstanceConfig): ReadonlySet<SeriesId> {
    return this.#series.get(keyOf(instance)) ?? new Set();
  }

  #nameOf(id: SeriesId): string {
    const { metric, tags } = this.#log.seriesOf(id);
    const point = tags.find((tag) => tag.startsWith("point:"))?.slice("point:".length);
    return point === undefined ? metric : `${metric} at ${point}`;
  }
}

function keyOf({ check, name }: InstanceConfig): string {
  return `${check}:${name}`;
}
