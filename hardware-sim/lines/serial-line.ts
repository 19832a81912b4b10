import { rmSync, symlinkSync } from "node:fs";
import { damageAnswer } from "../devices/answer-faults.ts";
import type { EnvelopedPdu, RequestReader } from "../devices/envelope.ts";
import type { FaultPlan } from "../devices/faults.ts";
import { RTU } from "../devices/rtu-frames.ts";
import { Units, type UnitsOptions } from "../devices/units.ts";
import { characterMs, type LineFormat, silenceMs } from "./line-time.ts";
import type { PseudoTerminal, Terminals } from "./pseudo-terminal.ts";

/** How a line and the units on it behave. */
export interface SerialLineOptions extends Omit<UnitsOptions, "unknownUnit"> {
  readonly format: LineFormat;
  /** How long a unit takes from the end of a request to its answer. Leaving it out means 0. Units: milliseconds. */
  readonly turnaroundMs?: number;
  /** Whether the adapter hears what it sends. Leaving it out means no. */
  readonly hasEcho?: boolean;
  /** A path that leads to the port wherever it is, as those in /dev/serial/by-id do. Leaving it out means none. */
  readonly link?: string;
}

/** What was seen on a line. */
export interface LineCounts {
  /** Requests whose checksum held. */
  requests: number;
  /** Times something was sent before the line had been silent for 3.5 characters; units take no notice of it. */
  tooEarly: number;
  /** The shortest silence before a request. Units: milliseconds; infinite before the second request. */
  shortestSilenceMs: number;
}

/** A receiver hands on what it heard when so many characters are there, or when no more follow. */
const FIFO_BYTES = 16;

/** What this machine may be late by, without the answer being so. Units: milliseconds. */
const OWN_DELAY_MS_MAX = 1;

/** How long an adapter is gone that loses its contact: longer than a kernel takes to notice. Units: milliseconds. */
const WITHOUT_CONTACT_MS = 200;

/** What was sent in one go. */
interface Burst {
  /** Whether units can make anything of it. */
  isClear: boolean;
  isWhole: boolean;
  readonly reader: RequestReader;
}

/**
 * A serial line with units on it, behind a pseudo-terminal: characters take their time, and a request counts only after
 * the silence that has to be before it. As on wires, everybody hears everything.
 */
export class SerialLine implements Disposable {
  readonly counts: LineCounts = { requests: 0, tooEarly: 0, shortestSilenceMs: Number.POSITIVE_INFINITY };
  readonly #options: SerialLineOptions;
  readonly #terminals: Terminals;
  readonly #units: Units;
  readonly #characterMs: number;
  readonly #silenceMs: number;
  #terminal: PseudoTerminal | undefined;
  #burst: Burst = { isClear: false, isWhole: false, reader: RTU.createReader() };
  /** When the last character was over. */
  #silentFrom = Number.NEGATIVE_INFINITY;
  /** When what was sent to the units is over. */
  #heardUntil = Number.NEGATIVE_INFINITY;
  #answering: Promise<unknown> = Promise.resolve();
  #sending: Promise<unknown> = Promise.resolve();
  #contact: NodeJS.Timeout | undefined;

  constructor(options: SerialLineOptions, terminals: Terminals) {
    this.#options = options;
    this.#terminals = terminals;
    this.#units = new Units({ ...options, unknownUnit: "silent" });
    this.#characterMs = characterMs(options.format);
    this.#silenceMs = silenceMs(options.format);
  }

  get faults(): FaultPlan {
    return this.#units.faults;
  }

  /** Where the port is; empty while it is unplugged. */
  get path(): string {
    return this.#terminal === undefined ? "" : (this.#options.link ?? this.#terminal.path);
  }

