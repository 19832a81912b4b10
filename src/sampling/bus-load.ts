/** How busy each bus is, as predicted and as measured, what slows it down, and which unit on it is hard to hear. */

import type { DeviceCounts, Input } from "../model/input.ts";
import type { BusStatus, DeviceLineStatus } from "../model/status.ts";
import type { Millis } from "../model/time.ts";
import type { BusQueue } from "./bus-queue.ts";

/** What is polled on a bus. */
export interface LoadPart {
  readonly interval: Millis;
  readonly input: Input;
  readonly bus: BusQueue;
}

/** A bus that was measured to be in use for this part of the time has none to spare. */
const FULL = 0.97;

/** So many answers have to go wrong before a unit is named, and this part of all. */
const BAD_COUNT_MIN = 10;
const BAD_SHARE_MIN = 0.01;

/** Says how each bus is that something is polled on. */
export function describeBuses(parts: readonly LoadPart[]): readonly BusStatus[] {
  return [...Map.groupBy(parts, ({ input }) => input.bus)].map(([bus, members]) => {
    const times = members.map(({ input, interval }) => ({ interval, ms: input.busTime?.() }));
    const isPredicted = times.every(({ ms }) => ms !== undefined);
    const predicted = isPredicted ? times.reduce((sum, { ms = 0, interval }) => sum + ms / interval, 0) : null;
    const measured = members[0]?.bus.utilisation() ?? null;
    const shortestS = Math.min(...members.map(({ interval }) => interval)) / 1000;
    const devices = describeDevices(members.flatMap(({ input }) => input.counts?.() ?? []));
    const notice = members.map(({ input }) => input.busNotice?.()).find((said) => said !== undefined);
    const crowd = { bus, shortestS, isAlone: members.length === 1 };
    return {
      bus,
      utilisation: measured,
      predicted_utilisation: predicted,
      warning: complainOfLoad({ ...crowd, predicted, measured }) ?? null,
      ...(notice === undefined ? {} : { notice }),
      devices,
    };
  });
}

/** What a bus has to do, in numbers. Units: `shortestS` seconds, of the shortest interval on it. */
export interface BusLoad {
  readonly bus: string;
  readonly shortestS: number;
  /** Whether there is but one poll on it. */
  readonly isAlone: boolean;
  readonly predicted: number | null;
  readonly measured: number | null;
}

/** Says of a bus, as a whole sentence, that it has no time for its polls; undefined where it has. */
export function complainOfLoad({ bus, shortestS, isAlone, predicted, measured }: BusLoad): string | undefined {
  const advice =
    "Poll less often (`min_collection_interval`, also of single points), leave points out, or raise a line's baud rate.";
  if (predicted !== null && predicted > 1) {
    const needed = Math.ceil(100 * shortestS * predicted) / 100;
    const others = isAlone ? "" : ` with all that is polled on ${bus}`;
    return `${isAlone ? `On ${bus} your` : "Your"} ${shortestS} s poll needs ${needed} s${others}. ${advice}`;
  }
  if (measured !== null && measured > FULL) {
    const predictedWords = predicted === null ? "" : `, and ${Math.round(100 * predicted)} % were predicted`;
    return `${bus} was in use for ${Math.round(100 * measured)} % of the last minute${predictedWords}: its devices answer slower, or have to be waited for. ${advice}`;
  }
  return undefined;
}

/** Several instances may ask one device; it is told of once. */
function describeDevices(counts: readonly DeviceCounts[]): readonly DeviceLineStatus[] {
  const byName = new Map(counts.map((each) => [each.device, each]));
  const all = [...byName.values()];
  return all.map((each) => ({ ...each, warning: complainOfDrop(each, all) ?? null }));
}

function complainOfDrop(of: DeviceCounts, all: readonly DeviceCounts[]): string | undefined {
  const damaged = damagedOf(of);
  const share = damaged / Math.max(1, of.requests);
  if (damaged < BAD_COUNT_MIN || share < BAD_SHARE_MIN) return undefined;
  const others = all.filter((each) => each !== of);
  const othersShare = sum(others.map(damagedOf)) / Math.max(1, sum(others.map(({ requests }) => requests)));
  const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
  const isOnlyHere = others.length > 0 && othersShare < share / 4;
  const where = isOnlyHere
    ? `those of the others on its line ${percent(othersShare)}: look at its own drop, its terminals and its distance`
    : "look at termination, bias and shield of the whole line, and for another master";
  return `${percent(share)} of what ${of.device} was asked came back damaged${isOnlyHere ? ", " : "; "}${where}.`;
}

function damagedOf({ checksum_errors, cut_short, strangers }: DeviceCounts): number {
  return checksum_errors + cut_short + strangers;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
