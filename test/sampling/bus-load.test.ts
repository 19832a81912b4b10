import { describe, expect, test } from "vitest";
import type { DeviceCounts, Input } from "../../src/model/input.ts";
import type { BusStatus } from "../../src/model/status.ts";
import { millis, seconds, sleep } from "../../src/model/time.ts";
import { describeBuses, type LoadPart } from "../../src/sampling/bus-load.ts";
import { BusQueue } from "../../src/sampling/bus-queue.ts";
import { BusWatch } from "../../src/sampling/bus-watch.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeInput, voltagePoint } from "../support/fake-input.ts";
import { createKeepingLogger } from "../support/keeping-logger.ts";

const clean = { timeouts: 0, checksum_errors: 0, cut_short: 0, late: 0, strangers: 0, noise_bytes: 0 };

function part(clock: FakeClock, queue: BusQueue, changes: Partial<Input>, intervalS = 1): LoadPart {
  const input = Object.assign(new FakeInput([voltagePoint("l1")], [{}], clock), changes);
  return { interval: seconds(intervalS), input, bus: queue };
}

/** Keeps a bus in use for a part of each second. */
async function use(clock: FakeClock, queue: BusQueue, share: number, forS: number): Promise<void> {
  for (let second = 0; second < forS; second += 1) {
    const running = queue.run(0, () => sleep(clock, "job", millis(1000 * share)));
    await clock.advance(seconds(1));
    await running;
  }
}

describe("the use of a bus", () => {
  test("is not known in the first seconds, nor without a clock", async () => {
    const clock = new FakeClock();
    const queue = new BusQueue(clock);
    await use(clock, queue, 0.5, 9);
    expect(queue.utilisation()).toBeUndefined();
    expect(new BusQueue().utilisation()).toBeUndefined();
  });

  test.each([0, 0.25, 1])("is the part of the time in which something runs: %d", async (share) => {
    const clock = new FakeClock();
    const queue = new BusQueue(clock);
    await use(clock, queue, share, 90);
    expect(queue.utilisation()).toBeCloseTo(share, 2);
  });

  test("is that of the last minute", async () => {
    const clock = new FakeClock();
    const queue = new BusQueue(clock);
    await use(clock, queue, 1, 120);
    await use(clock, queue, 0, 30);
    expect(queue.utilisation()).toBeCloseTo(0.5, 1);
    await use(clock, queue, 0, 40);
    expect(queue.utilisation()).toBe(0);
    await use(clock, queue, 0.5, 5);
    await clock.advance(seconds(3600));
    expect(queue.utilisation()).toBe(0);
  });

  test("goes on while one job takes longer than all that is remembered", async () => {
    const clock = new FakeClock();
    const queue = new BusQueue(clock);
    const running = queue.run(0, () => sleep(clock, "job", seconds(1000)));
    await clock.advance(seconds(999));
    expect(queue.utilisation()).toBe(1);
    await clock.advance(seconds(1));
    await running;
  });
});

describe("what is said of buses", () => {
  const describeOne = (...parts: readonly LoadPart[]): BusStatus | undefined => describeBuses(parts)[0];

  test("is what polls need by their plans, and a warning where that is more than there is", () => {
    const clock = new FakeClock();
    const queue = new BusQueue(clock);
    const slow = part(clock, queue, { busTime: () => millis(1800) });
    expect(describeOne(slow)).toMatchObject({ predicted_utilisation: 1.8, utilisation: null });
    expect(describeOne(slow)?.warning).toMatch(/^On fake:\/\/bus your 1 s poll needs 1\.8 s\. Poll less often/u);
    const both = describeOne(
      part(clock, queue, { busTime: () => millis(600) }),
      part(clock, queue, { busTime: () => millis(1200) }, 2),
    );
    expect(both?.warning).toMatch(/^Your 1 s poll needs 1\.2 s with all that is polled on fake:\/\/bus\./u);
    expect(describeOne(part(clock, queue, { busTime: () => millis(900) }))?.warning).toBeNull();
    expect(describeOne(part(clock, queue, {}))).toMatchObject({ predicted_utilisation: null, warning: null });
  });

  test("is a warning where it was in use all the time, though less was predicted", async () => {
    const clock = new FakeClock();
    const queue = new BusQueue(clock);
    await use(clock, queue, 1, 60);
    expect(describeOne(part(clock, queue, { busTime: () => millis(400) }))?.warning).toMatch(
      /^fake:\/\/bus was in use for 100 % of the last minute, and 40 % were predicted: its devices answer slower/u,
    );
  });

  test("names the one unit whose answers are damaged, and the whole line where all are", () => {
    const clock = new FakeClock();
    const queue = new BusQueue(clock);
    const counts = (device: string, own: Partial<DeviceCounts>): LoadPart =>
      part(clock, queue, { counts: () => ({ device, requests: 1000, ...clean, ...own }) });
    const bad = { checksum_errors: 18, cut_short: 2 };
    const warnings = (...parts: readonly LoadPart[]): unknown[] =>
      (describeOne(...parts)?.devices ?? []).map(({ warning }) => warning);
    expect(warnings(counts("unit 1", {}), counts("unit 2", bad), counts("unit 3", { checksum_errors: 1 }))).toEqual([
      null,
      "2.0 % of what unit 2 was asked came back damaged, those of the others on its line 0.1 %: look at its own drop, its terminals and its distance.",
      null,
    ]);
    expect(warnings(counts("unit 1", bad), counts("unit 2", bad))[0]).toContain("of the whole line");
    expect(warnings(counts("unit 1", { checksum_errors: 9 }))).toEqual([null]);
    expect(warnings(counts("unit 1", bad), counts("unit 1", bad))).toHaveLength(1);
  });

  test("is why a bus is slower than it has to be, from whoever knows", () => {
    const clock = new FakeClock();
    const queue = new BusQueue(clock);
    const notice = { found: "The adapter waits.", remedy: "Tell it not to." };
    const known = part(clock, queue, { busNotice: () => notice });
    expect(describeOne(part(clock, queue, { busNotice: () => undefined }), known)).toMatchObject({ notice });
    expect(describeOne(part(clock, queue, {}))).not.toHaveProperty("notice");
  });

  test("is said in the log once where the adapter slows all polls down", async () => {
    const clock = new FakeClock();
    const logger = createKeepingLogger();
    const notice = { found: "The adapter waits.", remedy: "Tell it not to." };
    const status = { bus: "b", utilisation: null, predicted_utilisation: null, warning: null, devices: [] };
    let isOpen = false;
    const watch = new BusWatch(() => [{ ...status, ...(isOpen ? { notice } : {}) }], clock, logger);
    watch.start();
    expect(logger.lines).toEqual([]);
    isOpen = true;
    await clock.advance(seconds(300));
    expect(logger.lines).toHaveLength(1);
    expect(JSON.stringify(logger.lines)).toContain("The adapter waits. Tell it not to.");
    watch.stop();
  });

  test("is said in the log once while it goes on, and again when it comes again", async () => {
    const clock = new FakeClock();
    const logger = createKeepingLogger();
    let warning: string | null = "the bus is full";
    const status = { bus: "b", utilisation: null, predicted_utilisation: null, devices: [] };
    const watch = new BusWatch(() => [{ ...status, warning }], clock, logger);
    watch.start();
    await clock.advance(seconds(180));
    expect(logger.lines).toHaveLength(1);
    warning = null;
    await clock.advance(seconds(60));
    warning = "the bus is full";
    await clock.advance(seconds(60));
    expect(logger.lines).toHaveLength(2);
    watch.stop();
    expect(clock.pending()).toEqual([]);
  });
});
