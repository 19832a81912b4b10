/** Who answers at a unit: the device that is meant, or another one in its place. */

import {
  IDENTIFICATION_ACCESS,
  IDENTIFICATION_OBJECT,
  type Identification,
  type IdentificationRequest,
} from "../../decode/device-identification.ts";
import { encodeReadRequest, READ_FUNCTION } from "../../decode/modbus-pdu.ts";
import { decodeCharacters, decodeText } from "../../decode/register-text.ts";
import { RegisterDecoder } from "../../decode/registers.ts";
import type { DeviceEvent, Fault, InputMemory } from "../../model/input.ts";
import type { IdentityRegister, ProfileIdentity } from "../../model/profile.ts";
import type { EncodedRead, Outcome, ReadFailure, ReadOutcome } from "./unit-asker.ts";

/** What devices say of themselves, and how it is called. */
const TRAITS = {
  model: "model",
  vendor: "vendor",
  product: "product code",
  revision: "revision",
  serial: "serial number",
} as const;
type Trait = keyof typeof TRAITS;
const ALL_TRAITS = Object.keys(TRAITS) as readonly Trait[];

/** What a device says of itself; undefined where it does not tell. */
type DeviceIdentity = { readonly [trait in Trait]?: string | undefined };

/** The traits that function 43/14 tells. */
const OBJECTS = [
  ["vendor", IDENTIFICATION_OBJECT.vendor],
  ["product", IDENTIFICATION_OBJECT.productCode],
  ["revision", IDENTIFICATION_OBJECT.revision],
] as const;

/** A device that says that more follows is asked again so often, which is once for each object. */
const IDENTIFICATION_REQUESTS_MAX = OBJECTS.length;

/** Asks the unit whose identity is in doubt. */
export interface IdentityAsker {
  registers(read: EncodedRead): Promise<ReadOutcome>;
  identification(request: IdentificationRequest): Promise<Outcome<Identification>>;
}

