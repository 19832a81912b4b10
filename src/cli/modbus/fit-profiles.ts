/** Which profiles a device may have: some of their points are read, and what comes has to make sense. */

import { BlockDecoder } from "../../inputs/modbus/block-decoder.ts";
import { blockOf } from "../../inputs/modbus/plan.ts";
import { ReadingTable } from "../../inputs/modbus/reading-table.ts";
import { spellIdentity } from "../../inputs/modbus/unit-identity.ts";
import { GatewayError } from "../../model/errors.ts";
import { canonicalUnit } from "../../model/metrics.ts";
import { type ModbusProfile, type Point, pointSpan } from "../../model/profile.ts";
import { millis } from "../../model/time.ts";
import { unitFactor } from "../../model/units.ts";
import { type ClearedSpan, findCleared, listCleared } from "./cleared-registers.ts";
import type { HandAnswer, TableRead } from "./device-asker.ts";

/** Points of a profile that are read at most. */
const POINTS_MAX = 8;

/** Damaged answers after which a register is given up. */
const DAMAGED_MAX = 3;

/** Quantities that tell most by their value, the best first; no other says more than that it can be read. */
const TELLING_METRICS: readonly string[] = [
  ...["frequency", "voltage", "voltage.line", "power.factor", "temperature", "humidity"],
];

/** What a quantity of a device in service nearly always is. Units: the canonical ones of the metrics. */
const USUAL: Readonly<Record<string, readonly [number, number]>> = {
  frequency: [45, 65],
  voltage: [10, 1500],
  "voltage.line": [80, 1500],
  "power.factor": [-1, 1],
  temperature: [-30, 120],
  humidity: [3, 100],
};

/** No machine measures beyond these; a float that does is none. */
const SIZE_MAX = 1e10;
const SIZE_MIN = 1e-7;

/** How well a profile fits. */
export interface ProfileFit {
  readonly profile: string;
  /** Points that were read. */
  readonly asked: number;
  /** Of these, those whose value is what such a quantity usually is. */
  readonly telling: number;
  /** Whether the device says by itself that it is of this model. */
  readonly isIdentified: boolean;
}

/** Asks one unit. */
export type AskUnit = (read: TableRead) => Promise<HandAnswer>;

/** Reads through all profiles what tells them apart, each register but once; the best fit comes first. */
export async function fitProfiles(profiles: readonly ModbusProfile[], ask: AskUnit): Promise<readonly ProfileFit[]> {
  const cleared = listCleared(profiles);
  const known = new Map<string, Promise<HandAnswer>>();
  const askOnce: AskUnit = (read) => {
    const key = `${read.table} ${read.address} ${read.count}`;
    const answer = known.get(key) ?? askPatiently(ask, read);
    known.set(key, answer);
    return answer;
  };
  const fits: ProfileFit[] = [];
  for (const profile of profiles) {
    const fit = await fitProfile(profile, cleared, askOnce);
    if (fit !== undefined) fits.push(fit);
  }
  const rankOf = ({ isIdentified, telling, asked }: ProfileFit): number =>
    (isIdentified ? 1000 : 0) + telling + telling / (asked + 1);
  return fits.sort((one, other) => rankOf(other) - rankOf(one));
}

/** There are devices that say nothing at all to what they do not have; a damaged answer says nothing either way. */
async function askPatiently(ask: AskUnit, read: TableRead, triesLeft = DAMAGED_MAX): Promise<HandAnswer> {
  try {
    return await ask(read);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    if (error.code === "INPUT_BAD_REPLY" && triesLeft > 0) return askPatiently(ask, read, triesLeft - 1);
    return { kind: "exception", code: 0, message: error.message, took: millis(0) };
  }
}

/** Gives undefined where something contradicts the profile, or nothing speaks for it. */
async function fitProfile(
  profile: ModbusProfile,
  cleared: readonly ClearedSpan[],
  ask: AskUnit,
): Promise<ProfileFit | undefined> {
  const model = profile.identity?.model;
  let isIdentified = false;
  if (model !== undefined) {
    const answer = await ask({ table: model.table, address: model.address, count: model.count });
    if (answer.kind === "exception") return undefined;
    const said = spellIdentity(model, answer.data);
    isIdentified = said !== undefined && model.equals.includes(said);
    if (!isIdentified) return undefined;
  }
  let telling = 0;
  let asked = 0;
  for (const index of choosePoints(profile, cleared)) {
    const judged = await judgePoint(profile.points, index, ask);
    if (judged === "wrong") return undefined;
    asked += 1;
    if (judged === "telling") telling += 1;
  }
  const isTold = isIdentified || (telling >= 2 && 2 * telling >= asked);
  return isTold ? { profile: profile.id, asked, telling, isIdentified } : undefined;
}

/**
 * Chooses the points that tell most; never a single bit, nor what a read clears in any device that it may be: what
 * this one is, is not known yet.
 */
function choosePoints({ points }: ModbusProfile, cleared: readonly ClearedSpan[]): readonly number[] {
  const rankOf = ({ metric }: Point): number => {
    const rank = TELLING_METRICS.indexOf(metric);
    return rank < 0 ? TELLING_METRICS.length : rank;
  };
  return points
    .map((point, index) => ({ point, index }))
    .filter(({ point }) => {
      const { table, start, end } = pointSpan(point);
      return (
        (table === "holding-register" || table === "input-register") &&
        point.type !== "bit" &&
        point.registerBits !== 32 &&
        findCleared(cleared, { table, address: start, count: end - start }) === undefined
      );
    })
    .sort((one, other) => rankOf(one.point) - rankOf(other.point))
    .slice(0, POINTS_MAX)
    .map(({ index }) => index);
}

async function judgePoint(
  points: readonly Point[],
  index: number,
  ask: AskUnit,
): Promise<"telling" | "possible" | "wrong"> {
  const point = points[index];
  if (point === undefined) return "possible";
  const block = blockOf(point.table, points, [index]);
  const { address, count } = block.request;
  const answer = await ask({ table: point.table, address, count });
  if (answer.kind === "exception") return "wrong";
  const table = new ReadingTable(1);
  const { absent } = new BlockDecoder(block, points).decodeInto(table, answer.data, 0);
  if (absent > 0) return "possible";
  const value = table.count === 0 ? Number.NaN : (table.value[0] ?? Number.NaN);
  return judgeValue(point, value);
}

function judgeValue({ metric, range, unit }: Point, value: number): "telling" | "possible" | "wrong" {
  if (value === 0) return "possible";
  const size = Math.abs(value);
  const [lowest, highest] = range ?? [-SIZE_MAX, SIZE_MAX];
  if (!Number.isFinite(value) || size > SIZE_MAX || size < SIZE_MIN || value < lowest || value > highest)
    return "wrong";
  const usual = USUAL[metric];
  const canonical = value * (unitFactor(unit, canonicalUnit(metric, unit)) ?? 1);
  return usual !== undefined && canonical >= usual[0] && canonical <= usual[1] ? "telling" : "possible";
}
