/** What the reader of a cursor, and a person, do with the samples that an intake refused. */

import type { Sequence, SetAside, SetAsideStep } from "../model/log.ts";
import { type CursorPlace, moveRejected } from "./cursor-state.ts";
import type { LogStorage } from "./log-storage.ts";
import type { CareOwner } from "./stored-log-care.ts";

/** Looks after what is set aside in a storage. Errors: `STORE_FAILED`, `STORE_CLOSED`, from what gives a promise. */
export class SetAsideKeeper {
  readonly #storage: LogStorage;
  readonly #owner: CareOwner;
  readonly #isSynced: boolean;

  /** `isSynced` says that each step of a reader is on disk before it ends. */
  constructor(storage: LogStorage, owner: CareOwner, isSynced: boolean) {
    this.#storage = storage;
    this.#owner = owner;
    this.#isSynced = isSynced;
  }

  count(name: string): number {
    return this.#storage.heldSetAside(name).size;
  }

  async read(name: string): Promise<readonly SetAside[]> {
    return await this.#owner.attend(() => this.#storage.readSetAside(name));
  }

  /** In one write the samples leave and the books of the cursor follow; what was taken out meanwhile is passed over. */
  async settle(place: CursorPlace, { delivered, collapsed, refused }: SetAsideStep): Promise<void> {
    await this.#owner.attend(async () => {
      const held = this.#storage.heldSetAside(place.name);
      const taken = delivered.filter((sequence) => held.has(sequence));
      const overtaken = collapsed.filter((sequence) => held.has(sequence));
      const next = moveRejected(place.state, taken.length, overtaken.length);
      const change = { gone: new Set([...taken, ...overtaken]), changed: refused };
      await this.#storage.commitSetAside(place.name, next, change, this.#isSynced);
    });
  }

  async drop(name: string, sequences: ReadonlySet<Sequence>): Promise<number> {
    return await this.#owner.attend(async () => {
      const held = this.#storage.heldSetAside(name);
      const gone = new Set([...sequences].filter((sequence) => held.has(sequence)));
      if (gone.size > 0) await this.#storage.commitSetAside(name, undefined, { gone, changed: [] }, true);
      return gone.size;
    });
  }
}
