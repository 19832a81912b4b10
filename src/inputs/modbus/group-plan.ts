/** The requests that read for a group: those that are planned, and while something is refused those that find out. */

import { halve } from "./bisection.ts";
import { type GroupBlock, prepareBlock } from "./group-block.ts";
import type { GroupMember } from "./group-member.ts";
import { blockOf, planTogether, type Readable, type ReadBlock } from "./plan.ts";
import type { CostOfRead } from "./read-cost.ts";
import type { ReadFailure } from "./unit-asker.ts";

/** The requests of a group, as they follow from its members and from what the unit refuses. */
export class GroupPlan {
  readonly #members: readonly GroupMember[];
  readonly #costOf: CostOfRead;
  #blocks: readonly GroupBlock[];
  #isOutdated = false;

  /** Plans for members as they are now. */
  constructor(members: readonly GroupMember[], costOf: CostOfRead) {
    this.#members = [...members];
    this.#costOf = costOf;
    this.#blocks = this.#plan();
  }

  /** What the next poll asks, in this order. */
  get blocks(): readonly GroupBlock[] {
    return this.#blocks;
  }

  /** Begins a poll: what was refused is tried again when it is time for that. */
  beginPoll(restarts: number): void {
    const isTime = this.#allRefusals().map((refusals) => refusals.beginPoll(restarts));
    if (isTime.includes(true)) this.#isOutdated = true;
    if (!this.#isOutdated || this.#blocks.some(({ trial }) => trial !== undefined)) return;
    this.#blocks = this.#plan();
    this.#isOutdated = false;
  }

  /** Ends a poll: `blocks` are what is left to ask, or asked again, next time. */
  endPoll(blocks: readonly GroupBlock[]): void {
    this.#blocks = blocks;
  }

  /** Notes that a request was answered with data, and gives it as it is asked from now on. */
  settle(block: GroupBlock): GroupBlock {
    const { trial } = block;
    if (trial === undefined) return block;
    this.#isOutdated = true;
    if (trial.kind === "half") {
      trial.split.goodHalves += 1;
      if (trial.split.goodHalves === 2) for (const refusals of this.#allRefusals()) refusals.addCut(trial.split.at);
    } else for (const refusals of this.#allRefusals()) refusals.remove(trial.span);
    return { ...block, trial: undefined };
  }

  /**
   * Notes that a request was refused, and gives what to ask in its place: its halves, or nothing where it is no more
   * than one value, which is not asked for any more.
   */
  refuse(block: GroupBlock, refusal: ReadFailure): readonly GroupBlock[] {
    this.#isOutdated = true;
    const { table, request } = block;
    const halves = halve(block, this.#points());
    if (halves === undefined) {
      const { exceptionCode = 0 } = refusal;
      const span = { table, start: request.address, end: request.address + request.count, exceptionCode };
      for (const member of new Set(block.parts.map((part) => part.member))) member.refusals.add(span);
      return [];
    }
    const { left, right, split } = halves;
    return [left, right].map((half) => prepareBlock(half, this.#members, { kind: "half", split, refusal }));
  }

  #plan(): readonly GroupBlock[] {
    const points = this.#points();
    const suspects = new Map<string, GroupBlock>();
    for (const span of this.#allRefusals().flatMap((refusals) => refusals.suspects)) {
      const { table, start, end } = span;
      const isIn = (index: number): boolean => {
        const { request } = blockOf(table, points, [index]);
        return request.address < end && start < request.address + request.count;
      };
      const indexes = points.flatMap((point, index) => (point.table === table && isIn(index) ? [index] : []));
      if (indexes.length === 0) continue;
      const block = blockOf(table, points, indexes);
      suspects.set(`${table} ${start} ${end}`, prepareBlock(block, this.#members, { kind: "suspect", span }));
    }
    const planned: readonly ReadBlock[] = planTogether(this.#readables(), this.#costOf);
    return [...planned.map((block) => prepareBlock(block, this.#members)), ...suspects.values()];
  }

  /** What one member may not ask for, none of them may. */
  #readables(): readonly Readable[] {
    const refused = this.#allRefusals().flatMap(({ spans }) => spans);
    const cuts = this.#allRefusals().flatMap((refusals) => refusals.cuts);
    return this.#members.map(({ readable }) => ({ ...readable, refused, cuts }));
  }

  #allRefusals(): readonly GroupMember["refusals"][] {
    return [...new Set(this.#members.map(({ refusals }) => refusals))];
  }

  #points(): readonly GroupMember["points"][number][] {
    return this.#members.flatMap((member) => member.points);
  }
}
