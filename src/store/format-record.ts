/**
 * What wrote the store. The shape of this record never changes, so that every version can read it; the version byte
 * of its envelope is the format of the whole store.
 */

import { GatewayError } from "../model/errors.ts";
import type { Database } from "../platform/level-database.ts";
import { FORMAT_KEY } from "./keys.ts";
import { sealRecord, startRecord, versionOf } from "./record.ts";

/**
 * The format this version writes. It reads every earlier one: format 1 had neither sealed blocks nor levels, format 2
 * neither gaps nor milliseconds in its cursors, format 3 no counts among its series. It is raised where an earlier
 * version would take a record for damaged.
 */
export const FORMAT = 4;

/** After every key of the store. */
const KEYS_END = Uint8Array.of(0xff);

/** Encodes the format record. Leaving out `format` means the current one. */
export function encodeFormat(format = FORMAT): Uint8Array {
  const writer = startRecord(format);
  writer.text("tidegate log");
  return sealRecord(writer);
}

/**
 * Makes sure that the store is of our format; a new one, or one of an earlier format, becomes so.
 *
 * Errors: `STORE_NEWER_FORMAT`, before anything was touched; `STORE_FAILED`.
 */
export async function admitStore(database: Database, notice: (what: string) => void): Promise<void> {
  const bytes = await database.get(FORMAT_KEY);
  const format = bytes === undefined ? undefined : versionOf(bytes);
  if (format === FORMAT) return;
  if (format !== undefined && format > FORMAT) {
    throw new GatewayError(
      "STORE_NEWER_FORMAT",
      `the store has format ${format} and this version knows formats up to ${FORMAT}: a newer version wrote it`,
      { context: { format, known: FORMAT } },
    );
  }
  if (format === undefined && (await holdsAnything(database))) {
    const state = bytes === undefined ? "missing" : "damaged";
    notice(`The format record of the store is ${state}, yet there are others: part of the store was lost.`);
  }
  await database.write([{ type: "put", key: FORMAT_KEY, value: encodeFormat() }], { sync: true });
}

async function holdsAnything(database: Database): Promise<boolean> {
  for await (const _entry of database.entries({ from: Uint8Array.of(0), to: KEYS_END, limit: 1 })) return true;
  return false;
}
