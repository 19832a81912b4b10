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

/** The ports that are used. */
export const FOREIGN_PORTS = ["asciiport", "telnetport", "udpport"] as const;
type PortFile = (typeof FOREIGN_PORTS)[number];

/** Names what is imported for a port. */
export function moduleOfForeignPort(file: PortFile): string {
  return `modbus-serial/ports/${file}.js`;
}

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
    const imported = (await import(moduleOfForeignPort(file))) as { readonly default: unknown };
    return imported.default;
  } catch (cause) {
    const said = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new GatewayError(
      "INPUT_UNREACHABLE",
      `This framing goes through the package modbus-serial, which does not load: ${said}. \`tidegate version\` ` +
        "says what is missing; install tidegate again.",
      { cause },
    );
  }
}
