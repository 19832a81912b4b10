/** What people use instead of a log: one row for each reading, in LevelDB or in SQLite. */

import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { Level } from "level";
import type { SampleBatch } from "../../../src/model/samples.ts";

/** A store that takes batches, each as one write. */
export interface Peer {
  put(batch: SampleBatch, isSynced: boolean): Promise<void>;
  close(): Promise<void>;
}

/** The peers by name, with what opens them in a folder. */
export const PEERS = { level: openLevelPeer, sqlite: openSqlitePeer } as const;
export type PeerName = keyof typeof PEERS;

/** Twelve bytes of key, the series and the moment; nine of value. */
async function openLevelPeer(folder: string): Promise<Peer> {
  const level = new Level<Uint8Array, Uint8Array>(folder, { keyEncoding: "view", valueEncoding: "view" });
  await level.open();
  return {
    put: async (batch, isSynced) => {
      const puts: { type: "put"; key: Uint8Array; value: Uint8Array }[] = [];
      for (let row = 0; row < batch.count; row += 1) puts.push({ type: "put", ...entryOf(batch, row) });
      await level.batch(puts, { sync: isSynced } as object);
    },
    close: () => level.close(),
  };
}

function entryOf(batch: SampleBatch, row: number): { key: Uint8Array; value: Uint8Array } {
  const view = new DataView(new ArrayBuffer(21));
  view.setUint32(0, batch.series[row] ?? 0);
  view.setFloat64(4, batch.at[row] ?? 0);
  view.setFloat64(12, batch.value[row] ?? 0);
  view.setUint8(20, batch.flags[row] ?? 0);
  return { key: new Uint8Array(view.buffer, 0, 12), value: new Uint8Array(view.buffer, 12, 9) };
}

/** A table without an index: rows in the order they came, which is the least that SQLite can do. */
async function openSqlitePeer(folder: string): Promise<Peer> {
  const database = new DatabaseSync(join(folder, "samples.db"));
  database.exec("PRAGMA journal_mode=WAL; CREATE TABLE samples (series INT, at INT, value REAL, flags INT)");
  const insert = database.prepare("INSERT INTO samples VALUES (?, ?, ?, ?)");
  return {
    put: async (batch, isSynced) => {
      database.exec(isSynced ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
      database.exec("BEGIN");
      insertRows(insert, batch);
      database.exec("COMMIT");
    },
    close: async () => database.close(),
  };
}

function insertRows(insert: StatementSync, { series, at, value, flags, count }: SampleBatch): void {
  for (let row = 0; row < count; row += 1) insert.run(series[row] ?? 0, at[row] ?? 0, value[row] ?? 0, flags[row] ?? 0);
}
