import { describe, expect, test } from "vitest";
import { BusBreakers } from "../../src/inputs/modbus/bus-breakers.ts";
import type { UnitBreaker } from "../../src/inputs/modbus/unit-breaker.ts";
import { type Millis, type MonotonicMillis, millis, seconds } from "../../src/model/time.ts";

const CONFIGURED = seconds(1);
const SILENCE = { code: "INPUT_TIMEOUT", message: "nothing came" } as const;
const START = 1_000_000 as MonotonicMillis;

function later(moment: MonotonicMillis, by: Millis): MonotonicMillis {
  return (moment + by) as MonotonicMillis;
}

/** A bus whose units 1 to `open` are silent, beside `closed` that answer. */
function openBus(open: number, closed: number) {
  const breakers = new BusBreakers(true);
  for (let unit = 1; unit <= closed; unit += 1) breakers.join(100 + unit);
  const units = Array.from({ length: open }, (_, index) => breakers.join(index + 1));
  for (const unit of units) for (let poll = 0; poll < 3; poll += 1) silentPoll(breakers, unit, START);
  return { breakers, units };
}

function silentPoll(breakers: BusBreakers, unit: UnitBreaker, began: MonotonicMillis): void {
  breakers.endSilentPoll(unit, SILENCE, began, later(began, millis(38)));
}

/** Probes a unit when its time has come, and gives the moment of that. Units: `cost` milliseconds. */
function probe(breakers: BusBreakers, unit: UnitBreaker, isAlive: boolean, cost: number): MonotonicMillis {
  const began = breakers.nextProbeAt(unit, START);
  const under = breakers.beginProbe(unit, CONFIGURED, began);
  breakers.endProbe(unit, under, isAlive, later(began, millis(cost)));
  return began;
}

describe("the breakers of a bus", () => {
  test("are one for each unit, whoever polls it, until the last has left", () => {
    const breakers = new BusBreakers(true);
    const breaker = breakers.join(7);
    expect(breakers.join(7)).toBe(breaker);
    breakers.leave(7);
    expect(breakers.join(7)).toBe(breaker);
    breakers.leave(7);
    breakers.leave(7);
    breakers.leave(7);
    expect(breakers.join(7)).not.toBe(breaker);
  });

  test("let a unit be probed four seconds after it was last asked where probes are cheap", () => {
    const { breakers, units } = openBus(1, 3);
    const [unit] = units;
    if (unit === undefined) throw new Error("one unit is open");
    expect(probe(breakers, unit, false, 38)).toBe(START + 38 + 4000);
    expect(breakers.probeInterval(START)).toBe(4000);
  });

  test("say how often each unit is probed where probes are dear", () => {
    const { breakers } = openBus(5, 3);
    expect(breakers.probeInterval(START)).toBe(10_000);
  });

  test("give a probe little time, and once in a thousand seconds all of it", () => {
    const { breakers, units } = openBus(1, 3);
    const [unit] = units;
    if (unit === undefined) throw new Error("one unit is open");
    const first = breakers.beginProbe(unit, CONFIGURED, START);
    expect(first).toEqual({ began: START, timeout: 100, budget: "probes" });
    const patientAt = later(START, seconds(1000));
    const patient = breakers.beginProbe(unit, CONFIGURED, patientAt);
    expect(patient).toEqual({ began: patientAt, timeout: CONFIGURED, budget: "patience" });
    breakers.endProbe(unit, patient, false, later(patientAt, CONFIGURED));
    const next = later(patientAt, seconds(999));
    expect(breakers.beginProbe(unit, CONFIGURED, next).budget).toBe("probes");
  });

  test("give probes all of the time, and of the bus, where nobody is kept waiting", () => {
    const { breakers, units } = openBus(5, 0);
    for (const unit of units) {
      expect(breakers.nextProbeAt(unit, START)).toBe(START + 38 + 4000);
      expect(breakers.beginProbe(unit, CONFIGURED, START)).toMatchObject({ timeout: CONFIGURED, budget: "free" });
    }
  });

  test("let all units be probed at once when the first of a silent bus is back, for ten seconds", () => {
    const { breakers, units } = openBus(5, 0);
    const [first, second] = units;
    if (first === undefined || second === undefined) throw new Error("five units are open");
    const backAt = probe(breakers, first, true, 20);
    expect(breakers.beginProbe(second, CONFIGURED, later(backAt, seconds(10))).budget).toBe("free");
    expect(breakers.beginProbe(second, CONFIGURED, later(backAt, seconds(11))).budget).toBe("probes");
  });
});
