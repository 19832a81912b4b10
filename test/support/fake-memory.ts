/** What an instance keeps over restarts, for as long as a test lasts. */

import type { InputMemory } from "../../src/model/input.ts";

/** Keeps what could be written to a file, as the gateway does. */
export class FakeMemory implements InputMemory {
  readonly known = new Map<string, unknown>();
  writeCount = 0;

  read(key: string): unknown {
    return this.known.get(key);
  }

  write(key: string, value: unknown): void {
    this.writeCount += 1;
    if (value === undefined) this.known.delete(key);
    else this.known.set(key, JSON.parse(JSON.stringify(value)));
  }
}
