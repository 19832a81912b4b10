import { setTimeout as delay } from "node:timers/promises";
import type { Device } from "./device.ts";
import type { EnvelopedPdu } from "./envelope.ts";
import { FaultPlan } from "./faults.ts";
import { type Answer, answerPdu, EXCEPTION, encodeException } from "./modbus-pdu.ts";

/** What stands behind a socket or on a line. */
export interface UnitsOptions {
  /** Devices by unit id. */
  readonly units: ReadonlyMap<number, Device>;
  /** Seconds since the plant started. */
  readonly now: () => number;
  /** What a unit that is not there does. Leaving it out means `exception`: code 11, as a gateway to a bus answers. */
  readonly unknownUnit?: "exception" | "silent";
}

/** What a unit does about a request. */
export type Reaction =
  | {
      readonly kind: "answer";
      readonly pdu: Uint8Array;
      /** To be called when the answer was sent. */
      countServed(): void;
    }
  | { readonly kind: "silence" }
  /** Cuts the connection. */
  | { readonly kind: "hang-up" };

/** The units that share a connection, with what is planned to befall them. */
export class Units {
  readonly faults = new FaultPlan();
  readonly #options: UnitsOptions;

  constructor(options: UnitsOptions) {
    this.#options = options;
  }

  /** Has the unit that is asked react; an answer that is planned to be late is given late. */
  async react({ unit, pdu }: EnvelopedPdu): Promise<Reaction> {
    const device = this.#options.units.get(unit);
    const fault = this.faults.take(unit);
    if (fault?.kind === "silent") return { kind: "silence" };
    if (fault?.kind === "close") return { kind: "hang-up" };
    if (fault?.kind === "delay") await delay(fault.delayMs);
    const functionCode = pdu[0] ?? 0;
    if (fault?.kind === "exception") return refusal(encodeException(functionCode, fault.code));
    if (device === undefined) {
      if (this.#options.unknownUnit === "silent") return { kind: "silence" };
      return refusal(encodeException(functionCode, EXCEPTION.gatewayTargetSilent));
    }
    device.advanceTo(this.#options.now());
    const { pdu: answered, read } = answerPdu(device, pdu);
    const countServed = (): void => {
      if (read !== undefined) device.countServed(read.table, read.address, read.count);
    };
    return { kind: "answer", pdu: answered, countServed };
  }
}

function refusal({ pdu }: Answer): Reaction {
  return { kind: "answer", pdu, countServed: () => undefined };
}
