/** The suites of `diagnose` that look at this machine. Each look ends in a diagnosis and throws nothing. */

import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { GatewayConfig, LoadedConfig } from "../../model/config.ts";
import type { Status } from "../../model/status.ts";
import type { Clock } from "../../model/time.ts";
import { findFolderFault, pathKind } from "../../platform/files.ts";
import type { NativePartState } from "../../platform/native-parts.ts";
import type { GpioSurvey } from "../../platform/open-gpio-line.ts";
import { formatBytes } from "../quantities.ts";
import type { Diagnosis } from "./diagnosis.ts";

/** With less room than this the log cannot even be tidied. Units: bytes. */
const FREE_BYTES_MIN = 64 * 2 ** 20;

/** Tells every problem and every notice of the configuration. */
export function diagnoseConfig({ config, problems, notices }: LoadedConfig): readonly Diagnosis[] {
  const found: Diagnosis[] = problems.map((problem) => ({
    name: `${problem.file}:${problem.line}:${problem.column}${problem.path === "" ? "" : ` ${problem.path}`}`,
    result: "fail",
    diagnosis: `Found ${problem.found}, expected ${problem.expected}.`,
    remediation: problem.hint === "" ? "Mend the line." : problem.hint,
  }));
  for (const { text } of notices) {
    found.push({ name: "notice", result: "warning", diagnosis: text, remediation: "Mend or delete the file." });
  }
  if (problems.length === 0) {
    const count = config?.checks.flatMap((check) => check.instances).length ?? 0;
    const name = config?.file ?? "tidegate.yaml";
    found.push(
      count > 0
        ? pass(name, `Every file is sound; ${count} instances are configured.`)
        : warn(name, "No check is configured.", "Put a file such as conf.d/modbus.yaml beside tidegate.yaml."),
    );
  }
  return found;
}

/** Looks whether the log has a place and room to grow into. `freeBytesOf` left out means the real disk. */
export async function diagnoseDisk(
  { runPath, store }: GatewayConfig,
  freeBytesOf: (folder: string) => Promise<number> = readFreeBytes,
): Promise<readonly Diagnosis[]> {
  const fault = findFolderFault(runPath);
  if (fault !== undefined) {
    const remedy = fault.cause === "disk" ? REMEDY_DISK : REMEDY_FOLDER;
    return [fail("run path", `${runPath} ${fault.what}.`, remedy)];
  }
  const writable = pass("run path", `${runPath} can be written.`);
  const free = await freeBytesOf(runPath);
  const room = `${formatBytes(free)} are free for a log that may grow to ${formatBytes(store.maxBytes)}.`;
  if (free < FREE_BYTES_MIN)
    return [writable, fail("free disk", room, "Make room on the disk; readings will be lost.")];
  if (free < store.maxBytes) {
    return [writable, warn("free disk", room, "Make room, or set store.max_bytes to what the disk can spare.")];
  }
  return [writable, pass("free disk", room)];
}

const REMEDY_FOLDER = "Run as the gateway's user, give it the folder, or set another run_path.";
/** What to do about a disk that cannot be written. */
export const REMEDY_DISK =
  "Look at what the system says of the disk (`dmesg`), and replace it; a memory card at its end can only be read.";

async function readFreeBytes(folder: string): Promise<number> {
  let place = folder;
  while (pathKind(place) === "nothing") place = dirname(place);
  const { bavail, bsize } = await statfs(place);
  return bavail * bsize;
}

/** What the status of a gateway says of its clock. Units: `now` milliseconds since 1970. */
type ClockStatus = Pick<Status, "now" | "clock_trusted" | "clock_basis">;

/** The same of a clock, where no gateway runs: one that does may know more, by a receiver of satellites. */
export function toClockStatus(clock: Clock): ClockStatus {
  return { now: clock.now(), clock_trusted: clock.isTrusted(), clock_basis: clock.trustBasis() };
}

/** Looks whether the moments of samples can be believed. */
export function diagnoseClock(clock: ClockStatus): readonly Diagnosis[] {
  const { now, clock_trusted: isTrusted, clock_basis: basis } = clock;
  const says = `It says ${new Date(now).toISOString()}; ${basis}.`;
  if (isTrusted) return [pass("clock", says)];
  const remedy =
    "Let the machine reach a time server (timedatectl shows it), add a clock module or a receiver of satellites " +
    "(the check nmea), or set clock.trust.";
  return [fail("clock", says, remedy)];
}

/** Tells which optional native parts load. */
export function diagnoseNativeParts(parts: readonly NativePartState[]): readonly Diagnosis[] {
  return parts.map(({ name, purpose, isLoaded, lack }) =>
    isLoaded
      ? pass(name, `It loads (${purpose}).`)
      : warn(
          name,
          `It does not load, so this is missing: ${purpose}.`,
          `${lack[0]?.toUpperCase() ?? ""}${lack.slice(1)}.`,
        ),
  );
}

/** Tells by which way GPIO lines are read here and why; without a way it is wrong only where lines are configured. */
export function diagnoseGpio(
  { way, chips, reasons, isDenied }: GpioSurvey,
  isConfigured: boolean,
): readonly Diagnosis[] {
  const says = reasons.join(" ");
  if (chips.length > 0) return [pass(`GPIO by ${way === "sysfs" ? "sysfs" : "the character device"}`, says)];
  const remedy = isDenied
    ? "Add the gateway's user to the group gpio, and restart the gateway."
    : "Read lines on a machine that has some; `npm run build:epoll` builds what sysfs needs.";
  if (isConfigured) return [fail("GPIO", says, remedy)];
  return [pass("GPIO", `${says} No check reads any.`)];
}

/** Makes a diagnosis of something that is well. */
export function pass(name: string, diagnosis: string): Diagnosis {
  return { name, result: "success", diagnosis, remediation: "" };
}

/** Makes a diagnosis of something to know. */
export function warn(name: string, diagnosis: string, remediation: string): Diagnosis {
  return { name, result: "warning", diagnosis, remediation };
}

/** Makes a diagnosis of something to mend. */
export function fail(name: string, diagnosis: string, remediation: string): Diagnosis {
  return { name, result: "fail", diagnosis, remediation };
}
