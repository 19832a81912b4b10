/** What a day of polls writes to the card: 100 series at 1 Hz, on a clock that need not be waited for. */

import type { Cursor } from "../../../src/model/log.ts";
import { millis, seconds } from "../../../src/model/time.ts";
import type { Database, DatabaseOperation } from "../../../src/platform/level-database.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { appendAll, openBenchLog } from "./bench-log.ts";
import { MixSource, SERIES_COUNT } from "./mix-source.ts";
import { PassingDatabase } from "./passing-database.ts";
import { PEERS, type PeerName } from "./peers.ts";
import { folderBytes, writtenBytes } from "./usage.ts";

/** How often an intake that is well takes what waits, as the forwarder does it. Units: seconds. */
const FLUSH_EVERY = 10;
const HOURS_OF_A_DAY = 24;

/** A day for the log, synced each `syncEvery` seconds, or for a peer, which syncs what each second brings. */
export interface DayOptions {
  readonly store: "log" | PeerName;
  readonly hours: number;
  readonly syncEvery: number;
  readonly isDelivered: boolean;
}

/** For a whole day. Units: bytes; `asked` were handed to the database, `written` the kernel wrote. */
export interface Day {
  readonly asked: number | undefined;
  readonly written: number;
  readonly syncs: number;
  readonly held: number;
}

/** Lives through some hours and reckons up to a day. */
export async function measureDay(folder: string, options: DayOptions): Promise<Day> {
  const rounds = options.hours * 3600;
  const before = writtenBytes();
  const { asked, syncs } = options.store === "log" ? await liveLog(folder, options) : await livePeer(folder, options);
  const perDay = (count: number): number => (count * HOURS_OF_A_DAY) / options.hours;
  return {
    asked: asked === undefined ? undefined : perDay(asked),
    written: perDay(writtenBytes() - before),
    syncs: perDay(syncs),
    held: (await folderBytes(folder)) / (rounds * SERIES_COUNT),
  };
}

async function liveLog(
  folder: string,
  { hours, syncEvery, isDelivered }: DayOptions,
): Promise<{ asked: number; syncs: number }> {
  const clock = new FakeClock();
  const counter = { asked: 0, syncs: 0 };
  const log = await openBenchLog(folder, {
    clock,
    options: {
      syncInterval: seconds(isDelivered ? 1 : syncEvery),
      syncIntervalDelivered: seconds(syncEvery),
      history: seconds(24 * 3600),
    },
    wrap: (database) => new CountingDatabase(database, counter),
  });
  const source = new MixSource(SERIES_COUNT);
  const cursor = await log.cursor("intake");
  for (let round = 1; round <= hours * 3600; round += 1) {
    const appended = appendAll(log, source.next());
    await clock.advance(millis(1000));
    await appended;
    if (isDelivered && round % FLUSH_EVERY === 0) await pass(cursor);
  }
  await log.close();
  return counter;
}

async function pass(cursor: Cursor): Promise<void> {
  const { to } = await cursor.read(100_000);
  const moments = new Map(Array.from({ length: SERIES_COUNT }, (_, id) => [id, (1_795_000_000 + to) * 1000]));
  await cursor.commit({ to, counts: { delivered: to - cursor.position }, moments, setAside: [] });
}

async function livePeer(folder: string, { store, hours }: DayOptions): Promise<{ asked: undefined; syncs: number }> {
  const peer = await PEERS[store as PeerName](folder);
  const source = new MixSource(SERIES_COUNT);
  for (let round = 0; round < hours * 3600; round += 1) await peer.put(source.next(), true);
  await peer.close();
  return { asked: undefined, syncs: hours * 3600 };
}

/** Counts what is written through it. */
class CountingDatabase extends PassingDatabase {
  readonly #counter: { asked: number; syncs: number };

  constructor(inner: Database, counter: { asked: number; syncs: number }) {
    super(inner);
    this.#counter = counter;
  }

  override async write(operations: readonly DatabaseOperation[], options: { readonly sync: boolean }): Promise<void> {
    for (const operation of operations) {
      this.#counter.asked += operation.key.length + (operation.type === "put" ? operation.value.length : 0);
    }
    if (options.sync) this.#counter.syncs += 1;
    await super.write(operations, options);
  }
}
