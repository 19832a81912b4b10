import { describe, expect, test } from "vitest";
import { OwedAnswers } from "../../src/inputs/modbus/owed-answers.ts";
import type { Random } from "../../src/model/time.ts";
import { drawAnyFault, exchangeWithFaults } from "../support/faulty-exchanges.ts";
import { LINE_FAULTS, type LineFault } from "../support/faulty-line.ts";

const EXCHANGES = 10_000;

/** Remembers nothing: after a timeout the next answer is taken for what it seems to be. */
class ForgetfulDebts extends OwedAnswers {
  override add(): void {}
}

describe("a line with faults", () => {
  test("and a link that forgets what is owed gives wrong values, which are noticed", async () => {
    const drawFault = drawAnyFault;
    const { wrong } = await exchangeWithFaults({
      seed: 1,
      exchanges: 1000,
      drawFault,
      owed: (clock) => new ForgetfulDebts(clock),
    });
    expect(wrong).toBeGreaterThan(0);
  });

  test.each(LINE_FAULTS)("gives no wrong value when one answer of three meets: %s", async (fault) => {
    const drawFault = (random: Random): LineFault => (random.next() < 1 / 3 ? fault : "none");
    const { right, refused, wrong } = await exchangeWithFaults({ seed: 7, exchanges: 300, drawFault });
    expect({ wrong, all: right + refused }).toEqual({ wrong: 0, all: 300 });
    expect(right).toBeGreaterThan(fault === "late" ? 30 : 150);
  });

  test.each([1, 2])("gives no wrong value in 10,000 exchanges with faults of all kinds, seed %i", async (seed) => {
    const { right, refused, wrong, sent } = await exchangeWithFaults({
      seed,
      exchanges: EXCHANGES,
      drawFault: drawAnyFault,
    });
    // What is asked to settle what is owed stays a small part of the traffic.
    expect(sent / EXCHANGES).toBeLessThan(1.25);
    expect({ wrong, all: right + refused }).toEqual({ wrong: 0, all: EXCHANGES });
    expect(right / EXCHANGES).toBeGreaterThan(0.5);
  });
});
