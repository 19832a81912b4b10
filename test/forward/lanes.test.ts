import { describe, expect, test } from "vitest";
import { type Millis, millis, seconds } from "../../src/model/time.ts";
import { GAPS_MAX } from "../../src/store/gaps.ts";
import type { FakeCursor } from "../support/fake-cursor.ts";
import { decodePayload, type HeldPoint } from "./fake-intake.ts";
import { Forwarding } from "./forwarding.ts";

const LIMITS = { pointCountMax: 600 };

/** How long it takes from a sample to its acceptance, of the points of a request. Units: milliseconds. */
function delays(points: readonly HeldPoint[], now: number): readonly number[] {
  return points.map(({ second }) => now - second * 1000);
}

/** Lets reads fail after far too many, so that a forwarder that never rests ends, and its test with it. */
function endSpins(cursor: FakeCursor): void {
  const read = cursor.read.bind(cursor);
  cursor.read = async (countMax) => {
    if (cursor.reads.length > 1000) cursor.failReads(1);
    return await read(countMax);
  };
}

/** A plant that samples twenty series each second, while its intake comes and goes. */
class Outages {
  readonly plant: Forwarding;
  /** Longest delay of the samples of a payload that holds a sample of the last twenty seconds. Units: milliseconds. */
  liveDelayMax = 0;
  /** Moments of the payloads that hold none, and the seconds they begin at. */
  readonly filledIn: { readonly at: number; readonly second: number; readonly count: number }[] = [];
  isDown = false;
  /** What a payload takes for each of its points. Units: milliseconds. */
  perPoint = 0;
  #value = 0;

  constructor(...args: ConstructorParameters<typeof Forwarding>) {
    this.plant = new Forwarding(...args);
    const { http, intake, clock } = this.plant;
    http.delayOf = ({ body }) => millis(this.isDown ? 0 : decodePayload(body).length * this.perPoint);
    http.react = (request) => {
      if (this.isDown) return "unreachable";
      const points = decodePayload(request.body);
      const ages = delays(points, clock.now());
      if (Math.min(...ages) <= 20_000) this.liveDelayMax = Math.max(this.liveDelayMax, ...ages);
      else
        this.filledIn.push({
          at: clock.monotonic(),
          second: Math.min(...points.map(({ second }) => second)),
          count: points.length,
        });
      return intake.take(request);
    };
  }

