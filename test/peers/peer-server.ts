import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { listen, stopListening } from "../../hardware-sim/listening.ts";
import { Child } from "./child-process.ts";

const START_SECONDS_MAX = 30;

/** Where a server runs: a folder of its own and a free port of loopback. */
export interface PeerPlace {
  readonly folder: string;
  readonly port: number;
  /** Host and port. */
  readonly address: string;
}

/** How to start a server of others. */
export interface PeerProgram {
  readonly command: string;
  /** Writes into the folder what the server wants to find there, and gives its arguments; called before each start. */
  readonly prepare: (place: PeerPlace) => readonly string[];
  /** What answers with a status of 200 to 299 once the server is ready. */
  readonly readyPath: string;
}

/** A server of others, with a store of its own that is gone when it ends. It can be stopped, halted, started again. */
export class PeerServer implements AsyncDisposable {
  /** Scheme, host and port. They stay when the server is started again. */
  readonly url: string;
  readonly place: PeerPlace;
  readonly #program: PeerProgram;
  #server: Child | undefined;

  private constructor(program: PeerProgram, place: PeerPlace) {
    this.#program = program;
    this.place = place;
    this.url = `http://${place.address}`;
  }

  /** Starts one and waits until it is ready. */
  static async open(program: PeerProgram): Promise<PeerServer> {
    const port = await findFreePort();
    const folder = mkdtempSync(join(tmpdir(), "tidegate-peer-"));
    const server = new PeerServer(program, { folder, port, address: `127.0.0.1:${port}` });
    try {
      await server.start();
    } catch (cause) {
      await server[Symbol.asyncDispose]();
      throw cause;
    }
    return server;
  }

  /** Starts it, on the store of the time before, and waits until it is ready. */
  async start(): Promise<void> {
    const { command, prepare } = this.#program;
    this.#server = new Child(command, prepare(this.place));
    await this.#isReady(this.#server);
  }

  /** Asks it to end, with SIGTERM, and waits until it has. */
  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#server = undefined;
  }

  /** Halts it, with SIGSTOP: it takes connections and answers nothing. */
  pause(): void {
    this.#server?.signal("SIGSTOP");
  }

  /** Lets it go on after `pause`. */
  resume(): void {
    this.#server?.signal("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    rmSync(this.place.folder, { recursive: true, force: true });
  }

  async #isReady(server: Child): Promise<void> {
    const { command, readyPath } = this.#program;
    let isEnded = false;
    const ended = server.ended().then(({ errors }) => {
      isEnded = true;
      throw new Error(`${command} ended early: ${errors}`);
    });
    const ready = (async () => {
      for (let until = performance.now() + START_SECONDS_MAX * 1000; !isEnded; await delay(50)) {
        if (await isOk(`${this.url}${readyPath}`)) return;
        if (performance.now() > until) throw new Error(`${command} is not ready after ${START_SECONDS_MAX} s`);
      }
    })();
    // What ends it later is a stop that the test asked for.
    ended.catch(() => undefined);
    await Promise.race([ready, ended]);
  }
}

async function isOk(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
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
