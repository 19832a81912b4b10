/** Instances that ask the same unit at the same interval: what one poll reads is read for them all. */

import assert from "node:assert/strict";
import { encodeReadRequest } from "../../decode/modbus-pdu.ts";
import { GatewayError } from "../../model/errors.ts";
import { faultOf } from "../../model/faults.ts";
import type { BusNotice, BusTurn, DeviceCounts, PollOutcome } from "../../model/input.ts";
import { type EpochMillis, type Millis, millis } from "../../model/time.ts";
import { TrialBudget } from "./bisection.ts";
import { type AskedUnit, type Asking, GroupAsker } from "./group-asker.ts";
import { addFault, decodeBlock, type GroupBlock } from "./group-block.ts";
import type { GroupMember } from "./group-member.ts";
import { GroupPlan } from "./group-plan.ts";
import { costOfPlan } from "./plan.ts";
import type { CostOfRead } from "./read-cost.ts";
import { describeRefusals } from "./refused-points.ts";
import type { EncodedRead, ReadFailure, ReadOutcome } from "./unit-asker.ts";
import type { UnitWatch } from "./unit-watch.ts";

/** By these a unit says that it has no such registers, or not so many of them. */
const REFUSALS: ReadonlySet<number | undefined> = new Set([2, 3]);

/** By this it says that it has no such table, or in some devices no such register of it. */
const ILLEGAL_FUNCTION = 1;

/** What a group reads from, and when. */
export interface GroupPlace extends AskedUnit {
  readonly interval: Millis;
  readonly costOf: CostOfRead;
  /** Takes a share in the link to the unit. */
  readonly watchUnit: () => UnitWatch;
}

/** A poll under way. */
interface Polling extends Asking {
  readonly turn: BusTurn;
  readonly budget: TrialBudget;
  /** What was asked to see whether the unit is back, and what came of it. */
  readonly probe: EncodedRead | undefined;
  readonly probed: ReadOutcome | undefined;
}

/** Reads one unit for its members. */
export class ReadGroup {
  readonly #place: GroupPlace;
  readonly #asker: GroupAsker;
  readonly #members: GroupMember[] = [];
  #plan: GroupPlan | undefined;
  #watch: UnitWatch | undefined;
  #running: Promise<PollOutcome> | undefined;

  constructor(place: GroupPlace) {
    this.#place = place;
    this.#asker = new GroupAsker(place);
  }

  /** Whether nobody is left to read for. */
  get isEmpty(): boolean {
    return this.#members.length === 0;
  }

  /** Reads for a member as well, from the next poll on. */
  join(member: GroupMember): void {
    this.#members.push(member);
    this.#plan = undefined;
  }

  /** Reads for a member no more; the last one to leave gives the share in the link back. */
  leave(member: GroupMember): void {
    this.#members.splice(this.#members.indexOf(member), 1);
    this.#plan = undefined;
    if (!this.isEmpty) return;
    this.#watch?.release();
    this.#watch = undefined;
  }

  /** What came of asking the unit, whoever asked. */
  counts(): DeviceCounts {
    return this.#place.unit.countsOf(this.#place.device);
  }

  /** Says what is slower about the link than it has to be. */
  linkNotice(): BusNotice | undefined {
    return this.#place.unit.linkNotice?.();
  }

  /** Connects. Errors: as `ModbusLink.open`. */
  async open(signal: AbortSignal): Promise<void> {
    await this.#watchUnit().open(signal);
  }

