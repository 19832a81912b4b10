/** What every input promises, whatever its protocol; called by the test of each with a device to play. */

import { describe, expect, test } from "vitest";
import type { Input, PollOutcome } from "../../src/model/input.ts";
import { type FakeClock, settle } from "../support/fake-clock.ts";

/** One input in front of a device that can be made to fail. */
export interface InputBench {
  readonly clock: FakeClock;
  readonly input: Input;
  /** The reading of every point while the device is well, by point. */
  readonly expected: Readonly<Record<string, number>>;
  /** Connections, ports or subscriptions that the input holds now. */
  readonly heldCount: () => number;
  /** Whether there is nothing to hold, as with files; leaving it out means that one is held once it is open. */
  readonly holdsNothing?: boolean;
  /** How the names of timers begin that run as long as it is connected; leaving it out means that there are none. */
  readonly standingTimer?: string;
  /** From now on the device can be connected to and answers nothing. */
  fallSilent(): void;
  /** From now on there is no device. */
  vanish(): void;
  /** From now on the device fails at some points; gives their names. */
  spoil(): readonly string[];
  /** The device is well again. */
  recover(): void;
}

/** Readings by the name of their point. */
export function readingsOf(input: Input, { readings }: PollOutcome): Record<string, number> {
  const byName: Record<string, number> = {};
  for (let row = 0; row < readings.count; row += 1) {
    const name = input.points[readings.point[row] ?? -1]?.name;
    if (name === undefined || name in byName) throw new Error(`row ${row} is of no point or of one twice: ${name}`);
    byName[name] = readings.value[row] ?? Number.NaN;
  }
  return byName;
}

/** Holds an input to the contract of `src/model/input.ts`. `createBench` makes a new device with a new input. */
export function inputSuite(name: string, createBench: () => InputBench): void {
  const signal = new AbortController().signal;

  async function poll(bench: InputBench): Promise<PollOutcome> {
    return bench.clock.until(bench.input.poll(signal));
  }

  async function expectWell(bench: InputBench): Promise<void> {
    const outcome = await poll(bench);
    expect(outcome.faults).toEqual([]);
    expect(readingsOf(bench.input, outcome)).toEqual(bench.expected);
    expect(outcome.isReachable).toBe(true);
  }

  /** Names of timers that are not there for as long as it is connected. */
  function pendingOf({ clock, standingTimer }: InputBench): string[] {
    return clock.pending().filter((timer) => standingTimer === undefined || !timer.startsWith(standingTimer));
  }

  function expectNothing(bench: InputBench, outcome: PollOutcome): void {
    expect(outcome.readings.count).toBe(0);
    expect(outcome.isReachable).toBe(false);
    expect(outcome.faults.length).toBeGreaterThan(0);
    const concerned = outcome.faults.flatMap((fault) => fault.points);
    expect(concerned.length === 0 || concerned.length === bench.input.points.length).toBe(true);
    for (const fault of outcome.faults) expect(fault.message).toMatch(/^\S.{20,}[.!]?$/);
  }

  describe(`${name} as an input`, () => {
    test("fails to open only by a GatewayError, and polls once the device is there", async () => {
      const bench = createBench();
      bench.vanish();
      await expect(bench.clock.until(bench.input.open(signal))).rejects.toMatchObject({ name: "GatewayError" });
      bench.recover();
      await expectWell(bench);
    });

    test("holds nothing before it is opened", () => {
      expect(createBench().heldCount()).toBe(0);
    });

    test("opens twice and holds one connection at most", async () => {
      const bench = createBench();
      await bench.clock.until(bench.input.open(signal));
      await bench.clock.until(bench.input.open(signal));
      expect(bench.heldCount()).toBe(bench.holdsNothing ? 0 : 1);
      await expectWell(bench);
    });

    test("polls without having been opened", async () => {
      await expectWell(createBench());
    });

    test("stamps a reading with the moment it came", async () => {
      const bench = createBench();
      const before = bench.clock.now();
      const { readings } = await poll(bench);
      for (const at of readings.at.subarray(0, readings.count)) {
        expect(at).toBeGreaterThanOrEqual(before);
        expect(at).toBeLessThanOrEqual(bench.clock.now());
        expect(Number.isInteger(at)).toBe(true);
      }
    });

    test("reads the same again, poll after poll", async () => {
      const bench = createBench();
      for (let turn = 0; turn < 3; turn += 1) await expectWell(bench);
      expect(pendingOf(bench)).toEqual([]);
    });

    test("keeps the good points when some are bad", async () => {
      const bench = createBench();
      await expectWell(bench);
      const spoiled = bench.spoil();
      const outcome = await poll(bench);
      const good = Object.entries(bench.expected).filter(([point]) => !spoiled.includes(point));
      expect(good.length).toBeGreaterThan(0);
      expect(readingsOf(bench.input, outcome)).toEqual(Object.fromEntries(good));
      expect(outcome.faults.flatMap((fault) => fault.points).sort()).toEqual([...spoiled].sort());
      expect(outcome.isReachable).toBe(true);
    });

    test("never repeats a value when the device falls silent, and goes on when it is back", async () => {
      const bench = createBench();
      await expectWell(bench);
      bench.fallSilent();
      expectNothing(bench, await poll(bench));
      expectNothing(bench, await poll(bench));
      bench.recover();
      await expectWell(bench);
    });

    test("never repeats a value when the device is gone, and goes on when it is back", async () => {
      const bench = createBench();
      await expectWell(bench);
      bench.vanish();
      expectNothing(bench, await poll(bench));
      expectNothing(bench, await poll(bench));
      bench.recover();
      await expectWell(bench);
    });

    test("ends a poll that is aborted before it began, with the reason", async () => {
      const bench = createBench();
      await expect(bench.input.poll(AbortSignal.abort("stopped"))).rejects.toBe("stopped");
      await expectWell(bench);
    });

    test("ends a poll that is aborted while the device is silent, with the reason and at once", async () => {
      const bench = createBench();
      await expectWell(bench);
      bench.fallSilent();
      const controller = new AbortController();
      const polled = bench.input.poll(controller.signal);
      const rejected = expect(polled).rejects.toBe("stopped");
      await settle();
      controller.abort("stopped");
      await rejected;
      expect(bench.clock.pending()).toEqual([]);
      bench.recover();
      await expectWell(bench);
    });

    test("lets go of everything when it is disposed of, once or twice or unopened", async () => {
      const bench = createBench();
      await expectWell(bench);
      await bench.input[Symbol.asyncDispose]();
      await bench.input[Symbol.asyncDispose]();
      expect(bench.heldCount()).toBe(0);
      expect(bench.clock.pending()).toEqual([]);
      await createBench().input[Symbol.asyncDispose]();
    });

    test("brings nothing and connects no more after it was disposed of", async () => {
      const bench = createBench();
      await expectWell(bench);
      await bench.input[Symbol.asyncDispose]();
      expectNothing(bench, await poll(bench));
      await expect(bench.input.open(signal)).rejects.toMatchObject({ name: "GatewayError" });
      expect(bench.heldCount()).toBe(0);
    });

    test("ends a poll that is under way when it is disposed of", async () => {
      const bench = createBench();
      await expectWell(bench);
      bench.fallSilent();
      const polled = bench.input.poll(signal);
      await settle();
      await bench.input[Symbol.asyncDispose]();
      expectNothing(bench, await polled);
      expect(bench.clock.pending()).toEqual([]);
    });
  });
}
