/**
 * Takes secrets out of texts that leave the machine.
 *
 * Two nets, one behind the other: what stands where a secret stands is taken out by its place, and every secret whose
 * value is known is taken out wherever else it was copied to, a message or a path for instance.
 */

/** What stands in the place of a secret. */
export const SCRUBBED = "********";

/** Names of things that are secret, as the last word of a key. */
const SECRET_WORDS =
  "(?:api_?key|app_?key|key|password|passwd|passphrase|pass|pwd|token|secret|credential|auth|authorization)s?";

const SECRET_NAME = new RegExp(`(?:^|[_.\\s-])${SECRET_WORDS}$`, "iu");

/** `name: value` and `name=value`, quoted or not, within a line. */
const ASSIGNMENT = new RegExp(
  `((?<![a-z0-9])${SECRET_WORDS}["']?\\s*[:=]\\s*)("(?:[^"\\\\]|\\\\.)*"|'[^']*'|[^\\s,;&}\\]"']+)`,
  "giu",
);

/** A key that begins a line; its value may go on over the lines below it that stand further right. */
const LINE_KEY = new RegExp(
  `^(\\s*(?:#\\s*)?(?:-\\s+)*["']?(?:[\\w.-]*[_.-])?${SECRET_WORDS}["']?\\s*:)(?=\\s|$)`,
  "iu",
);

const USER_IN_URL = /(:\/\/)[^\s/"']+@/gu;
const BEARER = /\b(Bearer|Basic)\s+[\w.~+/=-]+/giu;
/** An API key has 32 hexadecimal digits, an application key 40. Source: Datadog documentation, API and App Keys. */
const HEXADECIMAL_KEY = /[\da-f]{32,}/giu;

/** Shorter secrets are taken out only in their place: everywhere else they would take half of the text along. */
const KNOWN_LENGTH_MIN = 4;

/** Says whether a key of a map, or the name of a variable, names a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.replaceAll(/([a-z\d])([A-Z])/gu, "$1_$2"));
}

/** Gathers the values of all secret names in plain data, and below them. */
export function collectSecrets(data: unknown, isSecret = false): readonly string[] {
  if (typeof data === "string" || typeof data === "number") return isSecret ? String(data).split(/\r?\n/u) : [];
  if (typeof data !== "object" || data === null) return [];
  return Object.entries(data).flatMap(([name, inner]) => collectSecrets(inner, isSecret || isSecretName(name)));
}

/** Makes a function that takes secrets out of a text; `known` are values to take out wherever they stand. */
export function createScrubber(known: Iterable<string>): (text: string) => string {
  const forms = new Set<string>();
  for (const secret of known) {
    const plain = secret.trim();
    if (plain.length < KNOWN_LENGTH_MIN) continue;
    for (const form of [plain, encodeURIComponent(plain), JSON.stringify(plain).slice(1, -1)]) forms.add(form);
    forms.add(Buffer.from(plain).toString("base64"));
  }
  // The longest first: a secret that is the beginning of another must not leave its end behind.
  const values = [...forms].sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = scrubLines(text);
    for (const value of values) clean = clean.replaceAll(value, SCRUBBED);
    return clean
      .replaceAll(USER_IN_URL, `$1${SCRUBBED}@`)
      .replaceAll(BEARER, `$1 ${SCRUBBED}`)
      .replaceAll(ASSIGNMENT, `$1${SCRUBBED}`)
      .replaceAll(HEXADECIMAL_KEY, SCRUBBED);
  };
}

/** Takes out what follows a secret key at the beginning of a line, with the lines its value goes on over. */
function scrubLines(text: string): string {
  const lines: string[] = [];
  let secretColumn = Number.POSITIVE_INFINITY;
  for (const line of text.split("\n")) {
    const column = line.search(/\S/u);
    if (column > secretColumn || (column < 0 && secretColumn < Number.POSITIVE_INFINITY)) continue;
    const head = LINE_KEY.exec(line)?.[1];
    secretColumn = head === undefined || head.includes("#") ? Number.POSITIVE_INFINITY : head.search(/[^\s-]/u);
    lines.push(head === undefined ? line : `${head} ${SCRUBBED}`);
  }
  return lines.join("\n");
}