  /** How long a member keeps the bus in each poll, as predicted: an equal share of what is read for all. */
  busTimeOf(): Millis {
    if (this.isEmpty) return millis(0);
    return millis(costOfPlan(this.#planned().blocks, this.#place.costOf) / this.#members.length);
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
      return await this.#running;
    } finally {
      this.#running = undefined;
    }
  }

  async #pollAll(member: GroupMember, signal: AbortSignal, turn: BusTurn): Promise<PollOutcome> {
    const { clock, interval, unit, device } = this.#place;
    const watch = this.#watchUnit();
    watch.beginPoll();
    unit.noteConnections(watch.connectionCount);
    const plan = this.#planned();
    plan.beginPoll(unit.restarts);
    const probe = watch.isOpen ? this.#chooseProbe(plan) : undefined;
    const probed = probe === undefined ? undefined : await this.#asker.probe(probe, { watch, signal });
    if (watch.isOpen) {
      member.begin();
      member.addFault(faultOf(watch.describeSilence(device), member.points));
      return this.#withNextProbe(member.end(false));
    }
    this.#asker.beginPoll();
    const members = [...this.#members];
    for (const each of members) each.begin();
    const budget = new TrialBudget(clock, interval, member.isAlone);
    const isReachable = await this.#readVerified(members, plan, { watch, signal, turn, budget, probe, probed });
    watch.endPoll();
    const now = clock.monotonic();
    for (const each of members) if (each !== member) each.keep(each.end(isReachable), now);
    return this.#withNextProbe(member.end(isReachable));
  }

  /** Reads, unless another device answers than is meant, and gives whether any did. */
  async #readVerified(members: readonly GroupMember[], plan: GroupPlan, polling: Polling): Promise<boolean> {
    const { watch, signal } = polling;
    const { unit, device } = this.#place;
    const isAsked = members.some(({ identity }) => identity !== undefined);
    // A connection that has to be made is made before it is asked who is there, not by the first of the readings.
    if (isAsked) await watch.open(signal).catch(ignoreWeather);
    const before = await this.#verify(members, polling);
    const isLost = before !== undefined || (isAsked && members.every(({ identity }) => identity?.fault !== undefined));
    const isReachable = isLost ? (before?.isAnswer ?? true) : await this.#readAll(plan, polling);
    for (const each of members) for (const fault of describeRefusals(device, each)) each.addFault(fault);
    // What was read over a connection that was made meanwhile may be another device's.
    const after = before ?? (isReachable ? await this.#verify(members, polling) : undefined);
    for (const each of members) {
      const fault = each.identity === undefined ? undefined : (each.identity.fault ?? after);
      if (fault !== undefined) each.withhold(fault);
    }
    if (before !== undefined) for (const each of members) each.withhold(before);
    if (watch.isSilent) unit.noteSilence();
    return isReachable;
  }

  /** Asks who is there where there is doubt, and gives why that came to nothing, if it did. */
  async #verify(members: readonly GroupMember[], polling: Polling): Promise<ReadFailure | undefined> {
    const { unit } = this.#place;
    unit.noteConnections(polling.watch.connectionCount);
    const asker = this.#asker.identityAsker(polling);
    for (const identity of new Set(members.map((each) => each.identity))) {
      const failure = await identity?.verify(unit.doubts, asker);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  /** Reads what is planned, bisects what is refused, and gives whether the unit answered. */
  async #readAll(plan: GroupPlan, polling: Polling): Promise<boolean> {
    const { turn, budget, probe, probed } = polling;
    const { device, unit } = this.#place;
    // What a probe has read is not read again; it goes first, so that it is stamped with its moment.
    const isRead = (block: GroupBlock): boolean => probed !== undefined && block === probe;
    const queue = plan.blocks.toSorted((one, other) => Number(isRead(other)) - Number(isRead(one)));
    const next: GroupBlock[] = [];
    let isReachable = queue.length === 0 && (await this.#isThere(polling));
    while (queue.length > 0) {
      let isLast = false;
      for (const { block, outcome, at } of await this.#askNext(polling, queue, isRead)) {
        isReachable ||= outcome.kind === "data" || outcome.isAnswer;
        if (outcome.kind === "data") {
          unit.noteAnswered(block.request.functionCode);
          decodeBlock(block, outcome.data, at, device);
          next.push(plan.settle(block));
        } else if (outcome.isAnswer && this.#isRefusal(outcome.exceptionCode, block)) {
          queue.unshift(...plan.refuse(block, outcome));
        } else {
          isLast ||= outcome.isLast;
          const rest = outcome.isLast ? queue.splice(0) : [];
          addFault([block, ...rest], outcome);
          next.push(block, ...rest);
        }
      }
      if (isLast) next.push(...queue.splice(0));
      else if (!budget.isLeft) next.push(...putOff(queue));
      if (queue.length > 0) await turn.giveWay();
    }
    plan.endPoll(next);
    return isReachable;
  }

  /**
   * Asks for what comes next in a queue, as many at a time as the unit takes, and gives what came of it in the order of
   * the queue. What is there to find out is asked one at a time. An abort is waited out by all that are under way.
   *
   * Shape: `queue` is not empty.
   */
  async #askNext(
    polling: Polling,
    queue: GroupBlock[],
    isRead: (block: GroupBlock) => boolean,
  ): Promise<readonly { block: GroupBlock; outcome: ReadOutcome; at: EpochMillis }[]> {
    const planned = queue.findIndex(({ trial }) => trial !== undefined);
    const count = Math.max(1, Math.min(polling.watch.inFlightMax, planned < 0 ? queue.length : planned));
    const asked = queue.splice(0, count).map(async (block) => {
      const isDone = isRead(block) && polling.probed !== undefined;
      const outcome = isDone ? polling.probed : await this.#asker.askFor(block, polling.budget, polling);
      return { block, outcome, at: this.#place.clock.now() };
    });
    await Promise.allSettled(asked);
    return await Promise.all(asked);
  }

  /** Whether the unit refuses for good what it was asked for. */
  #isRefusal(exceptionCode: number | undefined, { request }: GroupBlock): boolean {
    if (exceptionCode === ILLEGAL_FUNCTION) return this.#place.unit.hasAnswered(request.functionCode);
    return REFUSALS.has(exceptionCode);
  }

  /** Asks whether a unit is there of which nothing else is asked. */
  async #isThere(polling: Polling): Promise<boolean> {
    const { probe = this.#chooseProbe(this.#planned()), probed } = polling;
    const outcome = probed ?? (await this.#asker.ask(probe, polling));
    return outcome.kind === "data" || outcome.isAnswer;
  }

  #chooseProbe(plan: GroupPlan): EncodedRead {
    const request = this.#place.unit.instead;
    const block = plan.blocks.find(
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

  #planned(): GroupPlan {
    assert(!this.isEmpty || this.#plan !== undefined, "it is read for somebody");
    this.#plan ??= new GroupPlan(this.#members, this.#place.costOf);
    return this.#plan;
  }
}

/** What keeps a connection from being made is said by whatever is asked next. */
function ignoreWeather(error: unknown): void {
  if (!(error instanceof GatewayError)) throw error;
}

/** Takes out of a queue what there is only to find out, and tells of a fault for what was refused. */
function putOff(queue: GroupBlock[]): readonly GroupBlock[] {
  const trials = queue.filter(({ trial }) => trial !== undefined);
  for (const block of trials) if (block.trial?.kind === "half") addFault([block], block.trial.refusal);
  queue.splice(0, queue.length, ...queue.filter(({ trial }) => trial === undefined));
  return trials;
}
