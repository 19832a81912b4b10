/**
 * One NMEA 0183 sentence taken apart: who talks, of what kind it is, and its fields.
 *
 * Source: NMEA 0183, 5.2 and 5.3, as receivers' manuals give it: u-blox M8 Receiver Description, 31; SiRF NMEA
 * Reference Manual, 1.
 */

/** Why a line is not taken for a sentence. */
export const SENTENCE_FLAWS = ["no-checksum", "bad-checksum", "garbled"] as const;
export type SentenceFlaw = (typeof SENTENCE_FLAWS)[number];

/** A sentence whose checksum holds, or that has none and need not. */
export interface NmeaSentence {
  /** Two characters, such as `GP` or `GN`; `P` for what is a maker's own. */
  readonly talker: string;
  /** Three characters, such as `RMC`; what follows the `P` of a maker's own. */
  readonly type: string;
  /** Without the address. */
  readonly fields: readonly string[];
}

/** Whether a sentence needs a checksum to be believed. */
export type ChecksumRule = "required" | "optional";

const CHECKSUM_MARK = "*";

/** What may stand in a sentence: printable ASCII, without the marks of its beginning. */
const PRINTABLE = /^[\x20-\x7e]*$/u;

const ADDRESS = /^(?:(P)([A-Z\d]{2,})|([A-Z][A-Z\d])([A-Z\d]{3}))$/u;

const CHECKSUM = /^([\dA-Fa-f]{2})\s*$/u;

/**
 * Takes a line apart, from its `$` or `!` on, without its end.
 *
 * Shape: `line` as one character for each byte. Errors: none; what is no sentence comes back as its flaw.
 */
export function parseSentence(line: string, rule: ChecksumRule = "required"): NmeaSentence | SentenceFlaw {
  if (!PRINTABLE.test(line) || !/^[$!]/u.test(line)) return "garbled";
  const mark = line.lastIndexOf(CHECKSUM_MARK);
  const body = mark === -1 ? line.slice(1).trimEnd() : line.slice(1, mark);
  if (mark !== -1) {
    const [, digits] = CHECKSUM.exec(line.slice(mark + 1)) ?? [];
    if (digits === undefined) return "garbled";
    if (Number.parseInt(digits, 16) !== checksumOf(body)) return "bad-checksum";
  } else if (rule === "required") {
    return "no-checksum";
  }
  const [address = "", ...fields] = body.split(",");
  const [, maker, own, talker, type] = ADDRESS.exec(address) ?? [];
  if (maker !== undefined && own !== undefined) return { talker: maker, type: own, fields };
  return talker === undefined || type === undefined ? "garbled" : { talker, type, fields };
}

/** The exclusive or of all characters between the mark of the beginning and that of the checksum. Units: none. */
export function checksumOf(body: string): number {
  let sum = 0;
  for (let index = 0; index < body.length; index += 1) sum ^= body.charCodeAt(index) & 0xff;
  return sum;
}
