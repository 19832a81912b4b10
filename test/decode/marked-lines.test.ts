import { describe, expect, test } from "vitest";
import { GPSD_LINES, LineSplitter, SENTENCE_LINES } from "../../src/decode/marked-lines.ts";

const ONE = "$GPGSA,A,3,,21,,,,06,18,,05,,,,02.3,01.3,01.9*00";
const OTHER = "$INDPT,2.2,0.0*47";

function split(chunks: readonly (string | Uint8Array)[], shape = SENTENCE_LINES) {
  const splitter = new LineSplitter(shape);
  const lines: string[] = [];
  for (const chunk of chunks) {
    splitter.push(typeof chunk === "string" ? Buffer.from(chunk, "latin1") : chunk, (line) => lines.push(line));
  }
  return { splitter, lines };
}

describe("lines in a stream of bytes", () => {
  test("are found: one line", () => {
    expect(split([`${ONE}\r\n`]).lines).toEqual([ONE]);
  });

  test("are found: two in a chunk", () => {
    expect(split([`${ONE}\r\n${OTHER}\r\n`]).lines).toEqual([ONE, OTHER]);
  });

  test("are found: one in two chunks", () => {
    expect(split([ONE.slice(0, 9), `${ONE.slice(9)}\r\n`]).lines).toEqual([ONE]);
  });

  test("are found: the last byte alone", () => {
    expect(split([`${ONE}\r`, "\n"]).lines).toEqual([ONE]);
    expect(split([ONE, "\n"]).lines).toEqual([ONE]);
  });

  test("are found: garbage before", () => {
    const { lines, splitter } = split([`02.3,01.3*00\r\n\u0000\u00ff${ONE}\r\n`]);
    expect(lines).toEqual([ONE]);
    expect(splitter.noiseByteCount).toBe(14);
  });

  test("are found: a block of tags before the sentence", () => {
    expect(split([`\\s:r3669961,c:1120959341*51\\${OTHER}\r\n`]).lines).toEqual([OTHER]);
  });

  test("are found: a good line after one that was cut off", () => {
    const { lines, splitter } = split([`$GPGGA,030130${ONE}\r\n`]);
    expect(lines).toEqual([ONE]);
    expect(splitter.cutShortCount).toBe(1);
  });

  test("are found: a mark within an object of gpsd", () => {
    const object = '{"class":"ERROR","message":"what is {$ supposed to be"}';
    expect(split([`${object}\n${OTHER}\n`], GPSD_LINES).lines).toEqual([object, OTHER]);
  });

  test("are found up to the largest size, and no larger by a byte", () => {
    const whole = `$${"x".repeat(255)}`;
    expect(split([`${whole}\n`]).lines).toEqual([whole]);
    const { lines, splitter } = split([`${whole}x\n${ONE}\n`]);
    expect(lines).toEqual([ONE]);
    expect(splitter.overlongCount).toBe(1);
  });

  test("that never end hold no more than the limit, and the next one is found", () => {
    const { lines, splitter } = split([
      ...Array.from({ length: 1000 }, () => "$GPTXT".padEnd(1000, "y")),
      `\n${ONE}\n`,
    ]);
    expect(lines).toEqual([ONE]);
    expect(splitter.overlongCount).toBe(1000);
    expect(splitter.bytesHeld).toBe(0);
  });

  test("that have begun are forgotten where the stream is another one", () => {
    const { splitter } = split([ONE.slice(0, 20)]);
    expect(splitter.isInside).toBe(true);
    splitter.reset();
    const lines: string[] = [];
    splitter.push(Buffer.from(`${ONE.slice(20)}\r\n${OTHER}\r\n`), (line) => lines.push(line));
    expect(lines).toEqual([OTHER]);
  });
});
