import { rmSync, symlinkSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import type { PseudoTerminal } from "../lines/pseudo-terminal.ts";
import { listen, stopListening } from "../listening.ts";
import type { PortLink } from "./gps-receiver.ts";
import { answerCommand, type ScaleFault, type ScaleSaying, type ScaleState, speakLine } from "./scale-talk.ts";

/** A scale in continuous mode says so often what it shows. Units: milliseconds. */
const SPEAKS_EVERY_MS = 100;

/** More than a command has; what is longer is none. Units: characters. */
const COMMAND_LENGTH_MAX = 80;

/** Whether a scale answers commands, or speaks by itself. */
export type ScaleMode = "command" | "continuous";

/** A scale on a serial port, or behind a converter where there are no pseudo-terminals. */
export class Scale {
  /** What ails it; undefined while it is well. */
  fault: ScaleFault | undefined;
  readonly #mode: ScaleMode;
  readonly #stateOf: () => ScaleState;
  readonly #port: PortLink | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #terminal: PseudoTerminal | undefined;
  #timer: NodeJS.Timeout | undefined;
  #tcpPort = 0;
  #served = 0;

  /** `port` left out means TCP. */
  constructor(mode: ScaleMode, stateOf: () => ScaleState, port?: PortLink) {
    this.#mode = mode;
    this.#stateOf = stateOf;
    this.#port = port;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      const hear = this.#createHearer((bytes) => socket.write(bytes));
      socket.on("data", hear);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** Where it is once it is open: a path, or a TCP port of loopback. */
  get place(): string | number {
    return this.#port?.link ?? this.#tcpPort;
  }

  /** Quantities it has told. */
  get served(): number {
    return this.#served;
  }

  async open(): Promise<void> {
    if (this.#port === undefined) this.#tcpPort = await listen(this.#server, this.#tcpPort);
    else this.plugIn();
    if (this.#mode === "continuous") this.#timer = setInterval(() => this.#speak(), SPEAKS_EVERY_MS);
  }

  /** Plugs its adapter in; the port may be another one than before. Idempotent. */
  plugIn(): void {
    if (this.#port === undefined || this.#terminal !== undefined) return;
    const hear = this.#createHearer((bytes) => this.#terminal?.write(bytes));
    this.#terminal = this.#port.terminals.open(hear);
    rmSync(this.#port.link, { force: true });
    symlinkSync(this.#terminal.path, this.#port.link);
  }

  /** Unplugs its adapter, whatever is under way. Idempotent. */
  unplug(): void {
    this.#terminal?.hangUp();
    this.#terminal = undefined;
    if (this.#port !== undefined) rmSync(this.#port.link, { force: true });
  }

  /** Idempotent. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.unplug();
    if (this.#server.listening) await stopListening(this.#server, this.#sockets);
  }

  /** Gathers characters to commands, and answers each. */
  #createHearer(say: (bytes: Uint8Array) => void): (bytes: Uint8Array) => void {
    let heard = "";
    return (bytes) => {
      heard += Buffer.from(bytes).toString("latin1");
      for (let end = heard.indexOf("\n"); end >= 0; end = heard.indexOf("\n")) {
        const command = heard.slice(0, end).trim();
        heard = heard.slice(end + 1);
        if (this.#mode === "command") this.#tell(answerCommand(command, this.#stateOf(), this.fault), say);
      }
      if (heard.length > COMMAND_LENGTH_MAX) heard = "";
    };
  }

  #speak(): void {
    this.#tell(speakLine(this.#stateOf(), this.fault), (bytes) => {
      this.#terminal?.write(bytes);
      for (const socket of this.#sockets) socket.write(bytes);
    });
  }

  #tell({ bytes, quantities }: ScaleSaying, say: (bytes: Uint8Array) => void): void {
    if (bytes.length === 0) return;
    say(bytes);
    this.#served += quantities;
  }
}
