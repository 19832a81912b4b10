/** Serial ports as plain byte streams. The only file that imports the binding, and only when a port is opened. */

import { readSync, writeSync } from "node:fs";
import type { LinuxPortBinding } from "@serialport/bindings-cpp";
import { GatewayError } from "../model/errors.ts";
import type { BusNotice } from "../model/input.ts";
import type { LineSettings } from "../model/line-settings.ts";
import { lowerLatency } from "./adapter-latency.ts";
import type { ByteStream, ByteStreamEvents } from "./byte-stream.ts";
import { type Rs485Settings, setRs485 } from "./rs485.ts";
import { listUsbPorts, resolveSerialName } from "./serial-names.ts";

/** How a port is set. */
export interface SerialSettings extends LineSettings {
  /** What the kernel does about the direction of the line. Leaving it out means nothing: the adapter does. */
  readonly rs485?: Rs485Settings;
}

/** Opens a serial port by its name. Errors: `INPUT_UNREACHABLE`. */
export type OpenSerialPort = (name: string, settings: SerialSettings, events: ByteStreamEvents) => Promise<ByteStream>;

const READ_BYTES_MAX = 1024;

/** Ports that are being closed: one that is opened again at once would find itself locked. */
const closings = new Map<string, Promise<void>>();

/**
 * Opens a serial port for this process alone.
 *
 * Errors: `INPUT_UNREACHABLE`, with what the system said.
 */
export const openSerialPort: OpenSerialPort = async (name, { baud, parity, stopBits, dataBits = 8, rs485 }, events) => {
  const path = resolveSerialName(name, name.startsWith("usb:") ? await listUsbPorts() : []);
  await closings.get(path);
  const { LinuxBinding } = await import("@serialport/bindings-cpp");
  try {
    // Without hang-up on close: it drops a line that resets some devices.
    const port = await LinuxBinding.open({ path, baudRate: baud, parity, stopBits, dataBits, hupcl: false });
    const lack = rs485 === undefined ? undefined : await setRs485(port.fd ?? -1, rs485);
    if (lack !== undefined) {
      await port.close();
      throw new Error(`RS-485 was asked for and ${lack}. Leave out \`rs485\` if the adapter switches by itself`);
    }
    const notice = await lowerLatency(name, path, port.fd ?? -1);
    return new SerialStream(port, path, events, notice);
  } catch (cause) {
    const said = `${name} ${describePortError(cause, path)}.`;
    throw new GatewayError("INPUT_UNREACHABLE", said, { context: { name, path }, cause });
  }
};

/**
 * A port that is open. The binding's own `read` begins anew, for ever, when the port was unplugged and reads nothing;
 * so it is read here.
 */
class SerialStream implements ByteStream {
  readonly notice: BusNotice | undefined;
  readonly #port: LinuxPortBinding;
  readonly #path: string;
  readonly #events: ByteStreamEvents;
  readonly #released: Promise<void>;
  #isOver = false;

  constructor(port: LinuxPortBinding, path: string, events: ByteStreamEvents, notice: BusNotice | undefined) {
    this.notice = notice;
    this.#port = port;
    this.#path = path;
    this.#events = events;
    this.#released = this.#readUntilOver().then((reason) => this.#release(reason));
  }

  /** A request fits into what the kernel keeps for a port, so it is written at once; the binding takes a thread. */
  write(bytes: Uint8Array): void {
    if (this.#isOver || this.#port.fd === null) return;
    try {
      const count = writeSync(this.#port.fd, bytes);
      if (count < bytes.length) this.#writeLater(bytes.subarray(count));
    } catch (cause) {
      if (codeOf(cause) === "EAGAIN") this.#writeLater(bytes);
      // What makes a write fail makes the reading end too, which tells of it.
      else this.#port.poller.stop();
    }
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const path = this.#path;
    closings.set(
      path,
      this.#released.finally(() => closings.delete(path)),
    );
    this.#port.poller.stop();
  }

  #writeLater(bytes: Uint8Array): void {
    this.#port.write(Buffer.from(bytes)).catch(() => this.#port.poller.stop());
  }

  /** Gives why the port is over. The port is closed only after that, never under a read that is under way. */
  async #readUntilOver(): Promise<string> {
    const buffer = Buffer.alloc(READ_BYTES_MAX);
    for (;;) {
      const isReadable = await this.#isReadable();
      if (this.#isOver || this.#port.fd === null) return "the port was closed";
      try {
        const bytesRead = readSync(this.#port.fd, buffer, 0, buffer.length, null);
        if (bytesRead === 0) return "the port was unplugged";
        this.#events.onData(Uint8Array.from(buffer.subarray(0, bytesRead)));
      } catch (cause) {
        const code = codeOf(cause);
        if (code !== "EAGAIN" && code !== "EINTR") return `the port was unplugged (${code})`;
        if (!isReadable) return "the port failed";
      }
    }
  }

  /** Waits until there is something to read; false when waiting was ended or the port is gone. */
  #isReadable(): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.#isOver) resolve(false);
      else this.#port.poller.once("readable", (error: Error | null) => resolve(error === null));
    });
  }

  async #release(reason: string): Promise<void> {
    await this.#port.close().catch(() => undefined);
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.onClose(reason);
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : "no code";
}

/** Says in words what went wrong, to someone standing at the machine. */
function describePortError(cause: unknown, path: string): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/No such file/u.test(message)) {
    const renamed = /tty(USB|ACM)\d+$/u.test(path)
      ? ". Its number changes with every plugging in: name it by /dev/serial/by-id or as usb:VENDOR:PRODUCT"
      : "";
    return `is not there: check that the adapter is plugged in${renamed}`;
  }
  if (/Permission denied/u.test(message)) return "may not be opened: add the gateway's user to the group of the port";
  if (/Cannot lock/u.test(message)) {
    return "is in use: by another program, or by an instance with another baud rate, parity or number of stop bits";
  }
  if (message.startsWith("RS-485")) return `cannot be used: ${message}`;
  return `cannot be opened: ${message.replace(/^Error:? */u, "")}`;
}
