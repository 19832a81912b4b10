/** What can befall an answer on its way, over whatever it goes. Pure: chance is handed in. */

import type { EnvelopedPdu } from "./envelope.ts";
import { RTU } from "./rtu-frames.ts";

/** Gives a whole number from 0 to below `count`. */
export type Draw = (count: number) => number;

/** A unit answers something else than it was asked, and answers that well. */
export const MISHEARINGS = ["wrong-unit", "wrong-function", "wrong-length"] as const;

/** One of `MISHEARINGS`. */
export type Mishearing = (typeof MISHEARINGS)[number];

/**
 * What becomes of the bytes of a good answer. A flipped bit is for lines alone: on a network nothing would tell. So is
 * a collision: another master begins to speak while the answer is on the line.
 */
export const DAMAGES = [
  "cut-short",
  "flipped-bit",
  "collision",
  "noise-before",
  "noise-after",
  "byte-by-byte",
] as const;

/** One of `DAMAGES`. */
export type Damage = (typeof DAMAGES)[number];

/** Bytes that come together. */
export interface Piece {
  /** After the moment at which the answer would have come. Units: milliseconds. */
  readonly afterMs: number;
  readonly bytes: Uint8Array;
}

/** Between two bytes that come one by one. Units: milliseconds. */
const BYTE_PAUSE_MS = 5;

const NOISE_BYTES_MAX = 20;

/** Gives the request that a unit takes `request` for. Shape: a request to read. */
export function mishear(request: EnvelopedPdu, mishearing: Mishearing, draw: Draw): EnvelopedPdu {
  if (mishearing === "wrong-unit") return { ...request, unit: (request.unit + 1) & 0xff };
  const pdu = request.pdu.slice();
  // The functions that read come in pairs: 1 and 2 read bits, 3 and 4 registers.
  if (mishearing === "wrong-function") pdu[0] = (((pdu[0] ?? 1) - 1) ^ 1) + 1;
  else pdu[4] = otherCount(pdu, draw);
  return { ...request, pdu };
}

/** Some registers more, or so many bits that they need more bytes; less where more would be too many. */
function otherCount(pdu: Uint8Array, draw: Draw): number {
  const count = pdu[4] ?? 0;
  const step = (1 + draw(3)) * ((pdu[0] ?? 0) < 3 ? 8 : 1);
  return count + step > 125 ? count - step : count + step;
}

/** Gives the pieces in which the bytes of a good answer come. Shape: `answer` is a whole frame. */
export function damageAnswer(answer: Uint8Array, damage: Damage | undefined, draw: Draw): readonly Piece[] {
  switch (damage) {
    case undefined:
      return [at(0, answer)];
    case "cut-short":
      return [at(0, answer.subarray(0, 1 + draw(answer.length - 1)))];
    case "flipped-bit": {
      const bytes = answer.slice();
      const index = draw(bytes.length);
      bytes[index] = (bytes[index] ?? 0) ^ (1 << draw(8));
      return [at(0, bytes)];
    }
    case "collision":
      return [at(0, collide(answer, draw))];
    case "noise-before":
      return [at(0, noise(draw)), at(0, answer)];
    case "noise-after":
      return [at(0, answer), at(draw(3), noise(draw))];
    case "byte-by-byte":
      return [...answer].map((byte, index) => at(BYTE_PAUSE_MS * index, Uint8Array.of(byte)));
  }
}

/**
 * Gives what is heard when another master begins to ask something of its own while these bytes are on the line.
 *
 * Shape: `bytes` is a whole frame of RTU; what is heard may be longer, and is no shorter.
 */
export function collide(bytes: Uint8Array, draw: Draw): Uint8Array {
  const pdu = Uint8Array.of(3 + draw(2), draw(256), draw(256), 0, 1 + draw(125));
  const other = RTU.encode({ transaction: 0, unit: 1 + draw(247), pdu });
  const from = draw(bytes.length);
  const heard = new Uint8Array(Math.max(bytes.length, from + other.length));
  heard.set(bytes);
  for (const [index, byte] of other.entries()) {
    const own = heard[from + index] ?? 0;
    // Of two that drive a pair of wires the stronger is heard, bit by bit.
    const mixed = draw(2) === 0 ? own & byte : own | byte;
    heard[from + index] = from + index < bytes.length ? mixed : byte;
  }
  return heard;
}

/**
 * Gives what is heard of one's own words when they do not come back as they were sent.
 *
 * Shape: `sent` is a whole frame of RTU.
 */
export function alterEcho(sent: Uint8Array, draw: Draw): Uint8Array {
  const damage = (["flipped-bit", "cut-short", "collision"] as const)[draw(3)];
  return damageAnswer(sent, damage, draw)[0]?.bytes ?? sent;
}

/** Whether a name is that of a mishearing. */
export function isMishearing(name: string): name is Mishearing {
  return MISHEARINGS.some((mishearing) => mishearing === name);
}

/** Whether a name is that of a damage. */
export function isDamage(name: string): name is Damage {
  return DAMAGES.some((damage) => damage === name);
}

function at(afterMs: number, bytes: Uint8Array): Piece {
  return { afterMs, bytes };
}

function noise(draw: Draw): Uint8Array {
  return Uint8Array.from({ length: 1 + draw(NOISE_BYTES_MAX) }, () => draw(256));
}
