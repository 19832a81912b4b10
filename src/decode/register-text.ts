/** Text out of registers, for names and serial numbers. */

import type { TextPlacement } from "../model/profile.ts";

/**
 * Decodes text: up to the first byte of 0, without blanks around it; what is no printable ASCII becomes a question
 * mark, since nobody knows in which code it was meant.
 *
 * Shape: `words` are registers of 16 bits, in the order of the wire.
 */
export function decodeText(words: readonly number[], placement: TextPlacement = "high-byte-first"): string {
  return decodeCharacters(words.flatMap((word) => bytesOf(word, placement)));
}

/** Decodes text whose characters follow each other, as `decodeText` does. Shape: `bytes` of any length. */
export function decodeCharacters(bytes: readonly number[]): string {
  const end = bytes.indexOf(0);
  return String.fromCharCode(...(end < 0 ? bytes : bytes.slice(0, end)))
    .replaceAll(/[^\x20-\x7e]/gu, "?")
    .trim();
}

function bytesOf(word: number, placement: TextPlacement): readonly number[] {
  const [high, low] = [word >> 8, word & 0xff];
  switch (placement) {
    case "high-byte-first":
      return [high, low];
    case "low-byte-first":
      return [low, high];
    case "high-byte":
      return [high];
    case "low-byte":
      return [low];
  }
}
