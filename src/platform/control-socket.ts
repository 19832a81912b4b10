/**
 * The local socket by which commands ask the running gateway. One line of JSON each way: the request, then
 * `{"ok":true,"result":…}` or `{"ok":false,"error":{"code":…,"message":…}}`; the gateway then closes the connection.
 *
 * The socket lies in the run path, so the folder's permissions say who may ask. Where its disk takes no socket, one in
 * memory does, in a folder of the gateway's user.
 */

import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createConnection, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { ERRORS, type ErrorCode, GatewayError } from "../model/errors.ts";
import { type Millis, seconds } from "../model/time.ts";
import { pathKind } from "./files.ts";

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

/** Where a user's gateway is asked whose run path takes no socket. Nobody else may make or read what is there. */
function spareSocketPath(runPath: string, uid: number): string {
  const memory = pathKind("/dev/shm") === "folder" ? "/dev/shm" : tmpdir();
  const name = createHash("sha256").update(resolve(runPath)).digest("hex").slice(0, 16);
  return join(memory, `tidegate-${uid}`, `${name}.sock`);
}

/** Everyone may make folders in memory: one of another user is as good as none. */
function isFolderOf(folder: string, uid: number): boolean {
  try {
    const stats = lstatSync(folder);
    return stats.isDirectory() && stats.uid === uid;
  } catch {
    return false;
  }
}

/**
 * Serves the socket of a run path until disposed, or where that takes none, a spare one in memory. A socket file that
 * a killed gateway left is replaced; call this only with the store open, which is what proves that no other gateway
 * lives.
 *
 * Errors: `CONFIG_INVALID` when the path is too long; `GATEWAY_NOT_ALLOWED` when neither place takes a socket.
 */
export async function serveControl(runPath: string, handler: ControlHandler): Promise<AsyncDisposable> {
  const path = controlSocketPath(runPath);
  try {
    return await serveAt(path, handler);
  } catch {
    return await serveSpare(runPath, handler);
  }
}

async function serveSpare(runPath: string, handler: ControlHandler): Promise<AsyncDisposable> {
  const uid = process.getuid?.() ?? 0;
  const path = spareSocketPath(runPath, uid);
  const folder = dirname(path);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!isFolderOf(folder, uid)) throw new Error(`${folder} belongs to another user`);
    return await serveAt(path, handler);
  } catch (cause) {
    const message = `Commands cannot ask this gateway: neither ${runPath} nor ${folder} takes a socket.`;
    throw new GatewayError("GATEWAY_NOT_ALLOWED", message, { cause });
  }
}

async function serveAt(path: string, handler: ControlHandler): Promise<AsyncDisposable> {
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
export async function askControl(runPath: string, request: ControlRequest, patience = seconds(5)): Promise<unknown> {
  const paths = [controlSocketPath(runPath), ...findSpares(runPath)];
  for (const path of paths.slice(0, -1)) {
    try {
      return await askAt(path, runPath, request, patience);
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== "GATEWAY_NOT_RUNNING") throw error;
    }
  }
  return await askAt(paths.at(-1) ?? "", runPath, request, patience);
}

/** Spare sockets that may be there, of this user's gateway and of that of the user to whom the run path belongs. */
function findSpares(runPath: string): readonly string[] {
  let place = runPath;
  while (pathKind(place) === "nothing" && dirname(place) !== place) place = dirname(place);
  const users = new Set([process.getuid?.() ?? 0]);
  try {
    users.add(statSync(place).uid);
  } catch {
    // The disk does not answer; then only this user's can be found.
  }
  return Array.from(users, (uid) => ({ uid, path: spareSocketPath(runPath, uid) }))
    .filter(({ uid, path }) => isFolderOf(dirname(path), uid))
    .map(({ path }) => path);
}

function askAt(path: string, runPath: string, request: ControlRequest, patience: Millis): Promise<unknown> {
  return new Promise((settle, reject) => {
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
        settle(readAnswer(text));
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
