import type { BusNotice } from "../model/input.ts";
import { AsciiLines } from "./ascii-lines.ts";
import type { ByteStream, ByteStreamEvents } from "./byte-stream.ts";
import { type ForeignPort, loadForeignPort, type OpenBytesBelow } from "./foreign-port.ts";

/** Lines that may wait for the foreign port; it takes each at once, so more are a sign that it stopped doing so. */
const LINES_WAITING_MAX = 16;

/** What is used of a port, one thing more than it shows. */
interface AsciiPort extends ForeignPort {
  open(callback: (error: Error | null) => void): void;
  /** How long an answer has to be. Units: bytes, as a frame of RTU. */
  _length: number;
}

type AsciiPortConstructor = new (path: string, options: object) => AsciiPort;

/**
 * Makes a line of Modbus ASCII one of RTU: what is written and heard are frames of RTU.
 *
 * `modbus-serial` encodes, decodes and checks. It is kept from what harms: it opens nothing itself, so it neither
 * reconnects nor sends what it kept from before; it is given whole lines, one at a time, because it throws at lines
 * that are too short, keeps a line without end for ever, and takes only the first of two.
 *
 * Errors: `INPUT_UNREACHABLE`.
 */
export async function openAsciiPort(openBelow: OpenBytesBelow, events: ByteStreamEvents): Promise<ByteStream> {
  const Port = await loadForeignPort<AsciiPortConstructor>("asciiport");
  const line = new AsciiLine(events);
  await line.open(Port, openBelow);
  return line;
}

class AsciiLine implements ByteStream {
  readonly #events: ByteStreamEvents;
  readonly #lines: Buffer[] = [];
  /** Characters of the first line that the foreign port has read. */
  #readCount = 0;
  #port: AsciiPort | undefined;
  #below: ByteStream | undefined;
  #endWaiting: (() => void) | undefined;
  /** Characters of the line the foreign port was given, until it makes a frame of them. */
  #unheard = 0;
  #isOver = false;

  constructor(events: ByteStreamEvents) {
    this.#events = events;
  }

  async open(Port: AsciiPortConstructor, openBelow: OpenBytesBelow): Promise<void> {
    const lines = new AsciiLines({
      onLine: (line) => this.#keep(line),
      onNoise: (count) => this.#tellNoise(count),
    });
    this.#below = await openBelow({
      onData: (bytes) => lines.push(bytes),
      onClose: (reason) => {
        this.#isOver = true;
        this.#events.onClose(reason);
      },
    });
    const port = new Port("the bytes below", { baudRate: 1, binding: { open: async () => this.#bindingPort() } });
    port.on("data", (frame) => {
      this.#unheard = 0;
      if (!this.#isOver) this.#events.onData(Uint8Array.from(frame));
    });
    this.#port = port;
    await new Promise<void>((resolve, reject) => {
      port.open((error) => (error === null ? resolve() : reject(error)));
    });
  }

  get notice(): BusNotice | undefined {
    return this.#below?.notice;
  }

  /** The foreign port writes into what it is given, so it is given a copy. */
  write(bytes: Uint8Array): void {
    if (!this.#isOver) this.#port?.write(Buffer.from(bytes));
  }

  close(): void {
    this.#isOver = true;
    this.#below?.close();
  }

  #keep(line: Buffer): void {
    if (this.#lines.length < LINES_WAITING_MAX) this.#lines.push(line);
    else this.#tellNoise(line.length);
    this.#endWaiting?.();
  }

  /** Tells that something came of which nothing is known but that: zeros, which are never taken for a frame. */
  #tellNoise(count: number): void {
    if (!this.#isOver && count > 0) this.#events.onData(new Uint8Array(count));
  }

  /** What the foreign port takes for the binding of a serial port. */
  #bindingPort(): object {
    return {
      isOpen: true,
      read: (buffer: Buffer, offset: number, length: number) => this.#read(buffer, offset, length),
      write: async (bytes: Buffer) => {
        if (!this.#isOver) this.#below?.write(Uint8Array.from(bytes));
      },
      close: async () => this.close(),
    };
  }

  async #read(buffer: Buffer, offset: number, length: number): Promise<{ bytesRead: number }> {
    this.#tellNoise(this.#unheard);
    this.#unheard = 0;
    while (this.#lines.length === 0) {
      await new Promise<void>((resolve) => {
        this.#endWaiting = resolve;
      });
    }
    const [line = Buffer.alloc(0)] = this.#lines;
    const bytesRead = line.copy(buffer, offset, this.#readCount, this.#readCount + length);
    this.#readCount += bytesRead;
    if (this.#readCount === line.length) {
      this.#lines.shift();
      this.#readCount = 0;
      this.#unheard = line.length;
      this.#takeAnyLength(line);
    }
    return { bytesRead };
  }

  /** Which length fits is judged where late answers and wide registers are known; the foreign port knows neither. */
  #takeAnyLength(line: Buffer): void {
    if (this.#port !== undefined) this.#port._length = (line.length - 1) / 2;
  }
}
