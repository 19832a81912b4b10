/**
 * A disk to which a recording is played, and which can say at any moment what might be left of it after a power cut.
 *
 * What is sure: the bytes of a file that were there when the file was synced, its length with them. Of all bytes
 * written since, any part may be there, in pieces of a sector or a page, whatever the order they were written in; where
 * a later piece has made the file longer, the missing ones before it are zeros or, on a `careless` disk, anything.
 *
 * Names (creations, renames, removals) have two models. On a `journal` disk, as ext4 with its default of ordered data,
 * they become sure in the order they were made, and any sync makes sure all that were made before it. On a `careless`
 * disk, which does no more than POSIX asks for, only the sync of the folder makes its names sure, each other one may be
 * there or not by itself, and a folder that was made is there when its parent has been synced. A rename is whole or not
 * at all on both.
 */

import type { Random } from "../../../src/model/time.ts";
import type { FileOperation } from "./file-operations.ts";

/** What a disk promises of names. */
export type DiskModel = "journal" | "careless";

/** A folder as it may be found: contents by name; undefined when the folder itself is gone. */
export type Remains = ReadonlyMap<string, Uint8Array> | undefined;

/** Names and the file each stands for from then on; undefined when it goes. */
type NameChange = readonly (readonly [name: string, file: number | undefined])[];

interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Something done to a file: a piece that was written, or all of it taken away. */
type Deed = Piece | "emptied";

interface RecordedFile {
  sure: Uint8Array;
  /** Done and not synced since. */
  unsure: Deed[];
}

/** How much of what is unsure a cut leaves: nothing, everything, what came first, or pieces of a size in bytes. */
type Mercy = "nothing" | "everything" | "first" | 512 | 4096;

const MERCIES: readonly Mercy[] = ["nothing", "everything", "first", 512, 4096];

/** How often a file has its new length although the bytes are lost. */
const GROWN_CHANCE = 0.25;

/** See the head of this file. */
export class RecordedDisk {
  readonly #model: DiskModel;
  readonly #files = new Map<number, RecordedFile>();
  readonly #sureNames = new Map<string, number>();
  #unsureNames: NameChange[] = [];
  #names = new Map<string, number>();
  #folder: "absent" | "unsure" | "sure" = "absent";

  constructor(model: DiskModel) {
    this.#model = model;
  }

  /** Does what was recorded. */
  apply(operation: FileOperation): void {
    if (operation.kind === "create") {
      this.#files.set(operation.file, { sure: new Uint8Array(0), unsure: [] });
      this.#change([[operation.name, operation.file]]);
    } else if (operation.kind === "write") this.#file(operation.file).unsure.push(operation);
    else if (operation.kind === "empty") this.#file(operation.file).unsure.push("emptied");
    else if (operation.kind === "unlink") this.#change([[operation.name, undefined]]);
    else if (operation.kind === "rename") {
      this.#change([
        [operation.from, undefined],
        [operation.to, this.#names.get(operation.from)],
      ]);
    } else if (operation.kind === "create-folder") this.#folder = "unsure";
    else if (operation.kind === "sync") {
      const file = this.#file(operation.file);
      file.sure = doAll(file.sure, file.unsure);
      file.unsure = [];
      if (this.#model === "journal") this.#settleNames();
    } else if (operation.kind === "sync-folder") this.#settleNames();
    else if (operation.kind === "sync-parent") this.#settleFolder();
  }

  /** What the folder holds while the power is on. */
  whole(): ReadonlyMap<string, Uint8Array> {
    const remains = new Map<string, Uint8Array>();
    for (const [name, number] of this.#names) {
      const { sure, unsure } = this.#file(number);
      remains.set(name, doAll(sure, unsure));
    }
    return remains;
  }

