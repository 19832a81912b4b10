/** The first word after a command that does several things. */

import { didYouMean } from "../config/did-you-mean.ts";
import { GatewayError } from "../model/errors.ts";

/** Finds what the first word asks for. Errors: `CLI_USAGE`, with the words there are and the one that was meant. */
export function chooseAction<Action>(actions: Readonly<Record<string, Action>>, word = ""): Action {
  const action = Object.hasOwn(actions, word) ? actions[word] : undefined;
  if (action !== undefined) return action;
  const words = Object.keys(actions);
  const near = didYouMean(word, words);
  const question = near === undefined ? "" : ` Did you mean ${near}?`;
  throw new GatewayError(
    "CLI_USAGE",
    `expected ${words.join(", ")}, found ${word === "" ? "nothing" : `"${word}"`}.${question}`,
  );
}
