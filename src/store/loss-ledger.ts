/**
 * What the log itself has lost: by reason and series, how many samples and from when to when.
 *
 * ```
 * struct Loss {               // payload of a record, version 1, under its reason and series
 *   varint count;
 *   f64    fromAt, toAt;      // milliseconds since 1970
 * }
 * ```
 */

import { LOSS_REASONS, type Loss, type LossReason } from "../model/log.ts";
import type { SeriesId } from "../model/series.ts";
import type { DatabaseOperation } from "../platform/level-database.ts";
import { lossKey } from "./keys.ts";
import { openRecord, sealRecord, startRecord } from "./record.ts";
import type { SeriesLoss } from "./thinning.ts";

const VERSION = 1;

/** Encodes what one series lost for one reason. */
export function encodeLoss(loss: Loss): Uint8Array {
  const writer = startRecord(VERSION, 32);
  writer.varint(loss.count);
  writer.f64(loss.fromAt);
  writer.f64(loss.toAt);
  return sealRecord(writer);
}

/** Decodes what is stored under a reason and a series; undefined when it is damaged. Shape: a whole record. */
export function decodeLoss(bytes: Uint8Array, { reason, series }: Pick<Loss, "reason" | "series">): Loss | undefined {
  const reader = openRecord(bytes, VERSION);
  if (reader === undefined) return undefined;
  const loss = { reason, series, count: reader.varint(), fromAt: reader.f64(), toAt: reader.f64() };
  return reader.isBroken ? undefined : loss;
}

/** Losses that are not counted before they are written. */
export interface PlannedLosses {
  readonly operations: readonly DatabaseOperation[];
  /** Counts them, now that they are written. */
  readonly note: () => void;
}

/** Adds losses up. Limits: one entry for each reason and series. */
export class LossLedger {
  readonly #losses = new Map<string, Loss>();

  /** Goes on from what an earlier run wrote. */
  constructor(losses: Iterable<Loss> = []) {
    for (const loss of losses) this.#put(loss);
  }

  /** Every loss there was, in the order of reasons and then of series. */
  list(): readonly Loss[] {
    return [...this.#losses.values()].sort(
      (one, other) =>
        LOSS_REASONS.indexOf(one.reason) - LOSS_REASONS.indexOf(other.reason) || one.series - other.series,
    );
  }

  /** Plans to add what series lost. Units: moments in milliseconds since 1970. */
  plan(reason: LossReason, lost: ReadonlyMap<SeriesId, SeriesLoss>): PlannedLosses {
    const planned: Loss[] = [];
    for (const [series, { count, fromAt, toAt }] of lost) {
      const before = this.#losses.get(identityOf(reason, series));
      planned.push({
        reason,
        series,
        count: (before?.count ?? 0) + count,
        fromAt: Math.min(before?.fromAt ?? Number.POSITIVE_INFINITY, fromAt),
        toAt: Math.max(before?.toAt ?? Number.NEGATIVE_INFINITY, toAt),
      });
    }
    return {
      operations: planned.map((loss) => ({ type: "put", key: lossKey(loss), value: encodeLoss(loss) })),
      note: () => {
        for (const loss of planned) this.#put(loss);
      },
    };
  }

  #put(loss: Loss): void {
    this.#losses.set(identityOf(loss.reason, loss.series), loss);
  }
}

function identityOf(reason: LossReason, series: SeriesId): string {
  return `${reason} ${series}`;
}
