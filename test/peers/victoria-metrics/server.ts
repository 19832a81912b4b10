import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { listen, stopListening } from "../../../hardware-sim/listening.ts";
import { Child } from "../child-process.ts";
import type { HeldPoint } from "../known-points.ts";

const PROGRAM = "/usr/bin/victoria-metrics";
const START_SECONDS_MAX = 30;

/** A VictoriaMetrics with a store of its own, which is gone when it ends. */
export class VictoriaMetrics implements AsyncDisposable {
  /** Scheme, host and port. */
  readonly url: string;
  readonly #folder: string;
  readonly #server: Child;

  private constructor(url: string, folder: string, server: Child) {
    this.url = url;
    this.#folder = folder;
    this.#server = server;
  }

  /** Starts one on a free port of loopback and waits until it answers. */
  static async open(): Promise<VictoriaMetrics> {
    const address = `127.0.0.1:${await findFreePort()}`;
    const folder = mkdtempSync(join(tmpdir(), "tidegate-victoria-metrics-"));
    const server = new Child(PROGRAM, [
      `-storageDataPath=${folder}`,
      `-httpListenAddr=${address}`,
      "-retentionPeriod=12",
      "-dedup.minScrapeInterval=1ms",
      "-search.latencyOffset=0s",
    ]);
    const started = new VictoriaMetrics(`http://${address}`, folder, server);
    try {
      await started.#answers();
    } catch (cause) {
      await started[Symbol.asyncDispose]();
      throw cause;
    }
    return started;
  }

  /** The points it holds of series with a tag, in no particular order. */
  async held(key: string, value: string): Promise<readonly HeldPoint[]> {
    await fetch(`${this.url}/internal/force_flush`);
    const match = encodeURIComponent(`{${key}="${value}"}`);
    const lines = await (await fetch(`${this.url}/api/v1/export?match[]=${match}`)).text();
    return lines
      .trimEnd()
      .split("\n")
      .filter((line) => line !== "")
      .flatMap((line) => readExported(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #answers(): Promise<void> {
    let isEnded = false;
    const ended = this.#server.ended().then(({ errors }) => {
      isEnded = true;
      throw new Error(`${PROGRAM} ended early: ${errors}`);
    });
    const healthy = (async () => {
      for (let until = performance.now() + START_SECONDS_MAX * 1000; !isEnded; await delay(50)) {
        if (await isHealthy(this.url)) return;
        if (performance.now() > until) throw new Error(`${PROGRAM} does not answer after ${START_SECONDS_MAX} s`);
      }
    })();
    await Promise.race([healthy, ended]);
  }
}

interface ExportedLine {
  readonly metric: Readonly<Record<string, string>>;
  /** Units: milliseconds since 1970. */
  readonly timestamps: readonly number[];
  readonly values: readonly number[];
}

function readExported(line: string): HeldPoint[] {
  const { metric: labels, timestamps, values }: ExportedLine = JSON.parse(line);
  const { __name__: metric = "", host = "", ...others } = labels;
  const tags = Object.entries(others).map(([key, value]) => `${key}:${value}`);
  return timestamps.map((at, index) => ({
    metric,
    host,
    tags: tags.sort(),
    second: at / 1000,
    value: values[index] ?? Number.NaN,
  }));
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`)).ok;
  } catch {
    return false;
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server, 0);
  await stopListening(server, []);
  return port;
}
