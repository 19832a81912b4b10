/**
 * What Linux shows of itself as files, below `/sys` and `/proc`. A file there is made while it is read, which may take
 * most of a second where the kernel asks a sensor for it.
 */

import { open, readdir, statfs } from "node:fs/promises";
import { join } from "node:path";

/** A text, or in words why there is none, to go on from the name of the file. */
export type SystemText = { readonly text: string } | { readonly failure: string; readonly isAbsent: boolean };

/** How much a file system holds, as `df` counts. Units: bytes and files. */
export interface FileSystemSpace {
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** Of the free ones, those that are not kept for root. */
  readonly usableBytes: number;
  readonly fileCountMax: number;
  readonly freeFileCount: number;
}

/** The files of one system. */
export interface SystemFiles {
  /** Reads a file without the white space around it. Throws nothing. */
  read(path: string): Promise<SystemText>;
  /** Names what a folder holds, sorted; nothing where there is no such folder. Throws nothing. */
  list(folder: string): Promise<readonly string[]>;
  /** Asks the file system at `path`; undefined where it does not answer. Throws nothing. */
  space(path: string): Promise<FileSystemSpace | undefined>;
}

/** No file of the kernel that is read here is as long, so one that is comes from elsewhere. Units: bytes. */
const FILE_BYTES_MAX = 1024 * 1024;

const CHUNK_BYTES = 8192;

/** Opens the files of this machine. `root` left out means `/`. */
export function openSystemFiles(root = "/"): SystemFiles {
  return {
    read: async (path) => {
      try {
        const bytes = await readUpTo(join(root, path), FILE_BYTES_MAX);
        if (bytes !== undefined) return { text: bytes.toString("utf8").trim() };
        return { failure: `is longer than ${FILE_BYTES_MAX} bytes, and none of the kernel's`, isAbsent: false };
      } catch (cause) {
        return describeFailure(cause);
      }
    },
    list: async (folder) => {
      const names = await readdir(join(root, folder)).catch(() => []);
      return names.sort();
    },
    space: async (path) => {
      const found = await statfs(join(root, path)).catch(() => undefined);
      if (found === undefined) return undefined;
      const { bsize, blocks, bfree, bavail, files, ffree } = found;
      return {
        totalBytes: blocks * bsize,
        freeBytes: bfree * bsize,
        usableBytes: bavail * bsize,
        fileCountMax: files,
        freeFileCount: ffree,
      };
    },
  };
}

/** Reads a file that does not know its size; undefined for one that is longer than `bytesMax`. Errors: the system's. */
async function readUpTo(path: string, bytesMax: number): Promise<Buffer | undefined> {
  await using file = await open(path);
  const chunks: Buffer[] = [];
  for (let byteCount = 0; byteCount <= bytesMax; ) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES));
    if (bytesRead === 0) return Buffer.concat(chunks);
    chunks.push(buffer.subarray(0, bytesRead));
    byteCount += bytesRead;
  }
  return undefined;
}

/** Drivers answer with codes of their own where a sensor does not. */
function describeFailure(cause: unknown): { readonly failure: string; readonly isAbsent: boolean } {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "an unknown error";
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
    case "ENODEV":
    case "ENXIO":
      return { failure: "is not there", isAbsent: true };
    case "EACCES":
    case "EPERM":
      return { failure: "may not be read by this user", isAbsent: false };
    case "EIO":
    case "EREMOTEIO":
      return { failure: "cannot be read: the sensor does not answer its driver (EIO)", isAbsent: false };
    case "ETIMEDOUT":
    case "EAGAIN":
    case "EBUSY":
      return { failure: `cannot be read now: the sensor is busy or silent (${code})`, isAbsent: false };
    default:
      return { failure: `cannot be read (${code})`, isAbsent: false };
  }
}
