import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { GatewayConfig, InstanceConfig } from "../src/model/config.ts";
import { GatewayError } from "../src/model/errors.ts";
import { DEFAULT_FILTER, type FilterPolicy } from "../src/model/filter.ts";
import { pointSeries } from "../src/model/point-series.ts";
import { FLAG } from "../src/model/samples.ts";
import { seconds } from "../src/model/time.ts";
import type { HttpRequest } from "../src/platform/http-client.ts";
import { ACCEPTED, CONFIG, startGateway } from "./running-gateway.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { voltagePoint } from "./support/fake-input.ts";
import { sentSeries } from "./support/sent-series.ts";

const POINT = voltagePoint("l1");

/** The configuration of one instance that is filtered. */
function filtered(filter: Partial<FilterPolicy>, others: Partial<InstanceConfig> = {}) {
  const [check] = CONFIG.checks;
  const policy = { ...DEFAULT_FILTER, mode: "mark" as const, post: seconds(20), ...filter };
  const instances = check?.instances.map((instance) => ({ ...instance, ...others, filter: policy })) ?? [];
  return { ...CONFIG, checks: [{ name: "fake", input: "fake", instances }] };
}

/** A file that holds what was written last. */
function createFile(bytes?: Uint8Array) {
  const file = {
    bytes,
    writes: 0,
    read: () => Promise.resolve(file.bytes),
    replace: (fresh: Uint8Array) => {
      file.bytes = fresh;
      file.writes += 1;
      return Promise.resolve();
    },
  };
  return file;
}

function sentEvents(requests: readonly HttpRequest[]): readonly Record<string, string>[] {
  const sent = requests.filter(({ url }) => url.pathname === "/api/v1/events");
  return sent.map(({ body }) => JSON.parse(inflateSync(body ?? "").toString("utf8")));
}

/** 20 s at 230 V, 10 s at 250 V, and 230 V from then on. */
const CROSSING = [...Array.from({ length: 20 }, () => 230), ...Array.from({ length: 10 }, () => 250), 230];

/** Polls begin half a second after the gateway. */
const BEGIN = new FakeClock().now() + 500;

