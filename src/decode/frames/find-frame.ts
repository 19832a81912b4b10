/** Where in the bytes at hand the next frame is, by each way in which frames are told apart. */

import type { FramingRule, WireBytes } from "../../model/serial-profile.ts";

/** What stands at the beginning of the bytes at hand. */
export type Finding =
  /** Nothing can be said before more has come. */
  | { readonly kind: "wait" }
  /** So many bytes belong to no frame. */
  | { readonly kind: "noise"; readonly length: number }
  /** An end behind nothing, such as the second half of CR LF; no frame, and no noise either. */
  | { readonly kind: "blank"; readonly length: number }
  /** A frame without end within the limit. */
  | { readonly kind: "endless" }
  /** A frame; its content is from `from` on and before `to`, counted from its first byte. */
  | { readonly kind: "frame"; readonly length: number; readonly from: number; readonly to: number };

const WAIT: Finding = { kind: "wait" };

/** Finds the next frame. Shape: `bytes` from `begin` on and before `end` are at hand, at least one. */
export type FindFrame = (bytes: Uint8Array, begin: number, end: number) => Finding;

/** Makes what finds the frames of a rule; frames that only silence ends are found by nothing that is in the bytes. */
export function createFinder(rule: FramingRule): FindFrame {
  switch (rule.type) {
    case "delimiter":
      return (bytes, begin, end) => findDelimited(rule, bytes, begin, end);
    case "fixed":
      return (bytes, begin, end) => findFixed(rule, bytes, begin, end);
    case "length":
      return (bytes, begin, end) => findCounted(rule, bytes, begin, end);
    case "silence":
      return (_bytes, begin, end) => (end - begin > rule.lengthMax ? { kind: "endless" } : WAIT);
  }
}

type RuleOf<Type> = Extract<FramingRule, { readonly type: Type }>;

function findFixed({ start, length }: RuleOf<"fixed">, bytes: Uint8Array, begin: number, end: number): Finding {
  const lead = leadTo(start, bytes, begin, end);
  if (lead !== undefined) return lead;
  return end - begin < length ? WAIT : { kind: "frame", length, from: 0, to: length };
}

function findCounted(rule: RuleOf<"length">, bytes: Uint8Array, begin: number, end: number): Finding {
  const { start, offset, size, order, adds, lengthMax } = rule;
  const lead = leadTo(start, bytes, begin, end);
  if (lead !== undefined) return lead;
  if (end - begin < offset + size) return WAIT;
  let length = adds;
  for (let index = 0; index < size; index += 1) {
    const power = order === "high-byte-first" ? size - 1 - index : index;
    length += (bytes[begin + offset + index] ?? 0) * 256 ** power;
  }
  // What cannot be a length shows that this was no beginning.
  if (length > lengthMax || length < offset + size) return { kind: "noise", length: 1 };
  return end - begin < length ? WAIT : { kind: "frame", length, from: 0, to: length };
}

function findDelimited(rule: RuleOf<"delimiter">, bytes: Uint8Array, begin: number, end: number): Finding {
  const { ends, start, trailer, lengthMax } = rule;
  const lead = leadTo(start, bytes, begin, end);
  if (lead !== undefined) return lead;
  const searchEnd = Math.min(end, begin + lengthMax - trailer);
  for (let at = begin + start.length; at < searchEnd; at += 1) {
    const own = ends.find((candidate) => at + candidate.length <= searchEnd && standsAt(candidate, bytes, at));
    if (own === undefined) continue;
    const length = at + own.length + trailer - begin;
    if (at === begin && start.length === 0) return { kind: "blank", length: own.length };
    if (end - begin < length) return WAIT;
    return { kind: "frame", length, from: start.length, to: at - begin };
  }
  return end - begin < lengthMax ? WAIT : { kind: "endless" };
}

/** What has to go before a frame can begin here; undefined where it begins. */
function leadTo(start: WireBytes, bytes: Uint8Array, begin: number, end: number): Finding | undefined {
  if (start.length === 0) return undefined;
  const at = findStart(start, bytes, begin, end);
  if (at > begin) return { kind: "noise", length: at - begin };
  return end - begin < start.length ? WAIT : undefined;
}

/**
 * Finds where a frame begins, or may begin once more has come; `end` where neither.
 *
 * Shape: of `bytes` those from `begin` on and before `end` count.
 */
export function findStart(start: WireBytes, bytes: Uint8Array, begin: number, end: number): number {
  for (let at = begin; at < end; at += 1) {
    let index = 0;
    while (index < start.length && at + index < end && bytes[at + index] === start[index]) index += 1;
    if (index === start.length || at + index === end) return at;
  }
  return end;
}

/** Says whether `wanted` stands in the bytes at a place. Shape: `bytes` of any length. */
export function standsAt(wanted: WireBytes, bytes: Uint8Array, at: number): boolean {
  return wanted.every((byte, index) => bytes[at + index] === byte);
}
