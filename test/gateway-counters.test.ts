import { describe, expect, test } from "vitest";
import type { InputPoint } from "../src/model/input.ts";
import { seconds } from "../src/model/time.ts";
import { ACCEPTED, CONFIG, startGateway } from "./running-gateway.ts";
import type { FakeDisk } from "./support/fake-database.ts";
import { sentSeries } from "./support/sent-series.ts";

const ENERGY: InputPoint = {
  name: "energy",
  metric: "energy.active.import",
  unit: "kWh",
  tags: [],
  counter: { wrapsAt: 1000, perHourMax: 100, resolution: 0.1, hasDelta: true },
};

/** Runs a gateway until it has read these values, ten minutes after the run before that left the disk. */
async function run(values: readonly number[], disk?: FakeDisk) {
  const config = { ...CONFIG, store: { ...CONFIG.store, history: seconds(3600) } };
  const wait = seconds(disk === undefined ? 0 : 600);
  const started = await startGateway(ACCEPTED, values, ENERGY, { config }, (clock) => clock.jumpWall(wait), disk);
  await started.clock.advance(seconds(values.length));
  const { intakes } = await started.clock.until(started.gateway.stop());
  await started.log.close();
  return { ...started, books: intakes[0]?.books };
}

describe("a counter in the gateway", () => {
  test("is sent as it is read, what it counted beside it, and what it cannot have counted not at all", async () => {
    const { http, books, logger } = await run([999.8, 999.9, 0.1, 0.2, 9000, 0.3]);
    expect(sentSeries(http.requests)).toEqual({
      "energy.active.import": [999_800, 999_900, 100, 200, 300],
      "energy.active.import.delta": [100, 200, 100, 100],
    });
    expect(books).toMatchObject({ sampled: 10, dropped: { "impossible-step": 1 }, delivered: 9, waiting: 0 });
    expect(logger.lines.filter((line) => line.includes("energy.active.import"))).toEqual([
      expect.stringMatching(
        /^warn energy.active.import of .*point:energy read 9000000 Wh after 200 Wh, which a counter cannot/,
      ),
      expect.stringMatching(/^info energy.active.import of .* goes on at 300 Wh after 200 Wh/),
    ]);
  });

  test("goes on over a restart, so that the first reading may be wrong too", async () => {
    const first = await run([5, 5.1]);
    const second = await run([0, 6], first.disk);
    expect(sentSeries(second.http.requests)).toEqual({
      "energy.active.import": [6000],
      "energy.active.import.delta": [900],
    });
    expect(second.books).toMatchObject({ dropped: { "impossible-step": 1 } });
  });
});
