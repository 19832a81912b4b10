import { answerBytesOf, READ_FUNCTION, type ReadRequest, readsBits } from "../../decode/modbus-pdu.ts";
import { type Profile, pointEnd, pointWidth, type Table } from "../../model/profile.ts";

/**
 * Chooses the read that is shortest on the wire: of one point, whole, and never of one that a read clears. Where there
 * are no others it is of a register beside these, which the device may not have: its refusal shows that it is there.
 *
 * Shape: at least one point.
 */
export function cheapestRead(all: readonly Pick<Profile, "points" | "clearOnRead">[]): ReadRequest {
  const points = all.flatMap((each) => each.points);
  const cleared = all.flatMap(({ clearOnRead = [] }) => clearOnRead);
  const isCleared = (table: Table, start: number, end: number): boolean =>
    cleared.some((span) => table === span.table && span.start < end && start < span.end);
  const reads = points
    .filter((point) => !isCleared(point.table, point.address, pointEnd(point)))
    .map(({ table, address, type }): ReadRequest => {
      const functionCode = READ_FUNCTION[table];
      return { functionCode, address, count: readsBits(functionCode) ? 1 : pointWidth(type) };
    });
  const [point] = points;
  if (reads.length === 0 && point !== undefined) {
    let address = 0;
    while (isCleared(point.table, address, address + 1)) address += 1;
    return { functionCode: READ_FUNCTION[point.table], address, count: 1 };
  }
  return reads.reduce((best, read) => (answerBytesOf(read) < answerBytesOf(best) ? read : best));
}
