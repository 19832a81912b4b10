/** Finds out what a SunSpec device is made of: the marker, and from there block by block. */

import { REGISTERS_PER_READ_MAX } from "../../decode/modbus-pdu.ts";
import type { SunSpecBlock, SunSpecDevice } from "../../model/sunspec.ts";

/**
 * Reads holding registers; undefined where the device does not have them.
 *
 * Limits: 125 registers a call. Errors: as `ModbusLink.request`.
 */
export type ReadRegisters = (address: number, count: number) => Promise<readonly number[] | undefined>;

/** Where the marker may stand, the usual place first. Source: SunSpec Device Information Model Specification, 6.2. */
export const SUNSPEC_BASES = [40_000, 0, 50_000] as const;

/** "SunS". */
const MARKER = [0x5375, 0x6e53];

/** The number and the length that stand in front of a block. */
const HEADER_REGISTERS = 2;

/** Stands in place of a model's number behind the last block. */
const END = 0xffff;

/** A device that has more has no end mark, and something else was read. */
const BLOCKS_MAX = 128;

/**
 * Walks the blocks of a device; undefined when no marker is where one may be.
 *
 * `wants` says of which models the registers are of use. A list that does not end as it should is given as far as it
 * goes. Errors: as `read`.
 */
export async function walkSunSpec(
  read: ReadRegisters,
  wants: (id: number) => boolean,
): Promise<SunSpecDevice | undefined> {
  for (const base of SUNSPEC_BASES) {
    const found = await read(base, MARKER.length);
    if (found?.every((register, index) => register === MARKER[index])) return await walkFrom(base, read, wants);
  }
  return undefined;
}

async function walkFrom(base: number, read: ReadRegisters, wants: (id: number) => boolean): Promise<SunSpecDevice> {
  const blocks: SunSpecBlock[] = [];
  let address = base + MARKER.length;
  while (blocks.length < BLOCKS_MAX && address + HEADER_REGISTERS <= 0x1_0000) {
    const [id, length] = (await read(address, HEADER_REGISTERS)) ?? [];
    if (id === END) return { base, blocks, isWhole: true };
    if (id === undefined || length === undefined || id === 0) break;
    const count = HEADER_REGISTERS + length;
    if (address + count > 0x1_0000) break;
    const registers = wants(id) ? await readAll(address, count, read) : [];
    if (registers === undefined) break;
    blocks.push({ id, address, length, registers });
    address += count;
  }
  return { base, blocks, isWhole: false };
}

async function readAll(address: number, count: number, read: ReadRegisters): Promise<readonly number[] | undefined> {
  const registers: number[] = [];
  while (registers.length < count) {
    const part = await read(address + registers.length, Math.min(count - registers.length, REGISTERS_PER_READ_MAX));
    if (part === undefined || part.length === 0) return undefined;
    registers.push(...part);
  }
  return registers;
}
