import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { millis, sleep } from "../../../src/model/time.ts";
import { systemClock } from "../../../src/platform/system-clock.ts";
import { installPackages } from "../../peers/debian-packages.ts";
import { fixed, printTable } from "../store/table.ts";
import { FIRST_ADDRESS } from "./clients.ts";

/** It reads one register a request, 50 of them ten times a second; it has no other way than by the clock. */
const POINTS = 50;
const INTERVAL_S = 0.1;
const WARM_UP_MS = 2000;
const MEASURED_MS = 10_000;

/** Prints what the modbus plugin of collectd takes to read; says so where it cannot be had. */
export async function measureCollectd(folder: string, port: number): Promise<void> {
  const lack = installPackages(["collectd-core"], 120);
  if (lack !== undefined) {
    process.stdout.write(`\ncollectd was left out: ${lack}.\n`);
    return;
  }
  const config = join(folder, "collectd.conf");
  await mkdir(join(folder, "state"));
  await writeFile(config, formatConfig(folder, port));
  const child = spawn("collectd", ["-f", "-C", config], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  try {
    await sleep(systemClock, "warming up", millis(WARM_UP_MS));
    const from = usageOf(child.pid ?? 0);
    await sleep(systemClock, "measuring", millis(MEASURED_MS));
    const usage = usageOf(child.pid ?? 0);
    const reads = (POINTS * MEASURED_MS) / (1000 * INTERVAL_S);
    const microseconds = (usage.cpuMs - from.cpuMs) * 1000;
    printTable(
      "1 register, by the clock",
      ["client", "reads/s", "us/read", "MB"],
      [["collectd", fixed(reads / (MEASURED_MS / 1000), 0), fixed(microseconds / reads, 1), fixed(usage.mb, 0)]],
    );
  } finally {
    child.kill("SIGTERM");
    await ended;
  }
}

/** Ticks are a hundredth of a second on every machine that Linux runs on. */
function usageOf(pid: number): { readonly cpuMs: number; readonly mb: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  const pages = Number(fields[21]);
  return { cpuMs: 10 * (Number(fields[11]) + Number(fields[12])), mb: (4096 * pages) / 1e6 };
}

function formatConfig(folder: string, port: number): string {
  const names = Array.from({ length: POINTS }, (_, index) => `point-${index}`);
  const points = names.map(
    (name, index) => `  <Data "${name}">
    RegisterBase ${FIRST_ADDRESS + 2 * index}
    RegisterType Uint16
    RegisterCmd ReadHolding
    Type gauge
    Instance "${name}"
  </Data>`,
  );
  return `BaseDir "${folder}/state"
PIDFile "${folder}/collectd.pid"
Interval ${INTERVAL_S}
LoadPlugin modbus
<Plugin modbus>
${points.join("\n")}
  <Host "bench">
    Address "127.0.0.1"
    Port "${port}"
    Interval ${INTERVAL_S}
    <Slave 1>
      Instance "unit-1"
${names.map((name) => `      Collect "${name}"`).join("\n")}
    </Slave>
  </Host>
</Plugin>
`;
}
