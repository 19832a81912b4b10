import { describe, expect, test } from "vitest";
import { TroubleLog } from "../../src/forward/trouble-log.ts";
import { seconds } from "../../src/model/time.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { createKeepingLogger } from "../support/keeping-logger.ts";

function createTroubles() {
  const clock = new FakeClock();
  const logger = createKeepingLogger();
  return { clock, lines: logger.lines, troubles: new TroubleLog("main", clock, logger) };
}

describe("the log of troubles", () => {
  test("says nothing of a recovery from trouble it did not tell", () => {
    const { troubles, lines } = createTroubles();
    troubles.recovered();
    troubles.setAside(0);
    expect(lines).toEqual([]);
  });

  test("tells at once when retrying becomes holding", () => {
    const { troubles, lines } = createTroubles();
    troubles.trouble("retrying", "no route");
    troubles.trouble("holding", "no such key");
    expect(lines).toEqual(["warn Intake main is retrying: no route.", "warn Intake main is holding: no such key."]);
  });

  test("tells of trouble that comes and goes once a minute at most", async () => {
    const { troubles, lines, clock } = createTroubles();
    for (let second = 0; second < 120; second += 1) {
      troubles.trouble("retrying", "no route");
      troubles.recovered();
      await clock.advance(seconds(1));
    }
    expect(lines).toHaveLength(4);
  });

  test("adds up the samples set aside that it did not tell of", async () => {
    const { troubles, lines, clock } = createTroubles();
    troubles.setAside(1);
    troubles.setAside(2);
    troubles.setAside(3);
    await clock.advance(seconds(60));
    troubles.setAside(0);
    await clock.advance(seconds(60));
    troubles.setAside(0);
    expect(lines.map((line) => line.replace(/\D+/gu, ""))).toEqual(["1", "5"]);
  });
});
