/** Registers that a read clears: what is read of them is a reading, or is not read. */

import { describe, expect, test } from "vitest";
import { createInput, createLinks } from "../../src/inputs/modbus/input.ts";
import type { RegisterSpan } from "../../src/model/profile.ts";
import { seconds } from "../../src/model/time.ts";
import { readingsOf } from "../conformance/input-suite.ts";
import { FakeHost } from "../support/fake-byte-stream.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { RegisterDevice } from "../support/register-device.ts";
import { wordInstance, words } from "./word-instance.ts";

const signal = new AbortController().signal;
const COUNTER = 7;
const clearOnRead: readonly RegisterSpan[] = [{ table: "holding-register", start: COUNTER, end: COUNTER + 1 }];

function openBench(framing: "tcp" | "rtu", addresses: readonly number[]) {
  const clock = new FakeClock();
  const device = new RegisterDevice(framing);
  const links = createLinks(clock, { openTcp: new FakeHost(device.play).open });
  const instance = wordInstance(words(...addresses), { clearOnRead, settings: { framing } });
  const input = createInput(instance, { clock, links });
  /** Gives how many readings of the counter a poll brings. */
  const poll = async (): Promise<number> => {
    await clock.advance(seconds(1));
    return Number(`word ${COUNTER}` in readingsOf(input, await clock.until(input.poll(signal))));
  };
  /** How often the counter was read by which a reading might have come. */
  const takeClearings = (): number =>
    device.seen.splice(0).filter(({ address, count }) => address <= COUNTER && COUNTER < address + count).length;
  return { clock, device, poll, takeClearings };
}

describe.each(["tcp", "rtu"] as const)("a register that a read clears, over %s", (framing) => {
  test.each([[[COUNTER]], [[COUNTER, 8]], [[6, COUNTER, 8]]])(
    "is read only for its reading when its unit is probed, among %j",
    async (addresses) => {
      const bench = openBench(framing, addresses);
      expect(await bench.poll()).toBe(1);
      expect(bench.takeClearings()).toBe(1);
      bench.device.isSilent = true;
      for (let turn = 0; turn < 3; turn += 1) await bench.poll();
      bench.takeClearings();
      for (let turn = 0; turn < 60; turn += 1) await bench.poll();
      expect(bench.device.seen.length).toBeGreaterThan(0);
      expect(bench.takeClearings()).toBe(0);
      bench.device.isSilent = false;
      let readings = 0;
      for (let turn = 0; turn < 20; turn += 1) readings += await bench.poll();
      const clearings = bench.takeClearings();
      expect(clearings).toBeGreaterThan(0);
      expect(readings).toBe(clearings);
    },
  );

  test.each([[[COUNTER]], [[COUNTER, 8]], [[6, COUNTER, 8]]])(
    "is read only for its reading after an answer did not come, among %j",
    async (addresses) => {
      const bench = openBench(framing, addresses);
      await bench.poll();
      for (let round = 0; round < 10; round += 1) {
        bench.device.isSilent = true;
        await bench.poll();
        bench.device.isSilent = false;
        bench.takeClearings();
        let readings = 0;
        for (let turn = 0; turn < 12; turn += 1) readings += await bench.poll();
        const clearings = bench.takeClearings();
        expect(clearings).toBeGreaterThan(0);
        expect(readings).toBe(clearings);
      }
    },
  );
});
