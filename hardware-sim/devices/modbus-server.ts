import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { listen, stopListening } from "../listening.ts";
import { damageAnswer } from "./answer-faults.ts";
import type { Envelope, EnvelopedPdu } from "./envelope.ts";
import type { FaultPlan } from "./faults.ts";
import { MBAP } from "./mbap-frames.ts";
import { type Reaction, Units, type UnitsOptions } from "./units.ts";

/** How a server of several units behaves. */
export interface ModbusServerOptions extends UnitsOptions {
  /** What is spoken. Leaving it out means Modbus TCP. */
  readonly envelope?: Envelope;
  /** The rate of the line that answers come over, with eight data bits and no parity; left out, they come at once. */
  readonly baud?: number;
}

/** What befalls connections, whatever is asked over them; what is left out does not. Units: milliseconds. */
export interface ConnectionFaults {
  /** Cuts a connection when nothing was asked over it for so long. */
  readonly idleMsMax?: number;
  /** A second client is cut at once. */
  readonly isForOne?: boolean;
  /** What is asked within so long after connecting is not heard. */
  readonly deafMs?: number;
  /** Takes everything and says nothing, as a peer that lost its power. */
  readonly isHalfOpen?: boolean;
}

/** A start bit, eight data bits and a stop bit. */
const BITS_PER_BYTE = 10;

/** Modbus devices behind one socket, as behind a gateway to a serial bus: one request at a time per connection. */
export class ModbusServer implements AsyncDisposable {
  readonly #options: ModbusServerOptions;
  readonly #envelope: Envelope;
  readonly #units: Units;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** What befalls the connections. */
  connectionFaults: ConnectionFaults = {};
  #port = 0;

  constructor(options: ModbusServerOptions) {
    this.#options = options;
    this.#envelope = options.envelope ?? MBAP;
    this.#units = new Units(options);
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
  }

  get faults(): FaultPlan {
    return this.#units.faults;
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
    const connectedAt = performance.now();
    let turn = Promise.resolve();
    if (this.connectionFaults.isForOne === true && this.#sockets.size > 0) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    // A client may vanish at any time; "close" follows and is all that matters.
    socket.on("error", () => socket.destroy());
    socket.on("timeout", () => socket.destroy());
    socket.on("data", (chunk) => {
      const { isHalfOpen, deafMs = 0, idleMsMax = 0 } = this.connectionFaults;
      if (isHalfOpen === true || performance.now() - connectedAt < deafMs) return;
      socket.setTimeout(idleMsMax);
      const frames = reader.push(chunk);
      if (frames === undefined) {
        socket.destroy();
        return;
      }
      for (const frame of frames) turn = turn.then(() => this.#answer(socket, frame));
    });
  }

  async #answer(socket: Socket, frame: EnvelopedPdu): Promise<void> {
    const reaction = await this.#units.react(frame);
    if (reaction.kind === "hang-up") socket.destroy();
    if (reaction.kind !== "answer" || socket.destroyed) return;
    if (reaction.echo !== undefined) await this.#send(socket, reaction.echo(this.#envelope.encode(frame)));
    await this.#sendPieces(socket, reaction);
    reaction.countServed();
  }

  async #sendPieces(socket: Socket, { frame, damage }: Extract<Reaction, { kind: "answer" }>): Promise<void> {
    let after = 0;
    for (const { afterMs, bytes } of damageAnswer(this.#envelope.encode(frame), damage, this.#units.draw)) {
      if (afterMs > after) await delay(afterMs - after);
      after = afterMs;
      await this.#send(socket, bytes);
    }
  }

  async #send(socket: Socket, bytes: Uint8Array): Promise<void> {
    const { baud } = this.#options;
    if (baud !== undefined) await delay((1000 * BITS_PER_BYTE * bytes.length) / baud);
    if (!socket.destroyed) socket.write(bytes);
  }
}
