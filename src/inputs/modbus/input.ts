/** Modbus as an input: one instance is one unit on one link, read through its profile. It never writes. */

import assert from "node:assert/strict";
import { decodeReadAnswer, describeException, encodeReadRequest, isGatewayException } from "../../decode/modbus-pdu.ts";
import type { InstanceConfig } from "../../model/config.ts";
import { type ErrorCode, GatewayError } from "../../model/errors.ts";
import type { Fault, Input, InputContext, InputPoint, PollOutcome } from "../../model/input.ts";
import type { Profile } from "../../model/profile.ts";
import { type Clock, type Millis, millis } from "../../model/time.ts";
import { openSerialPort } from "../../platform/serial-port.ts";
import { openTcpSocket } from "../../platform/tcp-socket.ts";
import { BlockDecoder } from "./block-decoder.ts";
import { type LinkLease, type ModbusLink, SharedLinks } from "./link.ts";
import { busOf, createLink, describePlace, type LinkPlace, linkKeyOf, type Openers, placeOf } from "./place.ts";
import { planInstance, type ReadBlock } from "./plan.ts";
import { ReadingTable } from "./reading-table.ts";
import type { ModbusSettings } from "./spec.ts";

/** The links that all instances of `modbus` share. */
export type ModbusLinks = SharedLinks<LinkPlace>;

/** Makes the table of links. Openers left out mean real sockets and ports. */
export function createLinks(clock: Clock, openers: Partial<Openers> = {}): ModbusLinks {
  const complete = { openTcp: openTcpSocket, openSerial: openSerialPort, ...openers };
  return new SharedLinks((place) => createLink(place, clock, complete));
}

/** Makes the input of one instance, without side effects. */
export function createInput(instance: InstanceConfig, context: InputContext<ModbusLinks>): Input {
  assert(instance.profile !== undefined, "the registry says that modbus uses a profile");
  return new ModbusInput(instance.profile, instance.settings as ModbusSettings, context);
}

/** A request of the plan, encoded once, with what takes its answer apart. */
interface PlannedBlock extends ReadBlock {
  readonly pdu: Uint8Array;
  readonly decoder: BlockDecoder;
}

/** What asking for one block came to. */
type BlockOutcome =
  | { readonly kind: "data"; readonly data: DataView }
  | {
      readonly kind: "failure";
      readonly code: ErrorCode;
      readonly message: string;
      /** Whether the unit itself answered, if only to refuse. */
      readonly isAnswer: boolean;
      /** Whether asking for the next block is of no use. */
      readonly isLast: boolean;
    };

/** With one of these codes nothing came back, and nothing would for the next request either. */
const SILENT_CODES: ReadonlySet<ErrorCode> = new Set(["INPUT_UNREACHABLE", "INPUT_LINK_CLOSED", "INPUT_TIMEOUT"]);

class ModbusInput implements Input {
  readonly points: readonly InputPoint[];
  readonly bus: string;
  readonly #place: LinkPlace;
  readonly #device: string;
  readonly #unit: number;
  readonly #timeout: Millis;
  readonly #clock: Clock;
  readonly #links: ModbusLinks;
  readonly #blocks: readonly PlannedBlock[];
  readonly #readings: ReadingTable;
  #lease: LinkLease | undefined;
  #isDisposed = false;