describe("a gateway that marks", () => {
  test("flags in the log what crosses a threshold, and what follows", async () => {
    const config = filtered({ threshold: { high: 240 } });
    const { clock, gateway, log } = await startGateway("unreachable", CROSSING, POINT, { config });
    await clock.advance(seconds(120));
    const [instance] = config.checks[0]?.instances ?? [];
    const id = log.defineSeries(pointSeries(instance as InstanceConfig, POINT));
    const rows = await log.range(id, 0, Number.MAX_SAFE_INTEGER);
    const flags = Array.from(rows.flags.subarray(0, rows.count));
    expect(flags.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 0));
    expect(flags[20]).toBe(FLAG.anomalous | FLAG.onset);
    expect(flags.slice(21, 30)).toEqual(Array.from({ length: 9 }, () => FLAG.anomalous));
    expect(flags.slice(30, 50)).toEqual(Array.from({ length: 20 }, () => FLAG.context));
    expect(new Set(flags.slice(50))).toEqual(new Set([0]));
    const score = log.defineSeries({
      ...pointSeries(instance as InstanceConfig, POINT),
      metric: "voltage.anomaly",
      unit: "",
    });
    const told = await log.range(score, 0, Number.MAX_SAFE_INTEGER);
    expect(Array.from(told.value.subarray(0, told.count))).toEqual([1, 0]);
    const { sampled, waiting, thinned } = gateway.status().intakes[0]?.books ?? {};
    expect({ waiting, thinned }).toEqual({ waiting: sampled, thinned: 0 });
    await clock.until(gateway.stop());
  });

  test("has an intake that thins get what is odd in full, with what was before and after it", async () => {
    const policy = { mode: "reduce", window: seconds(10), pre: seconds(5), post: seconds(5) } as const;
    const reducing = filtered({ ...policy, threshold: { high: 240 } });
    const config = { ...reducing, store: { ...reducing.store, history: seconds(3600) } };
    const { clock, gateway, http } = await startGateway(ACCEPTED, CROSSING, POINT, { config });
    await clock.advance(seconds(60));
    const { intakes } = await clock.until(gateway.stop());
    const sent = sentSeries(http.requests);
    expect(sent["voltage.full"]).toEqual([
      ...Array.from({ length: 5 }, () => 230),
      ...Array.from({ length: 10 }, () => 250),
      ...Array.from({ length: 5 }, () => 230),
    ]);
    expect(sent["voltage"]?.length).toBeLessThanOrEqual(8);
    expect(sent["voltage"]).toContain(250);
    expect(sent["voltage.anomaly"]).toEqual([1, 0]);
    expect(intakes[0]?.books).toMatchObject({ waiting: 0, rejected: 0 });
  });

  test("raises the alarm of a threshold by readings that a quality rule marks, and sends them in full", async () => {
    const policy = { mode: "reduce", window: seconds(10), pre: seconds(5), post: seconds(5) } as const;
    const reducing = filtered({ ...policy, threshold: { high: 240 } });
    const config = { ...reducing, store: { ...reducing.store, history: seconds(3600) } };
    const point = { ...POINT, quality: { range: [200, 245] as const, verdicts: { range: "mark" as const } } };
    const { clock, gateway, http } = await startGateway(ACCEPTED, CROSSING, point, { config });
    await clock.advance(seconds(30));
    expect(gateway.status().service_checks.find(({ name }) => name === "tidegate.anomaly")?.status).toBe("CRITICAL");
    await clock.advance(seconds(30));
    await clock.until(gateway.stop());
    const sent = sentSeries(http.requests);
    expect(sent["voltage.full"]).toEqual([
      ...Array.from({ length: 5 }, () => 230),
      ...Array.from({ length: 10 }, () => 250),
      ...Array.from({ length: 5 }, () => 230),
    ]);
    expect(sent["voltage"]).toEqual(expect.arrayContaining(Array.from({ length: 10 }, () => 250)));
    expect(sent["voltage.anomaly"]).toEqual([1, 0]);
  });

  test("tells of a stretch by an event at its begin and one at its end, with what a person wants to know", async () => {
    const config = filtered({ threshold: { high: 240 } });
    const { clock, gateway, http } = await startGateway(ACCEPTED, CROSSING, POINT, { config });
    await clock.advance(seconds(120));
    await clock.until(gateway.stop());
    const [begun, over, ...others] = sentEvents(http.requests);
    expect(others).toEqual([]);
    expect(begun).toMatchObject({
      title: "voltage (phase:l1, point:l1) of one is odd: 250 V, beyond its threshold of 240 V",
      alert_type: "warning",
      date_happened: Math.floor(BEGIN / 1000) + 20,
    });
    expect(begun?.["text"]).toMatch(
      /^voltage \(.*\): odd since 2026-11-22 06:00:\d\d UTC\. Furthest out: 250 V, .* Score 1\.00\.$/u,
    );
    expect(begun?.["tags"]).toContain("instance:one");
    expect(over).toMatchObject({
      title: "voltage (phase:l1, point:l1) of one is as usual again, after 9 s",
      alert_type: "success",
      aggregation_key: begun?.["aggregation_key"],
    });
  });

  test("says by a service check what is odd, and when nothing is", async () => {
    const config = filtered({ threshold: { high: 240 } });
    const { clock, gateway } = await startGateway(ACCEPTED, CROSSING, POINT, { config });
    const check = () => gateway.status().service_checks.find(({ name }) => name === "tidegate.anomaly");
    await clock.advance(seconds(12));
    expect(check()).toMatchObject({ status: "OK", message: "", tags: ["check:fake", "instance:one"] });
    await clock.advance(seconds(20));
    expect(check()?.status).toBe("CRITICAL");
    expect(check()?.message).toMatch(
      /^voltage \(phase:l1, point:l1\): odd since .* 250 V, beyond its threshold of 240 V/u,
    );
    await clock.advance(seconds(10));
    expect(check()?.status).toBe("WARNING");
    await clock.advance(seconds(60));
    expect(check()?.status).toBe("OK");
    await clock.until(gateway.stop());
  });

  test("says in its status what is watched, what learns, and what is odd since when", async () => {
    const config = filtered({ threshold: { high: 240 } });
    const { clock, gateway } = await startGateway(ACCEPTED, CROSSING, POINT, { config });
    await clock.advance(seconds(25));
    expect(gateway.status().instances[0]?.filter).toMatchObject({
      ...{ watched: 1, learning: 1, odd: 1 },
      worst: [
        {
          ...{ metric: "voltage", unit: "V", score: 1, value: 250, expected: null, is_beyond_threshold: true },
          threshold: { low: null, high: 240 },
          last_odd_at: BEGIN + 24_000,
          since: BEGIN + 20_000,
        },
      ],
    });
    const left = gateway.status().instances[0]?.filter?.learning_left_s ?? 0;
    expect(left).toBeGreaterThan(86_300);
    expect(left).toBeLessThanOrEqual(86_400);
    await clock.until(gateway.stop());
  });

  test("says nothing of detectors where nothing is watched", async () => {
    const { clock, gateway } = await startGateway();
    await clock.advance(seconds(60));
    const { instances, service_checks: checks } = gateway.status();
    expect(instances[0]).not.toHaveProperty("filter");
    expect(checks.map(({ name }) => name)).not.toContain("tidegate.anomaly");
    await clock.until(gateway.stop());
  });

  test("converts a threshold as it converts values", async () => {
    const point = { ...POINT, unit: "kV" };
    const config = filtered({ threshold: { high: 0.24 } });
    const { clock, gateway } = await startGateway(ACCEPTED, [0.24, 0.241], point, { config });
    await clock.advance(seconds(1));
    expect(gateway.status().instances[0]?.filter?.odd).toBe(0);
    await clock.advance(seconds(1));
    expect(gateway.status().instances[0]?.filter?.worst).toMatchObject([{ value: 241, unit: "V" }]);
    await clock.until(gateway.stop());
  });
});

