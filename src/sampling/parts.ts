/**
 * The parts of an instance: an input reads all of its points in every poll, so points with an interval of their own
 * need an input and a schedule of their own. Outside of sampling an instance is one thing, whatever its parts.
 */

import type { InstanceConfig } from "../model/config.ts";
import type { Fault } from "../model/input.ts";
import type { Profile } from "../model/profile.ts";
import type { Millis } from "../model/time.ts";

/** Splits an instance into one for each interval, the one that is polled most often first. */
export function splitByInterval(instance: InstanceConfig): readonly InstanceConfig[] {
  const { profile, interval, pointIntervals = {} } = instance;
  if (profile === undefined) return [instance];
  const groups = new Map<Millis, Profile["points"][number][]>();
  for (const point of profile.points) {
    const own = Object.hasOwn(pointIntervals, point.name) ? pointIntervals[point.name] : undefined;
    const group = groups.get(own ?? interval) ?? [];
    groups.set(own ?? interval, group);
    group.push(point);
  }
  const sorted = [...groups].toSorted(([one], [other]) => one - other);
  return sorted.map(([each, points]) => ({ ...instance, interval: each, profile: { ...profile, points } as Profile }));
}

/** Spells what makes two faults the same: the same code on the same points. */
export function faultKey({ code, points }: Pick<Fault, "code" | "points">): string {
  return `${code} ${points.join(",")}`;
}

/** Puts the faults of all parts together; what concerns the device as a whole is one fault. */
export function joinFaults<Each extends Fault>(faultsOfParts: readonly (readonly Each[])[]): readonly Each[] {
  const joined = new Map<string, Each>();
  for (const fault of faultsOfParts.flat()) if (!joined.has(faultKey(fault))) joined.set(faultKey(fault), fault);
  return [...joined.values()];
}
