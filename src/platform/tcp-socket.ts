/** TCP connections as plain byte streams. The only file that opens one. */

import { createConnection, type Socket } from "node:net";
import { GatewayError } from "../model/errors.ts";
import type { Millis } from "../model/time.ts";
import type { ByteStream, ByteStreamEvents } from "./byte-stream.ts";

/** Opens a byte stream to `host`:`port`. Errors: `INPUT_UNREACHABLE`. */
export type OpenByteStream = (
  host: string,
  port: number,
  timeout: Millis,
  events: ByteStreamEvents,
) => Promise<ByteStream>;

/**
 * Opens a TCP connection without delay of small packets and with keep-alive probes, so that a peer that lost its
 * power is noticed.
 *
 * Errors: `INPUT_UNREACHABLE`, with what the system said, after `timeout` at the latest.
 */
export const openTcpSocket: OpenByteStream = (host, port, timeout, events) =>
  new Promise((resolve, reject) => {
    const socket = createConnection({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 15_000 });
    const fail = (why: string, cause?: unknown): void => {
      socket.destroy();
      reject(
        new GatewayError("INPUT_UNREACHABLE", `${host}:${port} ${why}.`, {
          context: { host, port },
          ...(cause === undefined ? {} : { cause }),
        }),
      );
    };
    socket.setTimeout(timeout, () => fail(`did not accept a connection within ${timeout} ms`));
    socket.once("error", (cause) => fail(describeSocketError(cause), cause));
    socket.once("connect", () => {
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      socket.removeAllListeners("error");
      resolve(streamOf(socket, events));
    });
  });

/** Makes a byte stream of a connected socket. `describe` is asked first what an error means, and may not know. */
export function streamOf(
  socket: Socket,
  events: ByteStreamEvents,
  describe: (cause: unknown) => string | undefined = () => undefined,
): ByteStream {
  let reason = "the device closed the connection";
  let isOver = false;
  socket.on("data", (bytes) => {
    if (!isOver) events.onData(bytes);
  });
  socket.on("error", (cause) => {
    reason = describe(cause) ?? describeSocketError(cause);
  });
  socket.on("close", () => {
    if (isOver) return;
    isOver = true;
    events.onClose(reason);
  });
  let waiting: Uint8Array[] = [];
  const writeWaiting = (): void => {
    if (!isOver) socket.write(Buffer.concat(waiting));
    waiting = [];
  };
  return {
    // To hand bytes to the kernel costs more than all else that is done for a request.
    write: (bytes, isMoreLikely = false) => {
      if (waiting.length > 0 || isMoreLikely) {
        waiting.push(bytes);
        if (waiting.length === 1) process.nextTick(writeWaiting);
      } else if (!isOver) {
        socket.write(bytes);
      }
    },
    close: () => {
      isOver = true;
      socket.destroy();
    },
  };
}

/** Says in words what the system's error codes mean to someone standing at the machine. */
export function describeSocketError(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  switch (code) {
    case "ECONNREFUSED":
      return "refused the connection: nothing listens on that port, or it serves another client already";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "cannot be reached: check cable, address and netmask";
    case "ETIMEDOUT":
      return "did not answer: check power, cable and address";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "has a name that could not be resolved: check its spelling or use the address";
    case "ECONNRESET":
    case "EPIPE":
      return "cut the connection";
    default:
      return `failed: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}