  constructor(profile: Profile, settings: ModbusSettings, context: InputContext<ModbusLinks>) {
    const { unit, timeout } = settings;
    this.points = profile.points;
    this.#place = placeOf(settings);
    this.bus = busOf(this.#place);
    this.#device = `${describePlace(this.#place)} unit ${unit}`;
    this.#unit = unit;
    this.#timeout = millis(Math.round(timeout * 1000));
    this.#clock = context.clock;
    this.#links = context.links;
    this.#blocks = planInstance(profile, settings).map((block) => ({
      ...block,
      pdu: encodeReadRequest(block.request),
      decoder: new BlockDecoder(block, profile.points),
    }));
    this.#readings = new ReadingTable(profile.points.length);
  }

  async open(signal: AbortSignal): Promise<void> {
    await this.#link().open(this.#timeout, signal);
  }

  /** The columns of the outcome are filled anew by the next poll. */
  async poll(signal: AbortSignal): Promise<PollOutcome> {
    this.#readings.clear();
    const faults: Fault[] = [];
    let absent = 0;
    let isReachable = false;
    for (const [index, block] of this.#blocks.entries()) {
      const outcome = await this.#ask(block, signal);
      if (outcome.kind === "data") {
        isReachable = true;
        const leftovers = block.decoder.decodeInto(this.#readings, outcome.data, this.#clock.now());
        absent += leftovers.absent;
        for (const { point, bytes } of leftovers.bad) faults.push(this.#badValue(point, bytes));
        continue;
      }
      isReachable ||= outcome.isAnswer;
      const concerned = outcome.isLast ? this.#blocks.slice(index) : [block];
      addFault(faults, { code: outcome.code, message: outcome.message, points: this.#namesIn(concerned) });
      if (outcome.isLast) break;
    }
    return { readings: this.#readings, faults, absent, isReachable };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    this.#lease?.release();
    this.#lease = undefined;
  }

  #link(): ModbusLink {
    if (this.#isDisposed) {
      throw new GatewayError("INPUT_LINK_CLOSED", `${this.#device} is not polled any more: its instance was stopped.`);
    }
    this.#lease ??= this.#links.lease(linkKeyOf(this.#place), this.#place);
    return this.#lease.link;
  }

  async #ask(block: PlannedBlock, signal: AbortSignal): Promise<BlockOutcome> {
    let pdu: Uint8Array;
    try {
      const request = { unit: this.#unit, pdu: block.pdu, timeout: this.#timeout, signal };
      pdu = await this.#link().request(request);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof GatewayError)) throw error;
      const { code, message } = error;
      return { kind: "failure", code, message, isAnswer: false, isLast: SILENT_CODES.has(code) };
    }
    return this.#unpack(block, pdu);
  }

  #unpack(block: PlannedBlock, pdu: Uint8Array): BlockOutcome {
    try {
      const answer = decodeReadAnswer(block.request, pdu);
      if (answer.kind === "data") return answer;
      const { exceptionCode } = answer;
      const { name, advice } = describeException(exceptionCode);
      const message =
        `${this.#device} answered exception ${exceptionCode} (${name}) to a read of ${describeBlock(block)}. ` +
        `${advice}.`;
      const isSilentUnit = isGatewayException(exceptionCode);
      return { kind: "failure", code: "INPUT_EXCEPTION", message, isAnswer: !isSilentUnit, isLast: isSilentUnit };
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      const message =
        `${this.#device}, asked for ${describeBlock(block)}: ${error.message} ` +
        "If it stays, the device or a gateway in between breaks the standard; look for newer firmware.";
      return { kind: "failure", code: error.code, message, isAnswer: true, isLast: false };
    }
  }

  #badValue(point: number, bytes: Uint8Array): Fault {
    const name = this.points[point]?.name ?? "";
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return {
      code: "INPUT_BAD_VALUE",
      message:
        `${this.#device} holds 0x${hex} at point ${name}: an infinite number, or a whole one too large to be exact ` +
        "(2^53 or more). Compare type and word order with the manual; if it means that there is no reading, add it " +
        "to the point's sentinels.",
      points: [name],
    };
  }

  #namesIn(blocks: readonly ReadBlock[]): string[] {
    return blocks.flatMap((block) => block.points.map((point) => this.points[point]?.name ?? ""));
  }
}

/** Adds a fault, or its points to the one before when that says the same: one cause is told once. */
function addFault(faults: Fault[], fault: Fault): void {
  const before = faults.at(-1);
  if (before === undefined || before.code !== fault.code || before.message !== fault.message) faults.push(fault);
  else faults[faults.length - 1] = { ...before, points: [...before.points, ...fault.points] };
}

function describeBlock({ table, request }: ReadBlock): string {
  const last = request.address + request.count - 1;
  return last === request.address ? `${table} ${last}` : `${table} ${request.address} to ${last}`;
}
