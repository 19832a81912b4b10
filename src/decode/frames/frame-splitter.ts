/**
 * Bytes of a serial line to frames, whatever is between them.
 *
 * How the bytes are cut into chunks makes no difference, nothing is held beyond the longest frame, and after bytes that
 * are none of a frame, or a frame whose checksum does not hold, the next good one is found.
 */

import assert from "node:assert/strict";
import type { ChecksumRule, FramingRule, WireBytes } from "../../model/serial-profile.ts";
import { holdsChecksum } from "./checksum.ts";
import { createFinder, type FindFrame, type Finding, findStart, standsAt } from "./find-frame.ts";

/**
 * Takes a frame.
 *
 * Shape: `frame` is all of it, `content` what is between its start and its end where it has such, and else all. Both
 * are views that hold until it returns.
 */
export type TakeFrame = (frame: Uint8Array, content: Uint8Array) => void;

/** A start with so many different bytes does not stand within a frame by chance. */
const TELLING_START_BYTES = 4;

/** The longest frame a rule lets pass. Units: bytes. */
export function frameBytesMax(rule: FramingRule): number {
  return rule.type === "fixed" ? rule.length : rule.lengthMax;
}

/** Splits the bytes of one connection. */
export class FrameSplitter {
  /** Bytes that belonged to no frame, or to one that was refused. */
  noiseBytes = 0;
  /** Frames whose checksum did not hold. */
  brokenCount = 0;
  /** Frames that did not end within the limit. */
  endlessCount = 0;
  /** Frames that began and did not go on. */
  cutShortCount = 0;
  readonly #rule: FramingRule;
  readonly #checksum: ChecksumRule | undefined;
  readonly #find: FindFrame;
  readonly #start: WireBytes;
  /** Whether a start within a frame shows that it is of two. */
  readonly #tellsStart: boolean;
  readonly #bytes: Uint8Array;
  #begin = 0;
  #end = 0;
  /** Whether a frame without end is being passed over. */
  #isPassing = false;
  /** Whether what comes is being searched for the next good frame. */
  #isAstray = false;

  constructor(rule: FramingRule, checksum?: ChecksumRule) {
    this.#rule = rule;
    this.#checksum = checksum;
    this.#start = rule.type === "silence" ? [] : rule.start;
    const isText = rule.type === "delimiter" && checksum === undefined;
    this.#tellsStart = isText ? this.#start.length > 0 : new Set(this.#start).size >= TELLING_START_BYTES;
    this.#find = createFinder(rule);
    this.#bytes = new Uint8Array(2 * frameBytesMax(rule) + 2);
  }

  /** Bytes of a frame that is not whole yet. */
  get bytesHeld(): number {
    return this.#end - this.#begin;
  }

  /** Takes what came. Shape: `bytes` of any length. */
  push(bytes: Uint8Array, take: TakeFrame): void {
    for (let offset = 0; offset < bytes.length; ) {
      offset += this.#hold(bytes, offset);
      this.#scan(take);
    }
  }

