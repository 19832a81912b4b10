/**
 * Takes known secrets out of whatever is said. One of these stands where text leaves the process; it is taught by
 * whoever reads the configuration.
 */

import type { Secret } from "../model/config.ts";

/** What stands in the place of a secret that was written out. */
export const SCRUBBED = "********";

/** Shorter texts are no secrets, and to take them out everywhere would make riddles of messages. */
const LENGTH_MIN = 4;

/** From this length on a secret is also found within a word. */
const WITHIN_WORD_LENGTH_MIN = 8;

/** One everyday word, or one small number: both stand in texts that have nothing to do with the secret. */
const EVERYDAY = /^(?:\p{L}{1,7}|\d{1,7})$/u;

/** The user and password of an address, which are never needed to tell where something is. */
const USER_IN_URL = /(:\/\/)[^\s/"']+@/gu;

/** Knows secrets and takes them out of texts. */
export class Scrubber {
  /** What is shown, by each form of each secret in lower case. */
  readonly #shown = new Map<string, string>();
  #pattern: RegExp | undefined;

  constructor(secrets: Iterable<Secret> = []) {
    this.learn(secrets);
  }

  /** Takes these secrets out too from now on. One that was learned stays known: old keys are keys. */
  learn(secrets: Iterable<Secret>): void {
    const countBefore = this.#shown.size;
    for (const { text, shown } of secrets) {
      for (const form of formsOf(text)) this.#shown.set(form.toLowerCase(), /["'\\\s]/u.test(shown) ? SCRUBBED : shown);
    }
    if (this.#shown.size === countBefore) return;
    // The longest first: a secret that is the beginning of another must not leave its end behind.
    const forms = [...this.#shown.keys()].sort((a, b) => b.length - a.length);
    this.#pattern = new RegExp(forms.map(toPattern).join("|"), "giu");
  }

  /** Gives the text without secrets, whatever their case: names are made from addresses in lower case. */
  scrub(text: string): string {
    const clean = text.replaceAll(USER_IN_URL, `$1${SCRUBBED}@`);
    if (this.#pattern === undefined) return clean;
    return clean.replaceAll(this.#pattern, (found) => this.#shown.get(found.toLowerCase()) ?? SCRUBBED);
  }

  /** Scrubs every text in plain data, before a layout may cut one in two. */
  scrubAll<Data>(data: Data): Data {
    if (typeof data === "string") return this.scrub(data) as Data;
    if (Array.isArray(data)) return data.map((inner) => this.scrubAll(inner)) as Data;
    if (typeof data !== "object" || data === null) return data;
    return Object.fromEntries(Object.entries(data).map(([key, inner]) => [key, this.scrubAll(inner)])) as Data;
  }
}

/** How a secret may look elsewhere: line by line, in an address, in JSON, in a header. */
function formsOf(text: string): readonly string[] {
  const parts = [text, ...text.split("\n")].map((part) => part.trim());
  const tellable = parts.filter((part) => part.length >= LENGTH_MIN && !EVERYDAY.test(part));
  return tellable.flatMap((part) => [
    part,
    encodeURIComponent(part),
    JSON.stringify(part).slice(1, -1),
    Buffer.from(part).toString("base64"),
  ]);
}

function toPattern(form: string): string {
  const escaped = form.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, "\\$&");
  return form.length >= WITHIN_WORD_LENGTH_MIN ? escaped : `(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`;
}
