/** LevelDB. The only file that imports it; the fake that crashes on purpose is `test/support/fake-database.ts`. */

import { Level } from "level";
import { GatewayError } from "../model/errors.ts";

/** One write of a batch. */
export type DatabaseOperation =
  | { readonly type: "put"; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: "del"; readonly key: Uint8Array };

/** Bounds of a walk over keys in byte order: from `from` inclusive to `to` exclusive. */
export interface KeyRange {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  /** Leaving it out means ascending. */
  readonly reverse?: boolean;
  /** Leaving it out means no limit. */
  readonly limit?: number;
}

/** An ordered store of bytes under bytes. */
export interface Database {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  /** Writes all or nothing; with `sync` it resolves when the disk has it. */
  write(operations: readonly DatabaseOperation[], options: { readonly sync: boolean }): Promise<void>;
  /** Walks over a snapshot taken now. Shape: pairs of key and value. */
  entries(range: KeyRange): AsyncIterable<readonly [Uint8Array, Uint8Array]>;
  /** Gives back the room that deleted keys between the two still take. */
  compact(from: Uint8Array, to: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens, or creates, the LevelDB in `folder`. A database that LevelDB calls corrupt is repaired first.
 *
 * Errors: `STORE_LOCKED` when another process has it open, `STORE_FAILED` otherwise.
 */
export async function openLevelDatabase(folder: string): Promise<Database> {
  const level = new Level<Uint8Array, Uint8Array>(folder, { keyEncoding: "view", valueEncoding: "view" });
  try {
    await level.open();
  } catch (cause) {
    throw toStoreError(cause, folder);
  }
  return {
    get: (key) => level.get(key),
    write: async (operations, { sync }) => {
      await level.batch([...operations], { sync });
    },
    entries: ({ from, to, reverse = false, limit = -1 }) => level.iterator({ gte: from, lt: to, reverse, limit }),
    compact: async (from, to) => {
      await compactRange(level, from, to);
    },
    close: () => level.close(),
  };
}

interface Compactable {
  compactRange(from: Uint8Array, to: Uint8Array): Promise<void>;
}

/** `level` hands out a class that in Node is classic-level; its types leave out what only classic-level can. */
async function compactRange(level: object, from: Uint8Array, to: Uint8Array): Promise<void> {
  if ("compactRange" in level) await (level as Compactable).compactRange(from, to);
}

function toStoreError(cause: unknown, folder: string): GatewayError {
  const inner = cause instanceof Error ? cause.cause : undefined;
  const code = inner instanceof Error && "code" in inner ? inner.code : undefined;
  if (code === "LEVEL_LOCKED") {
    return new GatewayError("STORE_LOCKED", `${folder} is open in another process`, { context: { folder }, cause });
  }
  const detail = inner instanceof Error ? inner.message : String(cause);
  return new GatewayError("STORE_FAILED", `${folder} could not be opened: ${detail}`, { context: { folder }, cause });
}
