/** The few looks at the file system that configuration needs; synchronous, because nothing runs before it is read. */

import { isUtf8 } from "node:buffer";
import { accessSync, constants, readdirSync, readFileSync, statSync } from "node:fs";
import { rm, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";

/** The text of a file, or in words why there is none. */
export type FileText = { readonly text: string } | { readonly failure: string };

/** One entry of a folder; links are followed. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: "file" | "folder";
}

/** Reads a whole file as UTF-8. */
export function readTextFile(path: string): FileText {
  try {
    return { text: readFileSync(path, "utf8") };
  } catch (cause) {
    return { failure: describeFileError(cause) };
  }
}

/**
 * Reads a text that another program wrote: UTF-8, UTF-16 where its first bytes say so, or, where it is neither,
 * Windows-1252, in which spreadsheets of the West still save. A file that is no text at all is a failure.
 */
export function readForeignText(path: string): FileText {
  try {
    const bytes = readFileSync(path);
    const text = new TextDecoder(nameEncoding(bytes)).decode(bytes);
    return text.includes("\0") ? { failure: "no text but something else, such as a workbook" } : { text };
  } catch (cause) {
    return { failure: describeFileError(cause) };
  }
}

function nameEncoding(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return isUtf8(bytes) ? "utf-8" : "windows-1252";
}

/** Lists a folder, sorted by name. `failure` is empty when it could be read, or when there is no such folder. */
export function listFolder(path: string): { readonly entries: readonly FolderEntry[]; readonly failure: string } {
  try {
    const entries: FolderEntry[] = [];
    for (const name of readdirSync(path).sort()) {
      const kind = pathKind(join(path, name));
      if (kind !== "nothing") entries.push({ name, kind });
    }
    return { entries, failure: "" };
  } catch (cause) {
    return { entries: [], failure: isAbsence(cause) ? "" : describeFileError(cause) };
  }
}

/** Says what stands at a path. What this user may not look at counts as a file, so that reading it says why not. */
export function pathKind(path: string): "file" | "folder" | "nothing" {
  try {
    return statSync(path).isDirectory() ? "folder" : "file";
  } catch (cause) {
    return isAbsence(cause) ? "nothing" : "file";
  }
}

/**
 * Why no files can be kept in a folder. A person puts right what a person did: a file in the place of the folder, or a
 * folder of another user. A disk that is only read or does not answer is weather: it was well when the path was set.
 */
export interface FolderFault {
  readonly cause: "person" | "disk";
  /** Continues a sentence that names the folder: `is on a disk that is only read`. */
  readonly what: string;
}

/** Finds what keeps this user from keeping files in `folder`; one that is absent must be possible to make. */
export function findFolderFault(
  folder: string,
  access: (path: string, mode: number) => void = accessSync,
): FolderFault | undefined {
  let place = folder;
  while (pathKind(place) === "nothing" && dirname(place) !== place) place = dirname(place);
  try {
    access(place, constants.W_OK | constants.X_OK);
    return statSync(place).isDirectory() ? undefined : NO_FOLDER;
  } catch (cause) {
    return judgeAccess(place, cause);
  }
}

const NO_FOLDER: FolderFault = { cause: "person", what: "is no folder" };

function judgeAccess(place: string, cause: unknown): FolderFault {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "an unknown error";
  switch (code) {
    case "EACCES":
    case "EPERM":
      // A file may be anything, also one that cannot be executed.
      return isFile(place) ? NO_FOLDER : { cause: "person", what: "is no folder this user can write into" };
    case "ELOOP":
    case "ENAMETOOLONG":
      return NO_FOLDER;
    case "EROFS":
      return { cause: "disk", what: "is on a disk that is only read" };
    default:
      return { cause: "disk", what: `is on a disk that does not answer (${code})` };
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Says whether a folder belongs to this user: what root writes in one of another user, that user may not write. */
export function isOwnFolder(folder: string): boolean {
  return statSync(folder).uid === process.getuid?.();
}

function isAbsence(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && (cause.code === "ENOENT" || cause.code === "ENOTDIR");
}

/** Says why a file could not be read, to go on from its name. */
export function describeFileError(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return "no such file";
    case "EACCES":
    case "EPERM":
      return "a file this user may not read";
    case "EISDIR":
      return "a folder where a file should be";
    default:
      return `a file that cannot be read (${String(code)})`;
  }
}

/** Deletes a folder and all that is in it. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true });
}

/** What is free on the disk of a folder for a user who is not root; undefined when it cannot be told. Units: bytes. */
export async function measureFreeBytes(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
