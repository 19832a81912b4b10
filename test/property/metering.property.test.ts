import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Meter } from "../../src/forward/metering/meter.ts";
import { choosePlan, type Demand, forecast, LADDER, type Offer, type Plan } from "../../src/forward/metering/plan.ts";
import { spreadOver } from "../../src/forward/metering/spread.ts";
import { SERIES_CLASSES } from "../../src/model/series-class.ts";
import { millis, seconds } from "../../src/model/time.ts";
import { FakeClock } from "../support/fake-clock.ts";

const DAY_MS = 86_400_000;
const first = LADDER[0] as Plan;
const last = LADDER.at(-1) as Plan;

const offer: fc.Arbitrary<Offer> = fc
  .record({
    seriesCount: fc.nat(200),
    interval: fc.integer({ min: 1, max: 600 }),
    share: fc.integer({ max: 100, min: 0 }),
  })
  .map(({ seriesCount, interval, share }) => ({
    seriesCount,
    rate: seriesCount / interval,
    changeRate: (share * seriesCount) / interval / 100,
  }));

const demand: fc.Arbitrary<Demand> = fc
  .record({
    periods: fc.array(
      fc.record({ bytes: fc.integer({ min: -1e6, max: 1e8 }), span: fc.integer({ min: 0, max: 31 * DAY_MS }) }),
      { minLength: 1, maxLength: 2 },
    ),
    offers: fc.record({ alarms: offer, states: offer, energy: offer, analog: offer }),
    waiting: fc.nat(10_000_000),
    pointBytes: fc.integer({ min: 1, max: 100 }),
    seriesBytes: fc.nat(200),
    payloadBytes: fc.integer({ min: 100, max: 8000 }),
    notesRate: fc.nat(50),
  })
  .map(({ pointBytes, payloadBytes, ...rest }) => ({
    ...rest,
    pointBytes,
    payloadBytes: () => payloadBytes,
    flushInterval: seconds(10),
  }));

const level = fc.constantFrom(...LADDER);

describe("the ladder of plans", () => {
  test("never sends a lower class in full while a higher one is held back", () => {
    for (const { of } of LADDER) {
      const isHeldBack = SERIES_CLASSES.map((each) => of[each].kind !== "all");
      expect(isHeldBack).toEqual([...isHeldBack].sort((one, other) => Number(one) - Number(other)));
    }
  });

  test("costs no more from step to step, whatever comes", () => {
    fc.assert(
      fc.property(demand, fc.nat(DAY_MS), (asked, span) => {
        const costs = LADDER.map((plan) => forecast(asked, plan, span));
        for (let index = 1; index < costs.length; index += 1) {
          expect(costs[index]).toBeLessThanOrEqual((costs[index - 1] ?? 0) * (1 + 1e-9));
        }
      }),
    );
  });
});

describe("the choice of a plan", () => {
  test("fits every period, or is the last there is", () => {
    fc.assert(
      fc.property(demand, level, (asked, current) => {
        const plan = choosePlan(asked, current);
        const isFitting = asked.periods.every(({ bytes, span }) => forecast(asked, plan, span) <= bytes);
        expect(isFitting || plan === last).toBe(true);
      }),
    );
  });

  test("holds nothing back where the budget is large enough", () => {
    fc.assert(
      fc.property(demand, level, fc.integer({ min: 2, max: 10 }), (asked, current, times) => {
        const periods = asked.periods.map(({ span }) => ({ span, bytes: times * forecast(asked, first, span) }));
        expect(choosePlan({ ...asked, periods }, current)).toBe(first);
      }),
    );
  });

  test("is never tighter for a larger budget", () => {
    fc.assert(
      fc.property(demand, level, fc.nat(1e8), (asked, current, more) => {
        const periods = asked.periods.map(({ span, bytes }) => ({ span, bytes: bytes + more }));
        expect(choosePlan({ ...asked, periods }, current).level).toBeLessThanOrEqual(choosePlan(asked, current).level);
      }),
    );
  });
});

describe("a meter", () => {
  const steps = fc.array(
    fc.record({
      wait: fc.nat(DAY_MS / 4),
      bytes: fc.integer({ min: 1, max: 200_000 }),
      isOfReserve: fc.boolean(),
      isRestart: fc.boolean(),
    }),
    { maxLength: 60 },
  );

  test("never carries more than its budget, and keeps the reserve, in any day or month and over restarts", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (moves) => {
        const budget = { dayBytesMax: 500_000, monthBytesMax: 1_200_000, monthStarts: 24 };
        const clock = new FakeClock();
        let meter = new Meter(budget, clock, undefined);
        const days = new Map<number, number>();
        const months = new Map<boolean, number>();
        for (const { wait, bytes, isOfReserve, isRestart } of moves) {
          await clock.advance(millis(wait));
          if (isRestart) meter = new Meter(budget, clock, meter.toSave());
          if (!meter.carries(bytes, isOfReserve)) continue;
          meter.charge(bytes);
          const day = Math.floor(clock.now() / DAY_MS);
          const isNextMonth = day >= Date.UTC(2026, 10, 24) / DAY_MS;
          days.set(day, (days.get(day) ?? 0) + bytes);
          months.set(isNextMonth, (months.get(isNextMonth) ?? 0) + bytes);
          const part = isOfReserve ? 1 : 0.95;
          expect(days.get(day)).toBeLessThanOrEqual(part * 500_000);
          expect(months.get(isNextMonth)).toBeLessThanOrEqual(part * 1_200_000);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("keeps what was spent while the clock is not right, and when it is put back over midnight", () => {
    const budget = { dayBytesMax: 1000, monthStarts: 1 };
    const clock = new FakeClock();
    const meter = new Meter(budget, clock, undefined);
    meter.charge(900);
    clock.jumpWall(millis(-6 * 3_600_000 - 60_000));
    expect(meter.spent.dayBytes).toBe(900);
    clock.jumpWall(millis(6 * 3_600_000 + 60_000 + DAY_MS));
    expect(meter.spent.dayBytes).toBe(0);
  });
});

test("the starts of gateways whose names differ in one digit are spread evenly", () => {
  const starts = Array.from({ length: 200 }, (_, index) => spreadOver(seconds(100), `pi-${index} datadog`));
  const perSecond = new Map<number, number>();
  for (const start of starts)
    perSecond.set(Math.floor(start / 1000), (perSecond.get(Math.floor(start / 1000)) ?? 0) + 1);
  expect(Math.max(...perSecond.values())).toBeLessThanOrEqual(8);
  expect(Math.min(...starts)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...starts)).toBeLessThan(100_000);
});
