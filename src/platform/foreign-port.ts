/** Ports of `modbus-serial`, for the transports we do not write. The only file that imports it, and only when used. */

import { GatewayError } from "../model/errors.ts";
import type { ByteStream, ByteStreamEvents } from "./byte-stream.ts";

/** A port of `modbus-serial`: whatever it speaks, it is written to and heard in frames of RTU with a checksum. */
export interface ForeignPort {
  on(event: "data", listener: (frame: Buffer) => void): unknown;
  /** Some of them write into the bytes they are given. */
  write(frame: Buffer): void;
}

/** Opens the bytes below a foreign port. Errors: `INPUT_UNREACHABLE`. */
export type OpenBytesBelow = (events: ByteStreamEvents) => Promise<ByteStream>;

type PortFile = "asciiport" | "telnetport" | "udpport";

const loaded = new Map<PortFile, unknown>();

/**
 * Loads one kind of port; its constructor's arguments and what else is used of it stand where it is used, since the
 * package declares no types for them.
 *
 * Errors: `INPUT_UNREACHABLE`, where the package or a part of it is not installed.
 */
export async function loadForeignPort<Constructor>(file: PortFile): Promise<Constructor> {
  if (!loaded.has(file)) loaded.set(file, await importPort(file));
  return loaded.get(file) as Constructor;
}

async function importPort(file: PortFile): Promise<unknown> {
  try {
    const imported = (await import(`modbus-serial/ports/${file}.js`)) as { readonly default: unknown };
    return imported.default;
  } catch (cause) {
    const said = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new GatewayError(
      "INPUT_UNREACHABLE",
      `This framing goes through the package modbus-serial, which does not load: ${said}. Install tidegate again ` +
        "without --omit=optional.",
      { cause },
    );
  }
}
