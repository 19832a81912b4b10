/**
 * Placing epochs in time, once a trusted clock is there to compare with.
 *
 * - An epoch of a boot in which the clock was trusted at some time is **measured**: the monotonic clock, which nobody
 *   sets, says how far its stamps are from those of the nearest trusted epoch, first of the later ones.
 * - The epochs of a boot that ended before the clock was ever right are **bounded**: they keep their durations and
 *   their distances, and as a whole lie after everything before them and before everything after them. Stamps that lie
 *   there already are kept; others move no further than they must. Where nothing is known to lie before, stamps older
 *   than any gateway are as late as what comes next allows.
 * - Nothing lies in the future, and nothing after what came later. Where a trusted clock was put back within a boot,
 *   what it stamped before is measured by the new one, whether or not the log was open when it happened; one that
 *   cannot be measured and would lie after what came later is bounded, and loses the trust it had. Where a trusted
 *   clock was put forward, earlier epochs stay: their stamps were told, and none lies in the future.
 *
 * What is placed stays so while it fits: placing twice is placing once, and a sample does not move after it was sent
 * but where a clock that was believed turned out to have been ahead.
 */

import { millis } from "../model/time.ts";
import type { Epoch } from "./epoch-record.ts";

/** An epoch, and the last stamp made in it as its own clock gave it. */
export interface KnownEpoch extends Epoch {
  readonly lastAt: number;
}

/**
 * The clock was set when it is further than this from where the monotonic clock expects it: NTP slews what is less.
 *
 * Units: milliseconds. Source: `NTP_MAX_ADJUST` of systemd-timesyncd, 400 ms.
 */
export const JUMP_MS_MIN = 500;

/** What goes unnoticed in two epochs that meet: they may overlap by this much before one moves. Units: milliseconds. */
export const OVERLAP_MS_MAX = 2 * JUMP_MS_MIN;

/** No gateway ran before. Units: milliseconds since 1970. Source: release of Node 24, May 2025. */
export const FOUNDED_AT = Date.UTC(2025, 4, 1);

type Draft = { -readonly [Key in keyof KnownEpoch]: KnownEpoch[Key] };

/**
 * Places the epochs before `current`, which is trusted and runs; gives those that change. What was delivered up to
 * `deliveredUntil` came before all that is not placed yet. Shape: oldest first. Units: milliseconds since 1970.
 */
export function placeEpochs(earlier: readonly KnownEpoch[], current: Epoch, deliveredUntil = 0): readonly KnownEpoch[] {
  const drafts: Draft[] = earlier.map((epoch) => ({ ...epoch }));
  const boots = groupByBoot([...drafts, { ...current, lastAt: current.openedAt }]);
  let floor = Number.NEGATIVE_INFINITY;
  const afloat = new Set<readonly Draft[]>();
  for (const boot of boots) {
    // What lies after the clock as it is now holds nothing up.
    const known = hasPlace(boot) || deliveredUntil > current.openedAt ? floor : Math.max(floor, deliveredUntil);
    if (isAfloat(boot, known)) afloat.add(boot);
    if (boot.some(({ isTrusted }) => isTrusted)) measure(boot);
    else raise(boot, known);
    if (afloat.has(boot)) continue;
    for (const epoch of boot) if (endOf(epoch) <= current.openedAt) floor = Math.max(floor, endOf(epoch));
  }
  let ceiling: number = current.openedAt;
  for (const boot of boots.reverse()) {
    if (afloat.has(boot)) raise(boot, ceiling);
    ceiling = lower(boot, ceiling);
  }
  return drafts.filter((draft, index) => {
    const before = earlier[index];
    return draft.offset !== before?.offset || draft.placement !== before.placement;
  });
}

function groupByBoot(epochs: readonly Draft[]): Draft[][] {
  const boots: Draft[][] = [];
  for (const epoch of epochs) {
    const last = boots.at(-1);
    if (epoch.bootId !== "" && last?.[0]?.bootId === epoch.bootId) last.push(epoch);
    else boots.push([epoch]);
  }
  return boots;
}

