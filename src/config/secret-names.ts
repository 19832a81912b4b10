/** What in plain data is a secret by its place: below a key with a secret's name, or within an address. */

import type { Secret } from "../model/config.ts";
import { SCRUBBED } from "../telemetry/scrubber.ts";
import { hasReference } from "./references.ts";

/** Names of things that are secret, as the last word of a key; the source of a regular expression. */
export const SECRET_WORDS =
  "(?:api_?key|app_?key|key|password|passwd|passphrase|pass|pwd|token|secret|credential|auth|authorization|" +
  "secret_backend_argument|header)s?";

const SECRET_NAME = new RegExp(`(?:^|[_.\\s-])${SECRET_WORDS}$`, "iu");

/** Says whether a key of a map, or the name of a variable, names a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.replaceAll(/([a-z\d])([A-Z])/gu, "$1_$2"));
}

/**
 * Gathers the secrets in plain data: what stands below a secret name, and what addresses hold beside the place. A
 * reference is none; what it leads to is known to whoever follows it.
 */
export function collectSecrets(data: unknown): readonly Secret[] {
  return [...new Set(textsOf(data, false))].map((text) => ({ text, shown: SCRUBBED }));
}

function textsOf(data: unknown, isSecret: boolean): readonly string[] {
  if (typeof data === "number") return isSecret ? [String(data)] : [];
  if (typeof data === "string" && hasReference(data)) return [];
  if (typeof data === "string") return [...(isSecret ? withoutOption(data) : []), ...secretsOfUrl(data)];
  if (typeof data !== "object" || data === null) return [];
  return Object.entries(data).flatMap(([name, inner]) => textsOf(inner, isSecret || isSecretName(name)));
}

/** Of an argument such as `--token=X` only X is secret; the names of options and paths stand in every help text. */
function withoutOption(text: string): readonly string[] {
  if (/^(?:\/|--?[\w-]+$)/u.test(text)) return [];
  return [text.replace(/^--?[\w-]+=/u, "")];
}

function secretsOfUrl(text: string): readonly string[] {
  const url = text.includes("://") && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return [];
  // A user beside a password may be called like this program; one alone is a token.
  const login = url.password === "" ? url.username : url.password;
  return [login, decode(login), ...url.searchParams.values()].filter((part) => part !== "");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
