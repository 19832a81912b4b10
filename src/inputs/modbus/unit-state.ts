import { READ_FUNCTION, type ReadRequest } from "../../decode/modbus-pdu.ts";
import type { BusNotice, DeviceCounts, InputMemory } from "../../model/input.ts";
import { type ModbusProfile, pointSpan } from "../../model/profile.ts";
import type { Clock } from "../../model/time.ts";
import { cheapestRead } from "./cheapest-read.ts";
import type { GroupMember } from "./group-member.ts";
import type { UnitCounts } from "./line-counts.ts";
import type { Harmless } from "./probe.ts";
import { Refusals } from "./refusals.ts";
import { UnitIdentity } from "./unit-identity.ts";

/** What is known of one unit, whoever asks it. */
export class UnitState implements Harmless {
  /** Everybody who reads it, at whatever interval. */
  readonly members: GroupMember[] = [];
  /** How often it was asked, and in vain. */
  readonly asked = { requests: 0, timeouts: 0 };
  /** What went over its line, once there is a link that shows that. */
  lineCounts: (() => Readonly<UnitCounts> | undefined) | undefined;
  /** What is to be said of its link, once there is one. */
  linkNotice: (() => BusNotice | undefined) | undefined;
  readonly #key: string;
  readonly #clock: Clock;
  readonly #refusals = new Map<string, Refusals>();
  readonly #identities = new Map<string, UnitIdentity>();
  readonly #answeredFunctions = new Set<number>();
  #restarts = 0;
  #doubts = 0;
  #connections = 0;

  /** `key` names the unit in the memory. */
  constructor(key: string, clock: Clock) {
    this.#key = key;
    this.#clock = clock;
  }

  /** How often it may have been restarted, or another device put in its place. */
  get restarts(): number {
    return this.#restarts;
  }

  /** How often it may have become another device since: it was restarted, or silent for a moment. */
  get doubts(): number {
    return this.#restarts + this.#doubts;
  }

  /** Notes that it did not answer. */
  noteSilence(): void {
    this.#doubts += 1;
  }

  /** What came of asking it. `device` names it. */
  countsOf(device: string): DeviceCounts {
    const line = this.lineCounts?.();
    return {
      ...{ device, ...this.asked, checksum_errors: line?.broken ?? 0, cut_short: line?.cutShort ?? 0 },
      ...{ late: line?.late ?? 0, strangers: line?.ofAnotherUnit ?? 0, noise_bytes: line?.noiseBytes ?? 0 },
    };
  }

  /** Notes how many connections there were on its link: a new one may lead to a device that was restarted. */
  noteConnections(count: number): void {
    if (this.#connections > 0 && this.#connections !== count) this.#restarts += 1;
    this.#connections = count;
  }

  /** Notes that it answers again after it had been silent. */
  noteReturn(): void {
    this.#restarts += 1;
  }

  /** Notes that it gave data by a function code. */
  noteAnswered(functionCode: number): void {
    this.#answeredFunctions.add(functionCode);
  }

  /** Whether it has given data by a function code. */
  hasAnswered(functionCode: number): boolean {
    return this.#answeredFunctions.has(functionCode);
  }

  /** Whether a read clears nothing that anybody polls, or that a profile says a read clears. */
  mayRead({ functionCode, address, count }: ReadRequest): boolean {
    const cleared = this.members.flatMap(({ readable }) => readable.clearOnRead ?? []);
    return !cleared.some(
      ({ table, start, end }) => READ_FUNCTION[table] === functionCode && start < address + count && address < end,
    );
  }

  /** The shortest read by which it can be heard. Shape: somebody reads it. */
  get instead(): ReadRequest {
    return cheapestRead(this.members.map(({ readable }) => readable));
  }

  /** Who it is by a profile; undefined where the profile does not say how to ask. `device` names it in messages. */
  identityOf(
    { id, identity }: ModbusProfile,
    serialNumber: string | undefined,
    device: string,
    memory: InputMemory | undefined,
  ): UnitIdentity | undefined {
    if (identity === undefined) return undefined;
    const key = `identity ${this.#key} of ${id}`;
    const name = `${key} ${serialNumber ?? ""} ${JSON.stringify(identity)}`;
    let known = this.#identities.get(name);
    if (known === undefined) {
      known = new UnitIdentity({ identity, serialNumber, device, memory, key });
      this.#identities.set(name, known);
    }
    return known;
  }

  /** What it refuses of a profile; a profile whose registers changed knows nothing. */
  refusalsOf(profile: ModbusProfile, memory: InputMemory | undefined): Refusals {
    const key = `refused ${this.#key} of ${profile.id} ${layoutOf(profile)}`;
    let refusals = this.#refusals.get(key);
    if (refusals === undefined) {
      refusals = new Refusals(memory, key, this.#clock);
      this.#refusals.set(key, refusals);
    }
    return refusals;
  }
}

/** Source: FNV-1a, 32 bits. */
const HASH_START = 0x811c9dc5;
const HASH_FACTOR = 0x01000193;

/** Sums up where the registers of a profile are. */
function layoutOf({ points }: ModbusProfile): string {
  let hash = HASH_START;
  for (const point of points) {
    const { start, end } = pointSpan(point);
    for (const character of `${point.table} ${start} ${end};`) {
      hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), HASH_FACTOR);
    }
  }
  return (hash >>> 0).toString(16);
}
