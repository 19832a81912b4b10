import type { OwedAnswers } from "../../src/inputs/modbus/owed-answers.ts";
import { RtuLink } from "../../src/inputs/modbus/rtu-link.ts";
import { millis, type Random, seconds } from "../../src/model/time.ts";
import { FakeClock } from "./fake-clock.ts";
import { countOutcome, createTally, type Outcome, type Tally } from "./fault-tally.ts";
import { FaultyLine, LINE_FAULTS, type LineFault } from "./faulty-line.ts";
import { createSeededRandom } from "./seeded-random.ts";
import { answerRead, isSame } from "./serial-registers.ts";

const settings = { baud: 9600, parity: "none", stopBits: 1 } as const;
/** What befell a request that was not sent, as an answer was owed, the line not silent or the host not there. */
export const UNSENT = "not sent";

const { signal } = new AbortController();

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
  const tally = createTally();
  for (let exchange = 0; exchange < exchanges; exchange += 1) {
    const [unit, functionCode, address, count] = [1 + draw(3), 3 + draw(2), draw(1000), 1 + draw(3)];
    const pdu = Uint8Array.of(functionCode, address >> 8, address & 0xff, 0, count);
    const sentBefore = line.serial;
    const ask = async (): Promise<Outcome> => {
      const answer = await clock.until(link.request({ unit, pdu, timeout: seconds(1), signal }));
      if (answer.length !== 2 + 2 * count || answer[0] !== functionCode) return "refused";
      return isSame(answer, answerRead(line.serial, unit, pdu)) ? "right" : "wrong";
    };
    const outcome = await ask().catch(() => "refused" as const);
    countOutcome(tally, line.serial === sentBefore ? UNSENT : line.fate, outcome);
    if (draw(4) === 0) await clock.advance(millis(draw(2000)));
  }
  tally.sent = line.serial;
  tally.drawnAnew = line.drawnAnew;
  return tally;
}

/** Half of the answers are good, the others have a fault each. */
export function drawAnyFault(random: Random): LineFault {
  const index = Math.floor(random.next() * 2 * LINE_FAULTS.length);
  return LINE_FAULTS[index] ?? "none";
}
