import type { Table } from "../../src/model/profile.ts";

/** Addresses of one table. Source: MODBUS Application Protocol V1.1b3, 4.3: addresses are 16 bits. */
const ADDRESS_COUNT = 65_536;

/** What is in a table that nobody wrote to. Each device copies it: to count it up again takes far longer. */
const ADDRESSES = Uint16Array.from({ length: ADDRESS_COUNT }, (_, address) => address);
const PARITIES = ADDRESSES.map((address) => address & 1);

/**
 * The four tables of one device. What nobody set tells its own place: a register holds its address, a coil whether its
 * address is odd. So a reader that asks for a wrong address gets a wrong number, not a friendly zero.
 */
export class RegisterBank {
  readonly #tables: Readonly<Record<Table, Uint16Array>> = {
    coil: PARITIES.slice(),
    "discrete-input": PARITIES.slice(),
    "holding-register": ADDRESSES.slice(),
    "input-register": ADDRESSES.slice(),
  };

  /** Registers of 32 bits, by their addresses. */
  readonly #wide: Readonly<Record<Table, Map<number, number>>> = {
    coil: new Map(),
    "discrete-input": new Map(),
    "holding-register": new Map(),
    "input-register": new Map(),
  };

  /** Whether a register has 32 bits, because somebody set it so. */
  isWide(table: Table, address: number): boolean {
    return this.#wide[table].has(address);
  }

  /** Reads one register of 32 bits. */
  readWide(table: Table, address: number): number {
    const value = this.#wide[table].get(address);
    if (value === undefined) throw new RangeError(`register ${address} has no 32 bits`);
    return value;
  }

  /** Sets neighbouring registers of 32 bits. Shape: two words of 16 bits for each, in the order of the wire. */
  writeWide(table: Table, address: number, words: readonly number[]): void {
    for (let index = 0; 2 * index < words.length; index += 1) {
      const [first = 0, second = 0] = words.slice(2 * index);
      this.#wide[table].set(address + index, ((first << 16) | second) >>> 0);
    }
  }

  /** Reads one register (0 to 65,535) or one bit (0 or 1). Units: `address` as the wire carries it. */
  read(table: Table, address: number): number {
    const word = this.#tables[table][address];
    if (word === undefined) throw new RangeError(`address ${address} is outside the table`);
    return word;
  }

  /** Sets neighbouring registers or bits. Shape: words of 16 bits for registers, 0 or 1 for bits. */
  write(table: Table, address: number, words: readonly number[]): void {
    if (address < 0 || address + words.length > ADDRESS_COUNT) {
      throw new RangeError(`addresses ${address} to ${address + words.length - 1} are outside the table`);
    }
    this.#tables[table].set(words, address);
  }

  /** Sets one bit of a register and leaves its other bits as they are. Units: `bit` 0 (lowest) to 15. */
  writeBit(table: Table, address: number, bit: number, isSet: boolean): void {
    this.writeBits(table, address, isSet ? 1 << bit : 0, 1 << bit);
  }

  /** Sets the bits of a register that `mask` has set and leaves its other bits as they are. */
  writeBits(table: Table, address: number, word: number, mask: number): void {
    this.write(table, address, [(this.read(table, address) & ~mask) | (word & mask)]);
  }
}
