/** A device that is nothing but recorded registers, read over Modbus TCP. */

import type { Table } from "../../src/model/profile.ts";
import { FakeHost, type FakePeer } from "./fake-byte-stream.ts";
import { fromHex } from "./hex.ts";
import { toMbap } from "./wire-exchange.ts";

/** Registers that follow each other in one table. Shape: `registers` is hexadecimal, four digits a register. */
export interface RecordedRead {
  readonly table: Table;
  readonly address: number;
  readonly registers: readonly string[];
}

const REGISTER_FUNCTIONS: ReadonlyMap<number, Table> = new Map([
  [3, "holding-register"],
  [4, "input-register"],
]);

/** Answers from what was recorded, and refuses a read that touches anything else with exception 2. */
export class RegisterImage {
  readonly host = new FakeHost((bytes, peer) => this.#answer(bytes, peer));
  /** Every read that was asked for, as `ADDRESS+COUNT`, in order. */
  readonly asked: string[] = [];
  readonly #registers = new Map<string, number>();

  constructor(reads: readonly RecordedRead[]) {
    for (const { table, address, registers } of reads) {
      const bytes = fromHex(registers.join(" "));
      for (let index = 0; 2 * index < bytes.length; index += 1) {
        this.#registers.set(
          `${table} ${address + index}`,
          ((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0),
        );
      }
    }
  }

  /** Says whether every register from `start` on and before `end` was recorded. */
  holds(table: Table, start: number, end: number): boolean {
    for (let address = start; address < end; address += 1) {
      if (!this.#registers.has(`${table} ${address}`)) return false;
    }
    return true;
  }

  #answer(bytes: Uint8Array, peer: FakePeer): void {
    const request = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const unit = request.getUint8(6);
    const functionCode = request.getUint8(7);
    const address = request.getUint16(8);
    const count = request.getUint16(10);
    this.asked.push(`${address}+${count}`);
    const table = REGISTER_FUNCTIONS.get(functionCode);
    const isHeld = table !== undefined && this.holds(table, address, address + count);
    const pdu = isHeld
      ? Uint8Array.of(functionCode, 2 * count, ...this.#bytesOf(table, address, count))
      : Uint8Array.of(functionCode | 0x80, 2);
    peer.send(toMbap(request.getUint16(0), { unit, pdu }));
  }

  #bytesOf(table: Table, address: number, count: number): number[] {
    return Array.from({ length: count }, (_, index) => this.#registers.get(`${table} ${address + index}`) ?? 0).flatMap(
      (register) => [register >> 8, register & 0xff],
    );
  }
}
