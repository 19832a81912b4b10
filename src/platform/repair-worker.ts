/** Repairs the LevelDB in the folder it is given, in a process of its own, for `level-repair.ts`. */

import { argv, stderr } from "node:process";
import { Level } from "level";

const { repair } = Level as unknown as { repair(folder: string): Promise<void> };

try {
  await repair(argv[2] ?? "");
} catch (cause) {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  stderr.write(inner instanceof Error ? inner.message : String(inner));
  process.exitCode = 1;
}
