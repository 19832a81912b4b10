import { describe, expect, test } from "vitest";
import { toBooks } from "../src/gateway-status.ts";
import type { Cursor, Log, LogStats } from "../src/model/log.ts";

const COUNTS = {
  delivered: 0,
  collapsed: 0,
  tooOld: 0,
  logFull: 0,
  unreadable: 0,
  thinned: 0,
  heldBack: 0,
  rejected: 0,
};

function books(stats: Partial<LogStats>, cursor: Partial<Cursor>, untold = { sampled: 0, dropped: {} }) {
  const log = {
    stats: () => ({ end: 0, gathering: 0, tally: { sampled: 0, dropped: {} }, ...stats }),
  } as unknown as Log;
  const opening = { sequence: 0, tally: { sampled: 0, dropped: {} } };
  return toBooks({ waiting: 0, counts: COUNTS, opening, ...cursor } as Cursor, log, untold);
}

describe("the books of an intake", () => {
  test("balance while samples wait, are at risk, were dropped and delivered", () => {
    const found = books(
      { end: 90, gathering: 5, tally: { sampled: 100, dropped: { "out-of-range": 5 } } },
      { waiting: 30, counts: { ...COUNTS, delivered: 50, collapsed: 10 } },
    );
    expect(found).toMatchObject({
      sampled: 100,
      dropped: { "out-of-range": 5 },
      delivered: 50,
      collapsed: 10,
      waiting: 35,
    });
  });

  test("count what the log has not been told of yet", () => {
    const found = books({ tally: { sampled: 10, dropped: {} } }, {}, { sampled: 3, dropped: { backpressure: 3 } });
    expect(found).toMatchObject({ sampled: 13, dropped: { backpressure: 3 } });
  });

  test("of an intake that came later begin where its cursor was made", () => {
    const opening = { sequence: 40, tally: { sampled: 45, dropped: { "not-a-number": 5 } } };
    const found = books(
      { end: 90, tally: { sampled: 96, dropped: { "not-a-number": 6 } } },
      { waiting: 20, opening, counts: { ...COUNTS, delivered: 30 } },
    );
    expect(found).toMatchObject({ sampled: 51, dropped: { "not-a-number": 1 }, delivered: 30, waiting: 20 });
  });
});