/** Measures what is not placed by the nearest trusted epoch of the same boot: a later one, or else an earlier one. */
function measure(boot: readonly Draft[]): void {
  for (const [index, epoch] of boot.entries()) {
    if (epoch.isTrusted || epoch.placement === "measured") continue;
    const isTrusted = (other: Draft): boolean => other.isTrusted;
    const nearest = boot.slice(index).find(isTrusted) ?? boot.slice(0, index).findLast(isTrusted);
    if (nearest !== undefined) putOnLine(epoch, nearest);
  }
}

/** Joins the epochs of a boot that never knew the time, and raises it as a whole until it begins after `floor`. */
function raise(boot: readonly Draft[], floor: number): void {
  const last = boot.at(-1);
  const first = boot[0];
  if (first === undefined || last === undefined) return;
  for (const epoch of boot) {
    if (epoch.placement === "unplaced") putOnLine(epoch, last);
    epoch.placement = "bounded";
  }
  const missing = Math.ceil(floor - startOf(first));
  if (missing > 0) for (const epoch of boot) move(epoch, missing);
}

/** Lowers what ends after `ceiling`; gives the ceiling of the boot before. */
function lower(boot: readonly Draft[], ceiling: number): number {
  const isBounded = boot.every(({ placement, isTrusted }) => placement === "bounded" && !isTrusted);
  if (isBounded) {
    const excess = Math.ceil(Math.max(...boot.map(endOf)) - ceiling);
    if (excess > 0) for (const epoch of boot) move(epoch, -excess);
    return Math.min(ceiling, ...boot.map(startOf));
  }
  let limit = ceiling;
  let later: Draft | undefined;
  for (const epoch of [...boot].reverse()) {
    if (epoch.isTrusted && epoch.placement === "bounded" && endOf({ ...epoch, offset: millis(0) }) <= limit) {
      epoch.offset = millis(0);
      epoch.placement = "trusted";
    }
    const isAhead = endOf(epoch) > limit + OVERLAP_MS_MAX;
    if (later !== undefined && (isAhead || wasPutBack(epoch, later))) putOnLine(epoch, later);
    const excess = Math.ceil(endOf(epoch) - limit);
    if (excess > OVERLAP_MS_MAX) {
      move(epoch, -excess);
      epoch.placement = "bounded";
    }
    limit = Math.min(limit, startOf(epoch));
    later = epoch;
  }
  return limit;
}

/** Whether the clock was put back between two epochs of a boot that both rest on it: the later one knows better. */
function wasPutBack(epoch: Draft, later: Draft): boolean {
  const isOnClock = ({ placement }: Draft): boolean => placement === "trusted" || placement === "measured";
  return isOnClock(epoch) && isOnClock(later) && lineOf(epoch) > lineOf(later) + OVERLAP_MS_MAX;
}

/** Whether a boot that is still to be placed has stamps that cannot be right, and nothing that it must come after. */
function isAfloat(boot: readonly Draft[], floor: number): boolean {
  const isUnknown = boot.every(({ isTrusted, placement }) => !isTrusted && placement === "unplaced");
  return isUnknown && floor < FOUNDED_AT && boot.some((epoch) => startOf(epoch) < FOUNDED_AT);
}

function hasPlace(boot: readonly Draft[]): boolean {
  return boot.every(({ placement }) => placement === "bounded");
}

function putOnLine(epoch: Draft, other: Draft): void {
  epoch.offset = millis(Math.round(lineOf(other) - epoch.line));
  epoch.placement = other.placement === "bounded" ? "bounded" : "measured";
}

function move(epoch: Draft, by: number): void {
  epoch.offset = millis(epoch.offset + by);
}

function lineOf(epoch: Draft): number {
  return epoch.line + epoch.offset;
}

function startOf(epoch: Draft): number {
  return epoch.openedAt + epoch.offset;
}

function endOf(epoch: Draft): number {
  return Math.max(epoch.openedAt, epoch.lastAt) + epoch.offset;
}
