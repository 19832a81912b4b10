import { describe, expect, test } from "vitest";
import { FLAG, SampleBuilder } from "../../src/model/samples.ts";
import { leadOf } from "../../src/model/thinning.ts";
import { seconds } from "../../src/model/time.ts";
import { ClockJumps } from "../../src/store/clock-jumps.ts";
import { openLevelLog } from "../../src/store/level-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";
import { LOG_OPTIONS } from "../support/log-options.ts";
import { batchOf } from "../support/samples.ts";

/** The clock shows this when the monotonic clock shows 0. Units: milliseconds since 1970. */
const BEGAN_AT = Date.UTC(2026, 0, 1);

/** A clock that is set now and then, and what was read by it. */
class SetClock {
  readonly jumps = new ClockJumps();
  monotonic = 0;
  #line = BEGAN_AT;

  get now(): number {
    return this.#line + this.monotonic;
  }

  wait(ms: number): this {
    this.monotonic += ms;
    return this;
  }

  put(by: number): this {
    this.#line += by;
    this.jumps.add(by, this.monotonic);
    return this;
  }

  /** Where stamps lie once they are brought over, as moments of the monotonic clock. */
  bringOver(...stamps: readonly number[]): number[] {
    const batch = new SampleBuilder();
    for (const at of stamps) batch.push(0, at, 1, 0);
    const { now, monotonic } = this;
    const brought = this.jumps.bringOver(batch, { now, monotonic, isTrusted: true });
    return Array.from(brought.at.subarray(0, brought.count), (at) => at - this.#line);
  }
}

describe("what was read before the clock was set", () => {
  test.each([44_000, -44_000])("and comes after it was put by %d ms, lies when it was read", (by) => {
    const clock = new SetClock().wait(1_000);
    const stamp = clock.now;
    expect(clock.wait(500).put(by).wait(200).bringOver(stamp)).toEqual([1_000]);
  });

  test("and comes after it was put back twice, lies when it was read", () => {
    const clock = new SetClock().wait(64_887);
    const stamp = clock.now;
    expect(clock.wait(374).put(-44_000).wait(88).put(-117_000).wait(40).bringOver(stamp)).toEqual([64_887]);
  });

  test("lies with what was read between two changes, and after both, in the order in which it was read", () => {
    const clock = new SetClock().wait(1_000);
    const first = clock.now;
    const second = clock.wait(1_000).put(10_000).wait(500).now;
    const third = clock.wait(500).put(-30_000).wait(500).now;
    expect(clock.wait(100).bringOver(first, second, third)).toEqual([1_000, 2_500, 3_500]);
  });

  test("is not moved when it comes more than a minute after", () => {
    const clock = new SetClock().wait(1_000);
    const stamp = clock.now;
    expect(clock.put(-5_000).wait(60_001).bringOver(stamp)).toEqual([6_000]);
  });

  test("is trusted then, where the clock is", () => {
    const clock = new SetClock().wait(1_000);
    const batch = new SampleBuilder();
    batch.push(0, clock.now, 1, FLAG.clockUntrusted);
    const { now, monotonic, jumps } = clock.put(80_000).wait(100);
    expect(jumps.bringOver(batch, { now, monotonic, isTrusted: true }).flags[0]).toBe(0);
    expect(jumps.bringOver(batch, { now, monotonic, isTrusted: false }).flags[0]).toBe(FLAG.clockUntrusted);
    expect(batch.flags[0]).toBe(FLAG.clockUntrusted);
  });
});

describe("how long what is odd had lasted", () => {
  test("stays with where it was seen, where both come after the clock was put ahead", async () => {
    const clock = new FakeClock();
    const log = await openLevelLog(new FakeDisk().open(), clock, LOG_OPTIONS, () => undefined);
    const series = { metric: "a.power", tags: [], kind: "gauge", unit: "W" } as const;
    const [read, lead] = [log.defineSeries(series), log.defineSeries(leadOf(series))];
    const put = async (...rows: readonly (readonly [number, number, number])[]) =>
      await Promise.all([log.append(batchOf(...rows), { sampled: rows.length, dropped: {} }), log.sync()]);
    await put([read, clock.now(), 1]);
    await clock.advance(seconds(1));
    const stamp = clock.now();
    await clock.advance(seconds(1));
    clock.jumpWall(seconds(40));
    await put([lead, stamp, 60], [read, stamp, 2]);
    const { batch } = await log.care.page({ from: 1, fromAt: 0, toAt: Number.MAX_SAFE_INTEGER });
    expect([...batch.at.subarray(0, batch.count)]).toEqual([stamp + 40_000, stamp + 40_000]);
    await log.close();
  });
});
