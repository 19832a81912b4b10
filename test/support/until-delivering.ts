/** Waits for a gateway of another process: it is asked now and then, since nothing tells of it. */

import { setTimeout as delay } from "node:timers/promises";
import type { Status } from "../../src/model/status.ts";
import { askControl } from "../../src/platform/control-socket.ts";

/** Asking without a pause would take the time from the gateway that is waited for. */
const PAUSE_MS = 50;

/** Gives its status once it has delivered something. The timeout of the test ends it otherwise. */
export async function untilDelivering(runPath: string): Promise<Status> {
  for (;;) {
    const status = (await askControl(runPath, { command: "status" }).catch(() => undefined)) as Status | undefined;
    if (status?.intakes.some(({ books }) => books.delivered > 0)) return status;
    await delay(PAUSE_MS);
  }
}
