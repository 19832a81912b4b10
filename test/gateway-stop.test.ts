import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { Gateway } from "../src/gateway.ts";
import type { GatewayConfig } from "../src/model/config.ts";
import type { InputEntry, InputModule, InputPoint } from "../src/model/input.ts";
import { seconds } from "../src/model/time.ts";
import { openLevelLog } from "../src/store/level-log.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { FakeDisk } from "./support/fake-database.ts";
import { FakeHttpClient, type Reaction } from "./support/fake-http-client.ts";
import { FakeInput, voltagePoint } from "./support/fake-input.ts";
import { createKeepingLogger } from "./support/keeping-logger.ts";
import { createSeededRandom } from "./support/seeded-random.ts";

const ACCEPTED = { status: 202, headers: {}, body: '{"errors":[]}' };

/** A gateway that polls one value a second, on a fake disk and a fake intake. */
async function startGateway(reaction: Reaction = ACCEPTED, value = 230, point: InputPoint = voltagePoint("l1")) {
  const clock = new FakeClock();
  const disk = new FakeDisk();
  const logger = createKeepingLogger();
  const log = await openLevelLog(disk.open(), clock, CONFIG.store, () => undefined);
  const module: InputModule = {
    createLinks: () => undefined,
    createInput: (_, context) => new FakeInput([point], [{ values: [[0, value]] }], context.clock),
  };
  const input: InputEntry = {
    name: "fake",
    usesProfile: false,
    settings: v.object({}),
    defaultName: () => "fake",
    load: () => Promise.resolve(module),
  };
  const gateway = new Gateway({
    config: CONFIG,
    problems: [],
    inputs: [input],
    log,
    http: new FakeHttpClient(clock, () => reaction),
    clock,
    random: createSeededRandom(1),
    logger,
    version: "0.0.0",
    pid: 1,
  });
  await gateway.start();
  return { clock, disk, log, logger, gateway };
}

const CONFIG: GatewayConfig = {
  file: "tidegate.yaml",
  hostname: "pi-1",
  tags: [],
  runPath: "run",
  logLevel: "info",
  store: { path: "run/log", syncInterval: seconds(1), maxBytes: 1_000_000 },
  intakes: [
    {
      name: "main",
      kind: "datadog",
      url: "http://intake.test",
      apiKey: "0".repeat(32),
      flushInterval: seconds(5),
      timeout: seconds(20),
      maxAge: seconds(3600),
    },
  ],
  checks: [
    {
      name: "fake",
      input: "fake",
      files: ["conf.d/fake.yaml"],
      instances: [
        {
          check: "fake",
          name: "one",
          file: "conf.d/fake.yaml",
          line: 1,
          tags: [],
          namespace: "",
          interval: seconds(1),
          settings: {},
        },
      ],
    },
  ],
};

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
    expect(intakes[0]?.books).toMatchObject({ sampled: 10, delivered: 0, waiting: 10 });
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
