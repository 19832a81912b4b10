/** Byte streams without a network: whoever plays the device gets what was written and says what comes back. */

import { GatewayError } from "../../src/model/errors.ts";
import { millis } from "../../src/model/time.ts";
import type { ByteStreamEvents } from "../../src/platform/byte-stream.ts";
import type { OpenSerialPort } from "../../src/platform/serial-port.ts";
import type { OpenByteStream } from "../../src/platform/tcp-socket.ts";

/** The device's end of one connection. */
export interface FakePeer {
  /** Delivers bytes to the gateway. */
  send(bytes: Uint8Array): void;
  /** Closes from the device's side. */
  hangUp(reason?: string): void;
  /** Whether the gateway has closed its end. */
  readonly isClosedByGateway: boolean;
  /** Whether it is over, by either side. */
  readonly isOver: boolean;
}

/** What plays the device: called with the bytes of each write, in the order of the writes. */
export type FakeDevice = (bytes: Uint8Array, peer: FakePeer) => void;

/** A place to connect to. Deliveries take a microtask's turn, as they never come from within a write of a socket. */
export class FakeHost {
  /** Every connection that was made, in order. */
  readonly peers: FakePeer[] = [];
  /** Everything that was written, in order. */
  readonly written: Uint8Array[] = [];
  /** How many of the next connections are refused. */
  refuseCount = 0;
  /** While true, a connection is closed as soon as it was made. */
  closesAtOnce = false;
  /** While true, connecting neither succeeds nor fails. */
  isHanging = false;
  #device: FakeDevice;
  #release: (() => void) | undefined;

  /** `device` left out means one that never answers. */
  constructor(device: FakeDevice = () => undefined) {
    this.#device = device;
  }

  /** Changes what plays the device from the next write on. */
  play(device: FakeDevice): void {
    this.#device = device;
  }

  /** Lets a connection that hangs be made. */
  release(): void {
    this.isHanging = false;
    this.#release?.();
  }

  readonly open: OpenByteStream = async (host, port, _timeout, events) => {
    if (this.isHanging) {
      await new Promise<void>((resolve) => {
        this.#release = resolve;
      });
    }
    if (this.refuseCount > 0) {
      this.refuseCount -= 1;
      throw new GatewayError("INPUT_UNREACHABLE", `${host}:${port} refused the connection.`);
    }
    return this.#connect(events);
  };

  readonly openSerial: OpenSerialPort = (name, _settings, events) => this.open(name, 0, millis(0), events);

  #connect(events: ByteStreamEvents): { write(bytes: Uint8Array): void; close(): void } {
    let isOver = false;
    let isClosedByGateway = false;
    const peer: FakePeer = {
      send: (bytes) => {
        if (!isOver) events.onData(bytes);
      },
      hangUp: (reason = "the device closed the connection") => {
        if (isOver) return;
        isOver = true;
        events.onClose(reason);
      },
      get isClosedByGateway() {
        return isClosedByGateway;
      },
      get isOver() {
        return isOver;
      },
    };
    this.peers.push(peer);
    if (this.closesAtOnce) queueMicrotask(() => peer.hangUp());
    return {
      write: (bytes) => {
        this.written.push(bytes);
        queueMicrotask(() => this.#device(bytes, peer));
      },
      close: () => {
        isOver = true;
        isClosedByGateway = true;
      },
    };
  }
}
