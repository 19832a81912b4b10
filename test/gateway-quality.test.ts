import { describe, expect, test } from "vitest";
import { formatStatus } from "../src/cli/status-layout.ts";
import type { InputPoint } from "../src/model/input.ts";
import { seconds } from "../src/model/time.ts";
import { ACCEPTED, CONFIG, startGateway } from "./running-gateway.ts";
import { sentSeries } from "./support/sent-series.ts";

const PRESSURE: InputPoint = { name: "inlet", metric: "pressure", unit: "bar", tags: [] };

/** Runs a gateway until it has read these values, one a second. */
async function run(values: readonly number[], point: InputPoint) {
  const started = await startGateway(ACCEPTED, values, point);
  await started.clock.advance(seconds(values.length));
  const running = started.gateway.status();
  const stopped = await started.clock.until(started.gateway.stop());
  await started.log.close();
  return { ...started, running, books: stopped.intakes[0]?.books };
}

describe("quality rules in the gateway", () => {
  test("drop a spike, mark a stuck value, count both by reason and series, and the books balance", async () => {
    const quality = { spike: 5, stuckAfter: seconds(3) };
    const { http, running, books } = await run([1, 90, 2, 3, 3, 3, 3, 3], { ...PRESSURE, quality });
    expect(sentSeries(http.requests)).toEqual({ pressure: [1, 2, 3, 3, 3, 3, 3].map((bar) => 100_000 * bar) });
    expect(books).toMatchObject({ sampled: 8, dropped: { spike: 1 }, delivered: 7, waiting: 0 });
    const [instance] = running.instances;
    expect(instance?.quality?.series).toMatchObject([
      { metric: "pressure", unit: "Pa", reason: "stuck", dropped: 0, marked: 2, last_value: 300_000, lasting_s: null },
      { metric: "pressure", unit: "Pa", reason: "spike", dropped: 1, marked: 0, last_value: 9_000_000 },
    ]);
    expect(formatStatus(running)).toContain("pressure inlet: 2 sent with a mark");
    expect([instance?.state, instance?.faults]).toEqual(["OK", []]);
  });

  test("give a value that waits for the next when the gateway stops, and count it then", async () => {
    const { http, running, books } = await run([1, 1, 90], { ...PRESSURE, quality: { spike: 5 } });
    expect(running.intakes[0]?.books).toMatchObject({ sampled: 2 });
    expect(running.instances[0]).toMatchObject({ sampled: 3, quality: { series: [], waiting: 1 } });
    expect(sentSeries(http.requests)).toEqual({ pressure: [100_000, 100_000, 9_000_000] });
    expect(books).toMatchObject({ sampled: 3, dropped: {}, delivered: 3, waiting: 0 });
  });

  test("give a value that waits after three intervals, where its device says nothing more", async () => {
    const { clock, gateway, log } = await startGateway(ACCEPTED, [1, 90, Number.NaN], {
      ...PRESSURE,
      quality: { spike: 5 },
    });
    await clock.advance(seconds(4));
    expect(log.stats().tally).toEqual({ sampled: 3, dropped: { "not-a-number": 2 } });
    await clock.advance(seconds(1));
    expect(log.stats().tally).toEqual({ sampled: 5, dropped: { "not-a-number": 3 } });
    await clock.until(gateway.stop());
    await log.close();
  });

  test("are a warning of the instance, said once, when they drop or mark for five minutes", async () => {
    const { clock, gateway, log, logger } = await startGateway(ACCEPTED, 90, { ...PRESSURE, range: [0, 16] });
    await clock.advance(seconds(299));
    expect(gateway.status().instances[0]).toMatchObject({ state: "OK", faults: [] });
    await clock.advance(seconds(71));
    const [instance] = gateway.status().instances;
    expect(instance).toMatchObject({ state: "WARNING", failed_polls: 0, faults: [{ code: "INPUT_DOUBTFUL" }] });
    expect(instance?.faults[0]?.message).toBe(
      "readings are not believed: pressure at inlet, outside of its range, for 6 min (dropped). Look at the sensor and " +
        "its wiring; if the readings are right, give `range` more room.",
    );
    expect(instance?.last_success_at).toBe(instance?.last_poll?.at);
    expect(logger.lines.filter((line) => line.includes("not believed"))).toHaveLength(1);
    await clock.until(gateway.stop());
    await log.close();
  });

  test("that only count are no warning", async () => {
    const point = { ...PRESSURE, range: [0, 16] as const, quality: { verdicts: { range: "keep" as const } } };
    const { clock, gateway, log } = await startGateway(ACCEPTED, 90, point);
    await clock.advance(seconds(400));
    expect(gateway.status().instances[0]).toMatchObject({
      state: "OK",
      quality: { series: [{ kept: 400, dropped: 0, marked: 0 }] },
    });
    await clock.until(gateway.stop());
    await log.close();
  });

  test("change with a reload, and go on with what is known", async () => {
    const [check] = CONFIG.checks;
    const [instance] = check?.instances ?? [];
    if (check === undefined || instance === undefined) return expect.unreachable("there is an instance");
    const withQuality = (spike: number) => {
      const quality = [{ metrics: ["press*"], spike }];
      return { ...CONFIG, checks: [{ ...check, instances: [{ ...instance, quality }] }] };
    };
    const values = [1, 1, 1, 4, 1, 1];
    const { clock, gateway, log } = await startGateway(ACCEPTED, values, PRESSURE, { config: withQuality(9) });
    await clock.advance(seconds(2));
    const reloaded = { config: withQuality(2), problems: [], notices: [], secrets: [] };
    await clock.until(gateway.reload(reloaded, false));
    await clock.advance(seconds(7));
    // The input begins its script anew: 1, 1, 1, then the wild 4.
    expect(log.stats().tally.dropped).toEqual({ spike: 1 });
    await clock.until(gateway.stop());
    await log.close();
  });
});
