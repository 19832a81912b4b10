/**
 * One bus, one queue: jobs on a bus never overlap, and the one whose deadline comes first goes first. A job may give
 * way between two of its steps, so that one that takes long does not keep a short one from its deadline.
 *
 * Of two with the same deadline the one goes first whose last turn is longer ago, and at first the one whose seat was
 * taken first, which is the order of configuration. It stays like that while there is time for all; where there is not,
 * each is left out once before another is left out twice. Whoever comes to a free bus waits for those that are due at
 * the same moment and go before it. So nothing rests on which of two timers fires first.
 *
 * Nobody starves: a deadline stands still while those of whoever comes later move on.
 */

import assert from "node:assert/strict";
import type { BusTurn } from "../model/input.ts";
import type { Clock } from "../model/time.ts";
import { BusMeter } from "./bus-meter.ts";

/** Moments closer than this are the same: the wall clock, which they follow, is read in whole milliseconds. */
const SAME_MS = 1;

/** Behind whoever has a seat. */
const NO_SEAT = Number.POSITIVE_INFINITY;

/** When something comes to the bus, and until when it has to be over. Units: monotonic milliseconds. */
interface Claim {
  readonly at: number;
  readonly deadline: number;
  /** When its seat had its last turn, or was taken, as the number of turns and seats by then. */
  readonly lastTurn: number;
}

interface Waiting extends Claim {
  readonly start: () => void;
}

/** What a job has of the bus, and its own deadline. */
export interface QueueTurn extends BusTurn {
  /** It gives way to whoever has an earlier deadline than this. Units: monotonic milliseconds. */
  deadline: number;
}

/** The place at a bus of something that comes again and again. */
export interface BusSeat {
  /** Says when it comes next. Units: monotonic milliseconds. */
  expect(at: number, deadline: number): void;
  /** Runs `job`, as was expected, in its turn. */
  run<T>(job: (turn: QueueTurn) => Promise<T>): Promise<T>;
  /** Says that it does not come any more. */
  leave(): void;
}

/** The queue of one bus. */
export class BusQueue {
  readonly #waiting: Waiting[] = [];
  readonly #expected = new Map<BusSeat, Claim>();
  readonly #meter: BusMeter | undefined;
  #turnCount = 0;
  #isBusy = false;

  /** `clock` left out means that it is not measured how busy it is. */
  constructor(clock?: Clock) {
    this.#meter = clock === undefined ? undefined : new BusMeter(clock);
  }

  /** The part of the last minute in which it was in use; undefined in the first seconds. */
  utilisation(): number | undefined {
    return this.#meter?.utilisation();
  }

  /** Takes the next seat. */
  takeSeat(): BusSeat {
    let lastTurn = this.#countTurn();
    const seat: BusSeat = {
      expect: (at, deadline) => void this.#expected.set(seat, { at, deadline, lastTurn }),
      run: (job) => {
        const claim = this.#expected.get(seat);
        assert(claim !== undefined, "who has a seat says when it comes");
        this.#expected.delete(seat);
        return this.#run(claim, (turn) => {
          lastTurn = this.#countTurn();
          return job(turn);
        });
      },
      leave: () => {
        this.#expected.delete(seat);
        this.#startNext();
      },
    };
    return seat;
  }

  #countTurn(): number {
    this.#turnCount += 1;
    return this.#turnCount;
  }

  /**
   * Runs a job that nobody expected when the bus is free and no earlier deadline waits. Units: `deadline` monotonic
   * milliseconds.
   */
  run<T>(deadline: number, job: (turn: QueueTurn) => Promise<T>): Promise<T> {
    return this.#run({ at: Number.NEGATIVE_INFINITY, deadline, lastTurn: NO_SEAT }, job);
  }

  async #run<T>(claim: Claim, job: (turn: QueueTurn) => Promise<T>): Promise<T> {
    await this.#wait(claim, (other) => goesBefore(claim, other));
    try {
      const turn: QueueTurn = {
        deadline: claim.deadline,
        giveWay: () => this.#giveWay({ ...claim, deadline: turn.deadline }),
        giveWayToAll: () => this.#giveWay({ ...claim, deadline: Number.POSITIVE_INFINITY }),
      };
      return await job(turn);
    } finally {
      this.#pass();
    }
  }

  /** Those that wait with the same deadline are not let go first: to change over is of no use to either. */
  async #giveWay(claim: Claim): Promise<void> {
    const goesOn = (other: Claim): boolean => other.deadline > claim.deadline - SAME_MS;
    const first = this.#waiting[0];
    if (first === undefined || goesOn(first)) return;
    const back = this.#wait(claim, goesOn);
    this.#pass();
    await back;
  }

  #wait(claim: Claim, isBehind: (other: Claim) => boolean): Promise<void> {
    return new Promise((start) => {
      const place = this.#waiting.findIndex(isBehind);
      this.#waiting.splice(place < 0 ? this.#waiting.length : place, 0, { ...claim, start });
      this.#startNext();
    });
  }

  #pass(): void {
    this.#setBusy(false);
    this.#startNext();
  }

  #startNext(): void {
    const [next] = this.#waiting;
    if (this.#isBusy || next === undefined || this.#isAnotherDueBefore(next)) return;
    this.#waiting.shift();
    this.#setBusy(true);
    next.start();
  }

  #isAnotherDueBefore(next: Claim): boolean {
    for (const other of this.#expected.values()) {
      if (other.at < next.at + SAME_MS && goesBefore(other, next)) return true;
    }
    return false;
  }

  #setBusy(isBusy: boolean): void {
    this.#isBusy = isBusy;
    if (this.#meter !== undefined) this.#meter.isBusy = isBusy;
  }
}

function goesBefore(one: Claim, other: Claim): boolean {
  const later = one.deadline - other.deadline;
  return Math.abs(later) < SAME_MS ? one.lastTurn < other.lastTurn : later < 0;
}

/** The queues of all buses, made as they are asked for. */
export class BusQueues {
  readonly #queues = new Map<string, BusQueue>();
  readonly #clock: Clock | undefined;

  /** `clock` left out means that nothing is measured. */
  constructor(clock?: Clock) {
    this.#clock = clock;
  }

  /** The queue of the bus with this name, as `Input.bus` spells it. */
  of(bus: string): BusQueue {
    let queue = this.#queues.get(bus);
    if (queue === undefined) {
      queue = new BusQueue(this.#clock);
      this.#queues.set(bus, queue);
    }
    return queue;
  }
}
