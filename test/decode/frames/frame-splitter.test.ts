/** The list of what a parser meets, for every way in which frames are told apart. */

import { describe, expect, test } from "vitest";
import { FrameSplitter } from "../../../src/decode/frames/frame-splitter.ts";
import type { ChecksumRule, FramingRule } from "../../../src/model/serial-profile.ts";

const CR = 0x0d;
const LF = 0x0a;
const sumAtEnd: ChecksumRule = { type: "sum8", from: 0, to: -1, at: -1, spelling: "raw", order: "high-byte-first" };
const line: FramingRule = { type: "delimiter", ends: [[CR], [LF]], start: [], trailer: 0, lengthMax: 16 };
const marked: FramingRule = { type: "delimiter", ends: [[3]], start: [2], trailer: 1, lengthMax: 16 };
const xorBehind: ChecksumRule = { type: "xor8", from: 1, to: -1, at: -1, spelling: "raw", order: "high-byte-first" };
const fixed: FramingRule = { type: "fixed", start: [0xaa, 0xc0], length: 6 };
const counted: FramingRule = {
  ...{ type: "length", start: [0xaa], offset: 1, size: 1, order: "high-byte-first", adds: 3, lengthMax: 16 },
};
const pausing: FramingRule = { type: "silence", gapMs: 50, lengthMax: 16 };

