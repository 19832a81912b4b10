/** Where in a span of time a gateway begins, so that many that are switched on together do not come in one second. */

import { type Millis, millis } from "../../model/time.ts";

/**
 * Gives a part of a span that is the same for a name each time, and even over many names that differ in one digit.
 *
 * Source: Fowler, Noll, Vo: FNV-1a of 32 bits; Appleby: MurmurHash3, its last step, without which they stay close.
 */
export function spreadOver(span: Millis, name: string): Millis {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return millis(Math.floor((span * ((hash ^ (hash >>> 16)) >>> 0)) / 2 ** 32));
}
