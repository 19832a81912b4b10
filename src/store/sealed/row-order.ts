/**
 * In which order the rows of many series came. Each series is guessed to be followed by the one that followed it last
 * time, at first by the one with the next id. A bit under that series says whether it is so; if not, a tree says which.
 */

import { createContexts, type RangeDecoder, type RangeEncoder } from "./range-coder.ts";

/** Writes the order. Shape: `places` holds for each row the place of its series, from 0 to `seriesCount` - 1. */
export function writeOrder(coder: RangeEncoder, places: Uint16Array, seriesCount: number): void {
  const { follower, contexts, width } = startOrder(seriesCount);
  let before = seriesCount - 1;
  for (const place of places) {
    const isGuessed = follower[before] === place;
    coder.bit(contexts, before, isGuessed ? 0 : 1);
    if (!isGuessed) coder.tree(contexts, seriesCount, width, place);
    follower[before] = place;
    before = place;
  }
}

/** Reads the order until `places` is full; false where it names a place that no series has. */
export function readOrder(coder: RangeDecoder, places: Uint16Array, seriesCount: number): boolean {
  const { follower, contexts, width } = startOrder(seriesCount);
  let before = seriesCount - 1;
  for (let row = 0; row < places.length; row += 1) {
    const isGuessed = coder.bit(contexts, before) === 0;
    const place = isGuessed ? (follower[before] ?? 0) : coder.tree(contexts, seriesCount, width);
    if (place >= seriesCount) return false;
    follower[before] = place;
    places[row] = place;
    before = place;
  }
  return true;
}

function startOrder(seriesCount: number) {
  const width = 32 - Math.clz32(seriesCount - 1);
  const follower = Uint16Array.from({ length: seriesCount }, (_, place) => (place + 1) % seriesCount);
  return { follower, contexts: createContexts(seriesCount + 2 ** width), width };
}
