/** Asks the unit of a group, and counts what comes of it. */

import type { IdentificationRequest } from "../../decode/device-identification.ts";
import { type Clock, millis, sleep } from "../../model/time.ts";
import type { TrialBudget } from "./bisection.ts";
import type { GroupBlock } from "./group-block.ts";
import {
  askIdentification,
  askUnit,
  type EncodedRead,
  isRefusedAsBusy,
  type Outcome,
  type ReadOutcome,
} from "./unit-asker.ts";
import type { IdentityAsker } from "./unit-identity.ts";
import type { UnitState } from "./unit-state.ts";
import type { UnitWatch } from "./unit-watch.ts";

/** A unit that is busy is left alone for so long, and asked once more. */
const BUSY_WAIT = millis(100);

/** Whom it asks. */
export interface AskedUnit {
  /** Names the unit in messages. */
  readonly device: string;
  readonly clock: Clock;
  readonly unit: UnitState;
}

/** In which poll it asks. */
export interface Asking {
  readonly watch: UnitWatch;
  readonly signal: AbortSignal;
}

/** Asks one unit, patiently where that is busy. */
export class GroupAsker {
  readonly #asked: AskedUnit;
  /** Whether it was busy in this poll, and in the one before. */
  #isBusy = false;
  #wasBusy = false;
  /** The block that is asked again, while it is. */
  #again: Promise<ReadOutcome> | undefined;

  constructor(asked: AskedUnit) {
    this.#asked = asked;
  }

  /** Begins a poll. */
  beginPoll(): void {
    this.#wasBusy = this.#isBusy;
    this.#isBusy = false;
  }

  /** Asks once. Errors: none but an abort's reason; the same of all others here. */
  async ask(read: EncodedRead, { watch, signal }: Asking): Promise<ReadOutcome> {
    return await this.#counted(askUnit(watch, this.#asked.device, read, signal));
  }

  /** Asks for a block: what there is only to find out at the cost of `budget`, and all else patiently. */
  async askFor(block: GroupBlock, budget: TrialBudget, asking: Asking): Promise<ReadOutcome> {
    if (block.trial !== undefined) return await budget.pay(() => this.ask(block, asking));
    return await this.#askPatiently(block, asking);
  }

  /** Asks a unit that is not polled any more whether it is back, when it is time for that. */
  async probe(read: EncodedRead, asking: Asking): Promise<ReadOutcome | undefined> {
    if (!asking.watch.beginProbe()) return undefined;
    const outcome = await this.ask(read, asking);
    const isAlive = outcome.kind === "data" || outcome.isAnswer;
    asking.watch.endProbe(isAlive);
    if (isAlive) this.#asked.unit.noteReturn();
    return outcome;
  }

  /** Asks who is there. */
  identityAsker(asking: Asking): IdentityAsker {
    const { device } = this.#asked;
    return {
      registers: (read: EncodedRead) => this.ask(read, asking),
      identification: (request: IdentificationRequest) =>
        this.#counted(askIdentification(asking.watch, device, request, asking.signal)),
    };
  }

  /** Asks a unit that is busy once more a little later, and not while it stays busy. */
  async #askPatiently(read: EncodedRead, asking: Asking): Promise<ReadOutcome> {
    let outcome = await this.ask(read, asking);
    if (isRefusedAsBusy(outcome) && !this.#isBusy && !this.#wasBusy) {
      outcome = (await this.#askAgain(read, asking)) ?? outcome;
    }
    this.#isBusy ||= isRefusedAsBusy(outcome);
    return outcome;
  }

  /** Asks a little later. Of several refused together one is asked again, and only once that is answered the others. */
  async #askAgain(read: EncodedRead, asking: Asking): Promise<ReadOutcome | undefined> {
    if (this.#again !== undefined) {
      const first = await this.#again;
      return first.kind === "data" ? await this.ask(read, asking) : undefined;
    }
    this.#again = sleep(this.#asked.clock, "modbus busy unit", BUSY_WAIT, asking.signal).then(() =>
      this.ask(read, asking),
    );
    try {
      return await this.#again;
    } finally {
      this.#again = undefined;
    }
  }

  /** Counts a request and what comes of it. */
  async #counted<Data>(asking: Promise<Outcome<Data>>): Promise<Outcome<Data>> {
    const { asked } = this.#asked.unit;
    asked.requests += 1;
    const outcome = await asking;
    if (outcome.kind === "failure" && outcome.code === "INPUT_TIMEOUT") asked.timeouts += 1;
    return outcome;
  }
}
