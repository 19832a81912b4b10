/** `tidegate profiles`: what the gateway knows of devices, and the way to teach it another. */

import { findConfig } from "../../config/places.ts";
import { SHIPPED_PROFILES } from "../../config/profiles.ts";
import { GatewayError } from "../../model/errors.ts";
import { type CommandArguments, readArguments } from "../arguments.ts";
import { chooseAction } from "../choose-action.ts";
import type { Command, Terminal } from "../commands.ts";
import { importProfile } from "./import-profile.ts";
import { listProfiles } from "./list-profiles.ts";
import { showProfile } from "./show-profile.ts";
import { verifyProfile } from "./verify-profile.ts";

/** What a word after `profiles` does. Shape: `folders` are searched in order. */
export type ProfileAction = (options: CommandArguments, folders: readonly string[], terminal: Terminal) => number;

interface Action {
  readonly act: ProfileAction;
  /** The word it wants after its own. */
  readonly wants?: string;
}

const ACTIONS: Readonly<Record<string, Action>> = {
  list: { act: listProfiles },
  show: { act: showProfile, wants: "VENDOR/MODEL" },
  verify: { act: verifyProfile, wants: "FILE" },
  import: { act: importProfile, wants: "FILE.csv" },
};

/** Does what its first word says. */
export const profiles: Command = (argv, terminal) => {
  const [word] = argv;
  const action = chooseAction(ACTIONS, word);
  if (action.wants !== undefined && (argv[1] ?? "-").startsWith("-")) {
    throw new GatewayError("CLI_USAGE", `expected ${action.wants} after ${word}, found none.`);
  }
  const options = readArguments(
    argv,
    action.wants === undefined ? 1 : 2,
    word === "import" ? { texts: ["id", "table", "count-from"] } : {},
  );
  return Promise.resolve(action.act(options, findProfileFolders(options.config), terminal));
};

/** Finds where profiles lie; before there is a configuration, only those that are shipped are there. */
export function findProfileFolders(config: string | undefined): readonly string[] {
  try {
    return findConfig({ config }).profileFolders;
  } catch (error) {
    const isAbsent = error instanceof GatewayError && error.code === "CONFIG_NOT_FOUND";
    if (isAbsent && config === undefined) return [SHIPPED_PROFILES];
    throw error;
  }
}
