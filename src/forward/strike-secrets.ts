/** Answers that repeat a secret, without it. */

import type { IntakeResponse } from "../model/intake.ts";

/** Shorter texts are no secrets, and striking them would leave no answer to be read. */
const SECRET_CHARACTERS_MIN = 4;

/** Strikes secrets out of an answer that repeats them, before anyone can log or keep it; `shown` takes their place. */
export function strikeSecrets(response: IntakeResponse, secrets: Iterable<string>, shown: string): IntakeResponse {
  let { body } = response;
  for (const secret of secrets) if (secret.length >= SECRET_CHARACTERS_MIN) body = body.replaceAll(secret, shown);
  return { ...response, body };
}
