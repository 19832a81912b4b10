import { answerBytesOf, READ_FUNCTION, type ReadRequest } from "../../decode/modbus-pdu.ts";
import { type ModbusProfile, type Point, pointEnd, type Table } from "../../model/profile.ts";

/** What a request says of the size of its registers. */
export function registerBytesOf({ registerBits }: Pick<Point, "registerBits">): Pick<ReadRequest, "registerBytes"> {
  return registerBits === 32 ? { registerBytes: 4 } : {};
}

/**
 * Chooses the read that is shortest on the wire: of one point, whole, and never of one that a read clears. Where there
 * are no others it is of a register beside these, which the device may not have: its refusal shows that it is there.
 *
 * Shape: at least one point.
 */
export function cheapestRead(all: readonly Pick<ModbusProfile, "points" | "clearOnRead">[]): ReadRequest {
  const points = all.flatMap((each) => each.points);
  const cleared = all.flatMap(({ clearOnRead = [] }) => clearOnRead);
  const isCleared = (table: Table, start: number, end: number): boolean =>
    cleared.some((span) => table === span.table && span.start < end && start < span.end);
  const reads = points
    .filter((point) => !isCleared(point.table, point.address, pointEnd(point)))
    .map((point): ReadRequest => {
      const { table, address } = point;
      const count = pointEnd(point) - address;
      return { functionCode: READ_FUNCTION[table], address, count, ...registerBytesOf(point) };
    });
  const [point] = points;
  if (reads.length === 0 && point !== undefined) {
    let address = 0;
    while (isCleared(point.table, address, address + 1)) address += 1;
    return { functionCode: READ_FUNCTION[point.table], address, count: 1, ...registerBytesOf(point) };
  }
  return reads.reduce((best, read) => (answerBytesOf(read) < answerBytesOf(best) ? read : best));
}
