/**
 * The local socket by which commands ask the running gateway. One line of JSON each way: the request, then
 * `{"ok":true,"result":…}` or `{"ok":false,"error":{"code":…,"message":…}}`; the gateway then closes the connection.
 *
 * The socket lies in the run path, so the folder's permissions say who may ask.
 */

import { rm } from "node:fs/promises";
import { createConnection, createServer, type Socket } from "node:net";
import { join, relative } from "node:path";
import { ERRORS, type ErrorCode, GatewayError } from "../model/errors.ts";
import { type Millis, seconds } from "../model/time.ts";

/** A request of a command. */
export interface ControlRequest {
  readonly command: string;
  readonly [key: string]: unknown;
}

/** Answers requests; what it returns is sent as JSON, a GatewayError it throws is sent as such. */
export type ControlHandler = (request: ControlRequest) => Promise<unknown>;

/** The kernel's limit on the path of a unix socket. Units: bytes. Source: unix(7), sun_path. */
const SOCKET_PATH_BYTES_MAX = 107;

/** A request longer than this is not one of ours. Units: characters. */
const REQUEST_CHARACTERS_MAX = 65_536;

/** Where the socket of a run path is. Errors: `CONFIG_INVALID` when the kernel cannot take a path that long. */
export function controlSocketPath(runPath: string): string {
  const absolute = join(runPath, "tidegate.sock");
  const fromHere = relative(process.cwd(), absolute);
  const path = Buffer.byteLength(absolute) <= SOCKET_PATH_BYTES_MAX ? absolute : fromHere;
  if (Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX) {
    throw new GatewayError(
      "CONFIG_INVALID",
      `run_path ${runPath} is too long: a socket in it may have at most ${SOCKET_PATH_BYTES_MAX} bytes of path. ` +
        "Set run_path in tidegate.yaml to a shorter folder.",
    );
  }
  return path;
}

/**
 * Serves the socket of a run path until disposed. A socket file that a killed gateway left is replaced; call this only
 * with the store open, which is what proves that no other gateway lives.
 */
export async function serveControl(runPath: string, handler: ControlHandler): Promise<AsyncDisposable> {
  const path = controlSocketPath(runPath);
  await rm(path, { force: true });
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
    socket.on("error", () => socket.destroy());
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      text += chunk;
      const end = text.indexOf("\n");
      if (end >= 0) {
        socket.removeAllListeners("data");
        void answer(handler, text.slice(0, end)).then((line) => socket.end(`${line}\n`));
      } else if (text.length > REQUEST_CHARACTERS_MAX) socket.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  return {
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of connections) socket.destroy();
      }),
  };
}

async function answer(handler: ControlHandler, line: string): Promise<string> {
  try {
    return JSON.stringify({ ok: true, result: await handler(parseRequest(line)) });
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return JSON.stringify({ ok: false, error: { code: error.code, message: error.message } });
  }
}

/** Whoever may open the socket may write anything to it, and none of it may end the gateway. */
function parseRequest(line: string): ControlRequest {
  let request: unknown;
  try {
    request = JSON.parse(line);
  } catch (cause) {
    throw new GatewayError("CLI_USAGE", "the request is not a line of JSON", { cause });
  }
  if (!isRequest(request)) throw new GatewayError("CLI_USAGE", "the request names no command");
  return request;
}

function isRequest(value: unknown): value is ControlRequest {
  return typeof value === "object" && value !== null && "command" in value && typeof value.command === "string";
}

/**
 * Asks the running gateway; leaving out `patience` means five seconds without a word from it.
 *
 * Errors: `GATEWAY_NOT_RUNNING`; `GATEWAY_SILENT` when one is there and says nothing; `GATEWAY_NOT_ALLOWED`; and
 * whatever code the gateway answers with.
 */
export function askControl(runPath: string, request: ControlRequest, patience = seconds(5)): Promise<unknown> {
  const path = controlSocketPath(runPath);
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    let text = "";
    socket.setEncoding("utf8");
    socket.on("connect", () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    socket.setTimeout(patience, () => {
      reject(silent(runPath, patience));
      socket.destroy();
    });
    socket.on("error", (cause) => reject(toControlError(runPath, cause)));
    socket.on("close", () => {
      try {
        resolve(readAnswer(text));
      } catch (error) {
        reject(error instanceof GatewayError ? error : toControlError(runPath, error));
      }
    });
  });
}

function readAnswer(text: string): unknown {
  const reply = JSON.parse(text) as { ok: boolean; result?: unknown; error?: { code: string; message: string } };
  if (reply.ok) return reply.result;
  const code = reply.error?.code ?? "";
  throw new GatewayError(
    Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : "GATEWAY_SILENT",
    reply.error?.message ?? text,
  );
}

/** A process that was suspended, or hangs, still takes connections: the kernel does that for it. */
function silent(runPath: string, patience: Millis): GatewayError {
  return new GatewayError(
    "GATEWAY_SILENT",
    `The gateway in ${runPath} is there and did not answer within ${patience / 1000} s: it is very busy, suspended, or ` +
      "hangs. Try again; if it stays so, restart it: what is in its log on disk is not lost.",
  );
}

/** Names why nobody could be asked. Errors: none are thrown; gives `GATEWAY_NOT_RUNNING` or `GATEWAY_NOT_ALLOWED`. */
export function toControlError(runPath: string, cause: unknown): GatewayError {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "EACCES" || code === "EPERM") {
    const message =
      `The socket of the gateway in ${runPath} may not be opened by this user, so whether one runs is not known. ` +
      "Run the command as the user the gateway runs as.";
    return new GatewayError("GATEWAY_NOT_ALLOWED", message, { cause });
  }
  const message = `No gateway answers in ${runPath}: start one with \`tidegate run\`.`;
  return new GatewayError("GATEWAY_NOT_RUNNING", message, { cause });
}
