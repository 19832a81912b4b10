/** Asks one unit for its registers, and says in words what came of it. */

import {
  decodeIdentificationAnswer,
  encodeIdentificationRequest,
  type Identification,
  type IdentificationRequest,
} from "../../decode/device-identification.ts";
import {
  classifyException,
  decodeReadAnswer,
  describeException,
  READ_FUNCTION,
  type ReadRequest,
} from "../../decode/modbus-pdu.ts";
import { type ErrorCode, GatewayError } from "../../model/errors.ts";
import { type RegisterSpan, TABLES } from "../../model/profile.ts";
import type { UnitWatch } from "./unit-watch.ts";

/** A request, encoded once. */
export interface EncodedRead {
  readonly request: ReadRequest;
  readonly pdu: Uint8Array;
}

/** A read that came to nothing. */
export interface ReadFailure {
  readonly kind: "failure";
  readonly code: ErrorCode;
  readonly message: string;
  /** Whether the unit itself answered, if only to refuse. */
  readonly isAnswer: boolean;
  /** Whether asking for the next block is of no use. */
  readonly isLast: boolean;
  /** Absent where it was not refused by an exception. */
  readonly exceptionCode?: number;
  /** Whether the unit may answer if it is asked again a little later. */
  readonly isBusy: boolean;
}

/** What asking came to. */
export type Outcome<Data> = { readonly kind: "data"; readonly data: Data } | ReadFailure;

/** What asking for one block came to. */
export type ReadOutcome = Outcome<DataView>;

/** A kind of request: how its answer is taken apart, and what it asks for in words. */
interface Question<Request, Data> {
  decode(
    request: Request,
    pdu: Uint8Array,
  ): { readonly kind: "data"; readonly data: Data } | { readonly kind: "exception"; readonly exceptionCode: number };
  describe(request: Request): string;
}

const REGISTERS: Question<ReadRequest, DataView> = { decode: decodeReadAnswer, describe: describeRead };

const IDENTIFICATION: Question<IdentificationRequest, Identification> = {
  decode: decodeIdentificationAnswer,
  describe: () => "its identification",
};

/** With one of these codes nothing came back, and nothing would for the next request either. */
const SILENT_CODES: ReadonlySet<ErrorCode> = new Set(["INPUT_UNREACHABLE", "INPUT_LINK_CLOSED", "INPUT_TIMEOUT"]);

/** Nothing came of these that the unit can be believed to have said; the others are about the link. */
const SILENT_UNIT_CODES: ReadonlySet<ErrorCode> = new Set(["INPUT_TIMEOUT", "INPUT_BAD_REPLY"]);

/** Asks a unit for registers, and tells its watch what came back. `device` names the unit in messages. */
export async function askUnit(
  watch: UnitWatch,
  device: string,
  { request, pdu }: EncodedRead,
  signal: AbortSignal,
): Promise<ReadOutcome> {
  const answered = await send(watch, request, pdu, signal);
  if (!(answered instanceof Uint8Array)) return answered;
  return heard(watch, unpack(device, REGISTERS, request, answered));
}

/** Asks a unit who it is, as `askUnit` asks for registers. */
export async function askIdentification(
  watch: UnitWatch,
  device: string,
  request: IdentificationRequest,
  signal: AbortSignal,
): Promise<Outcome<Identification>> {
  const answered = await send(watch, undefined, encodeIdentificationRequest(request), signal);
  if (!(answered instanceof Uint8Array)) return answered;
  return heard(watch, unpack(device, IDENTIFICATION, request, answered));
}

/** Says whether a unit refused because it is busy. */
export function isRefusedAsBusy(outcome: ReadOutcome): boolean {
  return outcome.kind === "failure" && outcome.isBusy;
}

/** Spells registers in messages: the table, and the addresses as the wire carries them. */
export function describeSpan({ table, start, end }: RegisterSpan): string {
  return end - start === 1 ? `${table} ${start}` : `${table} ${start} to ${end - 1}`;
}

/** Sends a request and gives what came back, or why nothing did. */
async function send(
  watch: UnitWatch,
  read: ReadRequest | undefined,
  pdu: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array | ReadFailure> {
  try {
    return await watch.request(read, pdu, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof GatewayError)) throw error;
    const { code, message } = error;
    if (SILENT_UNIT_CODES.has(code)) watch.noteSilence({ code, message });
    return { kind: "failure", code, message, isAnswer: false, isLast: SILENT_CODES.has(code), isBusy: false };
  }
}

function heard<Data>(watch: UnitWatch, outcome: Outcome<Data>): Outcome<Data> {
  if (outcome.kind === "data" || outcome.isAnswer) watch.noteAnswer();
  else watch.noteSilence(outcome);
  return outcome;
}

function unpack<Request, Data>(
  device: string,
  { decode, describe }: Question<Request, Data>,
  request: Request,
  pdu: Uint8Array,
): Outcome<Data> {
  try {
    const answer = decode(request, pdu);
    if (answer.kind === "data") return answer;
    const { exceptionCode } = answer;
    const { name, advice } = describeException(exceptionCode);
    const message =
      `${device} answered exception ${exceptionCode} (${name}) to a read of ${describe(request)}. ` + `${advice}.`;
    const about = classifyException(exceptionCode);
    const isSilentUnit = about === "silent-unit";
    return {
      ...{ kind: "failure", code: "INPUT_EXCEPTION", message },
      ...{ exceptionCode, isAnswer: !isSilentUnit, isLast: isSilentUnit, isBusy: about === "busy" },
    };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const message =
      `${device}, asked for ${describe(request)}: ${error.message} ` +
      "If it stays, the device or a gateway in between breaks the standard; look for newer firmware.";
    return { kind: "failure", code: error.code, message, isAnswer: true, isLast: false, isBusy: false };
  }
}

function describeRead({ functionCode, address, count }: ReadRequest): string {
  const table = TABLES.find((each) => READ_FUNCTION[each] === functionCode) ?? "holding-register";
  return describeSpan({ table, start: address, end: address + count });
}
