/** Bugs that are planted to see that they are found: each is what a slip in the code would do. */

import type { Lane, Log } from "../../src/model/log.ts";
import { type Clock, millis } from "../../src/model/time.ts";
import type { HttpClient } from "../../src/platform/http-client.ts";
import type { DatabaseOperation } from "../../src/platform/level-database.ts";
import type { Block } from "../../src/store/block.ts";
import { decodeIndexRecord, describeBlock, encodeIndexRecord, LEVEL_SEALED } from "../../src/store/block-index.ts";
import { decodeEpoch, encodeEpoch } from "../../src/store/epoch-record.ts";
import { idOfKey, SPACE, sequenceOfKey } from "../../src/store/keys.ts";
import { decodeStoredBlock, encodeStoredBlock } from "../../src/store/stored-block.ts";
import type { FakeDatabase } from "../support/fake-database.ts";

/** Every bug that can be planted. */
export const PLANTED_BUGS = [
  "disk-forgets-syncs",
  "intake-flatters",
  "late-answers-fit",
  "seal-loses-a-row",
  "thinning-loses-a-row",
  "acknowledged-before-written",
  "passed-before-delivered",
  "deleted-before-passed",
  "placed-in-memory-only",
  "gap-forgets-ceiling",
  "spent-is-forgotten",
] as const;
export type PlantedBug = (typeof PLANTED_BUGS)[number] | "intakes-queue-up";

type Write = FakeDatabase["write"];

/** Plants a bug between the log and its disk. */
export function plantInDatabase(bug: PlantedBug | undefined, database: FakeDatabase): void {
  const write: Write = database.write.bind(database);
  switch (bug) {
    case "disk-forgets-syncs":
      database.write = (operations) => write(operations, { sync: false });
      break;
    case "seal-loses-a-row":
      database.write = (operations, options) => write(loseRow(operations, LEVEL_SEALED), options);
      break;
    case "thinning-loses-a-row":
      database.write = (operations, options) => write(loseRow(operations, LEVEL_SEALED + 1), options);
      break;
    case "deleted-before-passed":
      database.write = writeCursorsLate(write);
      break;
    case "placed-in-memory-only":
      database.write = (operations, options) => write(operations.map(forgetPlace), options);
      break;
  }
}

/** Plants a bug in the log. */
export function plantInLog(bug: PlantedBug | undefined, log: Log): void {
  switch (bug) {
    case "acknowledged-before-written": {
      const append = log.append.bind(log);
      log.append = async (batch, tally) => {
        append(batch, tally).catch(() => undefined);
      };
      break;
    }
    case "spent-is-forgotten": {
      const open = log.cursor.bind(log);
      log.cursor = async (name) => Object.defineProperty(await open(name), "spent", { value: undefined });
      break;
    }
    case "gap-forgets-ceiling": {
      const open = log.cursor.bind(log);
      log.cursor = async (name) => {
        const cursor = await open(name);
        const prototype = Object.getPrototypeOf(cursor) as object;
        const gaps = (): readonly Lane[] => Reflect.get(prototype, "gaps", cursor);
        const forget = (gap: Lane): Lane => Object.defineProperty(gap, "ceilings", { value: new Map() });
        Object.defineProperty(cursor, "gaps", { configurable: true, get: () => gaps().map(forget) });
        return cursor;
      };
      break;
    }
  }
}

/**
 * Plants a bug between the forwarder and the network: a payload counts as taken when it has left, or one intake waits
 * for the answer of another.
 */
export function plantInHttp(bug: PlantedBug | undefined, http: HttpClient, clock: Clock): HttpClient {
  if (bug === "intakes-queue-up") {
    let last: Promise<unknown> = Promise.resolve();
    const send: HttpClient["send"] = (request, signal) => {
      const answer = last.then(() => http.send(request, signal));
      last = answer.catch(() => undefined);
      return answer;
    };
    return { send, close: () => http.close() };
  }
  if (bug !== "passed-before-delivered") return http;
  return {
    send: async (request, signal) => {
      clock.after("simulated send", millis(500), () => {
        http.send(request, signal).catch(() => undefined);
      });
      return { status: 202, headers: {}, body: '{"errors":[]}' };
    },
    close: () => http.close(),
  };
}

/** Takes the last row out of every block of a level that is written. */
function loseRow(operations: readonly DatabaseOperation[], level: number): DatabaseOperation[] {
  const records = new Map<number, Uint8Array>();
  const entries = new Map<number, Uint8Array>();
  for (const operation of operations) {
    if (operation.type !== "put" || operation.key[0] !== SPACE.index) continue;
    const first = sequenceOfKey(operation.key) ?? 0;
    const entry = decodeIndexRecord(operation.value, first);
    const stored = operations.find(({ key }) => key[0] === SPACE.block && sequenceOfKey(key) === first);
    if (entry?.level !== level || stored?.type !== "put") continue;
    const block = decodeStoredBlock(stored.value, first);
    if (block === undefined || block.batch.count < 2) continue;
    const poorer = withoutLastRow(block);
    const record = encodeStoredBlock(poorer, level);
    records.set(first, record);
    entries.set(first, encodeIndexRecord(describeBlock(poorer, record.length, level)));
  }
  return operations.map((operation) => {
    if (operation.type !== "put") return operation;
    const first = sequenceOfKey(operation.key) ?? -1;
    const spaces = new Map<number | undefined, ReadonlyMap<number, Uint8Array>>([
      [SPACE.block, records],
      [SPACE.index, entries],
    ]);
    const value = spaces.get(operation.key[0])?.get(first);
    return value === undefined ? operation : { ...operation, value };
  });
}

function withoutLastRow(block: Block): Block {
  const count = block.batch.count - 1;
  const { series, at, value, flags } = block.batch;
  const offsets = block.offsets ?? Uint32Array.from({ length: block.span }, (_, row) => row);
  return { ...block, batch: { count, series, at, value, flags }, offsets: offsets.slice(0, count) };
}

/** Leaves out of an epoch's record where its stamps belong, and of which boot it is. */
function forgetPlace(operation: DatabaseOperation): DatabaseOperation {
  const id = idOfKey(operation.key);
  if (operation.type !== "put" || operation.key[0] !== SPACE.epoch || id === undefined) return operation;
  const epoch = decodeEpoch(operation.value, id);
  if (epoch === undefined || epoch.isTrusted) return operation;
  return { ...operation, value: encodeEpoch({ ...epoch, placement: "unplaced", offset: millis(0), bootId: "" }) };
}

/** Writes what moves cursors on for the size limit after what is deleted for it, and not before. */
function writeCursorsLate(write: Write): Write {
  let late: readonly DatabaseOperation[] = [];
  return async (operations, options) => {
    const isOfCursors = operations.every(({ key }) => key[0] === SPACE.cursor || key[0] === SPACE.loss);
    if (isOfCursors && !options.sync) {
      late = operations;
      return;
    }
    await write(operations, options);
    const held = late;
    late = [];
    if (held.length > 0) await write(held, { sync: false });
  };
}
