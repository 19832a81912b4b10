import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { listen, stopListening } from "../../../hardware-sim/listening.ts";
import { Child } from "../child-process.ts";

const START_SECONDS_MAX = 10;

/** What is published. */
export interface Publication {
  readonly topic: string;
  readonly payloads: readonly string[];
  readonly qos: 0 | 1 | 2;
  /** Leaving it out means as fast as they go. */
  readonly perSecond?: number;
  /** Further options of `mosquitto_pub`. */
  readonly options?: readonly string[];
}

/** A mosquitto with a store of its own. It can be stopped, halted and started again, and keeps what it has on disk. */
export class Mosquitto implements AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  #child: Child | undefined;

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
  }

  /** Starts one. `lines` are added to its configuration; `{folder}` stands for its folder. */
  static async open(...lines: readonly string[]): Promise<Mosquitto> {
    const server = createServer();
    const port = await listen(server, 0);
    await stopListening(server, []);
    const folder = mkdtempSync(join(tmpdir(), "tidegate-mosquitto-"));
    const config = [
      ...["user root", "persistence true", `persistence_location ${folder}/`, "autosave_interval 1"],
      ...["max_queued_messages 0", `listener ${port} 127.0.0.1`],
      ...(lines.length === 0 ? ["allow_anonymous true"] : lines),
    ];
    writeFileSync(join(folder, "mosquitto.conf"), `${config.join("\n").replaceAll("{folder}", folder)}\n`);
    const broker = new Mosquitto(folder, port);
    return broker;
  }

  async start(): Promise<void> {
    this.#child = new Child("mosquitto", ["-c", join(this.folder, "mosquitto.conf")]);
    for (const until = performance.now() + START_SECONDS_MAX * 1000; !(await isListening(this.port)); await delay(20)) {
      if (performance.now() > until) throw new Error(`mosquitto does not listen after ${START_SECONDS_MAX} s`);
    }
  }

  /** Asks it to end, and waits until it has. */
  async stop(): Promise<void> {
    await this.#child?.stop();
  }

  /** Halts it: connections stay, and nothing is answered. */
  pause(): void {
    this.#child?.signal("SIGSTOP");
  }

  resume(): void {
    this.#child?.signal("SIGCONT");
  }

  /**
   * Publishes messages one after the other, by one connection: at once, or `perSecond` of them each second.
   */
  async publish({ topic, payloads, qos, options = [], perSecond }: Publication): Promise<void> {
    const words = ["-p", String(this.port), "-t", topic, "-q", String(qos), "-l", ...options];
    const publisher = spawn("mosquitto_pub", words, { stdio: ["pipe", "ignore", "pipe"] });
    let errors = "";
    publisher.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    const step = perSecond === undefined ? payloads.length : Math.ceil(perSecond / 10);
    const begun = performance.now();
    for (let from = 0; from < payloads.length; from += step) {
      if (from > 0) await delay(Math.max(0, begun + (100 * from) / step - performance.now()));
      publisher.stdin.write(
        payloads
          .slice(from, from + step)
          .map((payload) => `${payload}\n`)
          .join(""),
      );
    }
    publisher.stdin.end();
    const [code] = (await once(publisher, "close")) as [number | null];
    if (code !== 0) throw new Error(`mosquitto_pub ended with ${code}: ${errors}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.resume();
    await this.#child?.[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
