import { describe, expect, test } from "vitest";
import type { InputPoint } from "../src/model/input.ts";
import { seconds } from "../src/model/time.ts";
import { ACCEPTED, startGateway } from "./running-gateway.ts";

describe("a gateway that stops", () => {
  test("has written and sent the last reading", async () => {
    const { clock, gateway } = await startGateway();
    await clock.advance(seconds(10));
    const { intakes, log } = await clock.until(gateway.stop());
    expect(log).toMatchObject({ durable: 10, at_risk: 0 });
    expect(intakes[0]?.books).toMatchObject({ sampled: 10, delivered: 10, waiting: 0 });
  });

  test("while the intake is silent, gives up within the time of a last flush", async () => {
    const { clock, gateway } = await startGateway("silence");
    await clock.advance(seconds(10));
    const before = clock.monotonic();
    const { intakes } = await clock.until(gateway.stop());
    expect(clock.monotonic() - before).toBeLessThanOrEqual(5_000);
    expect(intakes[0]?.books).toMatchObject({ sampled: 10, delivered: 0, waiting: 10 });
  });

  test("while the disk takes nothing, stops all the same, and says how many samples that costs", async () => {
    const { clock, disk, gateway, log, logger } = await startGateway();
    disk.faults.push(...Array.from({ length: 10_000 }, () => "fails" as const));
    await clock.advance(seconds(10));
    const before = clock.monotonic();
    const { intakes } = await clock.until(gateway.stop(), 1_000);
    expect(clock.monotonic() - before).toBeLessThanOrEqual(5_000);
    expect(intakes[0]?.books).toMatchObject({ sampled: 10, delivered: 10, waiting: 0 });
    expect(logger.lines).toContainEqual(expect.stringMatching(/^error the last samples could not be written/));
    await expect(log.close()).rejects.toMatchObject({ code: "STORE_FAILED" });
    expect(clock.pending()).toEqual([]);
  });
});

describe("the end of a range", () => {
  test("is believable in whatever unit the profile gives it", async () => {
    const point: InputPoint = { name: "oil", metric: "pressure", unit: "bar", tags: [], range: [0, 4.35] };
    const { clock, gateway } = await startGateway(ACCEPTED, 4.35, point);
    await clock.advance(seconds(3));
    const { intakes } = await clock.until(gateway.stop());
    expect(intakes[0]?.books).toMatchObject({ sampled: 3, dropped: {}, delivered: 3 });
  });
});
