import { createConnection } from "node:net";
import { join, relative } from "node:path";
import type { Status } from "../../src/model/status.ts";

const TIMEOUT_MS = 1000;

/** Asks the gateway that runs on `runPath` how it is; undefined when none answers within a second. */
export function askStatus(runPath: string): Promise<Status | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection({ path: shortest(join(runPath, "tidegate.sock")), timeout: TIMEOUT_MS });
    let answer = "";
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      answer += text;
    });
    socket.on("timeout", () => socket.destroy());
    // What went wrong does not matter here: "close" follows, and an answer cut short is no answer.
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(readStatus(answer)));
    socket.write('{"command":"status"}\n');
  });
}

/** The path of a local socket has room for about a hundred characters, so the shorter spelling is used. */
function shortest(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.length < path.length ? fromHere : path;
}

function readStatus(answer: string): Status | undefined {
  try {
    const { ok, result } = JSON.parse(answer) as { ok: boolean; result?: Status };
    return ok ? result : undefined;
  } catch {
    return undefined;
  }
}
