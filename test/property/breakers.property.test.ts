import fc from "fast-check";
import { expect, test } from "vitest";
import { BusBreakers } from "../../src/inputs/modbus/bus-breakers.ts";
import type { UnitBreaker } from "../../src/inputs/modbus/unit-breaker.ts";
import { type MonotonicMillis, seconds } from "../../src/model/time.ts";

const SILENCE = { code: "INPUT_TIMEOUT", message: "nothing came" } as const;
const CONFIGURED = seconds(1);

/** Probes silent units beside one that answers, each time the first that may be; what each probe costs is drawn. */
function probeInTurn(costs: readonly number[], unitCount: number) {
  const breakers = new BusBreakers(true);
  breakers.join(0);
  let now = 50_000 as MonotonicMillis;
  const units = Array.from({ length: unitCount }, (_, index) => breakers.join(index + 1));
  for (const unit of units) for (let poll = 0; poll < 3; poll += 1) breakers.endSilentPoll(unit, SILENCE, now, now);
  const began = now;
  const counts = new Map<UnitBreaker, number>(units.map((unit) => [unit, 0]));
  let spent = 0;
  let spentBeforeLast = 0;
  for (const cost of costs) {
    const [next] = units.toSorted((one, other) => breakers.nextProbeAt(one, now) - breakers.nextProbeAt(other, now));
    if (next === undefined) break;
    now = Math.max(now, breakers.nextProbeAt(next, now)) as MonotonicMillis;
    const probe = breakers.beginProbe(next, CONFIGURED, now);
    const taken = Math.min(cost, probe.timeout);
    spentBeforeLast = spent;
    spent += taken;
    breakers.endProbe(next, probe, false, (now + taken) as MonotonicMillis);
    counts.set(next, (counts.get(next) ?? 0) + 1);
  }
  return { share: spentBeforeLast / Math.max(1, now - began), counts: [...counts.values()] };
}

const costs = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 400 });
const unitCounts = fc.integer({ min: 1, max: 40 });

test("probes take two hundredths of a bus' time at most, whatever each of them takes", () => {
  fc.assert(
    fc.property(costs, unitCounts, (drawn, unitCount) => {
      expect(probeInTurn(drawn, unitCount).share).toBeLessThanOrEqual(0.02);
    }),
  );
});

test("probes go round, so that no silent unit waits for another twice", () => {
  fc.assert(
    fc.property(costs, unitCounts, (drawn, unitCount) => {
      const { counts } = probeInTurn(drawn, unitCount);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }),
  );
});