  /** What one power cut, now, may leave. */
  cut(random: Random): Remains {
    if (this.#folder !== "sure" && random.next() < 0.5) return undefined;
    const names = new Map(this.#sureNames);
    for (const change of this.#survivingChanges(random)) applyChange(names, change);
    const remains = new Map<string, Uint8Array>();
    const mercy = pick(MERCIES, random);
    for (const [name, number] of names) {
      const { sure, unsure } = this.#file(number);
      const lengthMin = random.next() < GROWN_CHANCE ? lengthOf(sure, unsure) : 0;
      remains.set(name, doAll(sure, this.#survivingDeeds(unsure, mercy, random), lengthMin));
    }
    return remains;
  }

  #survivingChanges(random: Random): NameChange[] {
    if (this.#model === "journal") {
      return this.#unsureNames.slice(0, Math.floor(random.next() * (this.#unsureNames.length + 1)));
    }
    const chance = pick([0, 0.2, 0.5, 0.8, 1], random);
    return this.#unsureNames.filter(() => random.next() < chance);
  }

  /** Pieces that are lost leave nothing; on a careless disk they may leave what the card held there before. */
  #survivingDeeds(unsure: readonly Deed[], mercy: Mercy, random: Random): Deed[] {
    if (mercy === "nothing") return [];
    if (mercy === "everything") return [...unsure];
    if (mercy === "first") return unsure.slice(0, Math.floor(random.next() * (unsure.length + 1)));
    const isDirty = this.#model === "careless" && random.next() < 0.3;
    const chance = pick([0.1, 0.5, 0.9], random);
    const deeds: Deed[] = [];
    for (const deed of unsure.flatMap((whole) => splitAt(whole, mercy))) {
      if (random.next() < chance) deeds.push(deed);
      else if (isDirty && deed !== "emptied") deeds.push({ ...deed, bytes: dirt(deed.bytes.length, random) });
    }
    return deeds;
  }

  #file(number: number): RecordedFile {
    const file = this.#files.get(number);
    if (file === undefined) throw new Error(`the recording never created file ${number}`);
    return file;
  }

  #change(change: NameChange): void {
    applyChange(this.#names, change);
    this.#unsureNames.push(change);
  }

  #settleNames(): void {
    for (const change of this.#unsureNames) applyChange(this.#sureNames, change);
    this.#unsureNames = [];
    if (this.#model === "journal") this.#settleFolder();
  }

  #settleFolder(): void {
    if (this.#folder === "unsure") this.#folder = "sure";
  }
}

function applyChange(names: Map<string, number>, change: NameChange): void {
  for (const [name, file] of change) {
    if (file === undefined) names.delete(name);
    else names.set(name, file);
  }
}

function lengthOf(sure: Uint8Array, deeds: readonly Deed[]): number {
  let length = sure.length;
  for (const deed of deeds) length = deed === "emptied" ? 0 : Math.max(length, deed.offset + deed.bytes.length);
  return length;
}

/** Does to a file what was done; it grows as far as its pieces reach, and to `lengthMin` at least. */
function doAll(sure: Uint8Array, deeds: readonly Deed[], lengthMin = 0): Uint8Array {
  const start = deeds.lastIndexOf("emptied") + 1;
  const kept = start === 0 ? sure : new Uint8Array(0);
  const done = new Uint8Array(Math.max(lengthOf(sure, deeds), lengthMin));
  done.set(kept);
  for (const deed of deeds.slice(start)) if (deed !== "emptied") done.set(deed.bytes, deed.offset);
  return done;
}

/** Cuts what was written where the units of the disk end. */
function splitAt(deed: Deed, unit: number): Deed[] {
  if (deed === "emptied") return [deed];
  const { offset, bytes } = deed;
  const pieces: Piece[] = [];
  for (let at = offset; at < offset + bytes.length; ) {
    const end = Math.min(offset + bytes.length, (Math.floor(at / unit) + 1) * unit);
    pieces.push({ offset: at, bytes: bytes.subarray(at - offset, end - offset) });
    at = end;
  }
  return pieces;
}

function dirt(length: number, random: Random): Uint8Array {
  return Uint8Array.from({ length }, () => Math.floor(random.next() * 256));
}

function pick<Item>(items: readonly Item[], random: Random): Item {
  return items[Math.floor(random.next() * items.length)] as Item;
}
