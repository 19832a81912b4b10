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
});
