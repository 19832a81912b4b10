/**
 * Reads what `strace -f -xx` wrote of a program's system calls, and keeps what they did to one folder. What a call does
 * counts from the moment it returned; one that was never seen to return counts as done, unless it is a sync. A call
 * that would change the folder and has no place in the model is an error, so that nothing is overlooked.
 */

import { dirname } from "node:path";
import type { FileOperation } from "./file-operations.ts";

/** The calls that must be traced. */
export const TRACED_CALLS = [
  ...["open", "openat", "openat2", "creat", "close", "dup", "dup2", "dup3"],
  ...["write", "writev", "pwrite64", "pwritev", "pwritev2", "sendfile", "copy_file_range", "splice"],
  ...["fsync", "fdatasync", "sync", "syncfs", "sync_file_range", "msync", "fallocate", "truncate", "ftruncate"],
  ...["rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "unlink", "unlinkat"],
  ...["mkdir", "mkdirat", "rmdir", "io_uring_setup"],
] as const;

/** A system call. */
interface Call {
  readonly name: string;
  readonly hasReturned: boolean;
  /** The arguments as they were printed, strings in hexadecimal. */
  readonly parameters: readonly string[];
  readonly result: number;
}

type OpenFile = { readonly file: number; offset: number } | "folder" | "parent";

/** Calls that do not change files by themselves. */
const HARMLESS = new Set(["sync", "syncfs", "dup", "dup2", "dup3", "sendfile", "splice", "io_uring_setup"]);

const STANDARD_OUTPUT = 1;

/** Follows the lives of a program, one trace after the other, in one folder. */
export class FolderWatch {
  readonly operations: FileOperation[] = [];
  readonly #folder: string;
  readonly #files = new Map<string, number>();
  readonly #open = new Map<number, OpenFile>();
  #fileCount = 0;
  #isThere = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Takes in the trace of one life. */
  read(trace: string): void {
    this.#open.clear();
    for (const call of parseCalls(trace)) this.#take(call);
  }

  #take(call: Call): void {
    if (call.result < 0) return;
    const { name, parameters, result } = call;
    const descriptor = this.#open.get(Number(parameters[0]));
    if (name === "open" || name === "openat") this.#openFile(parameters.slice(name === "open" ? 0 : 1), result);
    else if (name === "close") this.#open.delete(Number(parameters[0]));
    else if (name === "write") this.#write(Number(parameters[0]), descriptor, parameters[1] ?? "", result);
    else if (name === "pwrite64") this.#writeAt(descriptor, parameters[1] ?? "", result, Number(parameters[3]));
    else if (name === "fsync" || name === "fdatasync") this.#sync(call.hasReturned ? descriptor : undefined);
    else if (name === "rename") this.#rename(parameters);
    else if (name === "unlink") this.#unlink(parameters);
    else if (name === "mkdir" || name === "mkdirat") this.#makeFolder(parameters.slice(name === "mkdir" ? 0 : 1));
    else if (descriptor !== undefined || (!HARMLESS.has(name) && parameters.some((text) => this.#isOurs(text)))) {
      throw new Error(`the model knows no ${name}(${parameters.join(", ")})`);
    }
  }

  #openFile([printed = "", flags = ""]: readonly string[], descriptor: number): void {
    const path = textOf(printed);
    this.#open.delete(descriptor);
    if (path === this.#folder) this.#open.set(descriptor, "folder");
    if (path === dirname(this.#folder)) this.#open.set(descriptor, "parent");
    const name = this.#nameIn(path);
    if (name === undefined) return;
    const known = this.#files.get(name);
    const isNew = known === undefined;
    if (isNew && !flags.includes("O_CREAT")) throw new Error(`${name} is read and was never created`);
    if (/O_APPEND|O_TMPFILE/u.test(flags)) throw new Error(`the model knows no opening of ${name} with ${flags}`);
    const file = known ?? this.#create(name);
    if (!isNew && flags.includes("O_TRUNC")) this.operations.push({ kind: "empty", file });
    this.#open.set(descriptor, { file, offset: 0 });
  }

  #create(name: string): number {
    const file = this.#fileCount;
    this.#fileCount += 1;
    this.#files.set(name, file);
    this.operations.push({ kind: "create", file, name });
    return file;
  }

  #write(number: number, descriptor: OpenFile | undefined, printed: string, length: number): void {
    if (number === STANDARD_OUTPUT) this.operations.push({ kind: "say", text: textOf(printed) });
    if (descriptor === undefined) return;
    if (typeof descriptor === "string") throw new Error("a folder cannot be written");
    const bytes = bytesOf(printed).subarray(0, length);
    this.operations.push({ kind: "write", file: descriptor.file, offset: descriptor.offset, bytes });
    descriptor.offset += bytes.length;
  }

  #writeAt(descriptor: OpenFile | undefined, printed: string, length: number, offset: number): void {
    if (descriptor === undefined) return;
    if (typeof descriptor === "string") throw new Error("a folder cannot be written");
    this.operations.push({ kind: "write", file: descriptor.file, offset, bytes: bytesOf(printed).subarray(0, length) });
  }

  #sync(descriptor: OpenFile | undefined): void {
    if (descriptor === undefined) return;
    if (descriptor === "folder") this.operations.push({ kind: "sync-folder" });
    else if (descriptor === "parent") this.operations.push({ kind: "sync-parent" });
    else this.operations.push({ kind: "sync", file: descriptor.file });
  }

  #rename([printedFrom = "", printedTo = ""]: readonly string[]): void {
    const from = this.#nameIn(textOf(printedFrom));
    const to = this.#nameIn(textOf(printedTo));
    if (from === undefined && to === undefined) return;
    const file = this.#files.get(from ?? "");
    if (from === undefined || to === undefined || file === undefined) throw new Error("a rename leaves the folder");
    this.#files.delete(from);
    this.#files.set(to, file);
    this.operations.push({ kind: "rename", from, to });
  }

  #unlink([printed = ""]: readonly string[]): void {
    const name = this.#nameIn(textOf(printed));
    if (name === undefined) return;
    this.#files.delete(name);
    this.operations.push({ kind: "unlink", name });
  }

  #makeFolder([printed = ""]: readonly string[]): void {
    const path = textOf(printed);
    if (this.#nameIn(path) !== undefined) throw new Error(`the model knows no folder in the folder: ${path}`);
    if (path !== this.#folder || this.#isThere) return;
    this.#isThere = true;
    this.operations.push({ kind: "create-folder" });
  }

  #isOurs(printed: string): boolean {
    return printed.startsWith('"') && this.#nameIn(textOf(printed)) !== undefined;
  }

  #nameIn(path: string): string | undefined {
    return path.startsWith(`${this.#folder}/`) ? path.slice(this.#folder.length + 1) : undefined;
  }
}

