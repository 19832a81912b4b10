import { once } from "node:events";
import { createConnection } from "node:net";
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { IntakeServer } from "../../hardware-sim/intake/intake-server.ts";

const API_KEY = "0123456789abcdef0123456789abcdef";
const NOW_SECOND = 1_795_323_262;

let intake: IntakeServer;

beforeEach(async () => {
  intake = new IntakeServer({ apiKey: API_KEY, now: () => NOW_SECOND * 1000 + 400 });
  await intake.open();
});

afterEach(async () => {
  await intake[Symbol.asyncDispose]();
});

interface Sent {
  readonly body: Uint8Array<ArrayBuffer> | string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly query?: string;
}

async function send({ body, headers = {}, query = "" }: Sent): Promise<{ status: number; errors: string[] }> {
  const all = { "dd-api-key": API_KEY, "content-type": "application/json", ...headers };
  const sent = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const response = await fetch(`${intake.url}/api/v2/series${query}`, { method: "POST", headers: sent, body });
  const { errors } = (await response.json()) as { errors: string[] };
  return { status: response.status, errors };
}

const series = {
  metric: "power.active",
  type: 3,
  points: [{ timestamp: NOW_SECOND, value: 21.5 }],
  tags: ["site:demo", "phase:l1"],
  resources: [{ type: "host", name: "plant" }],
};

/** A payload of one series, with some of its fields changed; a field that is undefined is left out. */
function payload(...changes: readonly object[]): string {
  return JSON.stringify({ series: changes.map((change) => ({ ...series, ...change })) });
}

function points(...pairs: readonly (readonly [second: unknown, value: unknown])[]): object {
  return { points: pairs.map(([timestamp, value]) => ({ timestamp, value })) };
}

async function get(path: string): Promise<Response> {
  return fetch(`${intake.url}${path}`);
}

async function override(order: object): Promise<number> {
  const response = await fetch(`${intake.url}/fakeintake/configure/override`, {
    method: "POST",
    body: JSON.stringify(order),
  });
  return response.status;
}

/** A series with one point at `NOW_SECOND`, as `protoc --encode` writes it. */
const PROTOBUF = Uint8Array.from(
  Buffer.from(
    "0a390a0c0a04686f7374120470692d3112056c6576656c1a0973697465" +
      "3a64656d6f220f09000000000080354010feea89d8062803320477617474",
    "hex",
  ),
);
const PROTOBUF_TYPE = { "content-type": "application/x-protobuf" };

