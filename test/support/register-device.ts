/** A Modbus device on the fake network, every register of which holds its own address. */

import type { FakeDevice, FakePeer } from "./fake-byte-stream.ts";
import { type Framing, toMbap, toRtu } from "./wire-exchange.ts";

/** A request as the device got it. */
export interface SeenRead {
  readonly unit: number;
  readonly functionCode: number;
  readonly address: number;
  readonly count: number;
}

/** Plays such a device, whatever the unit. */
export class RegisterDevice {
  /** Every request, in order. */
  readonly seen: SeenRead[] = [];
  /** Gives the exception code that answers a read; undefined where it is answered with data. */
  refuse: (read: SeenRead) => number | undefined = () => undefined;
  /** Whether it keeps silent. */
  isSilent = false;
  /** What registers hold other than their address. */
  readonly words = new Map<number, number>();
  /** What it answers to function 43/14, from its header on; without it that is refused. */
  identification: ((objectId: number) => readonly number[]) | undefined;
  readonly #framing: Framing;

  readonly play: FakeDevice = (bytes, peer) => this.answerTo(bytes, peer);

  /** `framing` says what it speaks; left out, Modbus TCP. */
  constructor(framing: Framing = "tcp") {
    this.#framing = framing;
  }

  /** Answers a request. */
  answerTo(bytes: Uint8Array, peer: FakePeer): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const start = this.#framing === "tcp" ? 6 : 0;
    const [unit, functionCode] = [view.getUint8(start), view.getUint8(start + 1)];
    // An identification is asked for by type, access and object alone.
    const isOfRegisters = functionCode !== 43;
    const count = isOfRegisters ? view.getUint16(start + 4) : 0;
    const read = { unit, functionCode, address: view.getUint16(start + 2), count };
    this.seen.push(read);
    if (this.isSilent) return;
    const exception = this.refuse(read) ?? (isOfRegisters || this.identification !== undefined ? undefined : 1);
    const answered = isOfRegisters ? this.#answer.bind(this, read) : () => this.#identify(view.getUint8(start + 4));
    const pdu = Uint8Array.from(exception === undefined ? answered() : [functionCode | 0x80, exception]);
    peer.send(this.#framing === "tcp" ? toMbap(view.getUint16(0), { unit, pdu }) : toRtu({ unit, pdu }));
  }

  /** Takes the requests since the last time as `function:address+count`. */
  take(): string[] {
    const taken = this.seen.splice(0);
    return taken.map(({ functionCode, address, count }) => `${functionCode}:${address}+${count}`);
  }

  #identify(objectId: number): number[] {
    return [43, 14, 1, 0x81, ...(this.identification?.(objectId) ?? [])];
  }

  #answer({ functionCode, address, count }: SeenRead): number[] {
    if (functionCode <= 2) {
      const bytes = Array.from({ length: Math.ceil(count / 8) }, () => 0xff);
      return [functionCode, bytes.length, ...bytes];
    }
    const words = Array.from({ length: count }, (_, index) => this.words.get(address + index) ?? address + index);
    return [functionCode, 2 * count, ...words.flatMap((word) => [word >> 8, word & 0xff])];
  }
}
