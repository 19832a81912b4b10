import { once } from "node:events";
import { createConnection, type Socket } from "node:net";

/** Transaction, protocol, length, unit. */
const HEADER_BYTES = 7;

/**
 * The least that can be done to read registers over Modbus TCP with Node: a socket, a header, and answers matched by
 * their transaction. No timeouts, no reconnecting, nothing checked but what is needed to find the answer.
 */
export class BareClient {
  readonly #socket: Socket;
  readonly #pending = new Map<number, (pdu: Uint8Array) => void>();
  #transaction = 0;
  #held: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => this.#receive(bytes));
  }

  /** Connects to a server on this machine. */
  static async open(port: number): Promise<BareClient> {
    const socket = createConnection({ host: "127.0.0.1", port, noDelay: true });
    await once(socket, "connect");
    return new BareClient(socket);
  }

  /** Sends a request; gives the protocol data unit that answers it. */
  request(unit: number, pdu: Uint8Array): Promise<Uint8Array> {
    this.#transaction = (this.#transaction + 1) & 0xffff;
    const frame = Buffer.alloc(HEADER_BYTES + pdu.length);
    frame.writeUInt16BE(this.#transaction, 0);
    frame.writeUInt16BE(1 + pdu.length, 4);
    frame[6] = unit;
    frame.set(pdu, HEADER_BYTES);
    return new Promise((resolve) => {
      this.#pending.set(this.#transaction, resolve);
      this.#socket.write(frame);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    let held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    while (held.length >= HEADER_BYTES) {
      const end = 6 + held.readUInt16BE(4);
      if (held.length < end) break;
      const transaction = held.readUInt16BE(0);
      const resolve = this.#pending.get(transaction);
      this.#pending.delete(transaction);
      resolve?.(held.subarray(HEADER_BYTES, end));
      held = held.subarray(end);
    }
    this.#held = held;
  }
}
