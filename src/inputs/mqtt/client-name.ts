/** What a gateway is called at a broker, and how it differs from others in what is left to chance. */

/** Every broker takes so many letters and digits. Source: MQTT 3.1.1, 3.1.3.1. */
const LENGTH_MAX = 23;

/** Makes a name of the digest of a machine. */
export function clientNameOf(digest: string): string {
  return `tidegate${digest}`.slice(0, LENGTH_MAX);
}

/** Gives a number from 0 to 1 that is another for each name and attempt. Source: Fowler, Noll and Vo, FNV-1a. */
export function spreadOf(name: string, attempt: number): number {
  let hash = 0x811c_9dc5;
  for (const letter of `${attempt} ${name}`) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x0100_0193);
  return (hash >>> 0) / 2 ** 32;
}
