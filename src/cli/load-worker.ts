/** Loads the configuration in a thread of its own, for `load-aside.ts`. */

import { parentPort, workerData } from "node:worker_threads";
import { GatewayError } from "../model/errors.ts";
import { load } from "./load.ts";

try {
  parentPort?.postMessage({ loaded: load(workerData as string | undefined) });
} catch (error) {
  if (!(error instanceof GatewayError)) throw error;
  parentPort?.postMessage({ code: error.code, message: error.message });
}