function sealed(...bytes: number[]): Uint8Array {
  return Uint8Array.of(...bytes, bytes.reduce((sum, byte) => sum + byte, 0) & 0xff);
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

/** A frame of each kind, with another one that differs from it. */
interface Kind {
  readonly name: string;
  readonly rule: FramingRule;
  readonly checksum?: ChecksumRule;
  readonly one: Uint8Array;
  readonly two: Uint8Array;
  /** One whose payload holds what begins a frame. */
  readonly withStart: Uint8Array;
  /** What never ends. */
  readonly endless: Uint8Array;
  /** Bytes of no frame, without what begins or ends one. */
  readonly garbage: Uint8Array;
}

const KINDS: readonly Kind[] = [
  {
    ...{ name: "lines", rule: line, one: bytesOf("abc\r\n"), two: bytesOf("de\r\n"), withStart: bytesOf("x y\r\n") },
    ...{ endless: bytesOf("z".repeat(100)), garbage: bytesOf("\r\n\r\n") },
  },
  {
    ...{ name: "lines between marks with a checksum behind", rule: marked, checksum: xorBehind },
    ...{ one: Uint8Array.of(2, 65, 66, 3, 65 ^ 66 ^ 3), two: Uint8Array.of(2, 67, 3, 67 ^ 3) },
    ...{ withStart: Uint8Array.of(2, 65, 2, 66, 3, 65 ^ 2 ^ 66 ^ 3) },
    ...{ endless: bytesOf(`\x02${"z".repeat(100)}`), garbage: bytesOf("zzz") },
  },
  {
    ...{ name: "frames of a fixed length", rule: fixed, checksum: sumAtEnd },
    ...{ one: sealed(0xaa, 0xc0, 1, 2, 3), two: sealed(0xaa, 0xc0, 4, 5, 6) },
    ...{ withStart: sealed(0xaa, 0xc0, 0xaa, 0xc0, 9) },
    ...{ endless: new Uint8Array(100).fill(0xaa), garbage: Uint8Array.of(1, 2, 0xaa, 7) },
  },
  {
    ...{ name: "frames that say their length", rule: counted, checksum: sumAtEnd },
    ...{ one: sealed(0xaa, 2, 7, 8), two: sealed(0xaa, 1, 9), withStart: sealed(0xaa, 3, 0xaa, 1, 5) },
    ...{ endless: new Uint8Array(100).fill(0xaa), garbage: Uint8Array.of(1, 2, 3) },
  },
];

function split(kind: Pick<Kind, "rule" | "checksum">, chunks: readonly Uint8Array[]) {
  const splitter = new FrameSplitter(kind.rule, kind.checksum);
  const frames: string[] = [];
  for (const chunk of chunks) splitter.push(chunk, (frame) => frames.push(Buffer.from(frame).toString("latin1")));
  return { frames, splitter };
}

function textOf(bytes: Uint8Array, { rule }: Kind): string {
  const text = Buffer.from(bytes).toString("latin1");
  return rule === line ? text.replace(/\n$/u, "") : text;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describe.each(KINDS)("$name", (kind) => {
  const { one, two, withStart, endless, garbage } = kind;
  const both = [textOf(one, kind), textOf(two, kind)];

  test("are found one at a time", () => {
    expect(split(kind, [one]).frames).toEqual(both.slice(0, 1));
  });

  test("are found when two come at once", () => {
    expect(split(kind, [joined(one, two)]).frames).toEqual(both);
  });

  test("are found when they come in halves", () => {
    const all = joined(one, two);
    for (let cut = 1; cut < all.length; cut += 1) {
      expect(split(kind, [all.subarray(0, cut), all.subarray(cut)]).frames).toEqual(both);
    }
  });

  test("are found byte by byte, and not before the last one has come", () => {
    const end = kind.rule === line ? one.length - 1 : one.length;
    const bytes = [...one].map((byte) => Uint8Array.of(byte));
    expect(split(kind, bytes.slice(0, end - 1)).frames).toEqual([]);
    expect(split(kind, bytes.slice(0, end)).frames).toEqual(both.slice(0, 1));
  });

  test("are found behind what is none", () => {
    expect(split(kind, [garbage, one, garbage, two]).frames).toEqual(both);
  });

  test("may hold in their payload what begins one", () => {
    expect(split(kind, [joined(withStart, two)]).frames).toEqual([textOf(withStart, kind), both[1]]);
  });

  test("that never end meet the limit, and the next good one is found once they are over", () => {
    const { frames, splitter } = split(kind, [...Array<Uint8Array>(50).fill(endless)]);
    expect(frames).toEqual([]);
    expect(splitter.bytesHeld).toBeLessThanOrEqual(16);
    expect(splitter.noiseBytes).toBeGreaterThan(4900);
    splitter.push(joined(kind.rule === line ? bytesOf("\n") : new Uint8Array(20), two, two), (frame) =>
      frames.push(Buffer.from(frame).toString("latin1")),
    );
    expect(frames.at(-1)).toBe(both[1]);
  });

  test("that stop in the middle are given up when told so, and cost nothing else", () => {
    const { frames, splitter } = split(kind, [one.subarray(0, 2)]);
    splitter.reset();
    expect(splitter.cutShortCount).toBe(1);
    splitter.push(two, (frame) => frames.push(Buffer.from(frame).toString("latin1")));
    expect(frames).toEqual([both[1]]);
  });
});

describe.each(KINDS.filter(({ checksum }) => checksum !== undefined))("$name", (kind) => {
  const { one, two } = kind;

  test("with a wrong checksum are refused once each, and the good one behind them is found", () => {
    const bad = Uint8Array.from(one, (byte, index) => (index === one.length - 2 ? byte ^ 0x40 : byte));
    for (const broken of [bad, Uint8Array.from(one, (byte, index) => (index === one.length - 1 ? byte ^ 1 : byte))]) {
      const { frames, splitter } = split(kind, [joined(one, broken, two)]);
      expect(frames).toContain(textOf(one, kind));
      expect(frames).toContain(textOf(two, kind));
      expect(frames).toHaveLength(2);
      expect(splitter.brokenCount + splitter.cutShortCount).toBeLessThanOrEqual(1);
      expect(splitter.noiseBytes).toBeGreaterThan(0);
    }
  });

  test("that lost bytes cost no more than themselves", () => {
    for (let lost = 0; lost < one.length; lost += 1) {
      const short = joined(one.subarray(0, lost), one.subarray(lost + 1));
      const { frames } = split(kind, [joined(short, two, two, two)]);
      expect(frames.filter((frame) => frame === textOf(two, kind)).length).toBeGreaterThanOrEqual(2);
    }
  });
});

describe("lines", () => {
  test("end with CR, with LF, or with both, and empty ones are none", () => {
    const { frames, splitter } = split({ rule: line }, [bytesOf("a\rb\nc\r\n\r\n\nd\n")]);
    expect(frames).toEqual(["a\r", "b\n", "c\r", "d\n"]);
    expect(splitter.noiseBytes).toBe(0);
  });

  test("give what is between start and end as their content", () => {
    const splitter = new FrameSplitter({ ...marked, trailer: 0 });
    const contents: string[] = [];
    splitter.push(bytesOf("zz\x02abc\x03\x02\x03"), (_frame, content) =>
      contents.push(Buffer.from(content).toString()),
    );
    expect(contents).toEqual(["abc", ""]);
    expect(splitter.noiseBytes).toBe(2);
  });

  test("that begin anew within themselves were cut short", () => {
    const { frames, splitter } = split({ rule: { ...marked, trailer: 0 } }, [bytesOf("\x02ab\x02cd\x03")]);
    expect(frames).toEqual(["\x02cd\x03"]);
    expect(splitter.cutShortCount).toBe(1);
  });

  test("of just the limit pass, and those of one byte more do not", () => {
    const { frames, splitter } = split({ rule: line }, [bytesOf(`${"a".repeat(15)}\n${"b".repeat(16)}\nc\n`)]);
    expect(frames).toEqual([`${"a".repeat(15)}\n`, "c\n"]);
    expect(splitter.endlessCount).toBe(1);
  });
});

describe("frames of a fixed length", () => {
  const rule: FramingRule = { type: "fixed", start: [0x42, 0x4d, 0, 0x1c], length: 10 };

  test("in which a start of four bytes stands again were cut short, though a sum holds by chance", () => {
    const sumOfBoth = (2 * (0x42 + 0x4d + 0x1c) + 5) & 0xff;
    const whole = sealed(0x42, 0x4d, 0, 0x1c, 5, sumOfBoth, 7, 8, 9);
    const { frames, splitter } = split({ rule, checksum: sumAtEnd }, [joined(whole.subarray(0, 4), whole)]);
    expect(frames).toEqual([Buffer.from(whole).toString("latin1")]);
    expect([splitter.cutShortCount, splitter.noiseBytes]).toEqual([1, 4]);
  });

  test("may hold a start that plain numbers are, such as zeros", () => {
    const zeros: FramingRule = { ...rule, start: [0, 0, 0, 0] };
    expect(split({ rule: zeros }, [new Uint8Array(10), new Uint8Array(10)]).frames).toHaveLength(2);
  });
});

describe("frames that say their length", () => {
  test("may say it in two bytes, either first, and count what they like", () => {
    const rule: FramingRule = { ...counted, size: 2, order: "low-byte-first", adds: 0 } as FramingRule;
    expect(split({ rule }, [Uint8Array.of(0xaa, 5, 0, 1, 2, 0xaa, 3, 0)]).frames).toHaveLength(2);
    const other: FramingRule = { ...rule, order: "high-byte-first" } as FramingRule;
    expect(split({ rule: other }, [Uint8Array.of(0xaa, 0, 5, 1, 2)]).frames).toHaveLength(1);
  });

  test("that say an impossible one begin nothing", () => {
    const { frames, splitter } = split({ rule: counted }, [Uint8Array.of(0xaa, 200, 0xaa, 1, 9, 9)]);
    expect(frames).toHaveLength(1);
    expect(splitter.noiseBytes).toBe(2);
  });
});

describe("frames that silence ends", () => {
  function listen(...events: readonly (string | null)[]) {
    const splitter = new FrameSplitter(pausing);
    const frames: string[] = [];
    const take = (frame: Uint8Array): void => {
      frames.push(Buffer.from(frame).toString());
    };
    for (const event of events) {
      if (event === null) splitter.fallSilent(take);
      else splitter.push(bytesOf(event), take);
    }
    return { frames, splitter };
  }

  test("are what came since the one before, in however many pieces", () => {
    expect(listen("a", "bc", null, null, "d", null).frames).toEqual(["abc", "d"]);
  });

  test("that are too long are passed over whole", () => {
    const { frames, splitter } = listen("x".repeat(17), "y", null, "ok", null);
    expect(frames).toEqual(["ok"]);
    expect([splitter.endlessCount, splitter.noiseBytes]).toEqual([1, 18]);
  });
});
