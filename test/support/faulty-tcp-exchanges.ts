import { decodeReadAnswer } from "../../src/decode/modbus-pdu.ts";
import { TcpLink } from "../../src/inputs/modbus/tcp-link.ts";
import { millis, type Random, seconds, sleep } from "../../src/model/time.ts";
import type { OpenByteStream } from "../../src/platform/tcp-socket.ts";
import { FakeClock } from "./fake-clock.ts";
import { countOutcome, createTally, type Outcome, type Tally } from "./fault-tally.ts";
import { UNSENT } from "./faulty-exchanges.ts";
import { FaultyHost, HOST_FAULTS, type HostFault } from "./faulty-host.ts";
import { createSeededRandom } from "./seeded-random.ts";
import { answerRead, isSame } from "./serial-registers.ts";

/** Addresses come again after so many exchanges: each of those under way has one of its own. */
const ADDRESSES = 60_000;

const { signal } = new AbortController();

/** A host and what befalls it. */
export interface FaultyTcpRun {
  readonly seed: number;
  readonly exchanges: number;
  readonly inFlightMax: number;
  drawFault(random: Random): HostFault;
  /** Stands between host and link; leaving it out means nothing does. */
  readonly spoil?: (open: OpenByteStream) => OpenByteStream;
}

/** Asks a host for registers over and over, and compares every word with what the unit held for that very request. */
export async function exchangeOverTcp(run: FaultyTcpRun): Promise<Tally> {
  const clock = new FakeClock();
  const random = createSeededRandom(run.seed);
  const draw = (count: number): number => Math.floor(random.next() * count);
  const host = new FaultyHost(clock, random, () => run.drawFault(random));
  const link = new TcpLink({ host: "10.0.0.5", port: 502 }, clock, run.spoil?.(host.open) ?? host.open);
  const tally = createTally();
  const exchange = async (address: number): Promise<void> => {
    const [unit, functionCode, count] = [1 + draw(3), 3 + draw(2), 1 + draw(3)];
    const pdu = Uint8Array.of(functionCode, address >> 8, address & 0xff, 0, count);
    const sentBefore = host.serialOf(address);
    const ask = async (): Promise<Outcome> => {
      const { inFlightMax } = run;
      const answer = await link.request({ unit, pdu, timeout: seconds(1), signal, inFlightMax });
      const { kind } = decodeReadAnswer({ functionCode, address, count }, answer);
      if (kind === "exception") return "refused";
      return isSame(answer, answerRead(host.serialOf(address) ?? 0, unit, pdu)) ? "right" : "wrong";
    };
    const outcome = await ask().catch(() => "refused" as const);
    countOutcome(tally, host.serialOf(address) === sentBefore ? UNSENT : host.fateOf(address), outcome);
  };
  let begun = 0;
  const takeTurns = async (): Promise<void> => {
    while (begun < run.exchanges) {
      begun += 1;
      await exchange(begun % ADDRESSES);
      if (draw(4) === 0) await sleep(clock, "pause between polls", millis(draw(2000)), signal);
    }
  };
  const turns = Array.from({ length: run.inFlightMax }, takeTurns);
  await clock.until(Promise.all(turns), Number.POSITIVE_INFINITY);
  tally.sent = host.serial;
  return tally;
}

/** Half of the answers are good, the others have a fault each. */
export function drawAnyHostFault(random: Random): HostFault {
  return HOST_FAULTS[Math.floor(random.next() * 2 * HOST_FAULTS.length)] ?? "none";
}
