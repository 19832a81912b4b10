/** Instances that ask the same unit at the same interval: what one poll reads is read for them all. */

import { encodeReadRequest } from "../../decode/modbus-pdu.ts";
import type { BusTurn, Fault, PollOutcome } from "../../model/input.ts";
import { type Clock, type Millis, millis, sleep } from "../../model/time.ts";
import { BlockDecoder } from "./block-decoder.ts";
import { cheapestRead } from "./cheapest-read.ts";
import type { GroupMember } from "./group-member.ts";
import { costOfPlan, planTogether, type ReadBlock } from "./plan.ts";
import type { CostOfRead } from "./read-cost.ts";
import { askUnit, type EncodedRead, isRefusedAsBusy, type ReadOutcome } from "./unit-asker.ts";
import type { UnitWatch } from "./unit-watch.ts";

/** A unit that is busy is left alone for so long, and asked once more. */
const BUSY_WAIT = millis(100);

/** What a group reads from, and when. */
export interface GroupPlace {
  /** Names the unit in messages. */
  readonly device: string;
  readonly interval: Millis;
  readonly clock: Clock;
  readonly costOf: CostOfRead;
  /** Takes a share in the link to the unit. */
  readonly watchUnit: () => UnitWatch;
  /** Everybody who reads the unit, at whatever interval. */
  readonly membersOfUnit: () => readonly GroupMember[];
}

/** What a request brings for one member. */
interface BlockPart {
  readonly member: GroupMember;
  readonly names: readonly string[];
  readonly decoder: BlockDecoder;
}

/** A request of the plan, with what takes its answer apart. */
interface GroupBlock extends ReadBlock, EncodedRead {
  readonly parts: readonly BlockPart[];
}

/** Reads one unit for its members. */
export class ReadGroup {
  readonly #place: GroupPlace;
  readonly #members: GroupMember[] = [];
  #blocks: readonly GroupBlock[] | undefined;
  #watch: UnitWatch | undefined;
  #running: Promise<unknown> | undefined;
  /** Whether it was busy in this poll, and in the one before. */
  #isBusy = false;
  #wasBusy = false;

  constructor(place: GroupPlace) {
    this.#place = place;
  }

  /** Whether nobody is left to read for. */
  get isEmpty(): boolean {
    return this.#members.length === 0;
  }

  /** Reads for a member as well, from the next poll on. */
  join(member: GroupMember): void {
    this.#members.push(member);
    this.#blocks = undefined;
  }

  /** Reads for a member no more; the last one to leave gives the share in the link back. */
  leave(member: GroupMember): void {
    this.#members.splice(this.#members.indexOf(member), 1);
    this.#blocks = undefined;
    if (!this.isEmpty) return;
    this.#watch?.release();
    this.#watch = undefined;
  }

  /** Connects. Errors: as `ModbusLink.open`. */
  async open(signal: AbortSignal): Promise<void> {
    await this.#watchUnit().open(signal);
  }

