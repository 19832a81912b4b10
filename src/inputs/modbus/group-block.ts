/** A request that reads for several instances, and what its answer brings for each. */

import { encodeReadRequest } from "../../decode/modbus-pdu.ts";
import type { Fault } from "../../model/input.ts";
import type { Trial } from "./bisection.ts";
import { BlockDecoder } from "./block-decoder.ts";
import type { GroupMember } from "./group-member.ts";
import type { ReadBlock } from "./plan.ts";
import type { EncodedRead } from "./unit-asker.ts";

/** What a request brings for one member. */
interface BlockPart {
  readonly member: GroupMember;
  readonly names: readonly string[];
  readonly decoder: BlockDecoder;
}

/** A request, with what takes its answer apart. */
export interface GroupBlock extends ReadBlock, EncodedRead {
  readonly parts: readonly BlockPart[];
  /** Absent where it is planned. */
  readonly trial?: Trial | undefined;
}

/** Prepares a request for those whose points it reads. Shape: `block` indexes the points of all, one after another. */
export function prepareBlock(block: ReadBlock, members: readonly GroupMember[], trial?: Trial): GroupBlock {
  let first = 0;
  const parts = members.flatMap((member) => {
    const offset = first;
    first += member.points.length;
    const points = block.points.filter((index) => index >= offset && index < first).map((index) => index - offset);
    if (points.length === 0) return [];
    const names = points.map((index) => member.points[index]?.name ?? "");
    return [{ member, names, decoder: new BlockDecoder({ ...block, points }, member.points) }];
  });
  return { ...block, parts, pdu: encodeReadRequest(block.request), trial };
}

/** Gives each member its readings of an answer. Units: `at` integer milliseconds since 1970. */
export function decodeBlock({ parts }: GroupBlock, data: DataView, at: number, device: string): void {
  for (const { member, decoder } of parts) {
    const leftovers = decoder.decodeInto(member.readings, data, at);
    member.addAbsent(leftovers.absent);
    for (const { point, bytes } of leftovers.bad) {
      member.addFault(describeBadValue(device, member.points[point]?.name ?? "", bytes));
    }
  }
}

/** Tells each member of a fault that concerns its points in some requests. */
export function addFault(blocks: readonly GroupBlock[], { code, message }: Pick<Fault, "code" | "message">): void {
  for (const { member, names } of blocks.flatMap(({ parts }) => parts)) {
    member.addFault({ code, message, points: names });
  }
}

function describeBadValue(device: string, name: string, bytes: Uint8Array): Fault {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return {
    code: "INPUT_BAD_VALUE",
    message:
      `${device} holds 0x${hex} at point ${name}: an infinite number, a whole one too large to be exact ` +
      "(2^53 or more), digits or a date that do not exist, or scaled beyond 10^10. Compare type and word order with " +
      "the manual; if it means that there is no reading, add it to the point's sentinels.",
    points: [name],
  };
}
