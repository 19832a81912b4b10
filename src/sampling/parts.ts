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

/** Spells what makes two faults the same from poll to poll and from part to part: the same code on the same points. */
export function faultKey({ code, points }: Pick<Fault, "code" | "points">): string {
  return `${code} ${points.join(",")}`;
}

/** Gives each fault of one poll a key: what says something else of the same code and points is a fault of its own. */
export function keyFaults<Each extends Fault>(faults: readonly Each[]): ReadonlyMap<string, Each> {
  const keyed = new Map<string, Each>();
  const counts = new Map<string, number>();
  const told = new Set<string>();
  for (const fault of faults) {
    const key = faultKey(fault);
    const words = `${key} ${fault.message}`;
    if (told.has(words)) continue;
    told.add(words);
    const place = (counts.get(key) ?? 0) + 1;
    counts.set(key, place);
    keyed.set(place === 1 ? key : `${key} ${place}`, fault);
  }
  return keyed;
}

/** Puts the faults of all parts together; what concerns the device as a whole is one fault. */
export function joinFaults<Each extends Fault>(faultsOfParts: readonly (readonly Each[])[]): readonly Each[] {
  const joined = new Map<string, Each>();
  for (const faults of faultsOfParts) {
    for (const [key, fault] of keyFaults(faults)) if (!joined.has(key)) joined.set(key, fault);
  }
  return [...joined.values()];
}
