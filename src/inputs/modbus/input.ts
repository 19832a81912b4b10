/** Modbus as an input: one instance is one unit on one link, read through its profile. It never writes. */

import assert from "node:assert/strict";
import {
  classifyException,
  decodeReadAnswer,
  describeException,
  encodeReadRequest,
  READ_FUNCTION,
  type ReadRequest,
} from "../../decode/modbus-pdu.ts";
import type { InstanceConfig } from "../../model/config.ts";
import { type ErrorCode, GatewayError } from "../../model/errors.ts";
import type { Fault, Input, InputContext, InputPoint, PollOutcome } from "../../model/input.ts";
import { type Profile, TABLES } from "../../model/profile.ts";
import { type Clock, type Millis, millis, sleep } from "../../model/time.ts";
import { openSerialPort } from "../../platform/serial-port.ts";
import { openTcpSocket } from "../../platform/tcp-socket.ts";
import { BlockDecoder } from "./block-decoder.ts";
import { cheapestRead } from "./cheapest-read.ts";
import { SharedLinks } from "./link.ts";
import { busOf, createLink, describePlace, type LinkPlace, linkKeyOf, type Openers, placeOf } from "./place.ts";
import { planInstance, type ReadBlock } from "./plan.ts";
import { ReadingTable } from "./reading-table.ts";
import type { ModbusSettings } from "./spec.ts";
import { UnitWatch } from "./unit-watch.ts";

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

/** A request, encoded once. */
interface EncodedRead {
  readonly request: ReadRequest;
  readonly pdu: Uint8Array;
}

/** A request of the plan, with what takes its answer apart. */
interface PlannedBlock extends ReadBlock, EncodedRead {
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
      /** Whether the unit may answer if it is asked again a little later. */
      readonly isBusy: boolean;
    };

/** With one of these codes nothing came back, and nothing would for the next request either. */
const SILENT_CODES: ReadonlySet<ErrorCode> = new Set(["INPUT_UNREACHABLE", "INPUT_LINK_CLOSED", "INPUT_TIMEOUT"]);

/** Nothing came of these that the unit can be believed to have said; the others are about the link. */
const SILENT_UNIT_CODES: ReadonlySet<ErrorCode> = new Set(["INPUT_TIMEOUT", "INPUT_BAD_REPLY"]);

