import { rmSync, symlinkSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import type { PseudoTerminal, Terminals } from "../lines/pseudo-terminal.ts";
import { listen, stopListening } from "../listening.ts";
import { type ReceiverFault, talkOfSecond, type VehicleState } from "./nmea-talk.ts";

/** A receiver repeats itself once a second. */
const SECOND_MS = 1000;

/** A path below /dev that leads to the port, wherever it is. */
export interface PortLink {
  readonly terminals: Terminals;
  readonly link: string;
}

/** A receiver of satellites in a vehicle: it talks each second, on a serial port or to whoever connects by TCP. */
export class GpsReceiver {
  /** What ails it; undefined while it is well. */
  fault: ReceiverFault | undefined;
  readonly #stateOf: () => VehicleState;
  readonly #port: PortLink | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #terminal: PseudoTerminal | undefined;
  #timer: NodeJS.Timeout | undefined;
  #tcpPort = 0;

  /** `port` left out means TCP. */
  constructor(stateOf: () => VehicleState, port?: PortLink) {
    this.#stateOf = stateOf;
    this.#port = port;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** Where it is once it is open: a path, or a TCP port of loopback. */
  get place(): string | number {
    return this.#port?.link ?? this.#tcpPort;
  }

  async open(): Promise<void> {
    if (this.#port === undefined) {
      this.#tcpPort = await listen(this.#server, this.#tcpPort);
    } else {
      this.#terminal = this.#port.terminals.open(() => undefined);
      rmSync(this.#port.link, { force: true });
      symlinkSync(this.#terminal.path, this.#port.link);
    }
    this.#timer = setInterval(() => this.#talk(), SECOND_MS);
  }

  /** Idempotent. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#terminal?.hangUp();
    this.#terminal = undefined;
    if (this.#port !== undefined) rmSync(this.#port.link, { force: true });
    if (this.#server.listening) await stopListening(this.#server, this.#sockets);
  }

  #talk(): void {
    const bytes = talkOfSecond(Date.now(), this.#stateOf(), this.fault);
    if (bytes.length === 0) return;
    this.#terminal?.write(bytes);
    for (const socket of this.#sockets) socket.write(bytes);
  }
}
