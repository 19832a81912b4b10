import assert from "node:assert/strict";
import { showText, showWords } from "../../decode/fields/frame-reader.ts";
import { FrameSplitter, frameBytesMax } from "../../decode/frames/frame-splitter.ts";
import { GatewayError } from "../../model/errors.ts";
import { stoppedError } from "../../model/faults.ts";
import type { BusNotice } from "../../model/input.ts";
import type { SerialProfile } from "../../model/serial-profile.ts";
import { type Clock, type Millis, type MonotonicMillis, millis, sleep, type Timer } from "../../model/time.ts";
import { untilAborted } from "../../model/until-aborted.ts";
import type { ByteStream } from "../../platform/byte-stream.ts";
import { FreshLine } from "./fresh-line.ts";

/** A frame that stops for longer than this goes on no more. Units: milliseconds. */
const FRAME_PAUSE_MS_MAX = 1000;

/** After so many timeouts in a row a converter is suspected to have lost its power without a word. */
const TIMEOUTS_IN_A_ROW_MAX = 3;

/** How long a line has to be silent before something is asked: what answers must not be the end of something else. */
const QUIET_MS = 20;

/** How long the line has to be silent after a frame with a wrong checksum before a request is given up. */
const BROKEN_SETTLES_AFTER = millis(50);

/** One frame. Shape: copies; `content` is what is between start and end. */
export interface LineFrame {
  readonly frame: Uint8Array;
  readonly content: Uint8Array;
}

/** What a line is made of. */
export interface LineParts {
  /** Says in messages where the device is. */
  readonly name: string;
  readonly clock: Clock;
  readonly profile: Pick<SerialProfile, "framing" | "checksum" | "pauseMs">;
  readonly timeout: Millis;
  /** Whether it goes over a network. */
  readonly isRemote: boolean;
  /** How long so many bytes are on the wire. Units: milliseconds. */
  wireMs(byteCount: number): number;
  /** Opens the bytes. Errors: `INPUT_UNREACHABLE`. */
  open(events: { onData(bytes: Uint8Array): void; onClose(reason: string): void }): Promise<ByteStream>;
}

/** Who hears what a device says by itself. */
export interface LineListener {
  /** Takes a frame. Shape: views that hold until it returns. */
  onFrame(frame: Uint8Array, content: Uint8Array): void;
  /** The line is over, until it is opened anew. */
  onClosed(reason: string): void;
}

/** What went over a line since it was made. */
export interface LineTally {
  requests: number;
  timeouts: number;
  /** Frames that nobody waited for. */
  unasked: number;
}

interface Pending {
  readonly request: Uint8Array;
  readonly brokenBefore: number;
  readonly noiseBefore: number;
  settling: Timer | undefined;
  settle(outcome: LineFrame | GatewayError): void;
}

/** A line to one device: it connects when it is used, finds frames in what comes, and tells answers from late ones. */
export class SerialLine {
  readonly tally: LineTally = { requests: 0, timeouts: 0, unasked: 0 };
  readonly splitter: FrameSplitter;
  readonly #parts: LineParts;
  readonly #fresh: FreshLine;
  readonly #listeners = new Set<LineListener>();
  #stream: ByteStream | undefined;
  #opening: Promise<void> | undefined;
  #isClosed = false;
  readonly #closing = new AbortController();
  #pending: Pending | undefined;
  #lastByteAt = Number.NEGATIVE_INFINITY;
  /** When the device may be asked again. */
  #readyAt = Number.NEGATIVE_INFINITY;
  /** Until when an answer to a request that was given up may still come. */
  #owedUntil = Number.NEGATIVE_INFINITY;
  #openedAt: MonotonicMillis;
  /** What was said last that nobody took, since the line was opened or answered something. */
  #said = "";
  #heardCount = 0;
  #timeoutsInARow = 0;
  #gap: Timer | undefined;
  #deadline: Timer | undefined;

  constructor(parts: LineParts) {
    this.#parts = parts;
    this.#openedAt = parts.clock.monotonic();
    this.splitter = new FrameSplitter(parts.profile.framing, parts.profile.checksum);
    this.#fresh = new FreshLine(parts.profile);
  }

  get isOpen(): boolean {
    return this.#stream !== undefined;
  }

  /** When it was opened last. */
  get openedAt(): MonotonicMillis {
    return this.#openedAt;
  }

  /** Why the line is slower than it has to be; undefined where it is not. */
  get notice(): BusNotice | undefined {
    return this.#stream?.notice;
  }

  /** How often bytes came. */
  get heardCount(): number {
    return this.#heardCount;
  }

