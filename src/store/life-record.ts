/**
 * When a run last wrote, and whether it ended in order: what the next one can tell of it. It goes with every write of
 * samples, so that it is never much older than the end.
 *
 * ```
 * struct Life {              // payload of a record, version 1
 *   f64 aliveAt;             // the wall clock when it last wrote; 0 while no run has known the time
 *   u8  isClean;             // 1 once the log was closed with nothing left to write
 * }
 * ```
 */

import type { EarlierRun } from "../model/log.ts";
import { epochMillis } from "../model/time.ts";
import type { DatabaseOperation } from "../platform/level-database.ts";
import { LIFE_KEY } from "./keys.ts";
import { openRecord, sealRecord, startRecord } from "./record.ts";

const VERSION = 1;

/** What the record holds. */
export type LifeRecord = Pick<EarlierRun, "aliveAt" | "isClean">;

/** The write that keeps it. */
export function lifeOperation(life: LifeRecord): DatabaseOperation {
  return { type: "put", key: LIFE_KEY, value: encodeLife(life) };
}

/** Encodes a life record. */
export function encodeLife({ aliveAt, isClean }: LifeRecord): Uint8Array {
  const writer = startRecord(VERSION, 16);
  writer.f64(aliveAt ?? 0);
  writer.u8(isClean ? 1 : 0);
  return sealRecord(writer);
}

/** Decodes a life record; undefined when it is damaged. Shape: a whole record. */
export function decodeLife(bytes: Uint8Array): LifeRecord | undefined {
  const reader = openRecord(bytes, VERSION);
  if (reader === undefined) return undefined;
  const at = reader.f64();
  const isClean = reader.u8() === 1;
  return reader.isBroken ? undefined : { aliveAt: at === 0 ? undefined : epochMillis(at), isClean };
}
