import { describe, expect, test } from "vitest";
import { OwedAnswers } from "../../src/inputs/modbus/owed-answers.ts";
import { RtuLink } from "../../src/inputs/modbus/rtu-link.ts";
import { millis, type Random, seconds } from "../../src/model/time.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FaultyLine, LINE_FAULTS, type LineFault, registerAt } from "../support/faulty-line.ts";
import { createSeededRandom } from "../support/seeded-random.ts";

const EXCHANGES = 10_000;
const settings = { baud: 9600, parity: "none", stopBits: 1 } as const;
const { signal } = new AbortController();

interface Tally {
  right: number;
  refused: number;
  wrong: number;
  /** Requests on the line, with those that were made to settle what was owed. */
  sent: number;
}

interface Run {
  readonly seed: number;
  readonly exchanges: number;
  drawFault(random: Random): LineFault;
  /** Leaving it out means the line's own. */
  readonly owed?: (clock: FakeClock) => OwedAnswers;
}

/** Asks a line for registers over and over, and compares every word with what the unit held for that very request. */
async function run({ seed, exchanges, drawFault, owed }: Run): Promise<Tally> {
  const clock = new FakeClock();
  const random = createSeededRandom(seed);
  const draw = (count: number): number => Math.floor(random.next() * count);
  const line = new FaultyLine(clock, random, () => drawFault(random));
  line.hasEcho = seed % 2 === 0;
  const parts = { name: "line", settings, openLine: line.openLine, timeoutsInARowMax: 3 };
  const link = new RtuLink({ ...parts, ...(owed === undefined ? {} : { owed: owed(clock) }) }, clock);
  const tally: Tally = { right: 0, refused: 0, wrong: 0, sent: 0 };
  for (let exchange = 0; exchange < exchanges; exchange += 1) {
    const [unit, functionCode, address, count] = [1 + draw(3), 3 + draw(2), draw(1000), 1 + draw(3)];
    const pdu = Uint8Array.of(functionCode, address >> 8, address & 0xff, 0, count);
    try {
      const answer = await clock.until(link.request({ unit, pdu, timeout: seconds(1), signal }));
      if (answer.length !== 2 + 2 * count || answer[0] !== functionCode) tally.refused += 1;
      else if (holds(answer, line.serial, unit, address)) tally.right += 1;
      else tally.wrong += 1;
    } catch {
      tally.refused += 1;
    }
    if (draw(4) === 0) await clock.advance(millis(draw(2000)));
  }
  tally.sent = line.serial;
  return tally;
}

function holds(answer: Uint8Array, serial: number, unit: number, address: number): boolean {
  const words = Array.from({ length: (answer.length - 2) / 2 }, (_, index) =>
    registerAt(serial, unit, address + index),
  );
  return words.every((word, index) => answer[2 + 2 * index] === word >> 8 && answer[3 + 2 * index] === (word & 0xff));
}

/** Half of the answers are good, the others have a fault each. */
function drawAny(random: Random): LineFault {
  const index = Math.floor(random.next() * 2 * LINE_FAULTS.length);
  return LINE_FAULTS[index] ?? "none";
}

/** Remembers nothing: after a timeout the next answer is taken for what it seems to be. */
class ForgetfulDebts extends OwedAnswers {
  override add(): void {}
}

describe("a line with faults", () => {
  test("and a link that forgets what is owed gives wrong values, which are noticed", async () => {
    const drawFault = drawAny;
    const { wrong } = await run({ seed: 1, exchanges: 1000, drawFault, owed: (clock) => new ForgetfulDebts(clock) });
    expect(wrong).toBeGreaterThan(0);
  });

  test.each(LINE_FAULTS)("gives no wrong value when one answer of three meets: %s", async (fault) => {
    const drawFault = (random: Random): LineFault => (random.next() < 1 / 3 ? fault : "none");
    const { right, refused, wrong } = await run({ seed: 7, exchanges: 300, drawFault });
    expect({ wrong, all: right + refused }).toEqual({ wrong: 0, all: 300 });
    expect(right).toBeGreaterThan(fault === "late" ? 30 : 150);
  });

  test.each([1, 2])("gives no wrong value in 10,000 exchanges with faults of all kinds, seed %i", async (seed) => {
    const { right, refused, wrong, sent } = await run({ seed, exchanges: EXCHANGES, drawFault: drawAny });
    // What is asked to settle what is owed stays a small part of the traffic.
    expect(sent / EXCHANGES).toBeLessThan(1.25);
    expect({ wrong, all: right + refused }).toEqual({ wrong: 0, all: EXCHANGES });
    expect(right / EXCHANGES).toBeGreaterThan(0.5);
  });
});
