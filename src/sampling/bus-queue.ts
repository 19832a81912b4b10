/** One bus, one queue: jobs on a bus never overlap, and the one whose deadline comes first goes first. */

interface Waiting {
  readonly deadline: number;
  readonly start: () => void;
}

/** The queue of one bus. */
export class BusQueue {
  readonly #waiting: Waiting[] = [];
  #isBusy = false;

  /** Runs `job` when the bus is free and no earlier deadline waits. Units: `deadline` monotonic milliseconds. */
  async run<T>(deadline: number, job: () => Promise<T>): Promise<T> {
    await this.#turn(deadline);
    try {
      return await job();
    } finally {
      this.#pass();
    }
  }

  #turn(deadline: number): Promise<void> {
    if (!this.#isBusy) {
      this.#isBusy = true;
      return Promise.resolve();
    }
    return new Promise((start) => {
      const place = this.#waiting.findIndex((other) => other.deadline > deadline);
      this.#waiting.splice(place < 0 ? this.#waiting.length : place, 0, { deadline, start });
    });
  }

  #pass(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#isBusy = false;
    else next.start();
  }
}

/** The queues of all buses, made as they are asked for. */
export class BusQueues {
  readonly #queues = new Map<string, BusQueue>();

  /** The queue of the bus with this name, as `Input.bus` spells it. */
  of(bus: string): BusQueue {
    let queue = this.#queues.get(bus);
    if (queue === undefined) {
      queue = new BusQueue();
      this.#queues.set(bus, queue);
    }
    return queue;
  }
}
