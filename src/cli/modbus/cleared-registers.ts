/** Registers that a read clears, by what profiles say: who asks by hand must take no count from those who poll it. */

import { formatAddress } from "../../config/register-address.ts";
import { linkBusOf, placeOf } from "../../inputs/modbus/place.ts";
import type { ModbusSettings } from "../../inputs/modbus/spec.ts";
import type { GatewayConfig } from "../../model/config.ts";
import type { ModbusProfile, RegisterSpan } from "../../model/profile.ts";
import { millis } from "../../model/time.ts";
import type { HandAnswer, TableRead } from "./device-asker.ts";

/** By this exception a device says that it has no such registers. */
const NOT_THERE = 2;

/** Such registers, and the profile that says so. */
export interface ClearedSpan extends RegisterSpan {
  readonly profile: string;
}

/** Lists them. */
export function listCleared(profiles: Iterable<ModbusProfile>): readonly ClearedSpan[] {
  return [...profiles].flatMap(({ id, clearOnRead = [] }) => clearOnRead.map((span) => ({ ...span, profile: id })));
}

/** Lists those of one unit, as far as the configuration names profiles for it. */
export function listClearedAt(settings: ModbusSettings, config: GatewayConfig | undefined): readonly ClearedSpan[] {
  const unitOf = (each: ModbusSettings): string => `${linkBusOf(placeOf(each))} ${each.unit}`;
  const instances = (config?.checks ?? [])
    .filter(({ input }) => input === "modbus")
    .flatMap((check) => check.instances);
  const here = instances.filter((each) => unitOf(each.settings as ModbusSettings) === unitOf(settings));
  return listCleared(here.flatMap(({ profile }) => (profile?.protocol === "modbus" ? [profile] : [])));
}

/** Finds the first one that a read would clear. */
export function findCleared(
  cleared: readonly ClearedSpan[],
  { table, address, count }: TableRead,
): ClearedSpan | undefined {
  return cleared.find((span) => span.table === table && span.start < address + count && address < span.end);
}

/** Spells one as it is asked for alone, with who says so. */
export function describeCleared({ table, start, end, profile }: ClearedSpan): string {
  const count = end - start === 1 ? "" : `:${end - start}`;
  return `${formatAddress({ table, address: start })}${count}, which a read clears by the profile ${profile}`;
}

/** Has them never asked for: to such a read the answer is that there is nothing. */
export function leaveAlone(
  cleared: readonly ClearedSpan[],
  ask: (read: TableRead) => Promise<HandAnswer>,
): (read: TableRead) => Promise<HandAnswer> {
  return async (read) => {
    const span = findCleared(cleared, read);
    if (span === undefined) return await ask(read);
    return { kind: "exception", code: NOT_THERE, message: `Left alone: ${describeCleared(span)}.`, took: millis(0) };
  };
}
