/**
 * A kernel with GPIO chips: the calls of its character device on bytes, and lines whose descriptors give events as the
 * kernel's do. The layout is written down here once more, after include/uapi/linux/gpio.h.
 */

import { GatewayError } from "../../src/model/errors.ts";
import type { Clock } from "../../src/model/time.ts";
import type { GpioKernel } from "../../src/platform/gpio-kernel.ts";
import type { LineDescriptor } from "../../src/platform/line-descriptor.ts";

const EVENT_BYTES = 48;

/** A line of a chip as a test sees it. */
export interface FakeLine {
  readonly name?: string;
  /** Who has it, beside whom the fake gives it to. */
  readonly consumer?: string;
}

/** A chip as a test sees it. */
export interface FakeChip {
  readonly label: string;
  readonly lines: readonly FakeLine[];
  readonly isDenied?: boolean;
}

/** An open line: what a request asked for, and the events that wait. */
export class FakeLineDescriptor implements LineDescriptor {
  /** The physical level. */
  level = 0;
  isClosed = false;
  /** What a call for the level fails with; undefined where it does not. */
  levelError: string | undefined;
  readonly request: Readonly<{ flags: number; debounceMicros: number; kept: number; consumer: string; offset: number }>;
  readonly #clock: Clock;
  readonly #events: Uint8Array[] = [];
  #number = 0;
  #failure: Error | undefined;
  #onReadable: (() => void) | undefined;

  constructor(request: FakeLineDescriptor["request"], clock: Clock) {
    this.request = request;
    this.#clock = clock;
  }

  /** Whether the line is active as it was asked for. */
  get isActive(): boolean {
    return (this.level === 1) !== ((this.request.flags & 2) === 2);
  }

  /** How many events wait. */
  get waiting(): number {
    return this.#events.length;
  }

