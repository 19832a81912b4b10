/** `tidegate profiles`: what the gateway knows of devices, and the way to teach it another. */

import { findConfig } from "../../config/places.ts";
import { SHIPPED_PROFILES } from "../../config/profiles.ts";
import { GatewayError } from "../../model/errors.ts";
import { type CommandArguments, readArguments } from "../arguments.ts";
import type { Command, Terminal } from "../commands.ts";
import { importProfile } from "./import-profile.ts";
import { listProfiles } from "./list-profiles.ts";
import { showProfile } from "./show-profile.ts";
import { verifyProfile } from "./verify-profile.ts";

/** What a word after `profiles` does. Shape: `folders` are searched in order. */
export type ProfileAction = (options: CommandArguments, folders: readonly string[], terminal: Terminal) => number;

const ACTIONS: Readonly<Record<string, { readonly wordCount: number; readonly act: ProfileAction }>> = {
  list: { wordCount: 1, act: listProfiles },
  show: { wordCount: 2, act: showProfile },
  verify: { wordCount: 2, act: verifyProfile },
  import: { wordCount: 2, act: importProfile },
};

/** Does what its first word says. */
export const profiles: Command = (argv, terminal) => {
  const word = argv[0] ?? "";
  const action = Object.hasOwn(ACTIONS, word) ? ACTIONS[word] : undefined;
  if (action === undefined) {
    const found = word === "" ? "nothing" : `"${word}"`;
    throw new GatewayError("CLI_USAGE", `expected ${Object.keys(ACTIONS).join(", ")}, found ${found}.`);
  }
  const options = readArguments(argv, action.wordCount, word === "import" ? { texts: ["id", "table"] } : {});
  return Promise.resolve(action.act(options, findFolders(options.config), terminal));
};

/** Profiles can be looked at before there is a configuration: then only those that are shipped are there. */
function findFolders(config: string | undefined): readonly string[] {
  try {
    return findConfig({ config }).profileFolders;
  } catch (error) {
    const isAbsent = error instanceof GatewayError && error.code === "CONFIG_NOT_FOUND";
    if (isAbsent && config === undefined) return [SHIPPED_PROFILES];
    throw error;
  }
}
