/**
 * The on-disk form of a service check; of one name and set of tags only the latest is kept.
 *
 * ```
 * struct Note {               // payload of a record, version 1
 *   text name; u8 status; varint n; text tags[n]; text message; f64 at;
 *   varint epoch;             // whose clock stamped it; not there in what earlier versions wrote
 * }
 * ```
 */

import { SERVICE_STATUS, type ServiceCheck } from "../model/note.ts";
import { toSortedTags } from "../model/series.ts";
import { epochMillis } from "../model/time.ts";
import type { DatabaseOperation } from "../platform/level-database.ts";
import { noteKey } from "./keys.ts";
import { openRecord, sealRecord, startRecord } from "./record.ts";

const VERSION = 1;

/** Spells what makes two service checks the same one: name and tags. */
export function serviceCheckIdentity(check: ServiceCheck): string {
  return [check.name, ...toSortedTags(check.tags)].join("\0");
}

/** A service check as its clock stamped it. */
export interface StampedServiceCheck {
  readonly check: ServiceCheck;
  /** Undefined where nobody noted it: its moment is believed. */
  readonly epoch: number | undefined;
}

/** The write that keeps a service check. */
export function serviceCheckOperation(stamped: StampedServiceCheck): DatabaseOperation {
  const { name, tags } = stamped.check;
  return { type: "put", key: noteKey(name, toSortedTags(tags)), value: encodeServiceCheck(stamped) };
}

/** Encodes a service check. */
export function encodeServiceCheck({ check, epoch }: StampedServiceCheck): Uint8Array {
  const writer = startRecord(VERSION);
  writer.text(check.name);
  writer.u8(check.status);
  writer.texts(check.tags);
  writer.text(check.message);
  writer.f64(check.at);
  if (epoch !== undefined) writer.varint(epoch);
  return sealRecord(writer);
}

/** Decodes a service check; undefined when it is damaged. Shape: a whole record. */
export function decodeServiceCheck(bytes: Uint8Array): StampedServiceCheck | undefined {
  const reader = openRecord(bytes, VERSION);
  if (reader === undefined) return undefined;
  const name = reader.text();
  const code = reader.u8();
  const status = Object.values(SERVICE_STATUS).find((known) => known === code);
  const tags = reader.texts();
  const message = reader.text();
  const at = epochMillis(reader.f64());
  const epoch = reader.rest > 0 ? reader.varint() : undefined;
  if (reader.isBroken || status === undefined) return undefined;
  return { check: { name, status, tags, message, at }, epoch };
}
