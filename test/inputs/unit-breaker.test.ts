import { describe, expect, test } from "vitest";
import { UnitBreaker } from "../../src/inputs/modbus/unit-breaker.ts";
import { type Millis, type MonotonicMillis, millis, seconds } from "../../src/model/time.ts";

const CONFIGURED = seconds(1);
const SILENCE = { code: "INPUT_TIMEOUT", message: "nothing came" } as const;

/** Units: seconds on the monotonic clock. */
function at(second: number): MonotonicMillis {
  return (1_000_000 + second * 1000) as MonotonicMillis;
}

function silentPoll(breaker: UnitBreaker, second: number): void {
  breaker.endSilentPoll(SILENCE, at(second), at(second + 1));
}

function openedAt(second: number): UnitBreaker {
  const breaker = new UnitBreaker(true);
  for (const before of [2, 1, 0]) silentPoll(breaker, second - before);
  return breaker;
}

describe("the breaker of a unit", () => {
  test("is closed for a unit of which nothing is known", () => {
    const breaker = new UnitBreaker(true);
    expect(breaker.isOpen).toBe(false);
    expect(breaker.timeout(CONFIGURED, at(0))).toBe(CONFIGURED);
    expect(breaker.silentFor(at(0))).toBe(0);
  });

  test("opens after three silent polls in a row, and not for three with an answer in between", () => {
    const breaker = new UnitBreaker(true);
    silentPoll(breaker, 0);
    silentPoll(breaker, 1);
    breaker.endAnsweredPoll();
    silentPoll(breaker, 2);
    silentPoll(breaker, 3);
    expect(breaker.isOpen).toBe(false);
    silentPoll(breaker, 4);
    expect(breaker.isOpen).toBe(true);
    expect(breaker.silence).toEqual(SILENCE);
    expect(breaker.silentFor(at(62))).toBe(seconds(60));
  });

  test("stays open until a probe is answered", () => {
    const breaker = openedAt(10);
    breaker.endProbe(false, at(20));
    expect(breaker.isOpen).toBe(true);
    breaker.endProbe(true, at(30));
    expect(breaker.isOpen).toBe(false);
  });

  test("counts the silence of a unit that answers probes and nothing else from its first silent poll on", () => {
    const breaker = openedAt(10);
    breaker.endProbe(true, at(60));
    silentPoll(breaker, 61);
    expect(breaker.silentFor(at(68))).toBe(seconds(60));
  });

  test("opens at the first silent poll of a unit that was open within the last five minutes", () => {
    const flapping = openedAt(10);
    flapping.endProbe(true, at(20));
    flapping.endAnsweredPoll();
    silentPoll(flapping, 300);
    expect(flapping.isOpen).toBe(true);
    const steady = openedAt(10);
    steady.endProbe(true, at(20));
    steady.endAnsweredPoll();
    silentPoll(steady, 330);
    expect(steady.isOpen).toBe(false);
  });
});

describe("the time that a unit is given", () => {
  function timedUnit(roundTrips: readonly number[], isHasty = true): UnitBreaker {
    const breaker = new UnitBreaker(isHasty);
    for (const taken of roundTrips) breaker.addRoundTrip(millis(taken));
    return breaker;
  }

  function afterSilence(breaker: UnitBreaker, second: number): Millis {
    breaker.addSilence(at(0));
    return breaker.timeout(CONFIGURED, at(second));
  }

  test("is all of the configured one until it was silent, however fast it used to answer", () => {
    expect(timedUnit([5, 8, 6]).timeout(CONFIGURED, at(0))).toBe(CONFIGURED);
  });

  test.each([
    { unit: "none was ever timed", roundTrips: [], given: 100 },
    { unit: "they take some time", roundTrips: [15, 40, 20], given: 80 },
    { unit: "they take no time to speak of", roundTrips: [1, 2], given: 20 },
    { unit: "one took longer than half of the configured time", roundTrips: [10, 700, 10], given: 1000 },
    { unit: "a slow one was long ago", roundTrips: [700, ...Array<number>(32).fill(30)], given: 60 },
  ])("goes by its answers for five minutes after it was silent, when $unit", ({ roundTrips, given }) => {
    expect(afterSilence(timedUnit(roundTrips), 299)).toBe(given);
    expect(timedUnit(roundTrips).timeout(CONFIGURED, at(301))).toBe(CONFIGURED);
  });

  test("is never cut short where that would not free the bus", () => {
    expect(afterSilence(timedUnit([5], false), 1)).toBe(CONFIGURED);
  });

  test("is never more than is configured", () => {
    expect(new UnitBreaker(true).shortTimeout(millis(50))).toBe(50);
  });
});
