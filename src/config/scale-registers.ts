/** Whether the registers that hold powers of ten can be read along with the values they scale. */

import { type Point, pointEnd, pointSpan, pointWidth, type RegisterSpan } from "../model/profile.ts";
import type { Complaint } from "./problems.ts";

/** What of a profile decides it: its limit, and what is read alone. */
export interface ReadLimits {
  readonly maxRegisters: number;
  readonly clearOnRead: readonly RegisterSpan[];
}

/** Finds what is wrong with the scale register of a point among all points; undefined where it is sound. */
export function complainOfScaleRegister(
  point: Point,
  points: readonly Point[],
  { maxRegisters, clearOnRead }: ReadLimits,
): Complaint | undefined {
  const { table, type, address, scaleRegister } = point;
  if (scaleRegister === undefined) return undefined;
  const found = String(scaleRegister);
  if (type === "bit") {
    return { found: `${found} for a bit`, expected: "none", hint: "Delete the line: a bit is 0 or 1." };
  }
  if (point.registerBits === 32) {
    const hint = "A power of ten is a register of 16 bits, and no request reads both kinds.";
    return { found: `${found} for a register of 32 bits`, expected: "none", hint };
  }
  if (scaleRegister >= address && scaleRegister < pointEnd(point)) {
    const expected = "a register beside those of the value";
    return { found: `${found}, a register of the value itself`, expected, hint: "Compare it with the manual." };
  }
  const { start, end } = pointSpan(point);
  if (end - start > maxRegisters) {
    return {
      found: `${found}, which is ${end - start} registers from the other end of the value`,
      expected: `at most ${maxRegisters}, so that one request reads both`,
      hint: "A value and a scale of different moments would be a wrong number.",
    };
  }
  const other = points.find((each) => each !== point && each.table === table && holds(each, scaleRegister));
  if (other !== undefined && (pointWidth(other.type) > 1 || other.type === "bit")) {
    const expected = "a whole register of 16 bits";
    return { found: `${found}, where ${other.name} (${other.type} at ${other.address}) is read`, expected, hint: "" };
  }
  const cleared = clearOnRead.find((span) => span.table === table && span.start < end && start < span.end);
  if (cleared === undefined) return undefined;
  return {
    found: `${found}, between which and ${address} a read clears ${cleared.start}`,
    expected: "no such register in between",
    hint: "A register with clear_on_read is read alone.",
  };
}

function holds(point: Point, address: number): boolean {
  return point.address <= address && address < pointEnd(point);
}
