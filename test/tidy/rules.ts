import { bannedCalls } from "./banned-calls.ts";
import { deadFiles } from "./dead-files.ts";
import { docstrings } from "./docstrings.ts";
import { layers } from "./layers.ts";
import { leftovers } from "./leftovers.ts";
import { names } from "./names.ts";
import { size } from "./size.ts";
import type { Rule } from "./source-file.ts";

/** Every rule, by the name under which its findings are shown. */
export const RULES: Readonly<Record<string, Rule>> = {
  layers,
  size,
  names,
  "banned calls": bannedCalls,
  docstrings,
  "dead files": deadFiles,
  leftovers,
};