/** The calls of a trace in the order in which they returned; those that never did come last. */
function parseCalls(trace: string): Call[] {
  const calls: Call[] = [];
  const begun = new Map<string, string>();
  for (const line of trace.split("\n")) {
    const [, thread = "", what = ""] = /^(\d+)\s+(.*)$/u.exec(line) ?? [];
    const unfinished = /^(.*) <unfinished \.\.\.>(?:\)\s+= \?)?$/u.exec(what);
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/u.exec(what);
    if (unfinished !== null) begun.set(thread, unfinished[1] ?? "");
    else if (resumed !== null) {
      calls.push(...parseCall((begun.get(thread) ?? "") + (resumed[1] ?? "")));
      begun.delete(thread);
    } else calls.push(...parseCall(what));
  }
  for (const call of begun.values()) calls.push(...parseCall(`${call.replace(/,?$/u, "")}) = ?`));
  return calls;
}

/** The call of a line; none when the line tells of something else. */
function parseCall(line: string): Call[] {
  const found = /^(\w+)\((.*)\)\s+= (-?\d+|\?|0x[\da-f]+)/u.exec(line);
  if (found === null) return [];
  const [, name = "", list = "", printed = ""] = found;
  if (list.includes('"...')) throw new Error(`strace cut a string of ${name} short`);
  const parameters = list.split(", ");
  const hasReturned = printed !== "?";
  const result = hasReturned ? Number(printed) : Number(parameters.at(-1)) || 0;
  return [{ name, hasReturned, parameters, result }];
}

function textOf(printed: string): string {
  return bytesOf(printed).toString("utf8");
}

function bytesOf(printed: string): Buffer {
  return Buffer.from(printed.replaceAll(/\\x|"/gu, ""), "hex");
}
