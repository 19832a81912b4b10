import { describe, expect, test } from "vitest";
import type { CursorCounts } from "../../src/model/log.ts";
import { DeliveryWitness } from "./delivery-witness.ts";

const NONE: CursorCounts = {
  delivered: 0,
  collapsed: 0,
  tooOld: 0,
  logFull: 0,
  unreadable: 0,
  rejected: 0,
  thinned: 0,
  heldBack: 0,
};

function pointsAt(...seconds: readonly number[]) {
  return seconds.map((second) => ({ series: "voltage", metric: "voltage", host: "", tags: [], second, value: 1 }));
}

/** A witness of a life that delivered two seconds, 3 and 5, and was killed. */
function killed(): DeliveryWitness {
  const witness = new DeliveryWitness();
  witness.begin(NONE, undefined);
  witness.take(pointsAt(3, 5), NONE, true);
  return witness;
}

describe("a witness of deliveries", () => {
  test("objects to a second that nobody sent before a crash, behind one that was", () => {
    const witness = killed();
    witness.begin(NONE, { ...NONE, delivered: 2 });
    witness.take(pointsAt(4), NONE, true);
    expect(witness.violations).toEqual(["voltage went back in time to 4"]);
  });

  test("takes again what a crash made unknown", () => {
    const witness = killed();
    witness.begin(NONE, { ...NONE, delivered: 2 });
    witness.take(pointsAt(3, 5), NONE, true);
    expect(witness.violations).toEqual([]);
  });

  test.each(["rejected", "logFull", "thinned"] as const)("takes what a crash brought back of what was %s", (reason) => {
    const witness = killed();
    witness.begin(NONE, { ...NONE, delivered: 2, [reason]: 1 });
    witness.take(pointsAt(4), NONE, true);
    expect(witness.violations).toEqual([]);
  });

  test("takes what a crash brought back of what was moved since, and no more", () => {
    const witness = killed();
    witness.begin(NONE, { ...NONE, delivered: 2 }, 1);
    witness.take(pointsAt(2, 4), NONE, true);
    expect(witness.violations).toEqual(["voltage went back in time to 4"]);
  });

  test("objects to more than a crash brought back", () => {
    const witness = killed();
    witness.begin(NONE, { ...NONE, delivered: 2, thinned: 1 });
    witness.take(pointsAt(2, 4), NONE, true);
    expect(witness.violations).toEqual(["voltage went back in time to 4"]);
  });

  test("takes again what was sent of a step that no disk took, when less of it goes at first", () => {
    const witness = new DeliveryWitness();
    witness.begin(NONE, undefined);
    witness.take(pointsAt(3, 4, 5), NONE, true);
    witness.take(pointsAt(3), NONE, true);
    witness.take(pointsAt(4, 5), { ...NONE, delivered: 1 }, true);
    expect(witness.violations).toEqual([]);
    expect(witness.countSure(3)).toBe(3);
    witness.take(pointsAt(4), { ...NONE, delivered: 3 }, true);
    expect(witness.violations).toEqual(["voltage came at 4, when 5 was known to be delivered"]);
  });

  test("objects to a second before one that the crash left sure", () => {
    const witness = killed();
    witness.begin({ ...NONE, delivered: 2 }, { ...NONE, delivered: 2, rejected: 1 });
    witness.take(pointsAt(4), { ...NONE, delivered: 2 }, true);
    expect(witness.violations).toEqual(["voltage came at 4, when 5 was known to be delivered"]);
  });

  test("counts what was sent once more as sure when it is settled, until a crash takes that back", () => {
    const refused = { ...NONE, delivered: 2, rejected: 1 };
    const settled = { ...NONE, delivered: 3 };
    const witness = killed();
    witness.take(pointsAt(4), refused, true, 0, true);
    witness.noteSettling();
    witness.noteSettled(1, settled);
    expect([witness.countSure(3), witness.violations]).toEqual([3, []]);
    witness.begin(refused, settled);
    expect(witness.countSure(3)).toBe(2);
  });

  test("counts nothing as sure of what was sent once more without an answer", () => {
    const witness = killed();
    const refused = { ...NONE, delivered: 2, rejected: 1 };
    witness.take(pointsAt(4), refused, false, 0, true);
    witness.noteRead();
    witness.take(pointsAt(6), refused, true, 3);
    expect([witness.countSure(4), witness.violations]).toEqual([3, []]);
  });

  test("objects to a lane that goes back while something else is sent once more", () => {
    const witness = killed();
    const counts = { ...NONE, delivered: 2 };
    witness.take(pointsAt(4), counts, true, 3, true);
    witness.noteStep(counts);
    expect(witness.violations).toEqual(["voltage came at 4, when 5 was known to be delivered"]);
  });

  test("forgets what a lane left to another, which sends it again", () => {
    const witness = killed();
    witness.noteLeft(NONE);
    expect(witness.countSure(2)).toBe(0);
  });

  test("forgets what a step sent that failed, when less of it goes after it was read anew", () => {
    const witness = killed();
    witness.noteRead();
    witness.noteStep(NONE);
    expect(witness.countSure(2)).toBe(0);
  });

  test("objects to a repeated moment where each sample has its own", () => {
    for (const isExact of [false, true]) {
      const witness = new DeliveryWitness({ isChanging: false, isExact, isForgetful: false });
      witness.begin(NONE, undefined);
      witness.take(pointsAt(3), NONE, true);
      witness.take(pointsAt(3), { ...NONE, delivered: 1 }, true, 1);
      expect(witness.violations).toHaveLength(isExact ? 1 : 0);
    }
  });
});
