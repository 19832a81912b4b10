/** From what is written of frames and their checksums to the rules, or to what is wrong with them. */

import { checksumLength } from "../decode/frames/checksum.ts";
import type { ChecksumRule, FramingRule, FramingType } from "../model/serial-profile.ts";
import type { ComplainAt } from "./instance-profile.ts";
import type { SerialProfileKeys } from "./serial-fields.ts";

type FramingKeys = NonNullable<SerialProfileKeys["framing"]>;
type ChecksumKeys = NonNullable<SerialProfileKeys["checksum"]>;

/** Units: bytes. */
const LENGTH_MAX = 1024;

/** Units: milliseconds. */
const GAP_MS = 50;

const LENGTH_BYTES = { uint8: 1, uint16: 2, uint32: 4 } as const;

/** Which keys belong to which type, beside `type` itself. */
const KEYS_OF: Readonly<Record<FramingType, readonly (keyof FramingKeys)[]>> = {
  delimiter: ["end", "start", "after_end", "max_length"],
  fixed: ["start", "length"],
  length: ["start", "length_at", "length_type", "length_order", "length_adds", "max_length"],
  silence: ["gap", "max_length"],
};

/** Makes the rule; what is wrong with it is complained of, and something stands in for it. */
export function buildFraming(written: FramingKeys | undefined, complain: ComplainAt): FramingRule {
  const keys: FramingKeys = written ?? { type: "delimiter" };
  for (const key of Object.keys(keys) as (keyof FramingKeys)[]) {
    const owner = (Object.keys(KEYS_OF) as FramingType[]).find((type) => KEYS_OF[type].includes(key));
    if (key === "type" || keys[key] === undefined || KEYS_OF[keys.type].includes(key)) continue;
    const found = `${key} for a framing by ${keys.type}`;
    const hint = `Delete the line, or set \`type: ${owner}\`.`;
    complain(["framing", key], { found, expected: KEYS_OF[keys.type].join(", "), hint }, "key");
  }
  const start = keys.start ?? [];
  const lengthMax = keys.max_length ?? LENGTH_MAX;
  switch (keys.type) {
    case "delimiter":
      return buildDelimiter(keys, start, lengthMax, complain);
    case "fixed":
      if (keys.length === undefined) complainOfMissing("length", "how many bytes a frame has", complain);
      return { type: "fixed", start, length: keys.length ?? 1 };
    case "length": {
      if (keys.length_at === undefined)
        complainOfMissing("length_at", "where in the frame its length stands", complain);
      const { length_at: offset = 0, length_type = "uint8", length_order = "high-byte-first", length_adds = 0 } = keys;
      const size = LENGTH_BYTES[length_type];
      return { type: "length", start, offset, size, order: length_order, adds: length_adds, lengthMax };
    }
    case "silence":
      return { type: "silence", gapMs: keys.gap ?? GAP_MS, lengthMax };
  }
}

function buildDelimiter(
  keys: FramingKeys,
  start: readonly number[],
  lengthMax: number,
  complain: ComplainAt,
): FramingRule {
  const ends = keys.end ?? [[0x0d], [0x0a]];
  const isPrefix = (one: readonly number[], other: readonly number[]): boolean => {
    return one !== other && one.length <= other.length && one.every((byte, index) => byte === other[index]);
  };
  if (ends.length === 0) complainOfMissing("end", "what ends a frame", complain);
  if (ends.some((one) => ends.some((other) => isPrefix(one, other)))) {
    const hint = 'For CR, LF and both together write ["\\r", "\\n"], or leave it out.';
    const found = "an end that begins another one";
    complain(["framing", "end"], { found, expected: "ends that can be told apart by their first bytes", hint });
  }
  return { type: "delimiter", ends, start, trailer: keys.after_end ?? 0, lengthMax };
}

function complainOfMissing(key: string, expected: string, complain: ComplainAt): void {
  complain(["framing"], { found: `no ${key}`, expected, hint: `Add a line \`${key}: ...\`.` });
}

/** Makes the rule of a checksum: places that are left out are worked out from the framing. */
export function buildChecksum(keys: ChecksumKeys, framing: FramingRule, complain: ComplainAt): ChecksumRule {
  const { type, spelling = "raw", order = "high-byte-first", from = 0 } = keys;
  const length = checksumLength({ type, spelling });
  const at = keys.at ?? -length - bytesBehind(framing, length);
  const rule: ChecksumRule = { type, from, to: keys.to ?? at, at, spelling, order };
  if (at < 0 && at + length > 0) {
    const expected = `at most ${-length}, because it takes ${length} bytes`;
    complain(["checksum", "at"], {
      found: String(at),
      expected,
      hint: "Negative places count from behind the last byte.",
    });
  }
  const isMixed = framing.type === "delimiter" && new Set(framing.ends.map((end) => end.length)).size > 1;
  if (isMixed) {
    const hint = "Name the one end that the device sends.";
    complain(["framing", "end"], {
      found: "ends of several lengths",
      expected: "one length, since the checksum stands before it",
      hint,
    });
  }
  return rule;
}

/** The bytes behind the checksum where nothing is said of it: the end, unless the checksum itself comes after that. */
function bytesBehind(framing: FramingRule, length: number): number {
  if (framing.type !== "delimiter" || framing.trailer === length) return 0;
  return (framing.ends[0]?.length ?? 0) + framing.trailer;
}
