import assert from "node:assert/strict";

/** Decodes the block format of Snappy, every element of it. Source: google/snappy, format_description.txt. */
export function decodeSnappy(bytes: Uint8Array): Uint8Array {
  let at = 0;
  const read = (byteCount: number): number => {
    let value = 0;
    for (let index = 0; index < byteCount; index += 1) value += (bytes[at + index] as number) * 256 ** index;
    at += byteCount;
    assert(at <= bytes.length, "an element is cut off");
    return value;
  };
  let length = 0;
  for (let shift = 1; ; shift *= 128) {
    const byte = read(1);
    length += (byte & 127) * shift;
    if (byte < 128) break;
  }
  const out = new Uint8Array(length);
  let filled = 0;
  const copy = (offset: number, byteCount: number): void => {
    assert(offset > 0 && offset <= filled, `a copy from ${offset} bytes ago, of ${filled}`);
    for (let index = 0; index < byteCount; index += 1) out[filled + index] = out[filled + index - offset] as number;
    filled += byteCount;
  };
  while (at < bytes.length) {
    const tag = read(1);
    const upper = tag >>> 2;
    if ((tag & 3) === 0) {
      const byteCount = 1 + (upper < 60 ? upper : read(upper - 59));
      assert(at + byteCount <= bytes.length, "a literal is cut off");
      out.set(bytes.subarray(at, at + byteCount), filled);
      at += byteCount;
      filled += byteCount;
    } else if ((tag & 3) === 1) {
      copy((tag >>> 5) * 256 + read(1), 4 + (upper & 7));
    } else {
      copy(read((tag & 3) === 2 ? 2 : 4), 1 + upper);
    }
  }
  assert.equal(filled, length, "the length is not that of the header");
  return out;
}
