/**
 * One bus, one queue: jobs on a bus never overlap, and the one whose deadline comes first goes first. A job may give
 * way between two of its steps, so that one that takes long does not keep a short one from its deadline.
 *
 * Nobody starves: a deadline stands still while those of whoever comes later move on.
 */

import type { BusTurn } from "../model/input.ts";
import type { Clock } from "../model/time.ts";
import { BusMeter } from "./bus-meter.ts";

interface Waiting {
  readonly deadline: number;
  readonly start: () => void;
}

/** What a job has of the bus, and its own deadline. */
export interface QueueTurn extends BusTurn {
  /** It gives way to whoever has an earlier deadline than this. Units: monotonic milliseconds. */
  deadline: number;
}

/** The queue of one bus. */
export class BusQueue {
  readonly #waiting: Waiting[] = [];
  readonly #meter: BusMeter | undefined;
  #isBusy = false;

  /** `clock` left out means that it is not measured how busy it is. */
  constructor(clock?: Clock) {
    this.#meter = clock === undefined ? undefined : new BusMeter(clock);
  }

  /** The part of the last minute in which it was in use; undefined in the first seconds. */
  utilisation(): number | undefined {
    return this.#meter?.utilisation();
  }

  /** Runs `job` when the bus is free and no earlier deadline waits. Units: `deadline` monotonic milliseconds. */
  async run<T>(deadline: number, job: (turn: QueueTurn) => Promise<T>): Promise<T> {
    await this.#turn(deadline);
    try {
      const turn: QueueTurn = {
        deadline,
        giveWay: () => this.#giveWay(turn.deadline),
        giveWayToAll: () => this.#giveWay(Number.POSITIVE_INFINITY),
      };
      return await job(turn);
    } finally {
      this.#pass();
    }
  }

  #turn(deadline: number): Promise<void> {
    if (!this.#isBusy) {
      this.#setBusy(true);
      return Promise.resolve();
    }
    return this.#wait(deadline);
  }

  /** Those that wait with the same deadline are not let go first: to change over is of no use to either. */
  async #giveWay(deadline: number): Promise<void> {
    const first = this.#waiting[0];
    if (first === undefined || first.deadline >= deadline) return;
    const back = this.#wait(deadline, (other) => other.deadline >= deadline);
    this.#pass();
    await back;
  }

  #wait(deadline: number, isBehind = (other: Waiting) => other.deadline > deadline): Promise<void> {
    return new Promise((start) => {
      const place = this.#waiting.findIndex(isBehind);
      this.#waiting.splice(place < 0 ? this.#waiting.length : place, 0, { deadline, start });
    });
  }

  #pass(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#setBusy(false);
    else next.start();
  }

  #setBusy(isBusy: boolean): void {
    this.#isBusy = isBusy;
    if (this.#meter !== undefined) this.#meter.isBusy = isBusy;
  }
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
