import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { askStatus } from "../../hardware-sim/plant/control-client.ts";
import { status } from "./statuses.ts";

let folder: string;
let server: Server | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "control-"));
});

afterEach(async () => {
  server?.close();
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** Answers each request line with `answer` and closes, as a gateway does; gives the requests that came. */
async function serve(answer: string): Promise<readonly string[]> {
  const requests: string[] = [];
  server = createServer((socket) => {
    socket.on("data", (bytes) => {
      requests.push(bytes.toString());
      socket.end(answer);
    });
  });
  server.listen(join(folder, "tidegate.sock"));
  await once(server, "listening");
  return requests;
}

test("without a gateway there is no status", async () => {
  expect(await askStatus(folder)).toBeUndefined();
});

test.each([
  ["a refusal", '{"ok":false,"error":{"code":"CLI_USAGE","message":"no"}}\n'],
  ["half an answer", '{"ok":true,"result":{"schema"'],
  ["nothing", ""],
])("%s is no status", async (_what, answer) => {
  await serve(answer);
  expect(await askStatus(folder)).toBeUndefined();
});

test("the gateway's status comes back whole", async () => {
  const told = status([]);
  const requests = await serve(`${JSON.stringify({ ok: true, result: told })}\n`);
  expect(await askStatus(folder)).toEqual(told);
  expect(requests).toEqual(['{"command":"status"}\n']);
});
