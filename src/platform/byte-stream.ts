import type { BusNotice } from "../model/input.ts";

/** What a byte stream tells its owner. */
export interface ByteStreamEvents {
  /** Bytes came in. Shape: any length from 1. */
  onData(bytes: Uint8Array): void;
  /** The stream is over, by either side; called once, and nothing is called after it. */
  onClose(reason: string): void;
}

/** A two-way stream of bytes to a device: a socket, a serial port, or a fake of either. */
export interface ByteStream {
  /** Why it is slower than it has to be; absent where it is not. */
  readonly notice?: BusNotice | undefined;
  /** Writes at once, or, when more is likely to be written in this turn of the event loop, together with that. */
  write(bytes: Uint8Array, isMoreLikely?: boolean): void;
  /** Ends it at once; `onClose` is not called for it. Idempotent. */
  close(): void;
}
