/** `tidegate filter`: what settings of the filter do. */

import { chooseAction } from "../choose-action.ts";
import type { Command } from "../commands.ts";
import { replay } from "./replay.ts";

const ACTIONS: Readonly<Record<string, Command>> = { replay };

/** Does what its first word says. */
export const filter: Command = async (argv, terminal) => await chooseAction(ACTIONS, argv[0])(argv, terminal);