  /** How long a member keeps the bus in each poll, as predicted: an equal share of what is read for all. */
  busTimeOf(): Millis {
    return millis(costOfPlan(this.#plan(), this.#place.costOf) / Math.max(1, this.#members.length));
  }

  /**
   * Gives a member what was read for it since its last poll, or reads for all.
   *
   * Errors: none but an abort's reason.
   */
  async poll(member: GroupMember, signal: AbortSignal, turn: BusTurn): Promise<PollOutcome> {
    signal.throwIfAborted();
    if (this.#running !== undefined) {
      // Another member is at it and has made way for this one.
      await turn.giveWayToAll();
      await this.#running?.catch(() => undefined);
      signal.throwIfAborted();
    }
    const kept = member.takeKept(this.#place.clock.monotonic(), this.#place.interval);
    if (kept !== undefined) return this.#withNextProbe(kept);
    this.#running = this.#pollAll(member, signal, turn);
    try {
      return (await this.#running) as PollOutcome;
    } finally {
      this.#running = undefined;
    }
  }

  async #pollAll(member: GroupMember, signal: AbortSignal, turn: BusTurn): Promise<PollOutcome> {
    const watch = this.#watchUnit();
    watch.beginPoll();
    const probe = watch.isOpen ? this.#chooseProbe() : undefined;
    const probed = probe === undefined ? undefined : await this.#probeUnit(watch, probe, signal);
    if (watch.isOpen) {
      const { code, message } = watch.describeSilence(this.#place.device);
      member.begin();
      member.addFault({ code, message, points: member.points.map(({ name }) => name) });
      return this.#withNextProbe(member.end(false));
    }
    this.#wasBusy = this.#isBusy;
    this.#isBusy = false;
    const members = [...this.#members];
    for (const each of members) each.begin();
    const isReachable = await this.#readAll(watch, { probe, probed }, signal, turn);
    watch.endPoll();
    const now = this.#place.clock.monotonic();
    for (const each of members) if (each !== member) each.keep(each.end(isReachable), now);
    return this.#withNextProbe(member.end(isReachable));
  }

  /**
   * Gives whether the unit answered. What a probe has read is not read again; it goes first, so that it is stamped with
   * its moment.
   */
  async #readAll(
    watch: UnitWatch,
    { probe, probed }: { probe: EncodedRead | undefined; probed: ReadOutcome | undefined },
    signal: AbortSignal,
    turn: BusTurn,
  ): Promise<boolean> {
    const isRead = (block: GroupBlock): boolean => probed !== undefined && block === probe;
    const planned = this.#plan();
    const blocks = [...planned.filter(isRead), ...planned.filter((block) => !isRead(block))];
    const ask = async (block: GroupBlock): Promise<ReadOutcome> =>
      (isRead(block) ? probed : undefined) ?? this.#askPatiently(watch, block, signal);
    let isReachable = false;
    for await (const { index, block, outcome } of askInOrder(blocks, watch.inFlightMax, ask, turn)) {
      if (outcome.kind === "data") {
        isReachable = true;
        this.#decode(block, outcome.data);
        continue;
      }
      isReachable ||= outcome.isAnswer;
      addFault(outcome.isLast ? blocks.slice(index) : [block], outcome);
      if (outcome.isLast) break;
    }
    return isReachable;
  }

  /** Asks a unit that is busy once more a little later, once in a poll, and not while it stays busy. */
  async #askPatiently(watch: UnitWatch, block: EncodedRead, signal: AbortSignal): Promise<ReadOutcome> {
    const { clock, device } = this.#place;
    let outcome = await askUnit(watch, device, block, signal);
    if (isRefusedAsBusy(outcome) && !this.#isBusy && !this.#wasBusy) {
      await sleep(clock, "modbus busy unit", BUSY_WAIT, signal);
      outcome = await askUnit(watch, device, block, signal);
    }
    this.#isBusy ||= isRefusedAsBusy(outcome);
    return outcome;
  }

  #decode(block: GroupBlock, data: DataView): void {
    const at = this.#place.clock.now();
    for (const { member, decoder } of block.parts) {
      const leftovers = decoder.decodeInto(member.readings, data, at);
      member.addAbsent(leftovers.absent);
      for (const { point, bytes } of leftovers.bad) {
        member.addFault(describeBadValue(this.#place.device, member.points[point]?.name ?? "", bytes));
      }
    }
  }

  /** Asks a unit that is not polled any more whether it is back, when it is time for that. */
  async #probeUnit(watch: UnitWatch, probe: EncodedRead, signal: AbortSignal): Promise<ReadOutcome | undefined> {
    if (!watch.beginProbe()) return undefined;
    const outcome = await askUnit(watch, this.#place.device, probe, signal);
    watch.endProbe(outcome.kind === "data" || outcome.isAnswer);
    return outcome;
  }

  #chooseProbe(): EncodedRead {
    const request = cheapestRead(this.#place.membersOfUnit().map(({ readable }) => readable));
    const block = this.#plan().find(
      ({ request: { functionCode, address, count } }) =>
        functionCode === request.functionCode && address === request.address && count === request.count,
    );
    return block ?? { request, pdu: encodeReadRequest(request) };
  }

  #withNextProbe(outcome: PollOutcome): PollOutcome {
    const watch = this.#watchUnit();
    return watch.isOpen ? { ...outcome, pollAgainAt: watch.nextProbeAt } : outcome;
  }

  #watchUnit(): UnitWatch {
    this.#watch ??= this.#place.watchUnit();
    return this.#watch;
  }

  #plan(): readonly GroupBlock[] {
    this.#blocks ??= planTogether(
      this.#members.map(({ readable }) => readable),
      this.#place.costOf,
    ).map((block) => this.#prepare(block));
    return this.#blocks;
  }

  #prepare(block: ReadBlock): GroupBlock {
    let first = 0;
    const parts = this.#members.flatMap((member) => {
      const offset = first;
      first += member.points.length;
      const points = block.points.filter((index) => index >= offset && index < first).map((index) => index - offset);
      if (points.length === 0) return [];
      const names = points.map((index) => member.points[index]?.name ?? "");
      return [{ member, names, decoder: new BlockDecoder({ ...block, points }, member.points) }];
    });
    return { ...block, parts, pdu: encodeReadRequest(block.request) };
  }
}

/** Asks for blocks in their order, so many at a time; what is under way is waited for, also when no more is wanted. */
async function* askInOrder(
  blocks: readonly GroupBlock[],
  inFlightMax: number,
  ask: (block: GroupBlock) => Promise<ReadOutcome>,
  turn: BusTurn,
): AsyncGenerator<{ readonly index: number; readonly block: GroupBlock; readonly outcome: ReadOutcome }> {
  for (let first = 0; first < blocks.length; first += inFlightMax) {
    if (first > 0) await turn.giveWay();
    const asked = blocks.slice(first, first + inFlightMax).map((block) => ({ block, answer: ask(block) }));
    const allSettled = Promise.allSettled(asked.map(({ answer }) => answer));
    try {
      for (const [place, { block, answer }] of asked.entries()) {
        yield { index: first + place, block, outcome: await answer };
      }
    } finally {
      await allSettled;
    }
  }
}

/** Tells each member of a fault that concerns its points in some blocks. */
function addFault(blocks: readonly GroupBlock[], { code, message }: Pick<Fault, "code" | "message">): void {
  for (const { member, names } of blocks.flatMap(({ parts }) => parts)) {
    member.addFault({ code, message, points: names });
  }
}

function describeBadValue(device: string, name: string, bytes: Uint8Array): Fault {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return {
    code: "INPUT_BAD_VALUE",
    message:
      `${device} holds 0x${hex} at point ${name}: an infinite number, a whole one too large to be exact ` +
      "(2^53 or more), digits or a date that do not exist, or scaled beyond 10^10. Compare type and word order with the manual; if it " +
      "means that there is no reading, add it to the point's sentinels.",
    points: [name],
  };
}
