import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { BoardFiles } from "./board-files.ts";

/** Where the chip has its raw interrupts, a bit for each line. Source: ARM DDI 0190, PrimeCell GPIO (PL061), 3.2. */
const RAW_INTERRUPTS = 0x0903_0414;

/** The line on which a guest answers edges. */
const ECHO_LINE = 6;

/**
 * Both processors take turns in one thread. Where each had its own, Node crashed in one of ten starts in machine code
 * that it had just written, also without any of our lines open; taking turns, in none of 300.
 */
const ACCELERATOR = "tcg,thread=single";

/** How long an edge may wait for the guest, which the machine may leave little time. Units: milliseconds. */
const ANSWER_WITHIN_MS = 10_000;

/** What the guest writes before each thing it tells. */
const MARK = "@@ ";

/** One thing the guest tells. */
export interface Told {
  readonly step: string;
  /** Undefined when the step begins. */
  readonly result?: unknown;
}

/**
 * An emulated board whose GPIO chip is a PL061: a kernel of Debian drives it as on real boards, and levels come from
 * here, as from wires.
 */
export class Board implements AsyncDisposable {
  readonly #qemu: ChildProcess;
  readonly #folder: string;
  readonly #wires: Wires;
  readonly #chip: string;
  readonly #levels = new Map<number, number>();
  #console = "";
  #isOff = false;
  /** Resolves when the console says more, or never will. */
  #more: Promise<void> = Promise.resolve();

