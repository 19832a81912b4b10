import { describe, expect, test } from "vitest";
import { ProtobufWriter, sizeOfVarint } from "../../src/forward/protobuf-writer.ts";

function bytesOf(write: (writer: ProtobufWriter) => void, capacity?: number): string {
  const writer = new ProtobufWriter(capacity);
  write(writer);
  return Buffer.from(writer.written()).toString("hex");
}

describe("protobuf", () => {
  test.each([-1, 0.5, Number.NaN, 2 ** 53])("has no room for %d in a varint: that is a bug", (value) => {
    expect(() => bytesOf((writer) => writer.varintField(1, value))).toThrow("a varint holds");
  });

  /** Source: Protocol Buffers documentation, Encoding: the examples in it. */
  test("is written as its documentation shows", () => {
    expect(bytesOf((writer) => writer.varintField(1, 150))).toBe("089601");
    expect(bytesOf((writer) => writer.textField(2, "testing"))).toBe("120774657374696e67");
    expect(bytesOf((writer) => writer.bytesField(3, Uint8Array.of(0x08, 0x96, 0x01)))).toBe("1a03089601");
  });

  test("has a message within a message written without a copy, once its size is known", () => {
    const nested = bytesOf((writer) => {
      writer.startMessage(3, 1 + sizeOfVarint(150));
      writer.varintField(1, 150);
    });
    expect(nested).toBe("1a03089601");
  });

  test.each([
    [0, "00"],
    [127, "7f"],
    [128, "8001"],
    [16_383, "ff7f"],
    [2 ** 31 - 1, "ffffffff07"],
    [2 ** 31, "8080808008"],
    [1_795_323_600, "d0ed89d806"],
    [2 ** 53 - 1, "ffffffffffffff0f"],
  ])("has %d as %s, in as many bytes as are counted for it", (value, hex) => {
    expect(bytesOf((writer) => writer.varintField(1, value))).toBe(`08${hex}`);
    expect(sizeOfVarint(value)).toBe(hex.length / 2);
  });

  test("has the lower half of a fixed64 first, and in each half the last byte", () => {
    expect(bytesOf((writer) => writer.fixed64Field(1, 0x18ea_454d, 0x2434_f4c0))).toBe("09c0f434244d45ea18");
    expect(bytesOf((writer) => writer.fixed64Field(1, 0xffff_ffff, 0))).toBe("0900000000ffffffff");
  });

  /** Source: Protocol Buffers documentation, Encoding, Signed Integers. */
  test.each([
    [0, "00"],
    [-1, "01"],
    [1, "02"],
    [-2, "03"],
    [0x7fff_ffff, "feffffff0f"],
    [-0x8000_0000, "ffffffff0f"],
  ])("has a signed %d in a column as %s", (value, hex) => {
    expect(bytesOf((writer) => writer.signedVarint(value))).toBe(hex);
  });

  test("has what stands in a column without a field", () => {
    expect(bytesOf((writer) => writer.float(1))).toBe("0000803f");
    expect(bytesOf((writer) => writer.double(1))).toBe("000000000000f03f");
    expect(bytesOf((writer) => writer.text("grün"))).toBe("056772c3bc6e");
  });

  test("has a double with its last byte first", () => {
    expect(bytesOf((writer) => writer.doubleField(1, 1))).toBe("09000000000000f03f");
    expect(bytesOf((writer) => writer.doubleField(1, -0))).toBe("090000000000000080");
  });

  test("is the same from a buffer that has to grow, and from one that is used again", () => {
    const write = (writer: ProtobufWriter): void => {
      for (let index = 0; index < 50; index += 1) {
        writer.textField(1, "grün".repeat(index));
        writer.doubleField(2, index);
        writer.varintField(3, 2 ** index);
      }
    };
    const again = new ProtobufWriter(1);
    write(again);
    again.clear();
    expect(again.length).toBe(0);
    write(again);
    expect(Buffer.from(again.written()).toString("hex")).toBe(bytesOf(write, 1_000_000));
  });
});