describe("requests the intake refuses", () => {
  test.each<[string, number, RegExp, Sent]>([
    ["no key", 403, /dd-api-key is missing/, { body: payload({}), headers: { "dd-api-key": undefined } }],
    [
      "a wrong key",
      403,
      /not the one of this intake/,
      { body: payload({}), headers: { "dd-api-key": "f".repeat(32) } },
    ],
    ["the key in the query", 403, /in the query/, { body: payload({}), query: `?api_key=${API_KEY}` }],
    ["another content type", 400, /text\/json/, { body: payload({}), headers: { "content-type": "text/json" } }],
    ["an unknown encoding", 400, /encoding br/, { body: payload({}), headers: { "content-encoding": "br" } }],
    [
      "deflate without its zlib form",
      400,
      /not deflate in zlib form/,
      { body: new Uint8Array(deflateRawSync(payload({}))), headers: { "content-encoding": "deflate" } },
    ],
    ["a body that is cut off", 400, /not JSON/, { body: payload({}).slice(0, -1) }],
    ["a body that is not UTF-8", 400, /not JSON/, { body: Uint8Array.of(0x22, 0xff, 0x22) }],
    ["more than 512,000 bytes", 413, /512000/, { body: `${payload({})}${" ".repeat(512_000)}` }],
    [
      "more than 5,242,880 bytes once unpacked",
      413,
      /5242880/,
      {
        body: new Uint8Array(deflateSync(`${payload({})}${" ".repeat(5_242_880)}`)),
        headers: { "content-encoding": "deflate" },
      },
    ],
    [
      "protobuf that is cut off",
      400,
      /not a MetricPayload.*longer than what holds it/,
      { body: PROTOBUF.slice(0, -1), headers: PROTOBUF_TYPE },
    ],
    [
      "protobuf of something else",
      400,
      /not a MetricPayload.*field 9/,
      { body: Uint8Array.of(0x0a, 0x02, 0x48, 0x01), headers: PROTOBUF_TYPE },
    ],
    [
      "protobuf that says nothing of a series",
      400,
      /metric is missing/,
      { body: Uint8Array.of(0x0a, 0x00), headers: PROTOBUF_TYPE },
    ],
    ["no series", 400, /series is missing/, { body: "{}" }],
    ["an empty series list", 400, /series is empty/, { body: payload() }],
    ["a metric that begins with a digit", 400, /metric is "1st"/, { body: payload({ metric: "1st" }) }],
    ["a metric with a space", 400, /metric/, { body: payload({ metric: "a b" }) }],
    ["a metric of 201 characters", 400, /metric/, { body: payload({ metric: "a".repeat(201) }) }],
    ["no points", 400, /at least one point/, { body: payload({ points: [] }) }],
    ["a fraction of a second", 400, /whole seconds/, { body: payload(points([NOW_SECOND + 0.5, 1])) }],
    ["a point over an hour old", 400, /-3601 s from now/, { body: payload(points([NOW_SECOND - 3601, 1])) }],
    ["a point over ten minutes ahead", 400, /601 s from now/, { body: payload(points([NOW_SECOND + 601, 1])) }],
    ["a value that is null", 400, /value is null/, { body: payload(points([NOW_SECOND, null])) }],
    ["a value that is text", 400, /value is "1"/, { body: payload(points([NOW_SECOND, "1"])) }],
    ["a value beyond all numbers", 400, /finite/, { body: payload({}).replace("21.5", "1e999") }],
    ["a rate", 400, /type is 2/, { body: payload({ type: 2 }) }],
    ["a gauge with an interval", 400, /interval is 15/, { body: payload({ interval: 15 }) }],
    ["no host", 400, /type host/, { body: payload({ resources: [] }) }],
    ["a host without a name", 400, /type host/, { body: payload({ resources: [{ type: "host", name: "" }] }) }],
    ["tags that are no list", 400, /list of text/, { body: payload({ tags: "site:demo" }) }],
    ["a tag that is no text", 400, /tag 7/, { body: payload({ tags: [7] }) }],
    ["a tag that ends with a colon", 400, /tag "site:"/, { body: payload({ tags: ["site:"] }) }],
    ["one second twice in a series", 400, /comes twice/, { body: payload(points([NOW_SECOND, 1], [NOW_SECOND, 2])) }],
    [
      "one second twice over two entries with the same tags in another order",
      400,
      /comes twice/,
      { body: payload({}, { tags: ["phase:l1", "site:demo"] }) },
    ],
  ])("%s is refused with %d, recorded and not counted as a point", async (_what, status, error, sent) => {
    const answer = await send(sent);
    expect(answer.status).toBe(status);
    expect(answer.errors.join("\n")).toMatch(error);
    expect(answer.errors.join("\n")).not.toContain(API_KEY);
    expect(intake.violationCount).toBe(1);
    expect(intake.violations).toMatchObject([{ endpoint: "/api/v2/series", status, errors: answer.errors }]);
    expect(intake.ledger).toMatchObject({ points: 0, distinct: 0 });
  });

  test("one bad series refuses the whole payload", async () => {
    expect(await send({ body: payload({}, { metric: "" }) })).toMatchObject({ status: 400 });
    expect(intake.ledger.points).toBe(0);
  });

  test("an unknown route is not found and no violation", async () => {
    expect((await get("/api/v2/serie")).status).toBe(404);
    expect(intake.violationCount).toBe(0);
  });
});

