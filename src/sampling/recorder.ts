/** The last step before the log: samples of all pollers pass the filter, are counted, and are appended. */

import { GatewayError } from "../model/errors.ts";
import type { DropCounts, Log, Tally } from "../model/log.ts";
import { type SampleBatch, SampleBuilder } from "../model/samples.ts";
import { addTallies, countDropped, EMPTY_TALLY, type MutableDropCounts } from "../model/tally.ts";
import type { Logger } from "../telemetry/logger.ts";

/**
 * Copies what passes into `target`, counts the rest by reason into `dropped`, and says by how many samples that is more
 * than came in: those it added, and those that had waited in it, less those that wait in it now.
 */
export type PassSamples = (batch: SampleBatch, target: SampleBuilder, dropped: MutableDropCounts) => number;

/** What waits in a stage for samples to come. */
export interface HeldSamples {
  /** How many samples have begun to wait so far. */
  readonly heldCount: number;
  /** The number, from 0, of the one that waits longest; `heldCount` where none does. */
  readonly oldestHeld: number;
}

const NOTHING_HELD: HeldSamples = { heldCount: 0, oldestHeld: 0 };

/** A batch of which samples wait: it is kept once all with a number below `end` have come out and are kept. */
interface Unfinished {
  readonly end: number;
  readonly finish: (isKept: Promise<boolean>) => void;
}

/** Appends samples to the log and never loses count of one. */
export class Recorder {
  readonly #log: Pick<Log, "append">;
  readonly #pass: PassSamples;
  readonly #held: HeldSamples;
  #unfinished: Unfinished[] = [];
  readonly #logger: Logger;
  readonly #passed = new SampleBuilder();
  readonly #appending = new Set<Promise<boolean>>();
  /** What the log refused and has not been told of: it goes with the next append. */
  #untold: Tally = EMPTY_TALLY;
  #isRefusing = false;

  /** `held` tells what waits in `pass`; leaving it out means that nothing does. */
  constructor(log: Pick<Log, "append">, pass: PassSamples, logger: Logger, held: HeldSamples = NOTHING_HELD) {
    this.#log = log;
    this.#pass = pass;
    this.#logger = logger;
    this.#held = held;
  }

  /**
   * Takes the samples of one poll, which are copied before it returns, and counts those that its input `lost`; leaving
   * that out means none. Gives whether the log has taken them, once it has, as durably as it promises: of those that
   * wait in a stage, once they have come out.
   */
  async record(batch: SampleBatch, lost: DropCounts = {}): Promise<boolean> {
    const dropped: MutableDropCounts = {};
    this.#passed.clear();
    const heldBefore = this.#held.heldCount;
    // What a stage keeps for later counts as sampled once it comes out: the books know no samples but these.
    const madeCount = this.#pass(batch, this.#passed, dropped);
    const sampled = addTallies({ sampled: batch.count + madeCount, dropped }, lossesOf(lost));
    const tally = addTallies(this.#untold, sampled);
    this.#untold = EMPTY_TALLY;
    const appending = this.#append(this.#passed.count, tally);
    this.#appending.add(appending);
    const rest = this.#held.heldCount === heldBefore ? undefined : this.#awaitRest(this.#held.heldCount);
    this.#finishUpTo(this.#held.oldestHeld, appending);
    try {
      const isKept = await appending;
      return rest === undefined ? isKept : (await rest) && isKept;
    } finally {
      this.#appending.delete(appending);
    }
  }

  /** What was sampled and dropped and is not yet in the log's own tally. */
  get untold(): Tally {
    return this.#untold;
  }

  /** Resolves when everything recorded so far is durable or refused. */
  async settle(): Promise<void> {
    await Promise.all(this.#appending);
  }

  /** Gives whether all is kept that waits now, once it is known. */
  #awaitRest(end: number): Promise<boolean> {
    return new Promise((finish) => this.#unfinished.push({ end, finish }));
  }

  #finishUpTo(oldestHeld: number, appending: Promise<boolean>): void {
    if (this.#unfinished.length === 0) return;
    for (const { end, finish } of this.#unfinished) if (end <= oldestHeld) finish(appending);
    this.#unfinished = this.#unfinished.filter(({ end }) => end > oldestHeld);
  }

  async #append(count: number, tally: Tally): Promise<boolean> {
    try {
      await this.#log.append(this.#passed, tally);
      if (this.#isRefusing) this.#logger.info("the log takes samples again");
      this.#isRefusing = false;
      return true;
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      const lost = addTallies(tally, { sampled: 0, dropped: { backpressure: count } });
      this.#untold = addTallies(this.#untold, lost);
      if (!this.#isRefusing) this.#logger.error(`the log refuses samples, they are lost: ${error.message}`, { count });
      this.#isRefusing = true;
      return false;
    }
  }
}

/** What never reached a batch was sampled all the same. */
function lossesOf(dropped: DropCounts): Tally {
  return { sampled: countDropped(dropped), dropped };
}
