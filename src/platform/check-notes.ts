/** The gateway's end of the notebook of a check: read where a run came to no report. */

import { randomUUID } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COUNTS_BYTES } from "./check-notebook.ts";
import { LINE_BYTES_MAX, type RunReport } from "./check-words.ts";
import { readRunReport } from "./read-check-word.ts";

/** Where memory is a folder: a disk would wear out by it. */
const FOLDERS: readonly string[] = ["/dev/shm", tmpdir()];

/** The notes of one process. */
export class CheckNotes {
  /** To be handed to the process. */
  readonly fd: number;
  #isOpen = true;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** Makes a file without a name; undefined where there is no place for one. */
  static open(): CheckNotes | undefined {
    for (const folder of FOLDERS) {
      try {
        const path = join(folder, `tidegate-check-${randomUUID()}`);
        const notes = new CheckNotes(openSync(path, "wx+", 0o600));
        unlinkSync(path);
        return notes;
      } catch {}
    }
    return undefined;
  }

  /** What was told in the run that was under way; undefined where that is nothing that can be read. */
  read(): RunReport | undefined {
    if (!this.#isOpen) return undefined;
    const { size } = fstatSync(this.fd);
    if (size < COUNTS_BYTES || size > LINE_BYTES_MAX) return undefined;
    const bytes = Buffer.alloc(size);
    readSync(this.fd, bytes, 0, size, 0);
    const counts = new Float64Array(bytes.buffer, bytes.byteOffset, 3);
    const [notANumber = 0, flood = 0, seriesLimit = 0] = counts;
    // A process that is killed may leave half of its last line.
    const text = bytes.toString("utf8", COUNTS_BYTES, bytes.lastIndexOf("\n") + 1);
    return readRunReport({ ...gather(text), lost: { notANumber, flood, seriesLimit } });
  }

  /** Idempotent. */
  close(): void {
    if (this.#isOpen) closeSync(this.fd);
    this.#isOpen = false;
  }
}

/** Puts lines together by what they belong to. Code of the user runs where they come from, and may write some too. */
function gather(text: string): Readonly<Record<string, unknown>> {
  const gathered = { series: [], readings: [], serviceChecks: [], events: [], warnings: [], lines: [] };
  const lists = new Map<unknown, unknown[]>(Object.entries(gathered));
  for (const note of parseLines(text)) if (Array.isArray(note)) lists.get(note[0])?.push(note[1]);
  return gathered;
}

function parseLines(text: string): readonly unknown[] {
  try {
    return JSON.parse(`[${text.trimEnd().replaceAll("\n", ",")}]`) as unknown[];
  } catch {
    return [];
  }
}
