import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** The heap in use once garbage is gone. Units: bytes. */
export function heapAfterRest(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}
