/** How fast samples are taken, and what they cost in CPU and on disk. */

import { appendAll, appendMany, openBenchLog, waitForSealing } from "./bench-log.ts";
import { MixSource } from "./mix-source.ts";
import { PEERS, type PeerName } from "./peers.ts";
import { folderBytes, writtenBytes } from "./usage.ts";

/** Rows that may wait for the log: half of what it would take. */
const WAITING_MAX = 500_000;

/** One way of appending. */
export interface Appending {
  readonly store: "log" | PeerName;
  readonly batchRows: number;
  /** Whether each batch is synced before the next; otherwise a second's loss is allowed. */
  readonly isSynced: boolean;
  readonly rows: number;
}

/** Units: rows a second, to the sync and until all is sealed too; microseconds of CPU a row; bytes a row. */
export interface Appended {
  readonly rate: number;
  readonly sealedRate: number | undefined;
  readonly cpu: number;
  readonly stored: number;
  readonly written: number;
}

/** Appends in a fresh folder until all is on disk. */
export async function measureAppending(
  folder: string,
  { store, batchRows, isSynced, rows }: Appending,
): Promise<Appended> {
  const source = new MixSource(batchRows);
  const append = store === "log" ? await logAppender(folder, isSynced) : await peerAppender(folder, store, isSynced);
  const writtenBefore = writtenBytes();
  const began = performance.now();
  const cpuBefore = process.cpuUsage();
  await append.run(rows, source);
  const elapsed = performance.now() - began;
  const { user, system } = process.cpuUsage(cpuBefore);
  const sealedAt = await append.seal?.();
  await append.close();
  return {
    rate: (1000 * source.count) / elapsed,
    sealedRate: sealedAt && (1000 * source.count) / (sealedAt - began),
    cpu: (user + system) / source.count,
    stored: (await folderBytes(folder)) / source.count,
    written: (writtenBytes() - writtenBefore) / source.count,
  };
}

interface Appender {
  run(rows: number, source: MixSource): Promise<void>;
  /** Waits until what was put off is done, and says when that was. */
  seal?(): Promise<number>;
  close(): Promise<void>;
}

async function logAppender(folder: string, isSynced: boolean): Promise<Appender> {
  const log = await openBenchLog(folder, { options: { durability: isSynced ? "always" : "interval" } });
  return {
    run: async (rows, source) => {
      if (isSynced) while (source.count < rows) await appendAll(log, source.next());
      else await appendMany(log, rows, () => source.next(), WAITING_MAX);
    },
    seal: () => waitForSealing(log),
    close: () => log.close(),
  };
}

async function peerAppender(folder: string, name: PeerName, isSynced: boolean): Promise<Appender> {
  const peer = await PEERS[name](folder);
  return {
    run: async (rows, source) => {
      while (source.count < rows) await peer.put(source.next(), isSynced);
    },
    close: () => peer.close(),
  };
}
