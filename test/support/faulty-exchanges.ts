import type { OwedAnswers } from "../../src/inputs/modbus/owed-answers.ts";
import { RtuLink } from "../../src/inputs/modbus/rtu-link.ts";
import { millis, type Random, seconds } from "../../src/model/time.ts";
import { FakeClock } from "./fake-clock.ts";
import { FaultyLine, LINE_FAULTS, type LineFault } from "./faulty-line.ts";
import { createSeededRandom } from "./seeded-random.ts";
import { answerRead } from "./serial-registers.ts";

const settings = { baud: 9600, parity: "none", stopBits: 1 } as const;
const { signal } = new AbortController();

/** What came of a run. */
export interface Tally {
  right: number;
  refused: number;
  wrong: number;
  /** Requests on the line, with those that were made to settle what was owed. */
  sent: number;
}

/** A line and what befalls it. */
export interface FaultyRun {
  readonly seed: number;
  readonly exchanges: number;
  drawFault(random: Random): LineFault;
  /** Leaving it out means the line's own. */
  readonly owed?: (clock: FakeClock) => OwedAnswers;
}

/** Asks a line for registers over and over, and compares every word with what the unit held for that very request. */
export async function exchangeWithFaults({ seed, exchanges, drawFault, owed }: FaultyRun): Promise<Tally> {
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
      else if (isSame(answer, answerRead(line.serial, unit, pdu))) tally.right += 1;
      else tally.wrong += 1;
    } catch {
      tally.refused += 1;
    }
    if (draw(4) === 0) await clock.advance(millis(draw(2000)));
  }
  tally.sent = line.serial;
  return tally;
}

/** Whether two answers are the same, byte by byte. */
export function isSame(answer: Uint8Array, expected: Uint8Array): boolean {
  return answer.length === expected.length && expected.every((byte, index) => answer[index] === byte);
}

/** Half of the answers are good, the others have a fault each. */
export function drawAnyFault(random: Random): LineFault {
  const index = Math.floor(random.next() * 2 * LINE_FAULTS.length);
  return LINE_FAULTS[index] ?? "none";
}
