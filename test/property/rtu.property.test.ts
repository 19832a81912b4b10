import fc from "fast-check";
import { expect, test } from "vitest";
import { type AnswerShape, RtuScanner } from "../../src/decode/rtu-frame.ts";
import { heapAfterRest } from "../fuzz/heap-after-rest.ts";
import { toHex } from "../support/hex.ts";
import { createSeededRandom } from "../support/seeded-random.ts";
import { toRtu } from "../support/wire-exchange.ts";

const asked = { unit: 7, functionCode: 3, dataBytes: 20 };
const request = toRtu({ unit: 7, pdu: Uint8Array.of(3, 0, 0, 0, 10) });

function isExpected({ unit, functionCode, dataBytes = asked.dataBytes }: AnswerShape): boolean {
  return unit === asked.unit && functionCode === asked.functionCode && dataBytes === asked.dataBytes;
}

const answer = fc
  .uint8Array({ minLength: asked.dataBytes, maxLength: asked.dataBytes })
  .map((data) => toRtu({ unit: asked.unit, pdu: Uint8Array.of(3, data.length, ...data) }));

const traffic = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    answer,
    fc.constant(request),
    fc.nat({ max: 255 }).map((code) => toRtu({ unit: asked.unit, pdu: Uint8Array.of(0x83, code) })),
    fc.nat({ max: 255 }).map((unit) => toRtu({ unit, pdu: Uint8Array.of(4, 4, 0, 1, 2, 3) })),
  ),
  { maxLength: 8 },
);

/** Pushes a stream in chunks of the given sizes, over and over, and writes down what was found. */
function scan(stream: Uint8Array, sizes: readonly number[]): { found: string[]; scanner: RtuScanner } {
  const scanner = new RtuScanner(isExpected);
  scanner.begin(request);
  const found: string[] = [];
  let start = 0;
  for (let turn = 0; start < stream.length; turn += 1) {
    const end = start + (sizes[turn % sizes.length] ?? 1);
    scanner.push(stream.subarray(start, end), (finding) =>
      found.push(finding.kind === "echo" ? "echo" : `${finding.frame.unit} ${toHex(finding.frame.pdu)}`),
    );
    start = end;
  }
  return { found, scanner };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

test("any chunking of a line's bytes gives the same findings", () => {
  fc.assert(
    fc.property(traffic, fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }), (parts, sizes) => {
      const stream = joined(parts);
      const whole = scan(stream, [stream.length + 1]);
      const cut = scan(stream, sizes);
      expect(cut.found).toEqual(whole.found);
      expect(cut.scanner.noiseBytes).toBe(whole.scanner.noiseBytes);
    }),
  );
});

test("noise before a frame costs at most that frame", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), answer, answer, (noise, first, second) => {
      const { found } = scan(joined([noise, first, second]), [11]);
      expect(found.at(-1)).toBe(`7 ${toHex(second.subarray(1, -2))}`);
    }),
    { numRuns: 500 },
  );
});

test("100,000 random and mutated frames give no frame whose bytes did not come with a checksum that holds", () => {
  const random = createSeededRandom(20_261_122);
  const draw = (count: number): number => Math.floor(random.next() * count);
  const scanner = new RtuScanner(isExpected);
  let foundCount = 0;
  let pushedBytes = 0;
  let foundBytes = 0;
  const heapBefore = heapAfterRest();
  for (let round = 0; round < 100_000; round += 1) {
    const frame = Uint8Array.from({ length: 1 + draw(30) }, () => draw(256));
    if (round % 2 === 0) mutate(frame, draw);
    const sent = round % 4 === 0 ? toRtu({ unit: 7, pdu: frame }) : frame;
    pushedBytes += sent.length;
    scanner.push(sent, (finding) => {
      if (finding.kind === "echo") return;
      foundCount += 1;
      const bytes = toRtu(finding.frame);
      foundBytes += bytes.length;
      expect(finding.frame.dataBytes ?? 0).toBe(finding.frame.pdu.length === 2 ? 0 : finding.frame.pdu.length - 2);
    });
    expect(scanner.bytesHeld).toBeLessThanOrEqual(512);
  }
  expect(foundCount).toBeGreaterThan(100);
  expect(scanner.noiseBytes + foundBytes + scanner.bytesHeld).toBe(pushedBytes);
  expect(heapAfterRest() - heapBefore).toBeLessThan(4e6);
});

/** Makes bytes look like a beginning of an answer, with a length that fits or does not. */
function mutate(frame: Uint8Array, draw: (count: number) => number): void {
  frame[0] = draw(2) === 0 ? 3 : 0x83;
  frame[1] = draw(3) === 0 ? draw(256) : frame.length - 2;
}
