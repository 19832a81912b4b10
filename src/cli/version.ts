/** `tidegate version`: what runs here, and which optional native parts load. */

import { EXIT } from "../model/errors.ts";
import { probeNativeParts } from "../platform/native-parts.ts";
import { packageVersion } from "../platform/package-root.ts";
import { readArguments } from "./arguments.ts";
import type { Command } from "./commands.ts";

/** Prints the version. */
export const version: Command = async (argv, terminal) => {
  const { json } = readArguments(argv, 0);
  const parts = await probeNativeParts();
  const number = packageVersion();
  const node = process.version;
  const machine = `${process.platform}-${process.arch}`;
  if (json) {
    terminal.out(`${JSON.stringify({ schema: 1, version: number, node, machine, native_parts: parts })}\n`);
    return EXIT.ok;
  }
  terminal.out(`tidegate ${number} (Node ${node}, ${machine})\n`);
  for (const part of parts) {
    terminal.out(`  ${part.name}: ${part.isLoaded ? "loaded" : `not available, ${part.lack}`} (${part.purpose})\n`);
  }
  return EXIT.ok;
};
