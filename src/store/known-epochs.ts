/** What an earlier run left of its epochs, beside what the index of blocks tells of them. */

import { epochMillis, millis } from "../model/time.ts";
import type { BlockIndex } from "./block-index.ts";
import type { Epoch } from "./epoch-record.ts";
import type { KnownEpoch } from "./place-epochs.ts";

interface Span {
  minAt: number;
  maxAt: number;
}

/**
 * Joins the records of epochs with the stamps made in them. An epoch whose record is lost is believed: its samples keep
 * the stamps they have, as long as none lies in the future.
 */
export function knowEpochs(
  records: ReadonlyMap<number, Epoch | undefined>,
  index: BlockIndex,
): Map<number, KnownEpoch> {
  const spans = spansOf(index);
  const known = new Map<number, KnownEpoch>();
  for (const id of [...new Set([...records.keys(), ...spans.keys()])].sort((one, other) => one - other)) {
    const span = spans.get(id);
    const record = records.get(id);
    if (record !== undefined) known.set(id, { ...record, lastAt: span?.maxAt ?? record.openedAt });
    else if (span !== undefined) known.set(id, believe(id, span));
  }
  return known;
}

function believe(id: number, { minAt, maxAt }: Span): KnownEpoch {
  return {
    id,
    openedAt: epochMillis(minAt),
    isTrusted: true,
    placement: "trusted",
    offset: millis(0),
    bootId: "",
    line: minAt,
    lastAt: maxAt,
  };
}

function spansOf(index: BlockIndex): ReadonlyMap<number, Span> {
  const spans = new Map<number, Span>();
  for (let position = 0; position < index.length; position += 1) {
    const entry = index.at(position);
    if (entry === undefined || entry.count === 0) continue;
    const span = spans.get(entry.epoch);
    if (span === undefined) {
      spans.set(entry.epoch, { minAt: entry.minAt, maxAt: entry.maxAt });
    } else {
      span.minAt = Math.min(span.minAt, entry.minAt);
      span.maxAt = Math.max(span.maxAt, entry.maxAt);
    }
  }
  return spans;
}
