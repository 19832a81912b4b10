/**
 * Which refused samples are held of each cursor, and where: a ring of slots, of which a newer sample takes that of the
 * oldest, and of which any may be taken out. The samples themselves are on disk.
 */

import type { Sequence, SetAside } from "../model/log.ts";
import type { Database, DatabaseOperation } from "../platform/level-database.ts";
import { decodeSetAside, encodeSetAside, SET_ASIDE_MAX } from "./cursor-record.ts";
import { SPACE, setAsideKey, setAsideOfKey, setAsideRange, spaceRange } from "./keys.ts";

/** The sequence in each slot of a cursor's ring. */
type Ring = Map<number, Sequence>;

/** A change to be written; memory follows with `settle`. */
export interface ShelfChange {
  readonly operations: readonly DatabaseOperation[];
  settle(): void;
}

/** What a store holds. */
export interface FoundShelf {
  readonly rings: ReadonlyMap<string, Ring>;
  /** Of records that cannot be read, by cursor. */
  readonly damaged: ReadonlyMap<string, readonly Uint8Array[]>;
}

/** Reads which slots are taken. Errors: `STORE_FAILED`. */
export async function findShelf(database: Database): Promise<FoundShelf> {
  const rings = new Map<string, Ring>();
  const damaged = new Map<string, Uint8Array[]>();
  for await (const [key, bytes] of database.entries(spaceRange(SPACE.setAside))) {
    const place = setAsideOfKey(key);
    if (place === undefined) continue;
    const sample = decodeSetAside(bytes);
    if (sample === undefined) damaged.set(place.name, [...(damaged.get(place.name) ?? []), key]);
    else rings.set(place.name, (rings.get(place.name) ?? new Map()).set(place.slot, sample.sequence));
  }
  return { rings, damaged };
}

/** Knows the slots of every cursor. */
export class SetAsideShelf {
  readonly #rings: Map<string, Ring>;

  constructor({ rings }: Pick<FoundShelf, "rings">) {
    this.#rings = new Map(rings);
  }

  /** Sequences of what is held of a cursor. */
  held(name: string): ReadonlySet<Sequence> {
    return new Set(this.#rings.get(name)?.values());
  }

  /** Reads what is held of a cursor, by sequence. Errors: `STORE_FAILED`. */
  async read(database: Database, name: string): Promise<readonly SetAside[]> {
    if (this.#ring(name).size === 0) return [];
    const found = new Map<Sequence, SetAside>();
    for await (const [, bytes] of database.entries(setAsideRange(name))) {
      const sample = decodeSetAside(bytes);
      if (sample !== undefined) found.set(sample.sequence, sample);
    }
    return [...found.values()].sort((one, other) => one.sequence - other.sequence);
  }

  /** Sets samples aside, the first of them as number `number` of its cursor. */
  planPut(name: string, number: number, samples: readonly SetAside[]): ShelfChange {
    const placed = samples.map((sample, index) => [(number + index) % SET_ASIDE_MAX, sample] as const);
    return {
      operations: placed.map(([slot, sample]) => put(name, slot, sample)),
      settle: () => {
        if (placed.length === 0) return;
        const ring = this.#ring(name);
        for (const [slot, { sequence }] of placed) ring.set(slot, sequence);
        this.#rings.set(name, ring);
      },
    };
  }

  /** Takes samples out, and gives others a new answer where they lie. */
  planChange(name: string, gone: ReadonlySet<Sequence>, changed: readonly SetAside[]): ShelfChange {
    const ring = this.#ring(name);
    const bySequence = new Map(changed.map((sample) => [sample.sequence, sample]));
    const operations: DatabaseOperation[] = [];
    const emptied: number[] = [];
    for (const [slot, sequence] of ring) {
      const sample = bySequence.get(sequence);
      if (gone.has(sequence)) {
        operations.push(del(name, slot));
        emptied.push(slot);
      } else if (sample !== undefined) operations.push(put(name, slot, sample));
    }
    return {
      operations,
      settle: () => {
        for (const slot of emptied) ring.delete(slot);
      },
    };
  }

  /** Forgets a cursor. */
  planForget(name: string): ShelfChange {
    const operations = [...this.#ring(name).keys()].map((slot) => del(name, slot));
    return { operations, settle: () => void this.#rings.delete(name) };
  }

  #ring(name: string): Ring {
    return this.#rings.get(name) ?? new Map();
  }
}

function put(name: string, slot: number, sample: SetAside): DatabaseOperation {
  return { type: "put", key: setAsideKey(name, slot), value: encodeSetAside(sample) };
}

function del(name: string, slot: number): DatabaseOperation {
  return { type: "del", key: setAsideKey(name, slot) };
}
