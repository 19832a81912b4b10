/** Files of a system that is not there: each a text, a failure, or one that is never read. */

import type { FileSystemSpace, SystemFiles, SystemText } from "../../src/platform/system-files.ts";

/** What stands in place of a text: `null` for a read that never ends, else in words why it cannot be read. */
export type FakeFile = string | { readonly failure: string } | null;

/** A system in memory. Folders are made of the paths of their files. */
export class FakeSystemFiles implements SystemFiles {
  readonly files = new Map<string, FakeFile>();
  readonly spaces = new Map<string, FileSystemSpace>();
  readCount = 0;
  /** Reads that have begun and not ended. */
  readonly #hanging: (() => void)[] = [];

  constructor(files: Readonly<Record<string, FakeFile>>) {
    this.set(files);
  }

  /** Adds files, or changes what they hold. */
  set(files: Readonly<Record<string, FakeFile>>): void {
    for (const [path, file] of Object.entries(files)) this.files.set(path, file);
  }

  read(path: string): Promise<SystemText> {
    this.readCount += 1;
    const file = this.files.get(path);
    if (file === undefined) return Promise.resolve({ failure: "is not there", isAbsent: true });
    if (typeof file === "string") return Promise.resolve({ text: file.trim() });
    if (file !== null) return Promise.resolve({ ...file, isAbsent: false });
    return new Promise((resolve) => this.#hanging.push(() => resolve(this.read(path))));
  }

  /** Lets every read that hangs begin anew. */
  release(): void {
    for (const readAgain of this.#hanging.splice(0)) readAgain();
  }

  list(folder: string): Promise<readonly string[]> {
    const within = `${folder}/`;
    const names = [...this.files.keys()]
      .filter((path) => path.startsWith(within))
      .map((path) => path.slice(within.length).split("/", 1)[0] ?? "");
    return Promise.resolve([...new Set(names)].sort());
  }

  space(path: string): Promise<FileSystemSpace | undefined> {
    return Promise.resolve(this.spaces.get(path));
  }
}
