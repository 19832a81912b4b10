/** Loads the configuration while the gateway polls: a secret backend may take its time, and polls must not wait. */

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { LoadedConfig } from "../model/config.ts";
import { type ErrorCode, GatewayError } from "../model/errors.ts";

type Answer = { readonly loaded: LoadedConfig } | { readonly code: ErrorCode; readonly message: string };

/** Where the thread begins; what ships is compiled. */
const SOURCE = new URL("./load-worker.ts", import.meta.url);
const WORKER = import.meta.url.endsWith(".ts") ? SOURCE : new URL(SOURCE.href.replace(/\.ts$/u, ".js"));

/** Finds and loads the configuration, as `loadPlain` does, in a thread of its own. Errors: `CONFIG_NOT_FOUND`. */
export async function loadAside(config: string | undefined): Promise<LoadedConfig> {
  const worker = new Worker(WORKER, { workerData: config });
  // A gateway that stops does not wait for a backend.
  worker.unref();
  const [answer] = (await once(worker, "message")) as [Answer];
  if ("loaded" in answer) return answer.loaded;
  throw new GatewayError(answer.code, answer.message);
}
