/** Options that commands share, read by one parser. */

import { parseArgs } from "node:util";
import { GatewayError } from "../model/errors.ts";

/** What a command was told. */
export interface CommandArguments {
  /** Words that are not options, in order. */
  readonly words: readonly string[];
  /** `--config`, when given. */
  readonly config: string | undefined;
  readonly json: boolean;
}

/** Reads the words and the common options. Errors: `CLI_USAGE` for an unknown option or a wrong number of words. */
export function readArguments(argv: readonly string[], wordCount: number): CommandArguments {
  let parsed: { values: { config?: string; json?: boolean }; positionals: string[] };
  try {
    parsed = parseArgs({
      args: [...argv],
      options: { config: { type: "string" }, json: { type: "boolean" } },
      allowPositionals: true,
    });
  } catch (cause) {
    const message = cause instanceof Error ? (cause.message.split(". ")[0] ?? cause.message) : String(cause);
    throw new GatewayError("CLI_USAGE", `${message}.`, { cause });
  }
  const { values, positionals } = parsed;
  if (positionals.length !== wordCount) {
    const found = positionals.length === 0 ? "none" : positionals.map((word) => `"${word}"`).join(" ");
    throw new GatewayError("CLI_USAGE", `expected ${wordCount} word${wordCount === 1 ? "" : "s"}, found ${found}.`);
  }
  return { words: positionals, config: values.config, json: values.json ?? false };
}
