/** Who answers at a unit: the device that is meant, or another one in its place. */

import { encodeReadRequest, READ_FUNCTION } from "../../decode/modbus-pdu.ts";
import { RegisterDecoder } from "../../decode/registers.ts";
import type { DeviceEvent, Fault, InputMemory } from "../../model/input.ts";
import type { IdentityRegister, ProfileIdentity } from "../../model/profile.ts";
import type { EncodedRead, ReadFailure, ReadOutcome } from "./unit-asker.ts";

/** What a device says of itself; undefined where it does not tell. */
interface DeviceIdentity {
  readonly model?: string | undefined;
  readonly serial?: string | undefined;
}

/** What is expected of a device. */
export interface IdentityParts {
  readonly identity: ProfileIdentity;
  /** The serial number that the configuration names; leaving it out means that of the first one seen. */
  readonly serialNumber: string | undefined;
  /** Names the unit in messages. */
  readonly device: string;
  readonly memory: InputMemory | undefined;
  /** Names the unit in the memory. */
  readonly key: string;
}

/**
 * The identity of one unit. It is asked for when there is doubt, which is after each connecting and each silence; the
 * serial number alone where it is known that there is one.
 */
export class UnitIdentity {
  readonly #parts: IdentityParts;
  readonly #events: DeviceEvent[] = [];
  #known: DeviceIdentity;
  #found: DeviceIdentity = {};
  #isVerified = false;
  #doubtsSeen = -1;
  /** Why the device that answers is not the one that is meant. */
  #fault: string | undefined;
  #toldOf = "";

  constructor(parts: IdentityParts) {
    this.#parts = parts;
    const { model, serial } = (parts.memory?.read(parts.key) ?? {}) as Record<string, unknown>;
    const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
    this.#known = { model: textOf(model), serial: textOf(serial) };
  }

  /** What the device says of itself, in words; undefined where that is nothing. */
  get inWords(): string | undefined {
    return describe(this.#found);
  }

  /** Says why readings are held back; undefined where the device is the right one. */
  get fault(): Pick<Fault, "code" | "message"> | undefined {
    return this.#fault === undefined ? undefined : { code: "INPUT_OTHER_DEVICE", message: this.#fault };
  }

  /** Takes what there is to tell, once. */
  takeEvents(): readonly DeviceEvent[] {
    return this.#events.splice(0);
  }

  /** Asks who is there, if there is doubt; `doubts` counts these. Gives why nothing came of it, if so. */
  async verify(doubts: number, ask: (read: EncodedRead) => Promise<ReadOutcome>): Promise<ReadFailure | undefined> {
    if (this.#isVerified && this.#doubtsSeen === doubts) return undefined;
    const { identity } = this.#parts;
    const isBrief = this.#isVerified && identity.serial !== undefined && this.#found.serial !== undefined;
    const found: { model?: string | undefined; serial?: string | undefined } = isBrief ? { ...this.#found } : {};
    for (const part of ["serial", "model"] as const) {
      const register = identity[part];
      if (register === undefined || (isBrief && part === "model" && found.serial === this.#found.serial)) continue;
      const outcome = await ask(toRead(register));
      if (outcome.kind === "failure" && (!outcome.isAnswer || outcome.isBusy)) return outcome;
      found[part] = outcome.kind === "data" ? decodeText(register, outcome.data) : undefined;
    }
    this.#found = found;
    this.#judge();
    this.#isVerified = this.#fault === undefined;
    this.#doubtsSeen = doubts;
    return undefined;
  }

  /** Takes the device that answers now for the right one, and says which that is. */
  accept(): string | undefined {
    this.#fault = undefined;
    this.#toldOf = "";
    this.#known = this.#found;
    this.#remember();
    return describe(this.#found);
  }

  #judge(): void {
    const { identity, serialNumber, device } = this.#parts;
    const { model, serial } = this.#found;
    const models = this.#known.model === undefined ? (identity.model?.equals ?? []) : [this.#known.model];
    const expected = serialNumber ?? this.#known.serial;
    if (
      model !== undefined &&
      models.length > 0 &&
      !models.includes(model) &&
      !identity.model?.equals.includes(model)
    ) {
      this.#fault =
        `${device} says that it is of model ${model}, and the profile is for ${models.join(" or ")}. Nothing it is ` +
        "read for can be trusted, so it is held back. Choose the profile of this model, or look whether another " +
        "device has this unit id.";
      this.#tell(model, `${device} is of another model`);
    } else if (expected !== undefined && serial !== expected) {
      const found = serial === undefined ? "no serial number" : `serial number ${serial}`;
      const isNamed = serialNumber !== undefined;
      this.#fault =
        `${device} says ${found}, and ${isNamed ? "`serial_number` names" : "it was"} ${expected}${isNamed ? "" : " before"}: ` +
        "was the meter replaced? Its readings are held back, so that they do not go on under the name of the other. " +
        `${isNamed ? "Set `serial_number` to the new one" : "`tidegate modbus accept` takes the new one as it is"}, or ` +
        "give it an instance of its own.";
      this.#tell(`${expected} ${found}`, `Meter replaced? ${device} says ${found}, before ${expected}`);
    } else {
      this.#fault = undefined;
      this.#toldOf = "";
      const known = { model: model ?? this.#known.model, serial: serial ?? this.#known.serial };
      if (known.model === this.#known.model && known.serial === this.#known.serial) return;
      this.#known = known;
      this.#remember();
    }
  }

  #remember(): void {
    const { model, serial } = this.#known;
    const isKnown = model !== undefined || serial !== undefined;
    this.#parts.memory?.write(this.#parts.key, isKnown ? { model, serial } : undefined);
  }

  /** Raises an event, unless it was the last one. */
  #tell(what: string, title: string): void {
    if (this.#toldOf === what) return;
    this.#toldOf = what;
    this.#events.push({ title, text: this.#fault ?? "", aggregationKey: `tidegate.device:${this.#parts.key}` });
  }
}

function toRead({ table, address, count }: IdentityRegister): EncodedRead {
  const request = { functionCode: READ_FUNCTION[table], address, count };
  return { request, pdu: encodeReadRequest(request) };
}

/** Spells what a device says of itself; undefined where that is nothing. */
function decodeText({ type, wordOrder, count }: IdentityRegister, data: DataView): string | undefined {
  if (type !== "text") {
    const coding = { type, wordOrder, byteOrder: "high-byte-first", sentinels: [] } as const;
    return String(new RegisterDecoder(coding).decode(data, 0));
  }
  const codes = Array.from({ length: 2 * count }, (_, offset) => data.getUint8(offset));
  const end = codes.indexOf(0);
  const text = String.fromCharCode(...(end < 0 ? codes : codes.slice(0, end)))
    .replaceAll(/[^\x20-\x7e]/gu, "?")
    .trim();
  return text === "" ? undefined : text;
}

function describe({ model, serial }: DeviceIdentity): string | undefined {
  const words = [
    ...(model === undefined ? [] : [`model ${model}`]),
    ...(serial === undefined ? [] : [`serial number ${serial}`]),
  ];
  return words.length === 0 ? undefined : words.join(", ");
}