  private constructor(qemu: ChildProcess, folder: string, wires: Wires, chip: string) {
    this.#qemu = qemu;
    this.#folder = folder;
    this.#wires = wires;
    this.#chip = chip;
    let wake = (): void => undefined;
    const waitForMore = (): void => {
      this.#more = new Promise((resolve) => {
        wake = resolve;
      });
    };
    waitForMore();
    qemu.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#console += text;
      wake();
      waitForMore();
    });
    qemu.once("close", () => {
      this.#isOff = true;
      wake();
    });
  }

  /** Starts one; its kernel is then still booting. */
  static async start({ kernel, archive }: BoardFiles): Promise<Board> {
    const folder = mkdtempSync(join(tmpdir(), "tidegate-board-"));
    const [monitor, test] = [join(folder, "monitor"), join(folder, "test")];
    const qemu = spawn(
      "qemu-system-aarch64",
      [
        ...["-M", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "1024", "-accel", ACCELERATOR],
        ...["-nographic", "-no-reboot", "-net", "none", "-kernel", kernel, "-initrd", archive],
        ...["-append", "console=ttyAMA0 quiet panic=-1"],
        ...["-qmp", `unix:${monitor},server=on,wait=off`, "-qtest", `unix:${test},server=on,wait=off`],
      ],
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    try {
      const chip = await findChip(await connectSoon(monitor));
      const wires = new Wires(await connectSoon(test));
      await wires.ask(`irq_intercept_out ${chip}`);
      return new Board(qemu, folder, wires, chip);
    } catch (cause) {
      qemu.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
      throw cause;
    }
  }

  /** All that came over the console. */
  get console(): string {
    return this.#console;
  }

  /** What the guest tells, until the board is switched off. */
  async *told(): AsyncGenerator<Told> {
    let from = 0;
    for (;;) {
      const end = this.#console.indexOf("\n", from);
      if (end !== -1) {
        const line = this.#console.slice(from, end);
        from = end + 1;
        const mark = line.indexOf(MARK);
        if (mark !== -1) yield JSON.parse(line.slice(mark + MARK.length)) as Told;
      } else if (this.#isOff) {
        return;
      } else {
        await this.#more;
      }
    }
  }

  /** Puts a level on a line. */
  async set(line: number, level: 0 | 1): Promise<void> {
    this.#levels.set(line, level);
    await this.#wires.ask(`set_irq_in ${this.#chip} unnamed-gpio-in ${line} ${level}`);
  }

  /**
   * Changes the level of a line so many times, evenly; the next time only when the kernel has taken the interrupt of
   * the one before, or when the guest has answered it: an emulated board may stand still for a while, and real levels
   * that change meanwhile are seen by no kernel. Gives how many changes there were in a second.
   */
  async toggle(
    line: number,
    { edges, perSecond, isEchoed = false }: { readonly edges: number; readonly perSecond: number; isEchoed?: boolean },
  ): Promise<number> {
    const from = performance.now();
    let due = from;
    for (let edge = 0; edge < edges; edge += 1) {
      await delay(Math.max(0, due - performance.now()));
      due = performance.now() + 1000 / perSecond;
      const echoes = this.#wires.echoes;
      await this.set(line, this.#levels.get(line) === 1 ? 0 : 1);
      const until = performance.now() + ANSWER_WITHIN_MS;
      while (isEchoed ? this.#wires.echoes === echoes : await this.#isPending(line)) {
        if (performance.now() > until) throw new Error(`edge ${edge + 1} on line ${line} was not answered`);
        await delay(1);
      }
    }
    return (1000 * edges) / (performance.now() - from);
  }

  async #isPending(line: number): Promise<boolean> {
    const answer = await this.#wires.ask(`readl ${RAW_INTERRUPTS}`);
    return ((Number(answer.split(" ")[1]) >> line) & 1) === 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = this.#qemu.exitCode === null && this.#qemu.signalCode === null ? once(this.#qemu, "exit") : undefined;
    this.#qemu.kill("SIGKILL");
    await ended;
    this.#wires.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The emulator's own test protocol: a line for each question and each answer, and one for each output that changes. */
class Wires {
  /** How often the line of answers has changed. */
  echoes = 0;
  readonly #socket: Socket;
  readonly #waiting: ((answer: string) => void)[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    const lines = createInterface({ input: socket });
    lines.on("error", () => undefined);
    lines.on("line", (line) => {
      if (!line.startsWith("IRQ ")) this.#waiting.shift()?.(line);
      else if (line.endsWith(` ${ECHO_LINE}`)) this.echoes += 1;
    });
    socket.on("error", () => socket.destroy());
    // A board that was switched off takes any level.
    socket.on("close", () => {
      for (const answer of this.#waiting.splice(0)) answer("OK");
    });
  }

  ask(question: string): Promise<string> {
    if (this.#socket.destroyed) return Promise.resolve("OK");
    return new Promise((resolve, reject) => {
      this.#waiting.push((answer) => {
        if (answer.startsWith("OK")) resolve(answer);
        else reject(new Error(`${question}: ${answer}`));
      });
      this.#socket.write(`${question}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

async function connectSoon(path: string): Promise<Socket> {
  for (let tries = 0; ; tries += 1) {
    const socket = connect(path);
    try {
      await once(socket, "connect");
      socket.on("error", () => undefined);
      return socket;
    } catch (cause) {
      if (tries === 100) throw cause;
      await delay(50);
    }
  }
}

/** Asks the emulator what it calls the chip. */
async function findChip(monitor: Socket): Promise<string> {
  const lines = createInterface({ input: monitor })[Symbol.asyncIterator]();
  const ask = async (execute: string, words?: Readonly<Record<string, string>>): Promise<unknown> => {
    monitor.write(`${JSON.stringify({ execute, ...(words === undefined ? {} : { arguments: words }) })}\n`);
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true) throw new Error("the emulator hung up");
      const answer = JSON.parse(value) as { readonly return?: unknown; readonly error?: unknown };
      if (answer.error !== undefined) throw new Error(`${execute}: ${JSON.stringify(answer.error)}`);
      if (answer.return !== undefined) return answer.return;
    }
  };
  try {
    await ask("qmp_capabilities");
    const path = "/machine/unattached";
    const devices = (await ask("qom-list", { path })) as readonly { readonly name: string; readonly type: string }[];
    const chip = devices.find(({ type }) => type === "child<pl061>");
    if (chip === undefined) throw new Error("the emulated board has no PL061");
    return `${path}/${chip.name}`;
  } finally {
    monitor.destroy();
  }
}