  /** Lets somebody hear what comes; gives what ends that. */
  listen(listener: LineListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Connects, unless it is connected. Errors: `INPUT_UNREACHABLE`, `INPUT_LINK_CLOSED`, or the signal's reason. */
  async open(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#refuseWhenClosed();
    if (this.#stream !== undefined) return;
    this.#opening ??= this.#connect().finally(() => {
      this.#opening = undefined;
    });
    await untilAborted(this.#opening, signal);
    this.#refuseWhenClosed();
  }

  /**
   * Writes a request and waits for the frame that answers it.
   *
   * Errors: `INPUT_UNREACHABLE`, `INPUT_LINK_CLOSED`, `INPUT_TIMEOUT`, `INPUT_BAD_REPLY`, or the signal's reason.
   */
  async ask(request: Uint8Array, signal: AbortSignal): Promise<LineFrame> {
    const wasOpen = this.isOpen;
    await this.open(signal);
    const heardBefore = this.#heardCount;
    try {
      return await this.#askOnce(request, signal);
    } catch (error) {
      // A device, or what is in between, may have ended an idle connection: that costs no reading.
      const isDeadFromBefore = wasOpen && isLinkClosed(error) && this.#heardCount === heardBefore && !this.#isClosed;
      if (!isDeadFromBefore) throw error;
      await this.open(signal);
      return await this.#askOnce(request, signal);
    }
  }

  /**
   * Ends the connection, if it is one over a network, whose other end may be gone without a word; a port of this
   * machine says so itself. It connects again when it is used.
   */
  hangUpIfRemote(): void {
    if (!this.#parts.isRemote || this.#stream === undefined) return;
    this.#stream.close();
    this.#end(this.#gone("the gateway closed the connection"));
  }

  /** Ends it for good; a request that is pending fails. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closing.abort();
    this.#stream?.close();
    this.#end(stoppedError(this.#parts.name));
  }

  async #connect(): Promise<void> {
    let isOver = false;
    const stream = await this.#parts.open({
      onData: (bytes) => this.#receive(bytes),
      onClose: (reason) => {
        isOver = true;
        this.#closedByDevice(reason);
      },
    });
    if (this.#isClosed || isOver) {
      stream.close();
      return;
    }
    this.#timeoutsInARow = 0;
    this.#openedAt = this.#parts.clock.monotonic();
    this.#stream = stream;
    this.#said = "";
    this.splitter.reset();
    this.#owedUntil = Number.NEGATIVE_INFINITY;
    this.#fresh.begin(this.#openedAt);
  }

  async #askOnce(request: Uint8Array, signal: AbortSignal): Promise<LineFrame> {
    await this.#waitForTurn(signal);
    assert(this.#pending === undefined, "polls of one bus never overlap");
    const stream = this.#stream;
    if (stream === undefined) throw this.#gone("the line was closed");
    this.splitter.reset();
    this.tally.requests += 1;
    return await new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#owe();
        finish();
        reject(signal.reason);
      };
      const finish = (): void => {
        this.#deadline?.cancel();
        pending.settling?.cancel();
        signal.removeEventListener("abort", abort);
        this.#pending = undefined;
        this.#readyAt = this.#parts.clock.monotonic() + this.#parts.profile.pauseMs;
      };
      const settle = (outcome: LineFrame | GatewayError): void => {
        finish();
        if (outcome instanceof GatewayError) reject(outcome);
        else resolve(outcome);
      };
      const { brokenCount, noiseBytes } = this.splitter;
      const pending: Pending = {
        request,
        brokenBefore: brokenCount,
        noiseBefore: noiseBytes,
        settling: undefined,
        settle,
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#pending = pending;
      this.#expectWithin(pending, this.#parts.timeout + this.#parts.wireMs(request.length));
      stream.write(request);
    });
  }

  /** Waits until the device may be asked, is silent, and what it still owes has come or cannot come any more. */
  async #waitForTurn(signal: AbortSignal): Promise<void> {
    const { clock, timeout, name } = this.#parts;
    const giveUpAt = Math.max(clock.monotonic(), this.#readyAt, this.#owedUntil) + timeout;
    for (;;) {
      signal.throwIfAborted();
      this.#refuseWhenClosed();
      const now = clock.monotonic();
      const left = Math.max(this.#readyAt, this.#owedUntil, this.#lastByteAt + QUIET_MS) - now;
      if (left <= 0 || this.#stream === undefined) return;
      if (now >= giveUpAt) {
        const advice = "Leave out `request` if it speaks by itself, or switch that off at the device.";
        throw new GatewayError(
          "INPUT_BAD_REPLY",
          `${name} was not silent for ${timeout} ms, so nothing could be asked. ${advice}`,
        );
      }
      await sleep(clock, "serial pause", millis(left), AbortSignal.any([signal, this.#closing.signal]));
    }
  }

  #expectWithin(pending: Pending, ms: number): void {
    this.#deadline?.cancel();
    this.#deadline = this.#parts.clock.after("serial answer", millis(ms), () => this.#giveUp(pending));
  }

  #receive(bytes: Uint8Array): void {
    const { clock, profile, timeout } = this.#parts;
    const now = clock.monotonic();
    this.#heardCount += 1;
    if (now - this.#lastByteAt > FRAME_PAUSE_MS_MAX && profile.framing.type !== "silence") this.splitter.reset();
    this.#lastByteAt = now;
    const pending = this.#pending;
    if (pending === undefined) this.#fresh.hear(now);
    // An answer that is on its way may take as long as the longest frame.
    if (pending !== undefined)
      this.#expectWithin(pending, timeout + this.#parts.wireMs(frameBytesMax(profile.framing)));
    this.splitter.push(bytes, this.#take);
    if (profile.framing.type === "silence") this.#awaitSilence(profile.framing.gapMs);
    if (pending !== undefined && this.#pending === pending && this.splitter.brokenCount > pending.brokenBefore) {
      pending.settling?.cancel();
      pending.settling = clock.after("serial line settles", BROKEN_SETTLES_AFTER, () => this.#giveUp(pending));
    }
  }

  #awaitSilence(gapMs: number): void {
    this.#gap?.cancel();
    this.#gap = this.#parts.clock.after("serial silence", millis(gapMs), () => {
      this.splitter.fallSilent(this.#take);
    });
  }

  readonly #take = (frame: Uint8Array, content: Uint8Array): void => {
    const pending = this.#pending;
    if (pending !== undefined) {
      if (isEcho(frame, content, pending.request)) return;
      this.#timeoutsInARow = 0;
      this.#said = "";
      pending.settle({ frame: Uint8Array.from(frame), content: Uint8Array.from(content) });
      return;
    }
    const isCutOff = this.#fresh.isCutOff();
    this.#said = isCutOff || this.#listeners.size === 0 ? showWords(content) : "";
    if (isCutOff) return;
    if (this.#listeners.size === 0) this.tally.unasked += 1;
    this.#owedUntil = Number.NEGATIVE_INFINITY;
    for (const listener of this.#listeners) listener.onFrame(frame, content);
  };

  /** What was asked may be answered later: so long nothing else is asked, or that would be taken for its answer. */
  #owe(): void {
    this.#owedUntil = this.#parts.clock.monotonic() + this.#parts.timeout;
  }

  #giveUp(pending: Pending): void {
    const { name, timeout } = this.#parts;
    const asked = showText(Buffer.from(pending.request).toString("latin1"));
    const { brokenCount, noiseBytes, bytesHeld } = this.splitter;
    this.#owe();
    if (brokenCount > pending.brokenBefore) {
      const advice =
        "Compare the checksum with the device's manual; look for noise, and for another sender on the line.";
      pending.settle(this.#bad(`answered "${asked}" with a wrong checksum. ${advice}`));
    } else if (bytesHeld > 0) {
      const advice = "Compare `framing` with what the device sends, and its end of line above all.";
      pending.settle(this.#bad(`began to answer "${asked}" and came to no end after ${bytesHeld} bytes. ${advice}`));
    } else if (noiseBytes > pending.noiseBefore) {
      const advice = "Compare baud rate, parity and data bits with the device, then `framing`.";
      pending.settle(this.#bad(`answered "${asked}" with bytes that are no frame. ${advice}`));
    } else {
      this.tally.timeouts += 1;
      this.#timeoutsInARow += 1;
      const advice =
        "Check that it is switched on, that the cable crosses its two data lines, that baud rate and parity are its own, " +
        "and that it takes commands.";
      const message = `${name} did not answer "${asked}" within ${timeout} ms. ${advice}`;
      pending.settle(new GatewayError("INPUT_TIMEOUT", message, { context: { timeoutMs: timeout } }));
      if (this.#timeoutsInARow >= TIMEOUTS_IN_A_ROW_MAX) this.hangUpIfRemote();
    }
  }

  #closedByDevice(reason: string): void {
    // A converter whose port is gone says so before it hangs up.
    const what = this.#said === "" ? reason : `it said "${this.#said}" and ${reason}`;
    this.#end(this.#gone(what));
    for (const listener of this.#listeners) listener.onClosed(what);
  }

  #end(error: GatewayError): void {
    this.#stream = undefined;
    this.#gap?.cancel();
    this.splitter.reset();
    this.#pending?.settle(error);
  }

  #bad(what: string): GatewayError {
    return new GatewayError("INPUT_BAD_REPLY", `${this.#parts.name} ${what}`);
  }

  #gone(reason: string): GatewayError {
    return new GatewayError("INPUT_LINK_CLOSED", `${this.#parts.name}: ${reason} before the answer was complete.`);
  }

  #refuseWhenClosed(): void {
    if (this.#isClosed) throw stoppedError(this.#parts.name);
  }
}

/** Adapters of two-wire lines, and some devices, send back what they hear. */
function isEcho(frame: Uint8Array, content: Uint8Array, request: Uint8Array): boolean {
  const asked = Buffer.from(request);
  return asked.equals(frame) || (content.length > 0 && Buffer.from(content).equals(withoutEnds(asked)));
}

function withoutEnds(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0x0d || bytes[end - 1] === 0x0a)) end -= 1;
  return bytes.subarray(0, end);
}

function isLinkClosed(error: unknown): boolean {
  return error instanceof GatewayError && error.code === "INPUT_LINK_CLOSED";
}
