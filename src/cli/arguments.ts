/** Words and options of a command, read by one parser. */

import { parseArgs } from "node:util";
import { didYouMean } from "../config/did-you-mean.ts";
import { GatewayError } from "../model/errors.ts";

/** What a command takes beside `--config` and `--json`. */
export interface ArgumentShape {
  /** Options without a value, by their name after `--`. */
  readonly flags?: readonly string[];
  /** Options with a value. */
  readonly texts?: readonly string[];
}

/** What a command was told. */
export interface CommandArguments {
  /** Words that are not options, in order. */
  readonly words: readonly string[];
  /** `--config`, when given. */
  readonly config: string | undefined;
  readonly json: boolean;
  /** Says whether a flag was given. */
  has(flag: string): boolean;
  /** Gives the value of an option, when it was given. */
  text(name: string): string | undefined;
}

/** Options that have a letter, those of the Agent. */
const LETTERS: Readonly<Record<string, string>> = { config: "c", json: "j", "check-rate": "r" };

/** Reads words and options. Errors: `CLI_USAGE` for an unknown option or a wrong number of words. */
export function readArguments(
  argv: readonly string[],
  wordCount: number,
  { flags = [], texts = [] }: ArgumentShape = {},
): CommandArguments {
  const options = Object.fromEntries([
    ...["json", ...flags].map((name) => [name, { type: "boolean" as const, ...letterOf(name) }]),
    ...["config", ...texts].map((name) => [name, { type: "string" as const, ...letterOf(name) }]),
  ]);
  let parsed: { values: Readonly<Record<string, unknown>>; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (cause) {
    const message = cause instanceof Error ? (cause.message.split(". ")[0] ?? cause.message) : String(cause);
    const unknown = /^Unknown option '(--.*)'/u.exec(message)?.[1];
    const near =
      unknown &&
      didYouMean(
        unknown,
        Object.keys(options).map((name) => `--${name}`),
      );
    const question = near ? ` Did you mean ${near}?` : "";
    throw new GatewayError("CLI_USAGE", `${message.replace(/\.$/u, "")}.${question}`, { cause });
  }
  const { values, positionals } = parsed;
  if (positionals.length !== wordCount) {
    const found = positionals.length === 0 ? "none" : positionals.map((word) => `"${word}"`).join(" ");
    const expected = wordCount === 0 ? "options alone" : `${wordCount} word${wordCount === 1 ? "" : "s"}`;
    throw new GatewayError("CLI_USAGE", `expected ${expected}, found ${found}.`);
  }
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === "string" ? value : undefined;
  };
  return {
    words: positionals,
    config: text("config"),
    json: values["json"] === true,
    has: (flag) => values[flag] === true,
    text,
  };
}

function letterOf(name: string): { short?: string } {
  const short = LETTERS[name];
  return short === undefined ? {} : { short };
}
