import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { SELF_METRICS } from "../src/model/metrics.ts";
import { seconds } from "../src/model/time.ts";
import type { HttpRequest } from "../src/platform/http-client.ts";
import { FakeIntake } from "./forward/fake-intake.ts";
import { ACCEPTED, CONFIG, startGateway } from "./running-gateway.ts";

/** The metrics in the series that were sent. */
function metricsOf(requests: readonly HttpRequest[]): Set<string> {
  const payloads = requests.filter(({ url }) => url.pathname === "/api/v2/series");
  const metrics = payloads.flatMap(({ body }) => {
    const { series } = JSON.parse(inflateSync(body ?? new Uint8Array()).toString("utf8"));
    return series.map(({ metric }: { readonly metric: string }) => metric);
  });
  return new Set(metrics);
}

describe("a gateway's own metrics", () => {
  test("stay away unless they are asked for", async () => {
    const { clock, gateway, http } = await startGateway();
    await clock.advance(seconds(60));
    await clock.until(gateway.stop());
    expect([...metricsOf(http.requests)].filter((metric) => metric.startsWith("tidegate."))).toEqual([]);
  });

  test("are sampled every 15 s and reach the intake, and its books balance with them", async () => {
    const { clock, gateway, http } = await startGateway(ACCEPTED, 230, undefined, {
      config: { ...CONFIG, hasSelfMetrics: true },
    });
    await clock.advance(seconds(60));
    const { intakes, instances } = await clock.until(gateway.stop());
    // Nothing is watched here, so nothing is told of detectors.
    const own = Object.keys(SELF_METRICS).filter((name) => !name.startsWith("tidegate.filter."));
    expect(metricsOf(http.requests)).toEqual(new Set(["voltage", ...own]));
    const sampled = (instances[0]?.sampled ?? 0) + 4 * own.length;
    expect(intakes[0]?.books).toMatchObject({ sampled, delivered: sampled, waiting: 0 });
    expect(clock.pending().filter((name) => name === "self metrics")).toEqual([]);
  });
});

describe("a gateway's intake", () => {
  test("is told of the host and of the service checks, and is asked about the key", async () => {
    const { clock, gateway, http } = await startGateway();
    await clock.advance(seconds(30));
    const { intakes } = await clock.until(gateway.stop());
    const paths = new Set(http.requests.map(({ url }) => url.pathname));
    expect(paths).toEqual(new Set(["/api/v1/validate", "/intake/", "/api/v2/series", "/api/v1/check_run"]));
    expect(intakes[0]?.notes).toMatchObject({ service_checks: { failed: 0 }, host: { sent: 1, failed: 0 } });
  });

  test("is one of several: each has every reading, and one that is away holds up no other", async () => {
    const [first] = CONFIG.intakes;
    if (first === undefined) throw new Error("the harness has an intake");
    const intakes = [first, { ...first, name: "second", url: "http://second.test", encoding: "protobuf" as const }];
    const { clock, gateway, http, routes } = await startGateway(ACCEPTED, 230, undefined, {
      config: { ...CONFIG, intakes },
    });
    http.react = ({ url }) => (url.host === "second.test" ? "unreachable" : ACCEPTED);
    await clock.advance(seconds(60));
    const [one, other] = gateway.status().intakes;
    expect(one).toMatchObject({ name: "main", state: "delivering", books: { expired: { too_old: 0 } } });
    expect(other).toMatchObject({ name: "second", state: "retrying", books: { delivered: 0 } });
    expect([one?.books.delivered, other?.books.waiting]).toEqual([expect.any(Number), other?.books.sampled]);
    http.react = () => ACCEPTED;
    await clock.advance(seconds(120));
    const last = await clock.until(gateway.stop());
    for (const { books } of last.intakes) expect(books).toMatchObject({ sampled: books.delivered, waiting: 0 });
    expect(routes).toHaveLength(2);
  });

  test("is sent once more what it refused, when someone asks for it", async () => {
    const intake = new FakeIntake();
    intake.poison.add(231);
    const store = { ...CONFIG.store, history: seconds(86_400) };
    const { clock, gateway, http, logger } = await startGateway(ACCEPTED, [230, 231, 232], undefined, {
      config: { ...CONFIG, store },
    });
    http.react = (request) => (request.url.pathname === "/api/v2/series" ? intake.take(request) : ACCEPTED);
    await clock.advance(seconds(20));
    expect(gateway.status().intakes).toMatchObject([{ set_aside: 1, books: { rejected: 1 } }]);
    expect(() => gateway.retrySetAside("nobody", () => true)).toThrow('no intake "nobody"; there is main');
    intake.poison.clear();
    gateway.retrySetAside("main", () => true);
    await clock.advance(seconds(1));
    expect(gateway.retryReports(undefined)).toMatchObject([{ intake: "main", chosen: 1, delivered: 1 }]);
    expect(gateway.status().intakes).toMatchObject([{ set_aside: 0, books: { rejected: 0 } }]);
    expect(logger.lines.join()).toContain("tidegate log quarantine list");
    const [last] = (await clock.until(gateway.stop())).intakes;
    expect(last?.books).toMatchObject({ sampled: last?.books.delivered, waiting: 0 });
  });

  test("is reached on its own way, by a client that is closed after the last flush", async () => {
    const intakes = CONFIG.intakes.map((intake) => ({ ...intake, proxy: "http://proxy:3128" }));
    const changes = { config: { ...CONFIG, intakes } };
    const { clock, gateway, http, routes } = await startGateway(ACCEPTED, 230, undefined, changes);
    expect(routes).toMatchObject([{ proxy: "http://proxy:3128" }]);
    await clock.advance(seconds(30));
    expect(http.isClosed).toBe(false);
    const last = await clock.until(gateway.stop());
    expect([http.isClosed, last.intakes[0]?.books.waiting]).toEqual([true, 0]);
  });

  test("is asked with the key that was changed meanwhile", async () => {
    const refusal = { status: 403, headers: {}, body: '{"errors":["Forbidden"]}' };
    const readApiKey = (): Promise<string> => Promise.resolve("1".repeat(32));
    const { clock, gateway, http } = await startGateway(refusal, 230, undefined, { readApiKey });
    await clock.advance(seconds(10));
    await clock.until(gateway.stop());
    expect(http.requests.at(-1)?.headers["dd-api-key"]).toBe("1".repeat(32));
  });
});