/** A unit that is busy is left alone for so long, and asked once more. */
const BUSY_WAIT = millis(100);

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
  readonly #probe: EncodedRead;
  readonly #readings: ReadingTable;
  #watch: UnitWatch | undefined;
  #wasBusy = false;
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
    const cheapest = cheapestRead(profile);
    const pdu = encodeReadRequest(cheapest);
    this.#probe = this.#blocks.find(({ request }) => isSameRead(request, cheapest)) ?? { request: cheapest, pdu };
    this.#readings = new ReadingTable(profile.points.length);
  }

  async open(signal: AbortSignal): Promise<void> {
    await this.#watchUnit().open(signal);
  }

  /** The columns of the outcome are filled anew by the next poll. */
  async poll(signal: AbortSignal): Promise<PollOutcome> {
    this.#readings.clear();
    if (this.#isDisposed) return this.#withoutReadings(this.#stopped());
    const watch = this.#watchUnit();
    watch.beginPoll();
    const probed = watch.isOpen ? await this.#probeUnit(watch, signal) : undefined;
    if (watch.isOpen) {
      return { ...this.#withoutReadings(watch.describeSilence(this.#device)), pollAgainAt: watch.nextProbeAt };
    }
    const outcome = await this.#readAll(watch, probed, signal);
    watch.endPoll();
    return watch.isOpen ? { ...outcome, pollAgainAt: watch.nextProbeAt } : outcome;
  }

  /** What a probe has read is not read again; it goes first, so that it is stamped with its moment. */
  async #readAll(watch: UnitWatch, probed: BlockOutcome | undefined, signal: AbortSignal): Promise<PollOutcome> {
    const isRead = (block: PlannedBlock): boolean => probed !== undefined && block === this.#probe;
    const blocks = [...this.#blocks.filter(isRead), ...this.#blocks.filter((block) => !isRead(block))];
    const faults: Fault[] = [];
    let absent = 0;
    let isReachable = false;
    let isBusy = false;
    for (const [index, block] of blocks.entries()) {
      let outcome = (isRead(block) ? probed : undefined) ?? (await this.#ask(watch, block, signal));
      if (isRefusedAsBusy(outcome) && !isBusy && !this.#wasBusy) {
        await sleep(this.#clock, "modbus busy unit", BUSY_WAIT, signal);
        outcome = await this.#ask(watch, block, signal);
      }
      isBusy ||= isRefusedAsBusy(outcome);
      if (outcome.kind === "data") {
        isReachable = true;
        const leftovers = block.decoder.decodeInto(this.#readings, outcome.data, this.#clock.now());
        absent += leftovers.absent;
        for (const { point, bytes } of leftovers.bad) faults.push(this.#badValue(point, bytes));
        continue;
      }
      isReachable ||= outcome.isAnswer;
      const concerned = outcome.isLast ? blocks.slice(index) : [block];
      addFault(faults, { code: outcome.code, message: outcome.message, points: this.#namesIn(concerned) });
      if (outcome.isLast) break;
    }
    this.#wasBusy = isBusy;
    return { readings: this.#readings, faults, absent, isReachable };
  }

  /** Asks a unit that is not polled any more whether it is back, when it is time for that. */
  async #probeUnit(watch: UnitWatch, signal: AbortSignal): Promise<BlockOutcome | undefined> {
    if (!watch.beginProbe()) return undefined;
    const outcome = await this.#ask(watch, this.#probe, signal);
    watch.endProbe(outcome.kind === "data" || outcome.isAnswer);
    return outcome;
  }

  #withoutReadings({ code, message }: Pick<Fault, "code" | "message">): PollOutcome {
    const faults = [{ code, message, points: this.#namesIn(this.#blocks) }];
    return { readings: this.#readings, faults, absent: 0, isReachable: false };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    this.#watch?.release();
    this.#watch = undefined;
  }

  #watchUnit(): UnitWatch {
    if (this.#isDisposed) throw this.#stopped();
    this.#watch ??= new UnitWatch(
      this.#links.lease(linkKeyOf(this.#place), this.#place),
      this.#unit,
      this.#timeout,
      this.#clock,
    );
    return this.#watch;
  }

  #stopped(): GatewayError {
    return new GatewayError("INPUT_LINK_CLOSED", `${this.#device} is not polled any more: its instance was stopped.`);
  }

  async #ask(watch: UnitWatch, read: EncodedRead, signal: AbortSignal): Promise<BlockOutcome> {
    let pdu: Uint8Array;
    try {
      pdu = await watch.request(read.request, read.pdu, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof GatewayError)) throw error;
      const { code, message } = error;
      if (SILENT_UNIT_CODES.has(code)) watch.noteSilence({ code, message });
      return { kind: "failure", code, message, isAnswer: false, isLast: SILENT_CODES.has(code), isBusy: false };
    }
    const outcome = this.#unpack(read.request, pdu);
    if (outcome.kind === "data" || outcome.isAnswer) watch.noteAnswer();
    else watch.noteSilence(outcome);
    return outcome;
  }

  #unpack(request: ReadRequest, pdu: Uint8Array): BlockOutcome {
    try {
      const answer = decodeReadAnswer(request, pdu);
      if (answer.kind === "data") return answer;
      const { exceptionCode } = answer;
      const { name, advice } = describeException(exceptionCode);
      const message =
        `${this.#device} answered exception ${exceptionCode} (${name}) to a read of ${describeRead(request)}. ` +
        `${advice}.`;
      const about = classifyException(exceptionCode);
      const isSilentUnit = about === "silent-unit";
      return {
        ...{ kind: "failure", code: "INPUT_EXCEPTION", message },
        ...{ isAnswer: !isSilentUnit, isLast: isSilentUnit, isBusy: about === "busy" },
      };
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      const message =
        `${this.#device}, asked for ${describeRead(request)}: ${error.message} ` +
        "If it stays, the device or a gateway in between breaks the standard; look for newer firmware.";
      return { kind: "failure", code: error.code, message, isAnswer: true, isLast: false, isBusy: false };
    }
  }

  #badValue(point: number, bytes: Uint8Array): Fault {
    const name = this.points[point]?.name ?? "";
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return {
      code: "INPUT_BAD_VALUE",
      message:
        `${this.#device} holds 0x${hex} at point ${name}: an infinite number, a whole one too large to be exact ` +
        "(2^53 or more), or digits or a date that do not exist. Compare type and word order with the manual; if it " +
        "means that there is no reading, add it to the point's sentinels.",
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

function isSameRead(one: ReadRequest, other: ReadRequest): boolean {
  return one.functionCode === other.functionCode && one.address === other.address && one.count === other.count;
}

function isRefusedAsBusy(outcome: BlockOutcome): boolean {
  return outcome.kind === "failure" && outcome.isBusy;
}

function describeRead({ functionCode, address, count }: ReadRequest): string {
  const table = TABLES.find((each) => READ_FUNCTION[each] === functionCode);
  const last = address + count - 1;
  return last === address ? `${table} ${last}` : `${table} ${address} to ${last}`;
}
