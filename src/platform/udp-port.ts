/** Modbus over UDP as a byte stream of Modbus TCP: each frame is a datagram. */

import type { Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { GatewayError } from "../model/errors.ts";
import type { Millis } from "../model/time.ts";
import type { ByteStream, ByteStreamEvents } from "./byte-stream.ts";
import { type ForeignPort, loadForeignPort } from "./foreign-port.ts";
import { describeSocketError, type OpenByteStream } from "./tcp-socket.ts";

/** What is used of a port, three things more than it shows. */
interface UdpPort extends ForeignPort {
  readonly _client: Socket;
  _transactionIdWrite: number;
  readonly _transactionIdRead: number;
}

type UdpPortConstructor = new (address: string, options: { readonly port: number }) => UdpPort;

/** Transaction, protocol and length, each of two bytes. Source: MODBUS Messaging on TCP/IP V1.0b, 3.1.3. */
const HEADER_BYTES = 6;

/** Source: MODBUS Messaging on TCP/IP V1.0b, 4.1. */
const DATAGRAM_BYTES_MAX = 260;

/** Room for a checksum, which the foreign port takes off what it sends and puts to what it hears. */
const CHECKSUM_BYTES = 2;

/**
 * Opens a way to `host`:`port`; a host that is not there is no fault yet, since UDP has no connections.
 *
 * `modbus-serial` sends and receives. It is kept from what harms: it is given an address, because of a name it would
 * hear no answer; the transaction ids are ours, since its own are of eight bits; a datagram that does not have the
 * bytes it says is left out, because it would fill up values with zeros; and faults of its socket, to which it does not
 * listen, would end the process.
 *
 * Errors: `INPUT_UNREACHABLE`.
 */
export const openUdpPort: OpenByteStream = async (host, port, timeout, events) => {
  const fail = (why: string, cause?: unknown): GatewayError =>
    new GatewayError("INPUT_UNREACHABLE", `${host}:${port} ${why}.`, { context: { host, port }, cause });
  const Port = await loadForeignPort<UdpPortConstructor>("udpport");
  if (isIPv6(host)) throw fail("is an address of IPv6, over which `framing: udp` does not go: name one of IPv4");
  const { address } = await within(timeout, lookup(host, { family: 4 })).catch((cause: unknown) => {
    throw fail(describeSocketError(cause), cause);
  });
  const foreign = new Port(address, { port });
  const stream = streamOf(foreign, events);
  try {
    await once(foreign._client, "listening");
  } catch (cause) {
    stream.close();
    throw fail(describeSocketError(cause), cause);
  }
  return stream;
};

function streamOf(foreign: UdpPort, events: ByteStreamEvents): ByteStream {
  const socket = foreign._client;
  let isOver = false;
  const close = (): void => {
    if (!isOver) socket.close();
    isOver = true;
  };
  const deliver = socket.listeners("message");
  socket.removeAllListeners("message");
  socket.on("message", (datagram, sender) => {
    if (isOver || !isWhole(datagram)) return;
    for (const listener of deliver) listener.call(socket, datagram, sender);
  });
  socket.on("error", (cause) => {
    if (isOver) return;
    close();
    events.onClose(describeSocketError(cause));
  });
  foreign.on("data", (frame) => events.onData(toModbusTcp(foreign._transactionIdRead, frame)));
  return {
    write: (bytes) => {
      if (isOver) return;
      foreign._transactionIdWrite = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
      const frame = Buffer.alloc(bytes.length - HEADER_BYTES + CHECKSUM_BYTES);
      frame.set(bytes.subarray(HEADER_BYTES));
      foreign.write(frame);
    },
    close,
  };
}

/** One frame to a datagram, to the byte, of protocol 0. */
function isWhole(datagram: Buffer): boolean {
  if (datagram.length < HEADER_BYTES + 2 || datagram.length > DATAGRAM_BYTES_MAX) return false;
  return datagram.readUInt16BE(2) === 0 && datagram.readUInt16BE(4) === datagram.length - HEADER_BYTES;
}

function toModbusTcp(transactionId: number, frame: Buffer): Uint8Array {
  const bytes = frame.length - CHECKSUM_BYTES;
  const whole = Buffer.alloc(HEADER_BYTES + bytes);
  whole.writeUInt16BE(transactionId, 0);
  whole.writeUInt16BE(bytes, 4);
  frame.copy(whole, HEADER_BYTES, 0, bytes);
  return Uint8Array.from(whole);
}

/** Gives up after `timeout`; the name may still be resolved, and nobody listens. */
async function within<T>(timeout: Millis, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`its name was not resolved within ${timeout} ms`)), timeout);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
