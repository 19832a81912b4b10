import { answerBytesOf, READ_FUNCTION, type ReadRequest, readsBits } from "../../decode/modbus-pdu.ts";
import { type Point, type Profile, pointEnd, pointWidth } from "../../model/profile.ts";

/**
 * Chooses the read that is shortest on the wire: of one point, whole, and of one that a read clears only if there are
 * no others. Shape: at least one point.
 */
export function cheapestRead(all: readonly Pick<Profile, "points" | "clearOnRead">[]): ReadRequest {
  const points = all.flatMap((each) => each.points);
  const cleared = all.flatMap(({ clearOnRead = [] }) => clearOnRead);
  const isCleared = (point: Point): boolean =>
    cleared.some(({ table, start, end }) => table === point.table && start < pointEnd(point) && point.address < end);
  const kept = points.filter((point) => !isCleared(point));
  const reads = (kept.length > 0 ? kept : points).map(({ table, address, type }): ReadRequest => {
    const functionCode = READ_FUNCTION[table];
    return { functionCode, address, count: readsBits(functionCode) ? 1 : pointWidth(type) };
  });
  return reads.reduce((best, read) => (answerBytesOf(read) < answerBytesOf(best) ? read : best));
}
