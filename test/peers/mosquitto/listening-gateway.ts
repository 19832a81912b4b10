import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { GatewayProcess } from "../../../hardware-sim/plant/gateway-process.ts";
import type { Status } from "../../../src/model/status.ts";

const LAUNCHER = fileURLToPath(new URL("../../../src/launch.js", import.meta.url));
const run = promisify(execFile);

/** What the kernel counts the processor's time in. Source: sysconf(3), _SC_CLK_TCK on Linux. */
const TICK_MS = 10;

/** One sample of the log. */
export interface LoggedSample {
  readonly value: number;
  /** Units: milliseconds since 1970. */
  readonly at: number;
  readonly series: string;
}

/** A gateway that listens to a broker and sends nothing, so that all it heard is in its log. */
export class ListeningGateway implements AsyncDisposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), "tidegate-listener-"));
  readonly log: string[] = [];
  #process: GatewayProcess | undefined;

  /** `instance` holds the keys of the one instance, as YAML that JSON is. */
  constructor(instance: Readonly<Record<string, unknown>>, durability = "interval") {
    mkdirSync(join(this.folder, "conf.d"));
    const main = [
      ...['api_key: "0123456789abcdef0123456789abcdef"', 'dd_url: "http://127.0.0.1:9"', "hostname: listener"],
      ...[`run_path: ${join(this.folder, "run")}`, `store: { durability: ${durability} }`],
    ];
    writeFileSync(join(this.folder, "tidegate.yaml"), `${main.join("\n")}\n`);
    const check = { init_config: {}, instances: [{ min_collection_interval: 1, ...instance }] };
    writeFileSync(join(this.folder, "conf.d", "mqtt.yaml"), JSON.stringify(check));
  }

  start(): void {
    this.#process = new GatewayProcess(this.folder, (line) => this.log.push(line));
  }

  /** What it has in memory, and the processor's time it has used. Units: megabytes, and milliseconds. */
  cost(): { readonly residentMb: number; readonly cpuMs: number } {
    const read = (name: string): string => readFileSync(`/proc/${this.#process?.pid}/${name}`, "utf8");
    const [user, system] = (read("stat").split(") ")[1] ?? "").split(" ").slice(11, 13);
    const residentKb = Number(/VmRSS:\s+(\d+)/u.exec(read("status"))?.[1]);
    return { residentMb: residentKb / 1024, cpuMs: (Number(user) + Number(system)) * TICK_MS };
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
    this.#process?.[Symbol.dispose]();
    this.#process = undefined;
  }

  /** Kills it with SIGKILL. */
  async kill(): Promise<void> {
    this.#process?.kill();
    await this.#process?.ended;
    this.#process?.[Symbol.dispose]();
    this.#process = undefined;
  }

  /** What it says of its instance; undefined while it does not answer. */
  async status(): Promise<Status["instances"][number] | undefined> {
    try {
      const { stdout } = await run(process.execPath, [LAUNCHER, "status", "--json", "--config", this.folder]);
      return (JSON.parse(stdout) as Status).instances[0];
    } catch {
      return undefined;
    }
  }

  /** Waits until what it says of its instance is as wanted. */
  async until(is: (of: Status["instances"][number]) => boolean, seconds = 30): Promise<void> {
    let last: Status["instances"][number] | undefined;
    for (const end = performance.now() + seconds * 1000; performance.now() < end; await delay(50)) {
      last = await this.status();
      if (last !== undefined && is(last)) return;
    }
    throw new Error(`not so after ${seconds} s: ${JSON.stringify(last)}\n${this.log.join("\n")}`);
  }

  /** Waits until it can hear. */
  async untilReachable(): Promise<void> {
    await this.until(({ state }) => state === "OK" || state === "WARNING");
  }

  /** Everything in its log, in the order it came. */
  async samples(): Promise<LoggedSample[]> {
    const words = [LAUNCHER, "log", "export", "--format", "jsonl", "--config", this.folder];
    const { stdout } = await run(process.execPath, words, { maxBuffer: 1e9 });
    return stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as { time: string; metric: string; tags: string[]; value: number })
      .filter(({ metric }) => !metric.startsWith("tidegate."))
      .map(({ time, metric, tags, value }) => ({ at: Date.parse(time), value, series: [metric, ...tags].join(" ") }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
