import assert from "node:assert/strict";
import {
  answerBytesOf,
  decodeReadRequest,
  encodeReadRequest,
  READ_IDENTIFICATION,
  type ReadRequest,
} from "../../decode/modbus-pdu.ts";
import {
  type AnswerShape,
  encodeRtu,
  type RtuFinding,
  type RtuFrame,
  RtuScanner,
  shapeFrameBytesMax,
  UNCOUNTED,
} from "../../decode/rtu-frame.ts";
import { GatewayError } from "../../model/errors.ts";
import type { BusNotice } from "../../model/input.ts";
import { type Clock, type Millis, millis, type Timer } from "../../model/time.ts";
import type { ByteStream, ByteStreamEvents } from "../../platform/byte-stream.ts";
import type { LineCounts } from "./line-counts.ts";
import type { LineTiming } from "./line-timing.ts";
import type { LinkConnection, ModbusRequest } from "./link.ts";
import type { OwedAnswers } from "./owed-answers.ts";
import { chooseProbe } from "./probe.ts";

/**
 * How long the line has to be silent after an answer with a wrong checksum before the request is given up: longer than
 * USB adapters and converters pause inside a frame.
 */
const BROKEN_SETTLES_AFTER = millis(50);

/** Opens the bytes of a line. Errors: `INPUT_UNREACHABLE`. */
export type OpenLine = (timeout: Millis, events: ByteStreamEvents) => Promise<ByteStream>;

/** What a link lends to each of its connections; counts and debts outlive them, as the line does. */
export interface RtuLine {
  /** Says in messages which line it is. */
  readonly name: string;
  readonly clock: Clock;
  readonly timing: LineTiming;
  readonly openLine: OpenLine;
  readonly owed: OwedAnswers;
  readonly counts: LineCounts;
  /** After so many timeouts in a row the connection itself is suspected and closed. */
  readonly timeoutsInARowMax: number;
  /** What to look at when the other side closes, in whole sentences. */
  readonly closingAdvice: string;
}

interface Pending {
  readonly shape: AnswerShape;
  readonly brokenBefore: number;
  /** Whose answers came instead. */
  strangers: Set<number>;
  settling: Timer | undefined;
  settle(outcome: Uint8Array | GatewayError): void;
}

/**
 * The life of one connection to a line: it keeps the silences, finds answers among noise and echoes, and takes none
 * that may belong to a request given up before.
 */
export class RtuConnection implements LinkConnection {
  readonly #line: RtuLine;
  readonly #scanner: RtuScanner;
  #stream: ByteStream | undefined;
  #pending: Pending | undefined;
  #endPause: (() => void) | undefined;
  #endedBy: GatewayError | undefined;
  #receivedCount = 0;
  #receivedBefore = 0;
  #silentFrom: number;
  #unitAskedLast = 0;
  #timeoutsInARow = 0;

  private constructor(line: RtuLine) {
    this.#line = line;
    this.#silentFrom = line.clock.monotonic();
    this.#scanner = new RtuScanner((shape) => this.#isExpected(shape));
  }

