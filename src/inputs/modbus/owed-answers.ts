import type { AnswerShape } from "../../decode/rtu-frame.ts";
import { type Clock, type MonotonicMillis, seconds } from "../../model/time.ts";

/**
 * How long after it was given up a request may still be answered. A unit that takes longer was restarted meanwhile, or
 * a gateway has thrown the request away.
 */
const OWED_FOR = seconds(10);

interface Debt {
  readonly functionCode: number;
  readonly dataBytes: number | undefined;
  readonly until: MonotonicMillis;
}

/**
 * The answers that units of a line still owe: to requests that were given up. RTU has no transaction ids and repeats
 * no address, so an answer that fits a request that is owed may be the late one, whatever was asked since.
 *
 * It rests on one thing: a unit answers in the order it was asked. So what can only be the answer to a later
 * request settles everything before it; nothing less certain does but the time.
 *
 * Limits: per unit, the requests that can be given up within ten seconds.
 */
export class OwedAnswers {
  readonly #clock: Clock;
  readonly #debts = new Map<number, Debt[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes that a request was given up. */
  add({ unit, functionCode, dataBytes }: AnswerShape): void {
    const until = (this.#clock.monotonic() + OWED_FOR) as MonotonicMillis;
    this.#debts.set(unit, [...this.#of(unit), { functionCode, dataBytes, until }]);
  }

  /** Says whether an answer of this shape may be one that is owed. */
  has(shape: AnswerShape): boolean {
    return this.#of(shape.unit).some((debt) => fits(shape, debt));
  }

  /** Notes a refusal that came for something given up: the first that it fits is paid, those before it are waived. */
  payRefused(shape: AnswerShape): void {
    const debts = this.#of(shape.unit);
    const paid = debts.findIndex((debt) => fits(shape, debt));
    this.#debts.set(shape.unit, debts.slice(paid + 1));
  }

  /** Notes that a unit has answered what it was asked last: it owes nothing any more. */
  waive(unit: number): void {
    this.#debts.delete(unit);
  }

  #of(unit: number): readonly Debt[] {
    const now = this.#clock.monotonic();
    return (this.#debts.get(unit) ?? []).filter((debt) => debt.until > now);
  }
}

/** An exception says nothing of the length that was asked for. */
function fits(shape: AnswerShape, debt: Debt): boolean {
  const isExact = shape.dataBytes === undefined || shape.dataBytes === debt.dataBytes;
  return shape.functionCode === debt.functionCode && isExact;
}
