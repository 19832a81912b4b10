/** Loads the configuration in a thread of its own, for `load-aside.ts`. */

import { parentPort, workerData } from "node:worker_threads";
import { GatewayError } from "../model/errors.ts";
import { loadPlain } from "./load.ts";

try {
  parentPort?.postMessage({ loaded: loadPlain(workerData as string | undefined) });
} catch (error) {
  if (!(error instanceof GatewayError)) throw error;
  parentPort?.postMessage({ code: error.code, message: error.message });
}
