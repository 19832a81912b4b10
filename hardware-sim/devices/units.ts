import { randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { alterEcho, type Damage, type Draw, mishear } from "./answer-faults.ts";
import type { Device } from "./device.ts";
import type { EnvelopedPdu } from "./envelope.ts";
import { FaultPlan, type UnitFault } from "./faults.ts";
import { answerPdu, EXCEPTION, encodeException } from "./modbus-pdu.ts";

/** What stands behind a socket or on a line. */
export interface UnitsOptions {
  /** Devices by unit id. */
  readonly units: ReadonlyMap<number, Device>;
  /** Seconds since the plant started. */
  readonly now: () => number;
  /** What a unit that is not there does. Leaving it out means `exception`: code 11, as a gateway to a bus answers. */
  readonly unknownUnit?: "exception" | "silent";
  /** What faults are drawn with. Leaving it out means a chance of its own. */
  readonly draw?: Draw;
}

/** What a unit does about a request. */
export type Reaction =
  | {
      readonly kind: "answer";
      /** Whole, before it suffers `damage`. */
      readonly frame: EnvelopedPdu;
      readonly damage?: Damage;
      /** What comes back before it. Shape: a frame in its envelope, to one as it is heard. */
      readonly echo?: (sent: Uint8Array) => Uint8Array;
      /** To be called when the answer was sent. */
      countServed(): void;
    }
  | { readonly kind: "silence" }
  /** Cuts the connection. */
  | { readonly kind: "hang-up" };

/** The units that share a connection, with what is planned to befall them. */
export class Units {
  readonly faults = new FaultPlan();
  readonly draw: Draw;
  readonly #options: UnitsOptions;

  constructor(options: UnitsOptions) {
    this.#options = options;
    this.draw = options.draw ?? drawFreely;
  }

  /** Has the unit that is asked react; an answer that is planned to be late is given late. */
  async react(asked: EnvelopedPdu): Promise<Reaction> {
    const fault = this.faults.take(asked.unit);
    if (fault?.kind === "silent") return { kind: "silence" };
    if (fault?.kind === "close") return { kind: "hang-up" };
    if (fault?.kind === "delay") await delay(fault.delayMs);
    if (fault?.kind === "exception") return refuse(asked, fault.code);
    const device = this.#options.units.get(asked.unit);
    if (device === undefined) {
      if (this.#options.unknownUnit === "silent") return { kind: "silence" };
      return refuse(asked, EXCEPTION.gatewayTargetSilent);
    }
    device.advanceTo(this.#options.now());
    return this.#answer(device, asked, fault);
  }

  #answer(device: Device, asked: EnvelopedPdu, fault: UnitFault | undefined): Reaction {
    const heard = fault?.kind === "mishearing" ? mishear(asked, fault.mishearing, this.draw) : asked;
    const { pdu, read } = answerPdu(device, heard.pdu);
    if (fault?.kind === "reserved" && read !== undefined) {
      const { address, count } = read;
      if (address <= fault.last && address + count > fault.first) return refuse(asked, EXCEPTION.illegalDataAddress);
    }
    const damage = fault?.kind === "damage" ? fault.damage : undefined;
    const isReadable = heard === asked && !isUnreadable(damage);
    const countServed = (): void => {
      if (read !== undefined && isReadable) device.countServed(read.table, read.address, read.count);
    };
    const frame = { ...heard, pdu };
    return { kind: "answer", frame, ...this.#echoOf(fault), ...(damage && { damage }), countServed };
  }

  #echoOf(fault: UnitFault | undefined): Pick<Extract<Reaction, { kind: "answer" }>, "echo"> {
    if (fault?.kind !== "echo") return {};
    return { echo: (sent) => (fault.isAltered === true ? alterEcho(sent, this.draw) : sent) };
  }
}

function isUnreadable(damage: Damage | undefined): boolean {
  return damage === "cut-short" || damage === "flipped-bit" || damage === "collision";
}

function refuse(asked: EnvelopedPdu, exception: number): Reaction {
  const { pdu } = encodeException(asked.pdu[0] ?? 0, exception);
  return { kind: "answer", frame: { ...asked, pdu }, countServed: () => undefined };
}

/** What is only to be unlike the last time needs no seed. */
function drawFreely(count: number): number {
  return randomInt(count);
}
