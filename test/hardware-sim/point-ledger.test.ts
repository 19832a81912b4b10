import { expect, test } from "vitest";
import type { IntakePoint } from "../../hardware-sim/intake/check-series.ts";
import { PayloadArchive } from "../../hardware-sim/intake/payload-archive.ts";
import { PointLedger } from "../../hardware-sim/intake/point-ledger.ts";

function point(second: number, value: number): IntakePoint {
  return { series: "s", metric: "a.b", host: "plant", tags: [], second, value };
}

test("points too old to come again are let go and stay counted", () => {
  const ledger = new PointLedger();
  ledger.record([point(10_000, 1)], 10_000);
  ledger.record([point(13_000, 2)], 13_000);
  ledger.record([point(13_700, 3)], 13_700);
  expect([...ledger.held()].map(({ second }) => second)).toEqual([13_000, 13_700]);
  expect(ledger).toMatchObject({ points: 3, distinct: 3 });
});

test("a point that can still come again is held, so that it is not counted twice", () => {
  const ledger = new PointLedger();
  ledger.record([point(10_000, 1)], 10_000);
  ledger.record([point(10_000, 4)], 13_600);
  expect(ledger).toMatchObject({ points: 2, distinct: 1 });
  expect([...ledger.held()]).toMatchObject([{ second: 10_000, value: 4, arrivals: 2 }]);
});

test("an archive keeps a thousand payloads of a quarter of an hour, and counts the rest", () => {
  const archive = new PayloadArchive();
  const add = (at: number) => archive.add({ endpoint: "/x", at, body: new Uint8Array(1), encoding: "" });
  add(0);
  add(900_001);
  expect(archive.of("/x").map(({ at }) => at)).toEqual([900_001]);
  for (let index = 0; index < 1000; index += 1) add(900_002);
  expect(archive.of("/x")).toHaveLength(1000);
  expect(archive.of("/x").at(0)?.at).toBe(900_002);
  expect(archive.counts.get("/x")).toBe(1002);
});
