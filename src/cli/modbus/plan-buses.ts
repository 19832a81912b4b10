/** What the polls of a configuration ask of each Modbus bus, worked out before anything is polled. */

import assert from "node:assert/strict";
import { READ_FUNCTION, readsBits } from "../../decode/modbus-pdu.ts";
import { groupKeyOf, linkBusOf, placeOf } from "../../inputs/modbus/place.ts";
import { planTogether, toReadable } from "../../inputs/modbus/plan.ts";
import { costOfReadsAt } from "../../inputs/modbus/read-cost.ts";
import type { ModbusSettings } from "../../inputs/modbus/spec.ts";
import type { CheckConfig, InstanceConfig } from "../../model/config.ts";
import type { Table } from "../../model/profile.ts";
import { complainOfLoad } from "../../sampling/bus-load.ts";
import { splitByInterval } from "../../sampling/parts.ts";

/** One request. Units: `ms` milliseconds, predicted. */
export interface PlannedRead {
  readonly table: Table;
  readonly address: number;
  readonly count: number;
  readonly points: number;
  readonly bytes: number;
  readonly ms: number;
}

/** What an instance reads at one of its intervals. */
export interface PlannedPoll {
  /** As `check` spells it: CHECK:NAME. */
  readonly instance: string;
  /** The other instances of the unit that are read by the same requests. */
  readonly read_with: readonly string[];
  readonly interval_s: number;
  readonly requests: number;
  readonly registers: number;
  readonly bits: number;
  readonly bytes: number;
  readonly ms: number;
  readonly reads: readonly PlannedRead[];
}

/** A bus and all that is polled on it. */
export interface PlannedBus {
  readonly bus: string;
  readonly polls: readonly PlannedPoll[];
  /** The part of the time in which something is asked or answered; above 1 the polls come late. */
  readonly utilisation: number;
}

/** Plans the buses of all Modbus instances, in the order in which they are written. */
export function planBuses(checks: readonly CheckConfig[]): readonly PlannedBus[] {
  const instances = checks.filter(({ input }) => input === "modbus").flatMap((check) => check.instances);
  const byBus = Map.groupBy(instances, ({ settings }) => linkBusOf(placeOf(settings as ModbusSettings)));
  return [...byBus].map(([bus, members]) => {
    const parts = members.flatMap((instance) => splitByInterval(instance));
    const groups = Map.groupBy(parts, ({ settings, interval }) => groupKeyOf(settings as ModbusSettings, interval));
    const polls = [...groups.values()].map(planPoll);
    const utilisation = sum(polls.map(({ ms, interval_s }) => ms / (1000 * interval_s)));
    return { bus, polls, utilisation };
  });
}

/** Says of a bus, as a whole sentence, that it has no time for its polls; undefined where it has. */
export function complainOfBus({ bus, polls, utilisation }: PlannedBus): string | undefined {
  const shortestS = Math.min(...polls.map((poll) => poll.interval_s));
  return complainOfLoad({ bus, shortestS, isAlone: polls.length === 1, predicted: utilisation, measured: null });
}

/** Plans what instances read together. Shape: at least one. */
function planPoll(members: readonly InstanceConfig[]): PlannedPoll {
  const [first] = members;
  assert(first !== undefined, "a group has members");
  const costOf = costOfReadsAt(placeOf(first.settings as ModbusSettings));
  const readable = members.flatMap(({ profile, settings }) =>
    profile?.protocol === "modbus" ? [toReadable(profile, settings as ModbusSettings)] : [],
  );
  const reads = planTogether(readable, costOf).map(({ table, request, points }): PlannedRead => {
    const { bytes, duration } = costOf(request);
    const { address, count } = request;
    return { table, address, count, points: points.length, bytes, ms: Math.round(100 * duration) / 100 };
  });
  const [instance = "", ...others] = members.map(({ check, name }) => `${check}:${name}`);
  return {
    instance,
    read_with: others,
    interval_s: first.interval / 1000,
    requests: reads.length,
    registers: countOf(reads, (table) => !readsBits(READ_FUNCTION[table])),
    bits: countOf(reads, (table) => readsBits(READ_FUNCTION[table])),
    bytes: sum(reads.map(({ bytes }) => bytes)),
    ms: Math.round(100 * sum(reads.map(({ ms }) => ms))) / 100,
    reads,
  };
}

function countOf(reads: readonly PlannedRead[], isCounted: (table: Table) => boolean): number {
  return sum(reads.filter(({ table }) => isCounted(table)).map(({ count }) => count));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
