import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { listen, stopListening } from "../listening.ts";
import type { Device } from "./device.ts";
import type { Envelope, EnvelopedPdu } from "./envelope.ts";
import { FaultPlan } from "./faults.ts";
import { MBAP } from "./mbap-frames.ts";
import { type Answer, answerPdu, EXCEPTION, encodeException } from "./modbus-pdu.ts";

/** How a server of several units behaves. */
export interface ModbusServerOptions {
  /** Devices by unit id. */
  readonly units: ReadonlyMap<number, Device>;
  /** Seconds since the plant started. */
  readonly now: () => number;
  /** What a unit that is not there does. Leaving it out means `exception`: code 11, as a gateway to a bus answers. */
  readonly unknownUnit?: "exception" | "silent";
  /** What is spoken. Leaving it out means Modbus TCP. */
  readonly envelope?: Envelope;
  /** The rate of the line that answers come over, with eight data bits and no parity; left out, they come at once. */
  readonly baud?: number;
}

/** A start bit, eight data bits and a stop bit. */
const BITS_PER_BYTE = 10;

/** Modbus devices behind one socket, as behind a gateway to a serial bus: one request at a time per connection. */
export class ModbusServer implements AsyncDisposable {
  readonly faults = new FaultPlan();
  readonly #options: ModbusServerOptions;
  readonly #envelope: Envelope;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;

  constructor(options: ModbusServerOptions) {
    this.#options = options;
    this.#envelope = options.envelope ?? MBAP;
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
  }

  /** Where it listens; 0 before the first `open`. */
  get port(): number {
    return this.#port;
  }

  /** Listens on loopback: on a free port the first time, on the same one after `close`. */
  async open(): Promise<void> {
    this.#port = await listen(this.#server, this.#port);
  }

  /** Refuses connections and cuts those there are. */
  async close(): Promise<void> {
    await stopListening(this.#server, this.#sockets);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #serve(socket: Socket): void {
    const reader = this.#envelope.createReader();
    let turn = Promise.resolve();
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    // A client may vanish at any time; "close" follows and is all that matters.
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      const frames = reader.push(chunk);
      if (frames === undefined) {
        socket.destroy();
        return;
      }
      for (const frame of frames) turn = turn.then(() => this.#answer(socket, frame));
    });
  }

  async #answer(socket: Socket, frame: EnvelopedPdu): Promise<void> {
    const device = this.#options.units.get(frame.unit);
    const fault = this.faults.take(frame.unit);
    if (fault?.kind === "silent") return;
    if (fault?.kind === "close") {
      socket.destroy();
      return;
    }
    if (fault?.kind === "delay") await delay(fault.delayMs);
    const functionCode = frame.pdu[0] ?? 0;
    if (fault?.kind === "exception") return this.#send(socket, frame, encodeException(functionCode, fault.code));
    if (device === undefined) {
      if (this.#options.unknownUnit === "silent") return;
      return this.#send(socket, frame, encodeException(functionCode, EXCEPTION.gatewayTargetSilent));
    }
    device.advanceTo(this.#options.now());
    const answer = answerPdu(device, frame.pdu);
    if (socket.destroyed) return;
    await this.#send(socket, frame, answer);
    if (answer.read !== undefined) device.countServed(answer.read.table, answer.read.address, answer.read.count);
  }

  async #send(socket: Socket, { transaction, unit }: EnvelopedPdu, { pdu }: Answer): Promise<void> {
    const bytes = this.#envelope.encode({ transaction, unit, pdu });
    const { baud } = this.#options;
    if (baud !== undefined) await delay((1000 * BITS_PER_BYTE * bytes.length) / baud);
    if (!socket.destroyed) socket.write(bytes);
  }
}