  /** Puts a level on the line now, as a wire does. Debouncing is the kernel's and is not played here. */
  set(level: number): void {
    if (level === this.level) return;
    this.level = level;
    const isRising = this.isActive;
    if ((this.request.flags & (isRising ? 16 : 32)) === 0) return;
    this.#number += 1;
    const event = new Uint8Array(EVENT_BYTES);
    const view = new DataView(event.buffer);
    view.setBigUint64(0, BigInt(Math.round(this.#clock.monotonic() * 1e6)), true);
    view.setUint32(8, isRising ? 1 : 2, true);
    view.setUint32(12, this.request.offset, true);
    view.setUint32(16, this.#number, true);
    view.setUint32(20, this.#number, true);
    this.push(event);
  }

  /** One pulse: up and down again. */
  pulse(): void {
    this.set(1);
    this.set(0);
  }

  /** Puts bytes where events wait. The newest stay where there is no room. */
  push(event: Uint8Array): void {
    this.#events.push(event);
    if (this.#events.length > this.request.kept) this.#events.shift();
    this.#wake();
  }

  /** The chip is gone. */
  unplug(): void {
    this.#failure = Object.assign(new Error("ENODEV: no such device, read"), { code: "ENODEV" });
    this.levelError = "ENODEV";
    this.#wake();
  }

  read(into: Uint8Array): number {
    if (this.#failure !== undefined) throw this.#failure;
    let offset = 0;
    for (
      let next = this.#events[0];
      next !== undefined && offset + next.length <= into.length;
      next = this.#events[0]
    ) {
      into.set(next, offset);
      offset += next.length;
      this.#events.shift();
    }
    return offset;
  }

  wait(onReadable: () => void): void {
    this.#onReadable = onReadable;
    if (this.#events.length > 0 || this.#failure !== undefined) this.#wake();
  }

  close(): void {
    this.isClosed = true;
    this.#onReadable = undefined;
  }

  /** The event loop tells in a later turn. */
  #wake(): void {
    const listener = this.#onReadable;
    if (listener === undefined) return;
    this.#onReadable = undefined;
    queueMicrotask(() => {
      if (!this.isClosed) listener();
    });
  }
}

/** A kernel whose chips come and go. */
export class FakeGpioKernel implements GpioKernel {
  chips: readonly FakeChip[];
  /** Lines that were requested, in this order. */
  readonly requested: FakeLineDescriptor[] = [];
  /** What every further request fails with; undefined where none does. */
  requestError: string | undefined;
  /** The level that lines have when they are requested. */
  firstLevel = 0;
  /** While true, a line that was requested is never handed over. */
  isStuck = false;
  readonly #clock: Clock;

  constructor(clock: Clock, chips: readonly FakeChip[]) {
    this.#clock = clock;
    this.chips = chips;
  }

  /** The line that was requested last. */
  get line(): FakeLineDescriptor {
    const line = this.requested.at(-1);
    if (line === undefined) throw new Error("no line was requested");
    return line;
  }

  /** How many lines are open. */
  get openCount(): number {
    return this.requested.filter(({ isClosed }) => !isClosed).length;
  }

  chipPaths(): readonly string[] {
    return this.chips.map((_, index) => `/dev/gpiochip${index}`);
  }

  openChip(path: string): number {
    const index = this.chipPaths().indexOf(path);
    if (this.chips[index]?.isDenied === true) throw Object.assign(new Error("EACCES: no"), { code: "EACCES" });
    return index;
  }

  closeChip(): void {
    // Nothing is held.
  }

  call(fd: number, request: number, bytes: Uint8Array): string | undefined {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    switch (request) {
      case 0x8044_b401: {
        const chip = this.chips[fd];
        bytes.set(Buffer.from(`gpiochip${fd}`), 0);
        bytes.set(Buffer.from(chip?.label ?? ""), 32);
        view.setUint32(64, chip?.lines.length ?? 0, true);
        return undefined;
      }
      case 0xc100_b405: {
        const offset = view.getUint32(64, true);
        const line = this.chips[fd]?.lines[offset];
        if (line === undefined) return "EINVAL";
        const user = this.#userOf(offset) ?? line.consumer;
        bytes.set(Buffer.from(line.name ?? ""), 0);
        bytes.set(Buffer.from(user ?? ""), 32);
        view.setBigUint64(72, user === undefined ? 4n : 5n, true);
        return undefined;
      }
      case 0xc250_b407:
        return this.#request(fd, bytes, view);
      case 0xc010_b40e: {
        const line = this.requested[fd - 100];
        if (line?.levelError !== undefined) return line.levelError;
        view.setBigUint64(0, line?.isActive === true ? 1n : 0n, true);
        return undefined;
      }
      default:
        throw new GatewayError("INPUT_UNREACHABLE", `the fake kernel knows no call ${request.toString(16)}`);
    }
  }

  async watchLine(fd: number): Promise<LineDescriptor> {
    const line = this.requested[fd - 100];
    if (this.isStuck) {
      line?.close();
      await new Promise(() => undefined);
    }
    if (line === undefined) throw new Error(`no line has the descriptor ${fd}`);
    return line;
  }

  #userOf(offset: number): string | undefined {
    return this.requested.find((line) => !line.isClosed && line.request.offset === offset)?.request.consumer;
  }

  #request(fd: number, bytes: Uint8Array, view: DataView): string | undefined {
    const offset = view.getUint32(0, true);
    const line = this.chips[fd]?.lines[offset];
    if (this.requestError !== undefined) return this.requestError;
    if (line === undefined || view.getUint32(560, true) !== 1) return "EINVAL";
    if (line.consumer !== undefined || this.#userOf(offset) !== undefined) return "EBUSY";
    const hasDebounce = view.getUint32(296, true) === 1 && view.getUint32(320, true) === 3;
    const name = Buffer.from(bytes.subarray(256, 288)).toString("latin1");
    const descriptor = new FakeLineDescriptor(
      {
        offset,
        flags: Number(view.getBigUint64(288, true)),
        debounceMicros: hasDebounce ? view.getUint32(328, true) : 0,
        kept: view.getUint32(564, true),
        consumer: name.slice(0, name.indexOf("\0")),
      },
      this.#clock,
    );
    descriptor.level = this.firstLevel;
    this.requested.push(descriptor);
    view.setInt32(588, 99 + this.requested.length, true);
    return undefined;
  }
}

/** The chip of a Raspberry Pi 4, as its kernel labels it and names its lines. */
export function headerChip(label = "pinctrl-bcm2711"): FakeChip {
  return { label, lines: Array.from({ length: 58 }, (_, offset) => ({ name: `GPIO${offset}` })) };
}