  /** Plugs the adapter in; the port may be another one than before. Idempotent. */
  plugIn(): void {
    if (this.#terminal !== undefined) return;
    this.#terminal = this.#terminals.open((bytes) => this.#hear(bytes));
    const { link } = this.#options;
    if (link === undefined) return;
    // One that was killed leaves its link behind.
    rmSync(link, { force: true });
    symlinkSync(this.#terminal.path, link);
  }

  /** Unplugs the adapter, whatever is under way. Idempotent. */
  unplug(): void {
    clearTimeout(this.#contact);
    if (this.#terminal === undefined) return;
    this.#terminal.hangUp();
    this.#terminal = undefined;
    if (this.#options.link !== undefined) rmSync(this.#options.link, { force: true });
  }

  [Symbol.dispose](): void {
    this.unplug();
  }

  /** Unplugs the adapter, and plugs it in again a moment later. */
  #loseContact(): void {
    this.unplug();
    this.#contact = setTimeout(() => this.plugIn(), WITHOUT_CONTACT_MS);
  }

  /** Bytes come at once from a program, and go over the wire one after the other. */
  #hear(bytes: Uint8Array): void {
    const now = performance.now();
    const begins = Math.max(now, this.#heardUntil);
    if (now >= this.#heardUntil) this.#beginBurst(now - this.#silentFrom);
    else if (this.#burst.isWhole) this.#spoilBurst(0);
    this.#heardUntil = begins + bytes.length * this.#characterMs;
    this.#silentFrom = Math.max(this.#silentFrom, this.#heardUntil);
    if (this.#options.hasEcho === true) this.#send(bytes, begins, () => undefined);
    const burst = this.#burst;
    for (const frame of burst.reader.push(bytes) ?? []) {
      burst.isWhole = true;
      this.counts.requests += 1;
      this.#answering = Promise.all([this.#answering, this.#answer(frame, burst, this.#heardUntil)]);
    }
  }

  #beginBurst(silence: number): void {
    this.#burst = { isClear: true, isWhole: false, reader: RTU.createReader() };
    if (silence < this.#silenceMs) this.#spoilBurst(silence);
    else this.counts.shortestSilenceMs = Math.min(this.counts.shortestSilenceMs, silence);
  }

  /** A unit takes what follows too early for a part of what came before, and the whole for noise. */
  #spoilBurst(silence: number): void {
    this.#burst.isClear = false;
    this.counts.tooEarly += 1;
    this.counts.shortestSilenceMs = Math.min(this.counts.shortestSilenceMs, silence);
  }

  async #answer(frame: EnvelopedPdu, burst: Burst, endedAt: number): Promise<void> {
    const beginsAt = endedAt + this.#silenceMs + (this.#options.turnaroundMs ?? 0);
    await this.#terminals.sleepUntil(beginsAt);
    if (!burst.isClear) return;
    const reaction = await this.#units.react(frame);
    if (reaction.kind === "hang-up") this.#loseContact();
    if (reaction.kind !== "answer") return;
    if (reaction.echo !== undefined) this.#send(reaction.echo(RTU.encode(frame)), beginsAt, () => undefined);
    const pieces = damageAnswer(RTU.encode(reaction.frame), reaction.damage, this.#units.draw);
    for (const [index, { afterMs, bytes }] of pieces.entries()) {
      const isLast = index === pieces.length - 1;
      this.#send(bytes, beginsAt + afterMs, () => isLast && reaction.countServed());
    }
  }

  /** Sends from a moment on, or when the line is free. */
  #send(bytes: Uint8Array, from: number, onSent: () => unknown): void {
    const terminal = this.#terminal;
    this.#sending = this.#sending.then(async () => {
      const begins = Math.max(from, performance.now() - OWN_DELAY_MS_MAX);
      for (let offset = 0; offset < bytes.length; offset += FIFO_BYTES) {
        const end = Math.min(bytes.length, offset + FIFO_BYTES);
        await this.#terminals.sleepUntil(begins + end * this.#characterMs);
        if (terminal === undefined || terminal !== this.#terminal) return;
        this.#silentFrom = performance.now();
        terminal.write(bytes.subarray(offset, end));
      }
      onSent();
    });
  }
}
