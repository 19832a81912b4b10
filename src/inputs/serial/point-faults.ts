import { type FrameReader, OUTCOME } from "../../decode/fields/frame-reader.ts";
import type { Mailbox } from "../../mailbox/mailbox.ts";
import type { Fault } from "../../model/input.ts";
import type { SerialPoint } from "../../model/serial-profile.ts";
import type { Clock, MonotonicMillis } from "../../model/time.ts";
import type { SerialLine } from "./serial-line.ts";

/** What asking and listening work with. */
export interface MannerParts {
  /** Says in messages where the device is. */
  readonly name: string;
  readonly clock: Clock;
  readonly line: SerialLine;
  readonly reader: FrameReader;
  readonly points: readonly SerialPoint[];
  /** Whether a frame shows by its start or its checksum that it is one of the device. */
  readonly isTold: boolean;
  /** Takes the readings. */
  readonly mailbox: Mailbox;
}

/** What a poll saw beside its readings. */
export interface PollSight {
  readonly faults: readonly Fault[];
  readonly absent: number;
  readonly isReachable: boolean;
  readonly pollAgainAt?: MonotonicMillis;
}

/**
 * Whether the frame that was read last came from the device: what stands between, such as a converter whose port is
 * gone, answers in words of its own, which end as lines do.
 */
export function isOfDevice({ reader, points, isTold }: Pick<MannerParts, "reader" | "points" | "isTold">): boolean {
  if (isTold) return true;
  return points.some(({ pattern, when }, index) => {
    const outcome = reader.outcome[index];
    if (outcome === OUTCOME.bad) return pattern !== undefined || when !== undefined;
    return outcome === OUTCOME.value || outcome === OUTCOME.unsettled || outcome === OUTCOME.absent;
  });
}

/** Makes faults of what was found instead of values: points with the same complaint share one. */
export function faultsOf(name: string, complaints: ReadonlyMap<string, string>): readonly Fault[] {
  const points = Map.groupBy(complaints.keys(), (point) => complaints.get(point) ?? "");
  return [...points].map(([complaint, names]) => ({
    code: "INPUT_BAD_VALUE",
    message: `${name}: ${complaint} for ${names.join(", ")}. Compare with the device's manual what its frames look like.`,
    points: names,
  }));
}
