/** The suite of `diagnose` that looks at the log. */

import type { GatewayConfig } from "../../model/config.ts";
import type { LogStatus, Status } from "../../model/status.ts";
import { pathKind } from "../../platform/files.ts";
import { besidesOf } from "../../store/open-log.ts";
import { describeRoom, describeUnwritten } from "../log-room.ts";
import type { Diagnosis } from "./diagnosis.ts";
import { fail, pass, REMEDY_DISK, warn } from "./suites.ts";

/** Tells what the running gateway says of its log; without one, what the next start will find. */
export function diagnoseLog({ store }: GatewayConfig, status: Status | undefined): readonly Diagnosis[] {
  const standIns = besidesOf(store.path).filter((path) => pathKind(path) === "folder");
  if (status !== undefined) return diagnoseRunningLog(status.log, standIns);
  if (standIns.length > 0) return [warn("log", `${standIns.join(", ")} stood in for the log.`, REMEDY_LEFT)];
  if (pathKind(store.path) !== "file") return [pass("log", `${store.path} is the place of the log.`)];
  return [fail("log", `${store.path} is a file, and the log is kept there.`, "Move the file away.")];
}

const REMEDY_LEFT = "Start the gateway: the log takes over what was kept beside it, and says so.";

function diagnoseRunningLog(log: LogStatus, standIns: readonly string[]): readonly Diagnosis[] {
  const found: Diagnosis[] = [];
  if (log.stands_in !== undefined) found.push(fail("stand-in", log.stands_in.reason, log.stands_in.remedy));
  else if (standIns.length > 0) {
    found.push(warn("stand-in", `${standIns.join(", ")} could not be taken over.`, REMEDY_NOT_TAKEN));
  }
  if (log.failure !== null) found.push(fail("log", `${log.failure}. ${describeUnwritten(log)}`, REMEDY_DISK));
  if (found.length === 0) found.push(pass("log", `${log.path} is written, and ${describeRoom(log)}.`));
  return found;
}

const REMEDY_NOT_TAKEN =
  "Restart the gateway: it tries again, and its first lines say why it cannot. What is kept there is not lost.";