  /** Samples for so long. */
  async run(duration: Millis): Promise<void> {
    const { clock, cursor } = this.plant;
    for (let elapsed = 0; elapsed < duration; elapsed += 1000) {
      for (let series = 0; series < 20; series += 1) {
        this.#value += 1;
        cursor.push(series, clock.now(), this.#value);
      }
      cursor.publish();
      await clock.advance(seconds(1));
    }
  }

  async outage(duration: Millis): Promise<void> {
    this.isDown = true;
    await this.run(duration);
    this.isDown = false;
  }

  /** Everything that was sampled is at the intake, once, and what is there is the last of its second. */
  expectComplete(): void {
    const { cursor, intake } = this.plant;
    this.plant.expectBooksToBalance();
    expect(cursor.gaps).toEqual([]);
    expect(cursor.counts).toMatchObject({ tooOld: 0, collapsed: 0, rejected: 0 });
    const last = new Map<string, number>();
    const { samples, position } = cursor;
    for (let row = 0; row < position; row += 1) {
      last.set(`${samples.series[row]} ${Math.floor((samples.at[row] ?? 0) / 1000)}`, samples.value[row] ?? -1);
    }
    const held = [...intake.held.values()].map(
      ({ metric, second, value }) => [`${metric.split(".")[1]} ${second}`, value] as const,
    );
    expect(new Map(held)).toEqual(last);
  }
}

describe("a forwarder after an outage", () => {
  test("is live within one flush after an hour, and fills in the rest oldest first at its rate", async () => {
    const outages = new Outages(LIMITS, { backfillRate: 400 });
    const { forwarder, cursor, clock } = outages.plant;
    forwarder.start();
    await outages.run(seconds(30));
    await outages.outage(seconds(3500));
    // The last attempt was up to a minute ago.
    outages.liveDelayMax = 0;
    await outages.run(seconds(70));
    expect(outages.liveDelayMax).toBeGreaterThan(0);
    expect(outages.liveDelayMax).toBeLessThanOrEqual(20_000);
    expect(forwarder.state().backfill).toMatchObject({ gaps: 1, held: 0, reason: "" });
    const { rate_per_s: rate, left_s: left } = forwarder.state().backfill ?? {};
    expect(rate).toBeGreaterThan(300);
    expect(rate).toBeLessThan(450);
    expect(left).toBeGreaterThan(100);
    await outages.run(seconds(200));
    const { filledIn } = outages;
    expect(filledIn.map(({ second }) => second)).toEqual(filledIn.map(({ second }) => second).sort((a, b) => a - b));
    for (const [index, { at, count }] of filledIn.entries()) {
      const next = filledIn[index + 1];
      if (next !== undefined) expect(next.at - at).toBeGreaterThanOrEqual((1000 * count) / 400 - 1);
    }
    expect(outages.liveDelayMax).toBeLessThanOrEqual(20_000);
    expect(forwarder.state().backfill).toBeNull();
    await clock.advance(seconds(10));
    expect(cursor.waiting).toBe(0);
    outages.expectComplete();
  });

  test("sends in order what fits one payload", async () => {
    const outages = new Outages({ pointCountMax: 10_000 });
    outages.plant.forwarder.start();
    await outages.run(seconds(15));
    await outages.outage(seconds(300));
    await outages.run(seconds(100));
    expect(outages.plant.cursor.reads.some(({ isOfGap }) => isOfGap)).toBe(false);
    outages.plant.expectOrderPerSeries();
  });

  test("keeps no live flush waiting for more than a payload of what it fills in, however slow the uplink", async () => {
    const outages = new Outages(LIMITS);
    outages.plant.forwarder.start();
    await outages.run(seconds(15));
    await outages.outage(seconds(600));
    outages.perPoint = 20;
    await outages.run(seconds(90));
    outages.liveDelayMax = 0;
    outages.filledIn.length = 0;
    await outages.run(seconds(900));
    // A flush, a payload of the backfill that takes half of one, and the live payload itself.
    expect(outages.liveDelayMax).toBeLessThanOrEqual(10_000 + 5_000 + 6_500);
    expect(Math.max(...outages.filledIn.map(({ count }) => count))).toBeLessThanOrEqual(250);
    await outages.plant.clock.advance(seconds(30));
    outages.expectComplete();
  });

  test("leaves one gap for each of several outages, of which each began before the last was filled in", async () => {
    const outages = new Outages(LIMITS, { backfillRate: 30 });
    const { forwarder, cursor, clock } = outages.plant;
    forwarder.start();
    for (let outage = 1; outage <= 3; outage += 1) {
      await outages.outage(seconds(300));
      await outages.run(seconds(80));
      expect(cursor.gaps.length).toBe(outage);
    }
    for (let waited = 0; waited < 40 && cursor.gaps.length > 0; waited += 1) await clock.advance(seconds(30));
    await clock.advance(seconds(30));
    outages.expectComplete();
  });

  test("goes on after it was killed while it filled in", async () => {
    const outages = new Outages(LIMITS, { backfillRate: 100 });
    const { forwarder, clock, cursor, http } = outages.plant;
    forwarder.start();
    await outages.outage(seconds(600));
    await outages.run(seconds(80));
    const left = cursor.gaps[0]?.position ?? 0;
    expect(left).toBeGreaterThan(0);
    const { react } = http;
    http.react = () => "silence";
    await clock.until(forwarder.stop(seconds(0)));
    expect(cursor.gaps[0]?.position).toBe(left);
    http.react = react;
    outages.plant.restart(LIMITS).start();
    await clock.advance(seconds(60));
    outages.expectComplete();
  });

  test("stops at once in the midst of it, with what is live sent", async () => {
    const outages = new Outages(LIMITS, { backfillRate: 100 });
    const { forwarder, clock, cursor } = outages.plant;
    forwarder.start();
    await outages.outage(seconds(600));
    await outages.run(seconds(85));
    const { waiting } = forwarder.state().backfill ?? { waiting: 0 };
    await clock.until(forwarder.stop(seconds(5)));
    expect([cursor.position, cursor.waiting]).toEqual([cursor.end, waiting]);
    expect(clock.pending()).toEqual([]);
    outages.plant.expectBooksToBalance();
  });

  test("keeps to one lane where the intake takes samples of a series in their order only", async () => {
    const outages = new Outages(LIMITS, { intake: { order: "per-series" } });
    const { forwarder, clock, cursor } = outages.plant;
    forwarder.start();
    await outages.outage(seconds(900));
    await outages.run(seconds(80));
    await clock.advance(seconds(20));
    expect(cursor.reads.some(({ isOfGap }) => isOfGap)).toBe(false);
    outages.plant.expectOrderPerSeries();
    outages.expectComplete();
  });

  test("sets a poisoned sample of the gap aside, and live samples do not wait for it", async () => {
    const outages = new Outages(LIMITS, { backfillRate: 40 });
    const { forwarder, clock, cursor, intake } = outages.plant;
    intake.poison.add(4_321);
    forwarder.start();
    await outages.outage(seconds(600));
    await outages.run(seconds(80));
    outages.liveDelayMax = 0;
    await outages.run(seconds(300));
    await clock.advance(seconds(20));
    expect(cursor.counts).toMatchObject({ rejected: 1, tooOld: 0 });
    expect(cursor.setAside.map(({ value }) => value)).toEqual([4_321]);
    expect(outages.liveDelayMax).toBeLessThanOrEqual(20_000);
    outages.plant.expectBooksToBalance();
  });

  test("sets aside what a gap ends with, once the intake has taken live samples since", async () => {
    const outages = new Outages(LIMITS, { backfillRate: 40 });
    const { forwarder, cursor, intake } = outages.plant;
    forwarder.start();
    await outages.outage(seconds(300));
    await outages.run(seconds(80));
    const last = cursor.gaps[0]?.end ?? 0;
    intake.poison.add(last);
    await outages.run(seconds(400));
    expect(cursor.gaps).toEqual([]);
    expect(cursor.setAside.map(({ value }) => value)).toEqual([last]);
    outages.plant.expectBooksToBalance();
  });

  test("delivers what is live while a gap cannot go on, and says why", async () => {
    const outages = new Outages(LIMITS);
    const { forwarder, clock, cursor } = outages.plant;
    for (let row = 0; row < 700; row += 1) cursor.push(30, clock.now() + 3_600_000 + row * 1000, row);
    forwarder.start();
    await outages.outage(seconds(300));
    await outages.run(seconds(80));
    outages.liveDelayMax = 0;
    await outages.run(seconds(120));
    expect(forwarder.state()).toMatchObject({ state: "delivering", reason: "" });
    expect(forwarder.state().backfill?.reason).toContain("further ahead of the clock than the intake takes");
    expect(outages.liveDelayMax).toBeLessThanOrEqual(20_000);
  });
});

describe("a turn that moves nothing", () => {
  test("asks for no other before the next flush, in the live lane and in a gap", async () => {
    const { forwarder, cursor, clock, http } = new Forwarding({ pointCountMax: 10 });
    endSpins(cursor);
    for (let row = 0; row < 40; row += 1) cursor.push(0, clock.now() - 100_000 + row * 1000, row);
    await cursor.leave(20);
    // A log that says yes and does nothing has a bug, and a busy loop would hide it.
    cursor.commit = async () => {};
    for (const gap of cursor.gaps)
      Object.defineProperty(cursor, "gaps", { value: [{ ...gap, commit: cursor.commit }] });
    forwarder.start();
    await clock.advance(seconds(35));
    expect(http.requests.length).toBeGreaterThanOrEqual(6);
    expect(http.requests.length).toBeLessThanOrEqual(8);
    await clock.until(forwarder.stop(seconds(5)));
    expect(cursor.counts.delivered).toBe(0);
  });
});

describe("what is older than the intake takes", () => {
  const old = { intake: { maxAge: seconds(1800) } };

  test("expires where nothing else is said, and is counted", async () => {
    const outages = new Outages(LIMITS, old);
    const { forwarder, clock, cursor } = outages.plant;
    forwarder.start();
    await outages.outage(seconds(3600));
    await outages.run(seconds(120));
    await clock.advance(seconds(20));
    expect(cursor.waiting).toBe(0);
    expect(cursor.counts.tooOld).toBeGreaterThan(20 * 1700);
    expect(cursor.counts.delivered).toBeGreaterThan(20 * 1700);
    outages.plant.expectBooksToBalance();
  });

  test("is held where that is asked for: the young part of the gap goes, and the rest waits", async () => {
    const outages = new Outages(LIMITS, { ...old, isHoldingOld: true });
    const { forwarder, clock, cursor, intake } = outages.plant;
    forwarder.start();
    await outages.outage(seconds(3600));
    await outages.run(seconds(120));
    await clock.advance(seconds(20));
    const { waiting, held = 0 } = forwarder.state().backfill ?? {};
    expect(waiting).toBe(held);
    expect([cursor.counts.tooOld, cursor.waiting]).toEqual([0, held]);
    expect(held).toBeGreaterThan(20 * 1700);
    expect(intake.held.size).toBeGreaterThan(20 * 1600);
    outages.plant.expectBooksToBalance();
    await clock.until(forwarder.stop(seconds(5)));
    outages.plant.restart(LIMITS, { maxAge: millis(Number.POSITIVE_INFINITY) }).start();
    await clock.advance(seconds(60));
    outages.expectComplete();
  });

  test("counts as collapsed once it goes at a moment that was delivered long before", async () => {
    const outages = new Outages({ pointCountMax: 10_000 }, { ...old, isHoldingOld: true });
    const { forwarder, clock, cursor, intake } = outages.plant;
    const begunAt = clock.now();
    cursor.push(0, begunAt, 1);
    forwarder.start();
    await clock.advance(seconds(3600));
    cursor.push(1, clock.now() - 1000, 2);
    cursor.publish();
    await clock.advance(seconds(20));
    cursor.push(0, begunAt, 3);
    cursor.publish();
    await clock.advance(seconds(20));
    expect(cursor.counts).toMatchObject({ delivered: 2, collapsed: 0 });
    await clock.until(forwarder.stop(seconds(5)));
    outages.plant.restart({ pointCountMax: 10_000 }, { maxAge: millis(Number.POSITIVE_INFINITY) }).start();
    await clock.advance(seconds(60));
    expect(cursor.counts).toMatchObject({ delivered: 2, collapsed: 1 });
    expect([...intake.held.values()].map(({ value }) => value)).toEqual([3, 2]);
    outages.plant.expectBooksToBalance();
  });

  test("is held where less than a payload of it waits, too", async () => {
    const outages = new Outages({ pointCountMax: 10_000 }, { ...old, isHoldingOld: true });
    const { forwarder, clock, cursor } = outages.plant;
    cursor.push(0, clock.now() - 2_000_000, 1);
    cursor.push(0, clock.now() - 1_000, 2);
    forwarder.start();
    await clock.advance(seconds(20));
    expect(cursor.counts).toMatchObject({ tooOld: 0, delivered: 1 });
    expect(forwarder.state().backfill).toMatchObject({ waiting: 1, held: 1 });
  });

  test("takes one gap where it lies among what is almost as old", async () => {
    const outages = new Outages({ pointCountMax: 10_000 }, { ...old, isHoldingOld: true });
    const { forwarder, clock, cursor } = outages.plant;
    for (let row = 0; row < 60; row += 1) cursor.push(row % 2, clock.now() - 1_775_000 + row - 90_000 * (row % 2), row);
    for (let row = 60; row < 90; row += 1) cursor.push(0, clock.now() - 900_000 + row * 1000, row);
    forwarder.start();
    await clock.advance(seconds(20));
    expect([cursor.counts.tooOld, cursor.counts.delivered, cursor.gaps.length]).toEqual([0, 31, 1]);
    expect(forwarder.state()).toMatchObject({ state: "delivering", backfill: { waiting: 59, held: 59 } });
  });

  test("lets what follows wait, and says so, where it lies in more places than there may be gaps", async () => {
    const outages = new Outages({ pointCountMax: 20 }, { ...old, isHoldingOld: true });
    const { forwarder, clock, cursor, intake } = outages.plant;
    endSpins(cursor);
    for (let place = 0; place < 30; place += 1) {
      cursor.push(0, clock.now() - 9_000_000 + place * 1000, 2 * place);
      cursor.push(1, clock.now() - 40_000 + place * 1000, 2 * place + 1);
    }
    forwarder.start();
    await clock.advance(seconds(100));
    expect(cursor.reads.length).toBeLessThan(80);
    expect(cursor.counts).toMatchObject({ tooOld: 0, delivered: GAPS_MAX });
    expect([cursor.gaps.length, cursor.waiting]).toEqual([GAPS_MAX, 60 - GAPS_MAX]);
    expect(forwarder.state()).toMatchObject({ state: "holding", backfill: { waiting: GAPS_MAX, held: GAPS_MAX } });
    expect(forwarder.state().reason).toContain(`held in ${GAPS_MAX} places of the log, the most there may be`);
    outages.plant.expectBooksToBalance();

    // A log that is full loses the oldest of what is held, and makes room.
    cursor.trimTo(1);
    await clock.advance(seconds(300));
    expect([cursor.counts.tooOld, cursor.counts.delivered]).toEqual([0, GAPS_MAX + 1]);
    await clock.until(forwarder.stop(seconds(5)));
    outages.plant.restart(LIMITS, { maxAge: millis(Number.POSITIVE_INFINITY) }).start();
    await clock.advance(seconds(60));
    expect([cursor.waiting, intake.held.size, cursor.counts.tooOld]).toEqual([0, 59, 0]);
    outages.plant.expectBooksToBalance();
  });

  test("goes as one point for each series and minute where that is asked for, and the others count as thinned", async () => {
    const any = { maxAge: millis(Number.POSITIVE_INFINITY) };
    const outages = new Outages(LIMITS, { intake: any, rollUpAge: seconds(3600) });
    const { forwarder, clock, cursor, intake } = outages.plant;
    forwarder.start();
    await outages.outage(seconds(4 * 3600));
    await outages.run(seconds(120));
    await clock.advance(seconds(60));
    const { thinned, delivered, tooOld } = cursor.counts;
    expect([cursor.waiting, tooOld]).toEqual([0, 0]);
    expect(thinned).toBeGreaterThan(20 * 6000);
    expect(intake.held.size).toBe(delivered);
    outages.plant.expectBooksToBalance();
  });
});