describe("what the intake takes", () => {
  test.each<[string, Sent]>([
    ["plain", { body: payload({}) }],
    ["identity", { body: payload({}), headers: { "content-encoding": "identity" } }],
    ["gzip", { body: new Uint8Array(gzipSync(payload({}))), headers: { "content-encoding": "gzip" } }],
    ["zstd", { body: new Uint8Array(zstdCompressSync(payload({}))), headers: { "content-encoding": "zstd1" } }],
    ["protobuf", { body: PROTOBUF, headers: PROTOBUF_TYPE }],
    [
      "protobuf zstd",
      {
        body: new Uint8Array(zstdCompressSync(PROTOBUF)),
        headers: { ...PROTOBUF_TYPE, "content-encoding": "zstd" },
      },
    ],
    ["zlib deflate", { body: new Uint8Array(deflateSync(payload({}))), headers: { "content-encoding": "deflate" } }],
  ])("a %s body is accepted with 202", async (_what, sent) => {
    expect(await send(sent)).toEqual({ status: 202, errors: [] });
    expect(intake.ledger).toMatchObject({ points: 1, distinct: 1, payloads: 1 });
    expect(intake.violationCount).toBe(0);
  });

  test("points at the very ends of the window are taken", async () => {
    const body = payload(points([NOW_SECOND - 3600, 1], [NOW_SECOND + 600, 2]));
    expect(await send({ body })).toMatchObject({ status: 202 });
  });

  test("a body of exactly 512,000 bytes is taken", async () => {
    const body = payload({});
    expect(await send({ body: body.padEnd(512_000) })).toMatchObject({ status: 202 });
  });

  test("a point sent again is counted again, is the same point, and the last value stays", async () => {
    await send({ body: payload(points([NOW_SECOND - 1, 7], [NOW_SECOND, 1])) });
    await send({ body: payload({ ...points([NOW_SECOND, 2]), tags: ["phase:l1", "site:demo"] }) });
    expect(intake.ledger).toMatchObject({ points: 3, distinct: 2 });
    const lines = (await (await get("/fakeintake/points")).text()).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ metric: "power.active", second: NOW_SECOND - 1, value: 7, payload: 1, arrivals: 1 }),
      expect.objectContaining({ tags: ["phase:l1", "site:demo"], second: NOW_SECOND, value: 2, arrivals: 2 }),
    ]);
  });

  test("another tag, another host or another metric is another point", async () => {
    const host = [{ type: "host", name: "other" }];
    await send({ body: payload({}, { tags: ["site:demo"] }, { resources: host }, { metric: "power.reactive" }) });
    expect(intake.ledger.distinct).toBe(4);
  });

  test("a key can be tried without sending anything", async () => {
    const ask = (key: string) => fetch(`${intake.url}/api/v1/validate`, { headers: { "dd-api-key": key } });
    expect((await ask(API_KEY)).status).toBe(200);
    expect((await ask("wrong")).status).toBe(403);
  });
});

describe("the routes for tests", () => {
  test("payloads are kept as they came", async () => {
    const packed = new Uint8Array(deflateSync(payload({})));
    await send({ body: packed, headers: { "content-encoding": "deflate" } });
    const { payloads } = (await (await get("/fakeintake/payloads?endpoint=/api/v2/series")).json()) as {
      payloads: { data: string; encoding: string; timestamp: string }[];
    };
    expect(payloads).toEqual([
      {
        timestamp: new Date(NOW_SECOND * 1000 + 400).toISOString(),
        data: Buffer.from(packed).toString("base64"),
        encoding: "deflate",
      },
    ]);
  });

  test("routes say how much came, and flushing forgets it", async () => {
    await send({ body: payload({}) });
    await send({ body: "{}" });
    const stats = { routes: { "/api/v2/series": { id: "/api/v2/series", count: 2 } } };
    expect(await (await get("/fakeintake/routestats")).json()).toEqual(stats);
    expect(await (await get("/fakeintake/violations")).json()).toMatchObject({ count: 1 });
    expect((await get("/fakeintake/flushPayloads")).status).toBe(200);
    expect(await (await get("/fakeintake/routestats")).json()).toEqual({ routes: {} });
    expect(intake.ledger).toMatchObject({ points: 0, distinct: 0 });
    expect(intake.violationCount).toBe(0);
  });

  test("health is always well", async () => {
    expect((await get("/fakeintake/health")).status).toBe(200);
  });
});

