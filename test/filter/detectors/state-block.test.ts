import { expect, test } from "vitest";
import { StateBlock } from "../../../src/filter/detectors/state-block.ts";

/** Parts of many sizes, each filled with a number of its own. */
function filled(): { block: StateBlock; parts: (Float64Array | Float32Array | Uint8Array)[] } {
  const block = new StateBlock(7);
  const parts = [1, 3, 15, 60, 64, 65, 200, 7].flatMap((count) => [
    block.doubles(count),
    block.bytes(count),
    block.singles(count),
  ]);
  for (const [index, part] of parts.entries()) {
    expect(new Set(part)).toEqual(new Set([0]));
    part.fill(index + 1);
  }
  return { block, parts };
}

test("no part of a state reaches into another", () => {
  for (const [index, part] of filled().parts.entries()) expect(new Set(part)).toEqual(new Set([index + 1]));
});

test("a state is as it was once it is saved and restored, and what another wrote is left", () => {
  const { block, parts } = filled();
  const saved = block.save();
  expect(saved.length).toBe(block.byteLength);
  for (const part of parts) part.fill(0);
  expect(block.restore(saved)).toBe(true);
  for (const [index, part] of parts.entries()) expect(new Set(part)).toEqual(new Set([index + 1]));
  expect(new StateBlock(7).restore(saved)).toBe(false);
  saved[2] = 8;
  expect(block.restore(saved)).toBe(false);
});