  /** Hears that nothing came for a while: what only silence ends is over. */
  fallSilent(take: TakeFrame): void {
    if (this.#rule.type !== "silence") return;
    const length = this.bytesHeld;
    if (this.#isPassing || length === 0) this.#noise(length);
    else this.#take({ kind: "frame", length, from: 0, to: length }, take);
    this.#isPassing = false;
  }

  /** Gives up a frame that is not whole, as one that does not go on. */
  reset(): void {
    if (this.bytesHeld > 0 && !this.#isAstray && !this.#isPassing) this.cutShortCount += 1;
    this.#noise(this.bytesHeld);
    this.#isPassing = false;
    this.#isAstray = false;
  }

  /** Copies as much as there is room for, and says how much that was. */
  #hold(bytes: Uint8Array, offset: number): number {
    if (this.#begin > 0) {
      this.#bytes.copyWithin(0, this.#begin, this.#end);
      this.#end -= this.#begin;
      this.#begin = 0;
    }
    const length = Math.min(bytes.length - offset, this.#bytes.length - this.#end);
    assert(length > 0, "a frame at its limit is no longer held");
    this.#bytes.set(bytes.subarray(offset, offset + length), this.#end);
    this.#end += length;
    return length;
  }

  #scan(take: TakeFrame): void {
    while (this.bytesHeld > 0) {
      if (this.#isPassing && !this.#passOver()) return;
      if (this.bytesHeld === 0) return;
      const finding = this.#find(this.#bytes, this.#begin, this.#end);
      if (finding.kind === "wait") return;
      if (finding.kind === "noise") this.#noise(finding.length);
      else if (finding.kind === "blank") this.#begin += finding.length;
      else if (finding.kind === "endless") this.#beginPassing();
      else this.#take(finding, take);
    }
  }

  /** Where a start tells the next frame, that is looked for; else what comes is noise until an end comes. */
  #beginPassing(): void {
    if (!this.#isAstray) this.endlessCount += 1;
    const hasStart = this.#rule.type === "delimiter" && this.#rule.start.length > 0;
    if (hasStart) this.#noise(1);
    this.#isAstray = hasStart;
    this.#isPassing = !hasStart;
  }

  /** Lets go of a frame without end up to what ends it after all; says whether that came. */
  #passOver(): boolean {
    if (this.#rule.type !== "delimiter") {
      this.#noise(this.bytesHeld);
      return false;
    }
    const { ends, trailer } = this.#rule;
    for (let at = this.#begin; at < this.#end; at += 1) {
      const own = ends.find((end) => at + end.length <= this.#end && standsAt(end, this.#bytes, at));
      if (own === undefined) continue;
      const length = at + own.length + trailer - this.#begin;
      if (length > this.bytesHeld) {
        this.#noise(at - this.#begin);
        return false;
      }
      this.#noise(length);
      this.#isPassing = false;
      return true;
    }
    const kept = Math.max(...ends.map((end) => end.length)) - 1;
    this.#noise(Math.max(0, this.bytesHeld - kept));
    return false;
  }

  #take(found: Extract<Finding, { readonly kind: "frame" }>, take: TakeFrame): void {
    const begin = this.#begin;
    const end = begin + found.length;
    if (this.#checksum !== undefined && !holdsChecksum(this.#checksum, this.#bytes, begin, end)) {
      if (!this.#isAstray) this.brokenCount += 1;
      this.#refuse(found.length);
      return;
    }
    const skipped = this.#lastStartIn(found);
    if (skipped > 0) {
      this.cutShortCount += 1;
      this.#noise(skipped);
      return;
    }
    this.#isAstray = false;
    this.#begin = end;
    take(this.#bytes.subarray(begin, end), this.#bytes.subarray(begin + found.from, begin + found.to));
  }

  /** The next frame may begin within one that is none; what ends by its own mark is over with it. */
  #refuse(length: number): void {
    const rule = this.#rule;
    const endsByMark = rule.type === "silence" || (rule.type === "delimiter" && rule.start.length === 0);
    this.#isAstray = !endsByMark;
    this.#noise(endsByMark ? length : 1);
  }

  /**
   * A text between marks does not hold its own start, nor does a binary frame a long one, so where they do, the frame
   * before was cut short. The sum of the two may hold by chance: sums of a few small bytes are near each other.
   */
  #lastStartIn({ to }: Extract<Finding, { readonly kind: "frame" }>): number {
    if (!this.#tellsStart) return 0;
    const start = this.#start;
    const end = this.#begin + to;
    let last = 0;
    for (let at = this.#begin + start.length; at < end; at += 1) {
      at = findStart(start, this.#bytes, at, end);
      if (at + start.length <= end) last = at - this.#begin;
    }
    return last;
  }

  #noise(length: number): void {
    this.noiseBytes += length;
    this.#begin += length;
  }
}