describe("answers on order", () => {
  test.each([
    ["an unknown key", { endpoint: "/api/v2/series", status: 500 }],
    ["a wrong type", { endpoint: "/api/v2/series", statusCode: "500" }],
    ["no endpoint", { statusCode: 500 }],
    ["a list", []],
  ])("an order with %s is refused", async (_what, order) => {
    expect(await override(order)).toBe(400);
    expect(await send({ body: payload({}) })).toMatchObject({ status: 202 });
  });

  test("a failure comes as often as ordered, with its headers, and takes nothing in", async () => {
    const order = { endpoint: "/api/v2/series", statusCode: 429, body: '{"errors":["slow"]}', times: 1 };
    expect(await override({ ...order, headers: { "retry-after": "3" } })).toBe(200);
    const response = await fetch(`${intake.url}/api/v2/series`, { method: "POST", body: payload({}) });
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "3"]);
    expect(intake.ledger.points).toBe(0);
    expect(await send({ body: payload({}) })).toMatchObject({ status: 202 });
  });

  test("a failure after the fact takes the payload in and says that it did not", async () => {
    await override({ endpoint: "/api/v2/series", statusCode: 500, body: '{"errors":["x"]}', times: 1, after: true });
    expect(await send({ body: payload({}) })).toEqual({ status: 500, errors: ["x"] });
    expect(intake.ledger).toMatchObject({ points: 1, distinct: 1 });
  });

  test("a dropped request is read whole and never answered", async () => {
    await override({ endpoint: "/api/v2/series", drop: true, times: 1 });
    await expect(send({ body: payload({}) })).rejects.toThrow();
    expect(intake.ledger.points).toBe(0);
    expect(await (await get("/fakeintake/routestats")).json()).toMatchObject({
      routes: { "/api/v2/series": { count: 1 } },
    });
  });

  test("a delay alone changes nothing but the time", async () => {
    await override({ endpoint: "/api/v2/series", delay_ms: 10, times: 1 });
    expect(await send({ body: payload({}) })).toMatchObject({ status: 202 });
    expect(intake.ledger.points).toBe(1);
  });

  test("an order for another method leaves this one alone, and clearing ends all orders", async () => {
    await override({ endpoint: "/api/v2/series", method: "GET", statusCode: 418 });
    expect(await send({ body: payload({}) })).toMatchObject({ status: 202 });
    expect((await get("/api/v2/series")).status).toBe(418);
    await fetch(`${intake.url}/fakeintake/configure/override`, { method: "DELETE" });
    expect((await get("/api/v2/series")).status).toBe(404);
  });
});

describe("an outage", () => {
  test("connections are cut and refused, and the intake comes back on its port with its counts", async () => {
    await send({ body: payload({}) });
    const { url } = intake;
    const port = Number(new URL(url).port);
    const open = createConnection({ port, host: "127.0.0.1" });
    await once(open, "connect");
    const cut = once(open, "close");
    await intake.takeAway();
    await cut;
    expect(intake.isAway).toBe(true);
    const refused = createConnection({ port, host: "127.0.0.1" });
    expect(await once(refused, "error")).toMatchObject([{ code: "ECONNREFUSED" }]);
    await intake.bringBack();
    expect(intake.isAway).toBe(false);
    expect(intake.url).toBe(url);
    expect(await send({ body: payload(points([NOW_SECOND + 1, 3])) })).toMatchObject({ status: 202 });
    expect(intake.ledger.distinct).toBe(2);
  });
});
