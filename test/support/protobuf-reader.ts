import assert from "node:assert/strict";

/** What a message may hold: by the number of a field its name, its kind, and whether there may be several. */
export interface MessageShape {
  readonly [number: number]: {
    readonly name: string;
    readonly kind: "varint" | "packed" | "double" | "fixed64" | "text" | MessageShape;
    readonly isRepeated?: true;
  };
}

/** A message as a plain object; fields that are left out are not there, repeated ones always are. */
export type Message = Record<string, unknown>;

/** Decodes a message with nothing of the gateway's own. Fields that the shape does not know are an error. */
export function readMessage(bytes: Uint8Array, shape: MessageShape): Message {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const message: Message = {};
  for (const { name, isRepeated } of Object.values(shape)) if (isRepeated === true) message[name] = [];
  let offset = 0;
  const readVarint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = buffer.readUInt8(offset);
      offset += 1;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (offset < buffer.length) {
    const tag = Number(readVarint());
    const field = shape[tag >>> 3];
    assert(field !== undefined, `field ${tag >>> 3} is not in the definition`);
    const { name, kind, isRepeated } = field;
    let value: unknown;
    if (kind === "varint") {
      assert.equal(tag & 7, 0, name);
      value = Number(readVarint());
    } else if (kind === "double" || kind === "fixed64") {
      assert.equal(tag & 7, 1, name);
      value = kind === "double" ? buffer.readDoubleLE(offset) : buffer.readBigUInt64LE(offset);
      offset += 8;
    } else {
      assert.equal(tag & 7, 2, name);
      const length = Number(readVarint());
      const inner = buffer.subarray(offset, offset + length);
      assert.equal(inner.length, length, `${name} is cut off`);
      if (kind === "packed") {
        const end = offset + length;
        const numbers: number[] = [];
        while (offset < end) numbers.push(Number(readVarint()));
        assert.equal(offset, end, `${name} is cut off`);
        message[name] = numbers;
        continue;
      }
      offset += length;
      value = kind === "text" ? inner.toString("utf8") : readMessage(inner, kind);
    }
    if (isRepeated === true) (message[name] as unknown[]).push(value);
    else message[name] = value;
  }
  return message;
}
