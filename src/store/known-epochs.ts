/** What an earlier run left of its epochs, beside what the index of blocks tells of them. */

import { epochMillis, millis } from "../model/time.ts";
import type { BlockIndex } from "./block-index.ts";
import type { Epoch } from "./epoch-record.ts";
import { FOUNDED_AT, type KnownEpoch } from "./place-epochs.ts";

interface Span {
  minAt: number;
  maxAt: number;
}

/** When a note was stamped, and in which epoch, where that was noted. Units: milliseconds since 1970. */
export interface NoteStamp {
  readonly epoch: number | undefined;
  readonly at: number;
}

/**
 * Joins the records of epochs with the stamps made in them, those of notes included. An epoch whose record is lost was
 * of a clock that nobody knows: its samples keep the stamps they have where these lie between what came before and
 * after.
 */
export function knowEpochs(
  records: ReadonlyMap<number, Epoch | undefined>,
  index: BlockIndex,
  notes: readonly NoteStamp[],
): Map<number, KnownEpoch> {
  const spans = spansOf(index);
  for (const { epoch, at } of notes) if (epoch !== undefined) widen(spans, epoch, at, at);
  const known = new Map<number, KnownEpoch>();
  for (const id of [...new Set([...records.keys(), ...spans.keys()])].sort((one, other) => one - other)) {
    const span = spans.get(id);
    const record = records.get(id);
    if (record !== undefined) known.set(id, { ...record, lastAt: span?.maxAt ?? record.openedAt });
    else if (span !== undefined) known.set(id, guess(id, span));
  }
  return known;
}

/** The epochs that blocks name, oldest first. */
export function listNamedEpochs(index: BlockIndex): ReadonlySet<number> {
  return new Set([...spansOf(index).keys()].sort((one, other) => one - other));
}

function guess(id: number, { minAt, maxAt }: Span): KnownEpoch {
  return {
    id,
    openedAt: epochMillis(minAt),
    isTrusted: false,
    placement: minAt < FOUNDED_AT ? "unplaced" : "bounded",
    offset: millis(0),
    bootId: "",
    line: minAt,
    lastAt: maxAt,
  };
}

function spansOf(index: BlockIndex): Map<number, Span> {
  const spans = new Map<number, Span>();
  for (let position = 0; position < index.length; position += 1) {
    const entry = index.at(position);
    if (entry !== undefined && entry.count > 0) widen(spans, entry.epoch, entry.minAt, entry.maxAt);
  }
  return spans;
}

function widen(spans: Map<number, Span>, epoch: number, minAt: number, maxAt: number): void {
  const span = spans.get(epoch);
  if (span === undefined) {
    spans.set(epoch, { minAt, maxAt });
    return;
  }
  span.minAt = Math.min(span.minAt, minAt);
  span.maxAt = Math.max(span.maxAt, maxAt);
}
