/**
 * What Linux shows of its clock, in files; without a compiler nothing in Node asks the kernel itself (adjtimex), so
 * where no file tells, `timedatectl` is asked, which does, and knows of every time service.
 */

import { execFile } from "node:child_process";
import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { seconds } from "../model/time.ts";
import type { ClockEvidence } from "./clock-trust.ts";

/** The folder is there while systemd-timesyncd runs, or where a container is given the one of its host. */
const TIMESYNC_FOLDER = "run/systemd/timesync";

/** Source: systemd-detect-virt(1) and the runtimes' own manuals. */
const CONTAINER_MARKS = [".dockerenv", "run/.containerenv", "run/systemd/container", "run/host/container-manager"];

const ASK_TIMEOUT = seconds(5);

/** Looks at the system. `root` left out means `/`, `ask` left out means `timedatectl`. Throws nothing. */
export async function lookAtClock(root = "/", ask: () => Promise<string> = askTimedatectl): Promise<ClockEvidence> {
  const hasMark = await isThere(join(root, TIMESYNC_FOLDER, "synchronized"));
  const synchronizedBy = hasMark ? "systemd-timesyncd" : (await ask()) === "yes" ? "a time service" : undefined;
  const module = await findModule(join(root, "sys/class/rtc"));
  const host = await findHost(root);
  return {
    ...(synchronizedBy === undefined ? {} : { synchronizedBy }),
    ...(module === undefined ? {} : { module }),
    ...(host === undefined ? {} : { host }),
    hasService: await isThere(join(root, TIMESYNC_FOLDER)),
    showsDevices: await isThere(join(root, "sys/class")),
  };
}

/** The module that the kernel took the time from when it started; one that was only plugged in has set nothing. */
async function findModule(folder: string): Promise<ClockEvidence["module"]> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if ((await textOf(join(folder, name, "hctosys"))) !== "1") continue;
    const secondsSince1970 = Number.parseInt(await textOf(join(folder, name, "since_epoch")), 10);
    if (Number.isNaN(secondsSince1970)) continue;
    return { name: (await textOf(join(folder, name, "name"))) || name, at: secondsSince1970 * 1000 };
  }
  return undefined;
}

async function findHost(root: string): Promise<ClockEvidence["host"]> {
  for (const mark of CONTAINER_MARKS) if (await isThere(join(root, mark))) return "container";
  const flags = await textOf(join(root, "proc/cpuinfo"));
  const board = await textOf(join(root, "proc/device-tree/compatible"));
  const isVirtual = /^flags\s*:.*\bhypervisor\b/mu.test(flags) || board.includes("linux,dummy-virt");
  return isVirtual || (await isThere(join(root, "sys/hypervisor/type"))) ? "virtual machine" : undefined;
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

async function textOf(path: string): Promise<string> {
  return await readFile(path, "utf8").then(
    (text) => text.trim(),
    () => "",
  );
}

/** Gives `yes`, `no`, or nothing where it is not installed or has nobody to ask. */
function askTimedatectl(): Promise<string> {
  const words = ["show", "--property=NTPSynchronized", "--value"];
  return new Promise((resolve) => {
    execFile("timedatectl", words, { timeout: ASK_TIMEOUT }, (error, stdout) => {
      resolve(error === null ? stdout.trim() : "");
    });
  });
}
