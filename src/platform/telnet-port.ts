import { Socket } from "node:net";
import type { ByteStream, ByteStreamEvents } from "./byte-stream.ts";
import { type ForeignPort, loadForeignPort, type OpenBytesBelow } from "./foreign-port.ts";
import { escapeTelnet, TELNET_GREETING, TelnetReader } from "./telnet-escapes.ts";

/** What is used of a port, two things more than it shows. */
interface TelnetPort extends ForeignPort {
  /** What came and was not made a frame of. */
  _buffer: Buffer;
  /** How long the answer it waits for is; 0 when it waits for none. Units: bytes. */
  _length: number;
}

type TelnetPortConstructor = new (options: { readonly socket: Socket }) => TelnetPort;

/**
 * Makes a serial line behind a Telnet server one of RTU.
 *
 * `modbus-serial` finds the answers; of Telnet it knows nothing, so the escapes are taken out below it. It is kept from
 * what harms: it is given a socket that is not one, so it neither connects nor times out itself; what it kept from
 * before is gone before each request, and what it would keep behind an answer is handed on.
 *
 * Errors: `INPUT_UNREACHABLE`.
 */
export async function openTelnetPort(openBelow: OpenBytesBelow, events: ByteStreamEvents): Promise<ByteStream> {
  const Port = await loadForeignPort<TelnetPortConstructor>("telnetport");
  let below: ByteStream | undefined;
  const reader = new TelnetReader((bytes) => below?.write(bytes));
  const socket = new StreamSocket((bytes) => below?.write(escapeTelnet(bytes)));
  const port = new Port({ socket });
  const handOn = (bytes: Buffer): void => {
    if (bytes.length > 0) events.onData(Uint8Array.from(bytes));
  };
  port.on("data", handOn);
  below = await openBelow({
    onData: (bytes) => {
      const data = reader.read(bytes);
      if (data.length === 0) return;
      socket.emit("data", Buffer.from(data));
      if (port._length === 0) handOn(takeBuffer(port));
    },
    onClose: (reason) => events.onClose(reason),
  });
  below.write(TELNET_GREETING);
  return {
    write: (bytes) => {
      takeBuffer(port);
      port.write(Buffer.from(bytes));
    },
    close: () => below?.close(),
  };
}

function takeBuffer(port: TelnetPort): Buffer {
  const kept = port._buffer;
  port._buffer = Buffer.alloc(0);
  return kept;
}

/** What the foreign port takes for a socket: it listens to it and writes to it, and no more. */
class StreamSocket extends Socket {
  readonly #send: (bytes: Uint8Array) => void;

  constructor(send: (bytes: Uint8Array) => void) {
    super();
    this.#send = send;
  }

  override write(bytes: Uint8Array | string): boolean {
    this.#send(Buffer.from(bytes as Uint8Array));
    return true;
  }
}
