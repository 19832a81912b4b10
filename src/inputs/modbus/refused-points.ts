/** What is said of points that are not read because their unit refuses them. */

import { describeException } from "../../decode/modbus-pdu.ts";
import type { Fault } from "../../model/input.ts";
import { pointSpan } from "../../model/profile.ts";
import type { GroupMember } from "./group-member.ts";
import { describeSpan } from "./unit-asker.ts";

/** So many points are named with their registers in one message. */
const NAMED_MAX = 8;

/** Makes a fault for each exception by which points of a member are refused. `device` names the unit. */
export function describeRefusals(device: string, { points, refusals }: GroupMember): readonly Fault[] {
  if (refusals.spans.length === 0) return [];
  const found = points.flatMap((point) => {
    const own = pointSpan(point);
    const span = refusals.spans.find(
      ({ table, start, end }) => table === own.table && start < own.end && own.start < end,
    );
    return span === undefined ? [] : [{ name: point.name, own, exceptionCode: span.exceptionCode }];
  });
  return [...Map.groupBy(found, ({ exceptionCode }) => exceptionCode)].map(([exceptionCode, some]): Fault => {
    const { name, advice } = describeException(exceptionCode);
    const named = some.slice(0, NAMED_MAX).map((each) => `${each.name} (${describeSpan(each.own)})`);
    const rest = some.length > NAMED_MAX ? ` and ${some.length - NAMED_MAX} more` : "";
    const isOne = some.length === 1;
    return {
      code: "INPUT_REFUSED",
      message:
        `${device} refuses ${named.join(", ")}${rest} by exception ${exceptionCode} (${name}), also when asked for ` +
        `${isOne ? "it" : "each"} alone, so ${isOne ? "it is" : "they are"} not read. ${advice}. Disable what this ` +
        "model does not have; `tidegate reload` tries again at once.",
      points: some.map((each) => each.name),
    };
  });
}
