/**
 * The on-disk form of an epoch: one run of the wall clock, in which its stamps can be compared with each other.
 *
 * ```
 * struct Epoch {              // payload of a record, version 2
 *   f64  openedAt;            // the wall clock when it began
 *   u8   isTrusted;
 *   f64  offset;              // what a reader adds to a stamp of this epoch, in milliseconds
 *   u8   placement;           // index in PLACEMENTS
 *   f64  line;                // the wall clock less the monotonic one, in milliseconds
 *   text bootId;
 * }
 * ```
 *
 * Version 1 ended with `offset`. It is still read: as an epoch of a boot of its own, that nothing can be measured by.
 */

import { type EpochMillis, epochMillis, type Millis, millis } from "../model/time.ts";
import { openRecord, sealRecord, startRecord } from "./record.ts";

const VERSION = 2;
const VERSION_WITHOUT_BOOT = 1;

/**
 * What the moments of an epoch rest on: the clock was trusted; it was not, and the monotonic clock tells how far it
 * was off; it was not, and only what came before and after is known; nothing is known yet.
 */
export const PLACEMENTS = ["trusted", "measured", "bounded", "unplaced"] as const;
export type Placement = (typeof PLACEMENTS)[number];

/** One run of the wall clock. */
export interface Epoch {
  readonly id: number;
  /** As the wall clock of this epoch gave it, without the offset. */
  readonly openedAt: EpochMillis;
  readonly isTrusted: boolean;
  readonly placement: Placement;
  readonly offset: Millis;
  /** Empty when nobody knows: such epochs are never of one boot. */
  readonly bootId: string;
  /** The wall clock less the monotonic one: the same for every stamp of the epoch. Units: milliseconds. */
  readonly line: number;
}

/** Encodes an epoch. */
export function encodeEpoch(epoch: Epoch): Uint8Array {
  const writer = startRecord(VERSION, 80);
  writer.f64(epoch.openedAt);
  writer.u8(epoch.isTrusted ? 1 : 0);
  writer.f64(epoch.offset);
  writer.u8(PLACEMENTS.indexOf(epoch.placement));
  writer.f64(epoch.line);
  writer.text(epoch.bootId);
  return sealRecord(writer);
}

/** Decodes the epoch stored under `id`; undefined when it is damaged. Shape: a whole record. */
export function decodeEpoch(bytes: Uint8Array, id: number): Epoch | undefined {
  const reader = openRecord(bytes, VERSION);
  if (reader === undefined) return decodeWithoutBoot(bytes, id);
  const openedAt = epochMillis(reader.f64());
  const isTrusted = reader.u8() === 1;
  const offset = millis(reader.f64());
  const placement = PLACEMENTS[reader.u8()];
  const line = reader.f64();
  const bootId = reader.text();
  if (reader.isBroken || placement === undefined) return undefined;
  return { id, openedAt, isTrusted, placement, offset, bootId, line };
}

function decodeWithoutBoot(bytes: Uint8Array, id: number): Epoch | undefined {
  const reader = openRecord(bytes, VERSION_WITHOUT_BOOT);
  if (reader === undefined) return undefined;
  const openedAt = epochMillis(reader.f64());
  const isTrusted = reader.u8() === 1;
  const offset = millis(reader.f64());
  if (reader.isBroken) return undefined;
  return { id, openedAt, isTrusted, placement: isTrusted ? "trusted" : "unplaced", offset, bootId: "", line: openedAt };
}
