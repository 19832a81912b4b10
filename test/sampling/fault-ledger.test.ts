import { describe, expect, test } from "vitest";
import type { Fault } from "../../src/model/input.ts";
import { epochMillis } from "../../src/model/time.ts";
import { FaultLedger } from "../../src/sampling/fault-ledger.ts";
import { joinFaults } from "../../src/sampling/parts.ts";

const AHEAD: Fault = { code: "INPUT_BAD_VALUE", message: "oven has a moment ahead of the clock.", points: ["oven"] };
const RENAMED: Fault = { ...AHEAD, message: "oven was told as something else before." };
const SILENT: Fault = { code: "INPUT_TIMEOUT", message: "The meter did not answer for 5 s.", points: [] };

describe("faults of one code on the same points", () => {
  test("of one poll that say different things all stand, each since it came", () => {
    const ledger = new FaultLedger();
    expect(ledger.update([AHEAD], epochMillis(1000)).raised).toEqual([AHEAD]);
    expect(ledger.update([AHEAD, RENAMED], epochMillis(2000)).raised).toEqual([RENAMED]);
    expect(ledger.standing).toEqual([
      { ...AHEAD, since: 1000, polls: 2 },
      { ...RENAMED, since: 2000, polls: 1 },
    ]);
    expect(ledger.update([], epochMillis(3000)).isCleared).toBe(true);
  });

  test("of one poll that say the same are one", () => {
    const ledger = new FaultLedger();
    expect(ledger.update([AHEAD, RENAMED, { ...AHEAD }], epochMillis(1000)).raised).toEqual([AHEAD, RENAMED]);
    expect(joinFaults([[AHEAD, RENAMED, { ...AHEAD }]])).toEqual([AHEAD, RENAMED]);
  });

  test("are one from poll to poll and from part to part, whatever numbers they tell", () => {
    const later = { ...SILENT, message: "The meter did not answer for 9 s." };
    const ledger = new FaultLedger();
    ledger.update([SILENT], epochMillis(1000));
    expect(ledger.update([later], epochMillis(2000)).raised).toEqual([]);
    expect(ledger.standing).toEqual([{ ...later, since: 1000, polls: 2 }]);
    expect(joinFaults([[SILENT], [later]])).toEqual([SILENT]);
  });
});