/** Why a device is not the one that is meant. */
interface Mistake {
  readonly found: string;
  readonly title: string;
  readonly message: string;
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
 * The identity of one unit. It is asked for when there is doubt, which is after each connecting and each silence: the
 * serial number where it is known that there is one, else the model, and what an update of the firmware changes.
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
    const known = (parts.memory?.read(parts.key) ?? {}) as Record<string, unknown>;
    const isText = (trait: Trait): boolean => typeof known[trait] === "string";
    this.#known = Object.fromEntries(ALL_TRAITS.filter(isText).map((trait) => [trait, known[trait]]));
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
  async verify(doubts: number, ask: IdentityAsker): Promise<ReadFailure | undefined> {
    if (this.#isVerified && this.#doubtsSeen === doubts) return undefined;
    const { serial, model, revision, identification } = this.#parts.identity;
    const before = this.#isVerified && serial !== undefined ? this.#found : {};
    const found: { [trait in Trait]?: string | undefined } = {};
    const failure = await readRegister(found, "serial", serial, ask);
    if (failure !== undefined) return failure;
    const isSame = before.serial !== undefined && before.serial === found.serial;
    if (isSame) Object.assign(found, before);
    const unread =
      (isSame ? undefined : await readRegister(found, "model", model, ask)) ??
      (identification === undefined ? undefined : await readIdentification(found, ask)) ??
      (await readRegister(found, "revision", revision, ask));
    if (unread !== undefined) return unread;
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
    const mistake = this.#findModelMistake() ?? this.#findProductMistake() ?? this.#findSerialMistake();
    this.#fault = mistake?.message;
    if (mistake !== undefined) {
      this.#tell(mistake);
      return;
    }
    this.#toldOf = "";
    this.#tellOfRevision();
    const known = Object.fromEntries(ALL_TRAITS.map((trait) => [trait, this.#found[trait] ?? this.#known[trait]]));
    if (ALL_TRAITS.every((trait) => known[trait] === this.#known[trait])) return;
    this.#known = known;
    this.#remember();
  }

  #findModelMistake(): Mistake | undefined {
    const { identity, device } = this.#parts;
    const { model } = this.#found;
    const fitting = identity.model?.equals ?? [];
    const models = this.#known.model === undefined ? fitting : [this.#known.model];
    if (model === undefined || models.length === 0 || models.includes(model) || fitting.includes(model)) {
      return undefined;
    }
    const message = `${device} says that it is of model ${model}, and the profile is for ${models.join(" or ")}. ${OF_ANOTHER_MODEL}`;
    return { found: model, title: `${device} is of another model`, message };
  }

  #findProductMistake(): Mistake | undefined {
    const { identity, device } = this.#parts;
    const { vendor, product } = this.#found;
    const fitting = identity.identification?.equals;
    const isKnown = this.#known.vendor !== undefined || this.#known.product !== undefined;
    if (vendor === this.#known.vendor && product === this.#known.product && isKnown) return undefined;
    if (product === undefined ? !isKnown : (fitting?.includes(product) ?? !isKnown)) return undefined;
    const known = isKnown ? describe({ vendor: this.#known.vendor, product: this.#known.product }) : undefined;
    const found = describe({ vendor, product }) ?? "no product code";
    const message =
      `${device} says ${found}, and ` +
      `${known === undefined ? `the profile is for ${fitting?.join(" or ")}` : `it was ${known} before`}. ${OF_ANOTHER_MODEL}`;
    return { found, title: `${device} is another product`, message };
  }

  #findSerialMistake(): Mistake | undefined {
    const { serialNumber, device } = this.#parts;
    const { serial } = this.#found;
    const expected = serialNumber ?? this.#known.serial;
    if (expected === undefined || serial === expected) return undefined;
    const found = serial === undefined ? "no serial number" : `serial number ${serial}`;
    const isNamed = serialNumber !== undefined;
    const message =
      `${device} says ${found}, and ${isNamed ? "`serial_number` names" : "it was"} ${expected}${isNamed ? "" : " before"}: ` +
      "was the meter replaced? Its readings are held back, so that they do not go on under the name of the other. " +
      `${isNamed ? "Set `serial_number` to the new one" : "`tidegate modbus accept` takes the new one as it is"}, or ` +
      "give it an instance of its own.";
    const title = `Meter replaced? ${device} says ${found}, before ${expected}`;
    return { found: `${expected} ${found}`, title, message };
  }

  #remember(): void {
    const isKnown = ALL_TRAITS.some((trait) => this.#known[trait] !== undefined);
    this.#parts.memory?.write(this.#parts.key, isKnown ? this.#known : undefined);
  }

  /** Raises an event of another revision, which may come of an update: readings go on. */
  #tellOfRevision(): void {
    const [before, now] = [this.#known.revision, this.#found.revision];
    if (before === undefined || now === undefined || before === now) return;
    const { device, key } = this.#parts;
    this.#events.push({
      title: `${device} is of revision ${now}, before ${before}`,
      text:
        `${device} says revision ${now}, and it was ${before} before: was its firmware updated? Its readings go on; ` +
        "compare the profile with the manual of the new revision.",
      aggregationKey: `tidegate.device:${key}`,
    });
  }

  /** Raises an event, unless it was the last one. */
  #tell({ found, title, message }: Mistake): void {
    if (this.#toldOf === found) return;
    this.#toldOf = found;
    this.#events.push({ title, text: message, aggregationKey: `tidegate.device:${this.#parts.key}` });
  }
}

const OF_ANOTHER_MODEL =
  "Nothing it is read for can be trusted, so it is held back. Choose the profile of this model, or look whether " +
  "another device has this unit id.";

/** Reads what a register tells into `found`; gives why it told nothing, where it may a little later. */
async function readRegister(
  found: { [trait in Trait]?: string | undefined },
  trait: Trait,
  register: IdentityRegister | undefined,
  ask: IdentityAsker,
): Promise<ReadFailure | undefined> {
  if (register === undefined) return undefined;
  const { table, address, count } = register;
  const request = { functionCode: READ_FUNCTION[table], address, count };
  const outcome = await ask.registers({ request, pdu: encodeReadRequest(request) });
  if (outcome.kind === "data") found[trait] = spellIdentity(register, outcome.data);
  else if (isPassing(outcome)) return outcome;
  return undefined;
}

/** Reads what function 43/14 tells, as `readRegister` does. */
async function readIdentification(
  found: { [trait in Trait]?: string | undefined },
  ask: IdentityAsker,
): Promise<ReadFailure | undefined> {
  let objectId: number | undefined = IDENTIFICATION_OBJECT.vendor;
  for (let asked = 0; asked < IDENTIFICATION_REQUESTS_MAX && objectId !== undefined; asked += 1) {
    const outcome = await ask.identification({ access: IDENTIFICATION_ACCESS.basic, objectId });
    if (outcome.kind === "failure") return isPassing(outcome) ? outcome : undefined;
    for (const [trait, id] of OBJECTS) {
      const object = outcome.data.objects.find((each) => each.id === id);
      if (object !== undefined) found[trait] = decodeCharacters([...object.bytes]) || undefined;
    }
    objectId = outcome.data.nextObjectId;
  }
  return undefined;
}

function isPassing({ isAnswer, isBusy }: ReadFailure): boolean {
  return !isAnswer || isBusy;
}

/** Spells what a device says of itself; undefined where that is nothing. Shape: `data` is all of the register. */
export function spellIdentity(register: IdentityRegister, data: DataView): string | undefined {
  const { type, wordOrder, count, placement } = register;
  if (type === "text") {
    const words = Array.from({ length: count }, (_, index) => data.getUint16(2 * index));
    return decodeText(words, placement) || undefined;
  }
  const coding = { type, wordOrder, byteOrder: "high-byte-first", sentinels: [] } as const;
  return String(new RegisterDecoder(coding).decode(data, 0));
}

function describe(identity: DeviceIdentity): string | undefined {
  const told = ALL_TRAITS.filter((trait) => identity[trait] !== undefined);
  return told.length === 0 ? undefined : told.map((trait) => `${TRAITS[trait]} ${identity[trait]}`).join(", ");
}