  /** Connects. Errors: `INPUT_UNREACHABLE`. */
  static async open(line: RtuLine, timeout: Millis): Promise<RtuConnection> {
    const connection = new RtuConnection(line);
    connection.#stream = await line.openLine(timeout, {
      onData: (bytes) => connection.#receive(bytes),
      onClose: (reason) => connection.#end(connection.#closedByDevice(reason)),
    });
    return connection;
  }

  get isOpen(): boolean {
    return this.#endedBy === undefined;
  }

  get notice(): BusNotice | undefined {
    return this.#stream?.notice;
  }

  get receivedCount(): number {
    return this.#receivedCount;
  }

  /**
   * Sends a request and waits for its answer. Where the answer could not be told from one that the unit still owes,
   * something of another length is asked first: what answers that, or refuses it, settles the debt.
   *
   * Errors: `INPUT_LINK_CLOSED`, `INPUT_TIMEOUT`, `INPUT_BAD_REPLY`, `INPUT_WRITE_REFUSED`, or the signal's reason.
   */
  async exchange(request: ModbusRequest): Promise<Uint8Array> {
    const { owed } = this.#line;
    const { unit, pdu, registerBytes = 2 } = request;
    const frame = encodeRtu(unit, pdu);
    const read = pdu[0] === READ_IDENTIFICATION.functionCode ? undefined : { ...decodeReadRequest(pdu), registerBytes };
    const shape = read === undefined ? identificationOf(unit) : shapeOf(unit, read);
    this.#receivedBefore = this.#receivedCount;
    if (owed.has(shape)) {
      const isOwed = (other: ReadRequest): boolean => owed.has(shapeOf(unit, other));
      const probe = chooseProbe(read, isOwed, request.harmless);
      if (probe === undefined) throw this.#untellable(unit);
      await this.#ask({ ...request, pdu: encodeReadRequest(probe) }, shapeOf(unit, probe));
    }
    return this.#ask(request, shape, frame);
  }

  /** Keeps nothing for the next request. */
  rest(): void {}

  close(): void {
    this.#end(new GatewayError("INPUT_LINK_CLOSED", `${this.#line.name}: the gateway closed the connection.`));
  }

  async #ask(
    request: ModbusRequest,
    shape: AnswerShape,
    frame: Uint8Array = encodeRtu(request.unit, request.pdu),
  ): Promise<Uint8Array> {
    await this.#waitForSilence(request);
    return this.#send(request, shape, frame);
  }

  /** Waits until the line has been silent for as long as has to lie between two frames. */
  async #waitForSilence({ timeout, signal }: ModbusRequest): Promise<void> {
    const { clock, timing, name } = this.#line;
    const giveUpAt = clock.monotonic() + timeout + timing.silence;
    for (;;) {
      signal.throwIfAborted();
      if (this.#endedBy !== undefined) throw this.#endedBy;
      const now = clock.monotonic();
      const left = this.#silentFrom + timing.silence - now;
      if (left <= 0) return;
      if (now > giveUpAt) {
        throw new GatewayError(
          "INPUT_BAD_REPLY",
          `${name}: the line was not silent for ${timeout} ms, so nothing could be asked. Look for another master on ` +
            "it, and for a bus without termination and bias, which hears noise.",
        );
      }
      await this.#pause(millis(left), signal);
    }
  }

  /** Waits for `delay`, or until `signal` aborts or the connection ends. */
  #pause(delay: Millis, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        timer.cancel();
        signal.removeEventListener("abort", finish);
        this.#endPause = undefined;
        resolve();
      };
      const timer = this.#line.clock.after("modbus silence", delay, finish);
      signal.addEventListener("abort", finish, { once: true });
      this.#endPause = finish;
    });
  }

  #send({ unit, timeout, signal }: ModbusRequest, shape: AnswerShape, frame: Uint8Array): Promise<Uint8Array> {
    const { clock, timing, owed } = this.#line;
    assert(this.#pending === undefined, "one request is on the wire at a time");
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        timer.cancel();
        pending.settling?.cancel();
        signal.removeEventListener("abort", abort);
        this.#pending = undefined;
      };
      const abort = (): void => {
        finish();
        owed.add(shape);
        reject(signal.reason);
      };
      const settle = (outcome: Uint8Array | GatewayError): void => {
        finish();
        if (outcome instanceof GatewayError) reject(outcome);
        else resolve(outcome);
      };
      const brokenBefore = this.#scanner.brokenCount;
      const pending: Pending = { shape, brokenBefore, strangers: new Set(), settling: undefined, settle };
      const wireTime = timing.wireTime(frame.length + shapeFrameBytesMax(shape), 2);
      const timer = clock.after("modbus answer", millis(timeout + wireTime), () => this.#giveUp(pending, timeout));
      signal.addEventListener("abort", abort, { once: true });
      this.#countNoise(() => this.#scanner.begin(frame));
      this.#unitAskedLast = unit;
      this.#pending = pending;
      this.#silentFrom = clock.monotonic() + timing.wireTime(frame.length);
      this.#stream?.write(frame);
    });
  }

  #isExpected(shape: AnswerShape): boolean {
    return (this.#pending !== undefined && answers(shape, this.#pending.shape)) || this.#line.owed.has(shape);
  }

  #receive(bytes: Uint8Array): void {
    this.#receivedCount += 1;
    this.#silentFrom = this.#line.clock.monotonic();
    this.#countNoise(() => this.#scanner.push(bytes, (finding) => this.#take(finding)));
    const pending = this.#pending;
    if (pending === undefined || this.#scanner.brokenCount === pending.brokenBefore) return;
    pending.settling?.cancel();
    pending.settling = this.#line.clock.after("modbus line settles", BROKEN_SETTLES_AFTER, () => this.#refuse(pending));
  }

  #countNoise(scan: () => void): void {
    const before = this.#scanner.noiseBytes;
    const { unit } = this.#pending?.shape ?? { unit: this.#unitAskedLast };
    scan();
    this.#line.counts.of(unit).noiseBytes += this.#scanner.noiseBytes - before;
  }

  #take(finding: RtuFinding): void {
    if (finding.kind === "echo") this.#line.counts.of(this.#unitAskedLast).echoed += 1;
    else if (finding.frame.unit === this.#pending?.shape.unit) this.#takeOfUnit(finding.frame, this.#pending);
    else this.#takeOfStranger(finding.frame);
  }

  /** Takes what the unit says that was asked. */
  #takeOfUnit(frame: RtuFrame, pending: Pending): void {
    const { owed, counts } = this.#line;
    const isOwn = answers(frame, pending.shape);
    if (owed.has(frame)) {
      counts.of(frame.unit).late += 1;
      // A refusal carries no value that could be wrong; to wait for the next would hide a unit that refuses all.
      if (frame.dataBytes !== undefined || !isOwn) return;
      owed.payRefused(frame);
      owed.add(pending.shape);
    } else if (isOwn) {
      owed.waive(frame.unit);
      counts.of(frame.unit).answered += 1;
    } else {
      owed.add(pending.shape);
      counts.of(frame.unit).unfitting += 1;
    }
    this.#timeoutsInARow = 0;
    pending.settle(frame.pdu);
  }

  /**
   * Takes what a unit says that was not asked, or not any more. It settles no debt of that unit: it may as well be what
   * the unit asked now says by a wrong id.
   */
  #takeOfStranger(frame: RtuFrame): void {
    const { owed, counts } = this.#line;
    if (owed.has(frame)) {
      counts.of(frame.unit).late += 1;
    } else if (this.#pending !== undefined) {
      this.#pending.strangers.add(frame.unit);
      counts.of(this.#pending.shape.unit).ofAnotherUnit += 1;
    }
  }

  /** Ends a request whose answer came with a wrong checksum. */
  #refuse(pending: Pending): void {
    const { name, owed, counts } = this.#line;
    const { unit } = pending.shape;
    owed.add(pending.shape);
    counts.of(unit).broken += 1;
    pending.settle(
      new GatewayError(
        "INPUT_BAD_REPLY",
        `${name} unit ${unit} answered with a wrong checksum. Check termination, bias and shield of the bus, and that ` +
          `no two units have the id ${unit}.`,
        { context: { unit } },
      ),
    );
  }

  #giveUp(pending: Pending, timeout: Millis): void {
    this.#timeoutsInARow += 1;
    this.#silentFrom = this.#line.clock.monotonic();
    if (this.#scanner.brokenCount > pending.brokenBefore) this.#refuse(pending);
    else this.#giveUpUnanswered(pending, timeout);
    if (this.#timeoutsInARow >= this.#line.timeoutsInARowMax) this.close();
  }

  #giveUpUnanswered(pending: Pending, timeout: Millis): void {
    const { name, owed, counts } = this.#line;
    const { unit } = pending.shape;
    const [stranger] = pending.strangers;
    const context = { unit, timeoutMs: timeout };
    owed.add(pending.shape);
    if (this.#scanner.isInsideFrame) {
      counts.of(unit).cutShort += 1;
      const message =
        `${name} unit ${unit} began to answer and stopped after ${this.#scanner.bytesHeld} bytes. Check its power and ` +
        "wiring; if it is reached through a converter, its pause between packets may be too short.";
      pending.settle(new GatewayError("INPUT_BAD_REPLY", message, { context }));
    } else if (stranger !== undefined) {
      const message =
        `${name} unit ${unit} was asked and unit ${stranger} answered. Set \`unit: ${stranger}\` if that is the ` +
        "device meant; otherwise look for another master on the line.";
      pending.settle(new GatewayError("INPUT_BAD_REPLY", message, { context: { unit, answeredBy: stranger } }));
    } else {
      counts.of(unit).silent += 1;
      const isHeard = this.#receivedCount > this.#receivedBefore;
      const message = isHeard ? describeNoise(name, unit) : describeSilence(name, unit, timeout);
      pending.settle(new GatewayError("INPUT_TIMEOUT", message, { context }));
    }
  }

  #end(error: GatewayError): void {
    if (this.#endedBy !== undefined) return;
    this.#endedBy = error;
    this.#endPause?.();
    this.#stream?.close();
    if (this.#pending !== undefined) this.#line.owed.add(this.#pending.shape);
    this.#pending?.settle(error);
  }

  #untellable(unit: number): GatewayError {
    return new GatewayError(
      "INPUT_BAD_REPLY",
      `${this.#line.name} unit ${unit} may still answer an earlier request, and nothing can be asked that would tell: ` +
        "everything it is polled for is cleared by a read. It is asked again when that answer cannot come any more.",
      { context: { unit } },
    );
  }

  #closedByDevice(reason: string): GatewayError {
    const { name, closingAdvice } = this.#line;
    return new GatewayError(
      "INPUT_LINK_CLOSED",
      `${name}: ${reason} before the answer was complete. ${closingAdvice}`.trim(),
    );
  }
}

function shapeOf(unit: number, read: ReadRequest): AnswerShape {
  return { unit, functionCode: read.functionCode, dataBytes: answerBytesOf(read) };
}

function identificationOf(unit: number): AnswerShape {
  return { unit, functionCode: READ_IDENTIFICATION.functionCode, dataBytes: UNCOUNTED };
}

function answers(shape: AnswerShape, asked: AnswerShape): boolean {
  const isExact = shape.dataBytes === undefined || shape.dataBytes === asked.dataBytes;
  return shape.unit === asked.unit && shape.functionCode === asked.functionCode && isExact;
}

function describeSilence(name: string, unit: number, timeout: Millis): string {
  return (
    `${name} unit ${unit} did not answer within ${timeout} ms. Check that it has power, that ${unit} is its unit id, ` +
    "that both wires of the bus reach it the right way round, and that baud rate and parity are its own."
  );
}

function describeNoise(name: string, unit: number): string {
  return (
    `${name}: bytes came back when unit ${unit} was asked, and no answer was among them. Compare \`baud\` and ` +
    "`parity` with the device, and look for swapped wires or another master on the line."
  );
}
