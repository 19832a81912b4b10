import { describe, expect, test } from "vitest";
import { Records } from "../../../src/filter/detectors/records.ts";
import { StateBlock } from "../../../src/filter/detectors/state-block.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";
import { drawNormal, type Signal } from "./ordinary-signals.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

/** Units: `at` in milliseconds. */
function judge(records: Records, at: number, value: number): number {
  records.take(value, at > 0, MINUTE);
  return records.judge(at, { mean: value, follows: at > 0, interval: MINUTE });
}

/** The most that nine ordinary days and four hours of a fault are beyond the records, a value each minute. */
function follow(signal: Signal, fault: Signal): { before: number; most: number } {
  const records = new Records(new StateBlock(1));
  const found = { before: 0, most: 0 };
  for (let at = 0; at < 9 * DAY + DAY / 6; at += MINUTE) {
    const isFault = at >= 9 * DAY;
    const beyond = judge(records, at, isFault ? fault(at) : signal(at));
    if (isFault) found.most = Math.max(found.most, beyond);
    else found.before = Math.max(found.before, beyond);
  }
  return found;
}

function noise(): Signal {
  const random = createSeededRandom(4);
  return () => 20 + drawNormal(random);
}

describe("records", () => {
  const signal = noise();

  test("are hardly beaten by plain noise", () => {
    const found = follow(noise(), signal);
    expect(found.before).toBeLessThan(1);
    expect(found.most).toBeLessThan(1);
  });

  test("are beaten by a level that lies outside of all the week", () => {
    expect(follow(noise(), (at) => signal(at) + 20).most).toBeGreaterThan(1);
  });

  test("are beaten by single values that stand out, each back at once", () => {
    expect(follow(noise(), (at) => signal(at) + (at % (7 * MINUTE) === 0 ? 60 : 0)).most).toBeGreaterThan(1);
  });

  test("are beaten by what stays as it is, and not where it often does", () => {
    expect(follow(noise(), () => 20.2).most).toBeGreaterThan(1);
    const rough = noise();
    const held: Signal = (at) => (at % (DAY / 4) < DAY / 5 ? 20 : rough(at));
    expect(follow(held, () => 20).most).toBeLessThan(1);
  });

  test("are beaten by swings that are wider than all before, fast and slow", () => {
    for (const minutes of [2, 10]) {
      const swing: Signal = (at) => signal(at) + 6 * Math.sin((2 * Math.PI * at) / (minutes * MINUTE) + 1);
      expect(follow(noise(), swing).most).toBeGreaterThan(1);
    }
  });

  test("are beaten where a machine stands still that never did for so long", () => {
    const rough = noise();
    const machine: Signal = (at) => rough(at) + (at % (40 * MINUTE) < 20 * MINUTE ? 40 : 0);
    expect(follow(machine, noise()).most).toBeGreaterThan(1);
  });

  test("raise no alarm before they are sure, and are a reason to look", () => {
    const records = new Records(new StateBlock(1));
    const drawn = noise();
    let most = 0;
    for (let at = 0; at < 1.5 * DAY; at += MINUTE)
      most = Math.max(most, judge(records, at, at < 1.2 * DAY ? drawn(0) : 20.2));
    expect(most).toBeGreaterThan(0.8);
    expect(most).toBeLessThan(1);
  });

  test("hear nothing in what has two values, however long it keeps one", () => {
    const random = createSeededRandom(7);
    let [isOpen, until] = [false, 0];
    const valve: Signal = (at) => {
      if (at >= until) [isOpen, until] = [!isOpen, at + (1 + 60 * random.next()) * MINUTE];
      return isOpen ? 100 : 0;
    };
    expect(follow(valve, () => 100)).toEqual({ before: 0, most: 0 });
    const constant: Signal = () => 7;
    expect(follow(constant, constant)).toEqual({ before: 0, most: 0 });
  });

  /** The most that each of five visits is beyond the records, one each eighth day; `height` tells of its minutes. */
  function visited(height: (visit: number, minute: number) => number): number[] {
    const records = new Records(new StateBlock(1));
    const drawn = noise();
    const most: number[] = [];
    for (let at = 0; at < 48 * DAY; at += MINUTE) {
      const [visit, minute] = [Math.floor(at / (8 * DAY)), (at % (8 * DAY)) / MINUTE];
      const isOut = visit > 0 && minute < 60;
      const beyond = judge(records, at, drawn(at) + (isOut ? height(visit, minute) : 0));
      if (isOut) most[visit - 1] = Math.max(most[visit - 1] ?? 0, beyond);
    }
    return most;
  }

  test("are beaten twice by what comes each eighth day, and then it is worth a look and no alarm", () => {
    const most = visited(() => 40);
    expect(most.map((each) => each >= 1)).toEqual([true, true, false, false, false]);
    expect(Math.min(...most)).toBeGreaterThan(0.8);
  });

  test("are not beaten by how fast something comes that came twice before", () => {
    const most = visited((visit, minute) => (visit < 3 ? 1.4 * Math.min(minute, 60 - minute) : 40));
    expect(most.map((each) => each >= 1)).toEqual([true, true, false, false, false]);
  });

  test("are beaten by what goes further than it did twice before", () => {
    const most = visited((visit) => (visit < 4 ? 40 : 80));
    expect(most.map((each) => each >= 1)).toEqual([true, true, false, true, true]);
  });

  test("stay numbers, whatever comes", () => {
    const records = new Records(new StateBlock(1));
    const wild = [0, 1e300, -1e300, 5e-324, 1, -0, 1e-300];
    const random = createSeededRandom(9);
    for (let at = 0; at < 9 * DAY; at += MINUTE) {
      const beyond = judge(records, at, wild[Math.floor(random.next() * wild.length)] as number);
      expect(beyond).toBeGreaterThanOrEqual(0);
      expect(records.known).toBeLessThanOrEqual(1);
    }
  });

  test("go on from a saved state as if they had never stopped", () => {
    for (const cut of [1, 3, 777, 4000, 12_001]) {
      const whole = new StateBlock(1);
      const wholeRecords = new Records(whole);
      const drawn = noise();
      let state = new StateBlock(1);
      let records = new Records(state);
      for (let index = 0; index < 13_000; index += 1) {
        if (index === cut) {
          const saved = state.save();
          state = new StateBlock(1);
          records = new Records(state);
          expect(state.restore(saved)).toBe(true);
        }
        const value = drawn(0);
        judge(wholeRecords, index * MINUTE, value);
        judge(records, index * MINUTE, value);
      }
      expect(Buffer.from(state.save()).equals(Buffer.from(whole.save()))).toBe(true);
    }
  });
});