describe("what detectors have learned", () => {
  test("is saved each hour and at the stop, and goes on in the next run", async () => {
    const learned = createFile();
    const config = filtered({}, { interval: seconds(60) });
    const first = await startGateway(ACCEPTED, 230, POINT, { config, learned });
    await first.clock.advance(seconds(3590));
    expect(learned.writes).toBe(0);
    await first.clock.advance(seconds(20));
    expect(learned.writes).toBe(1);
    await first.clock.until(first.gateway.stop());
    expect(learned.writes).toBe(2);
    expect(first.clock.pending()).toEqual([]);

    const second = await startGateway(ACCEPTED, 230, POINT, { config, learned }, (clock) =>
      clock.jumpWall(seconds(3660)),
    );
    await second.clock.advance(seconds(65));
    const filter = second.gateway.status().instances[0]?.filter;
    expect(filter).toMatchObject({ watched: 1, learning: 1 });
    expect(filter?.learning_left_s).toBeLessThan(82_801);
    expect(second.logger.lines.filter((line) => line.includes("anew"))).toEqual([]);
    await second.clock.until(second.gateway.stop());
  });

  test("is not lost with a disk that takes nothing, of which it tells once", async () => {
    const refusal = () => Promise.reject(new GatewayError("STORE_FAILED", "the disk is full"));
    const learned = { ...createFile(), replace: refusal };
    const config = filtered({}, { interval: seconds(60) });
    const { clock, gateway, logger } = await startGateway(ACCEPTED, 230, POINT, { config, learned });
    await clock.advance(seconds(7300));
    await clock.until(gateway.stop());
    expect(logger.lines.filter((line) => line.includes("learned"))).toEqual([
      "warn what detectors have learned could not be saved, and is learned anew if the gateway ends: the disk is full",
    ]);
  });

  test("goes on with a stretch under way, which is told of but once", async () => {
    const learned = createFile();
    const config = filtered({ threshold: { high: 240 } });
    const first = await startGateway(ACCEPTED, 250, POINT, { config, learned });
    await first.clock.advance(seconds(60));
    await first.clock.until(first.gateway.stop());
    const begun = sentEvents(first.http.requests);
    expect(begun).toHaveLength(1);
    const again = [...Array.from({ length: 10 }, () => 250), 230];
    const changes = { config, learned };
    const second = await startGateway(ACCEPTED, again, POINT, changes, (clock) => clock.jumpWall(seconds(600)));
    await second.clock.advance(seconds(8));
    expect(second.gateway.status().instances[0]?.filter?.worst).toMatchObject([{ since: BEGIN }]);
    await second.clock.advance(seconds(60));
    await second.clock.until(second.gateway.stop());
    expect(sentEvents(second.http.requests).map(({ title }) => title)).toEqual([
      "voltage (phase:l1, point:l1) of one is as usual again, after 10 min",
    ]);
  });

  /**
   * A gateway that polls once a minute, killed after so many minutes and started once more after three: above 240 V
   * until minute `odd`, and from minute `from` on. Gives the titles of the events of both.
   */
  async function kill({ from, odd, after }: { from: number; odd: number; after: number }) {
    const [learned, stretches] = [createFile(), createFile()];
    const volts = (minute: number) => (minute >= from && minute < odd ? 250 : 230);
    const config = filtered({ threshold: { high: 240 }, post: seconds(60) }, { interval: seconds(60) });
    const values = (begin: number) => Array.from({ length: 200 }, (_, poll) => volts(begin + poll));
    const first = await startGateway(ACCEPTED, values(0), POINT, { config, learned, stretches });
    await first.clock.advance(seconds(60 * after));
    const kept = { learned: createFile(learned.bytes), stretches: createFile(stretches.bytes) };
    const before = sentEvents(first.http.requests);
    await first.clock.until(first.gateway.stop());
    const second = await startGateway(ACCEPTED, values(after + 3), POINT, { config, ...kept }, (clock) =>
      clock.jumpWall(seconds(60 * (after + 3))),
    );
    await second.clock.advance(seconds(600));
    const check = second.gateway.status().service_checks.find(({ name }) => name === "tidegate.anomaly")?.status;
    await second.clock.until(second.gateway.stop());
    const titles = (events: readonly Record<string, string>[]) => events.map(({ title = "" }) => title.slice(36));
    return { before: titles(before), after: titles(sentEvents(second.http.requests)), check, stretches };
  }

  const BEGUN = "is odd: 250 V, beyond its threshold of 240 V";

  test("has a stretch that began after the last save end after a kill, once", async () => {
    const over = await kill({ from: 70, odd: 82, after: 80 });
    expect(over).toMatchObject({ before: [BEGUN], after: ["is as usual again, after 9 min"], check: "OK" });
    const gone = await kill({ from: 70, odd: 85, after: 80 });
    expect(gone).toMatchObject({ before: [BEGUN], after: ["is as usual again, after 14 min"], check: "OK" });
    const still = await kill({ from: 70, odd: 200, after: 80 });
    expect(still).toMatchObject({ before: [BEGUN], after: [], check: "CRITICAL" });
  });

  test("does not have a stretch end once more that ended after the last save", async () => {
    expect(await kill({ from: 50, odd: 70, after: 80 })).toMatchObject({
      before: [BEGUN, "is as usual again, after 19 min"],
      ...{ after: [], check: "OK" },
    });
  });

  test("has its stretches kept when one begins or ends, and each minute while one goes on", async () => {
    // From minute 70 until it is seen in minute 96 that it ended, and once more as all is saved and they are forgotten.
    expect((await kill({ from: 70, odd: 95, after: 110 })).stretches.writes).toBe(28);
    expect((await kill({ from: 300, odd: 400, after: 110 })).stretches.writes).toBe(0);
  });

  test.each([
    ["of another program", Buffer.from("hello, this is no such file"), "was written by another program, or cut short"],
    ["of a later version", Buffer.from("54474454030000000000", "hex"), "is of version 3, where 2 was expected"],
    ["with a bit turned over", Buffer.from("54474454020001000000", "hex"), "is damaged: its checksum is wrong"],
  ])("begins anew from a file %s, with one line", async (_, bytes, words) => {
    const config = filtered({});
    const { clock, gateway, logger } = await startGateway(ACCEPTED, 230, POINT, { config, learned: createFile(bytes) });
    await clock.advance(seconds(5));
    expect(logger.lines.filter((line) => line.includes("learn anew"))).toEqual([
      `warn what detectors have learned, the file \`detectors\` of the run path, ${words}; they learn anew`,
    ]);
    await clock.until(gateway.stop());
  });

  test("begins anew, with one line, where the detector is set otherwise", async () => {
    const learned = createFile();
    const first = await startGateway(ACCEPTED, 230, POINT, { config: filtered({ detector: "basic" }), learned });
    await first.clock.advance(seconds(60));
    await first.clock.until(first.gateway.stop());
    const config = filtered({ detector: "agile" });
    const { clock, gateway, logger } = await startGateway(ACCEPTED, 230, POINT, { config, learned });
    await clock.advance(seconds(30));
    expect(logger.lines.filter((line) => line.includes("anew"))).toEqual([
      "info 1 series learn anew: their detectors, or how these are set, are not those of before",
    ]);
    await clock.until(gateway.stop());
  });

  test("goes on over a reload that changes something else, and comes back with a series that was away", async () => {
    const learned = createFile();
    const every = { interval: seconds(60) };
    const config = filtered({}, every);
    const { clock, gateway } = await startGateway(ACCEPTED, 230, POINT, { config, learned });
    const left = () => gateway.status().instances[0]?.filter?.learning_left_s;
    const reload = (changed: GatewayConfig) =>
      clock.until(gateway.reload({ config: changed, problems: [], notices: [], secrets: [] }, false));
    await clock.advance(seconds(1810));
    const before = left();
    expect(before).toBeLessThan(86_400 - 1700);
    await reload(filtered({ post: seconds(60) }, every));
    expect(left()).toBe(before);
    await reload(filtered({ mode: "all" }, every));
    expect(left()).toBeUndefined();
    expect(learned.writes).toBe(1);
    await reload(config);
    expect(left()).toBe(before);
    await clock.until(gateway.stop());
  });
});
