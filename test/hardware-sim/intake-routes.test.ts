import { deflateSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { IntakeServer } from "../../hardware-sim/intake/intake-server.ts";

const API_KEY = "0123456789abcdef0123456789abcdef";
const NEXT_KEY = "fedcba9876543210fedcba9876543210";
const NOW_SECOND = 1_795_323_262;

let intake: IntakeServer;

beforeEach(async () => {
  intake = new IntakeServer({ apiKey: API_KEY, now: () => NOW_SECOND * 1000 + 400 });
  await intake.open();
});

afterEach(async () => {
  await intake[Symbol.asyncDispose]();
});

interface Answer {
  readonly status: number;
  readonly body: { readonly errors?: string[] };
}

async function post(
  path: string,
  json: unknown,
  headers: Readonly<Record<string, string>> = {},
  pack: (text: string) => Uint8Array<ArrayBuffer> | string = (text) => text,
): Promise<Answer> {
  const response = await fetch(`${intake.url}${path}`, {
    method: "POST",
    headers: { "dd-api-key": intake.apiKey, "content-type": "application/json", ...headers },
    body: pack(JSON.stringify(json)),
  });
  return { status: response.status, body: (await response.json()) as Answer["body"] };
}

async function read(path: string): Promise<unknown> {
  return (await fetch(`${intake.url}/fakeintake/${path}`)).json();
}

async function validate(key: string): Promise<Answer> {
  const response = await fetch(`${intake.url}/api/v1/validate`, { headers: { "dd-api-key": key } });
  return { status: response.status, body: (await response.json()) as Answer["body"] };
}

const point = {
  metric: "power.active",
  type: "gauge",
  points: [[NOW_SECOND, 21.5]],
  host: "plant",
  tags: ["site:demo", "phase:l1"],
};
const series = (change: object = {}): object => ({ series: [{ ...point, ...change }] });

const check = { check: "tidegate.up", host_name: "plant", status: 0, tags: ["b:2", "a:1"], timestamp: NOW_SECOND };
const checkRun = (change: object = {}): object[] => [{ ...check, ...change }];

const event = (change: object = {}): object => ({ title: "Press stopped", text: "No stroke for 60 s.", ...change });

const host = (change: object = {}): object => ({
  apiKey: "",
  agentVersion: "1.2.3",
  internalHostname: "plant",
  "host-tags": { system: ["site:demo", "env:prod"] },
  meta: { "socket-hostname": "plant" },
  ...change,
});

describe("payloads that are refused", () => {
  const SERIES = "/api/v1/series";
  const CHECK_RUN = "/api/v1/check_run";
  const EVENTS = "/api/v1/events";
  const INTAKE = "/intake/";

  test.each<[string, string, RegExp, unknown]>([
    ["v1 series that are a list", SERIES, /series is missing/, [point]],
    ["a v1 series of type 3", SERIES, /type is 3, expected "gauge"/, series({ type: 3 })],
    ["a v1 series without a host", SERIES, /host is missing/, series({ host: undefined })],
    [
      "a v1 series with its host among resources",
      SERIES,
      /host is missing/,
      series({ host: undefined, resources: [] }),
    ],
    [
      "a v1 point spelled as in v2",
      SERIES,
      /timestamp is missing/,
      series({ points: [{ timestamp: NOW_SECOND, value: 1 }] }),
    ],
    ["a v1 point of three numbers", SERIES, /timestamp is missing/, series({ points: [[NOW_SECOND, 1, 2]] })],
    ["a v1 point over an hour old", SERIES, /-3601 s from now/, series({ points: [[NOW_SECOND - 3601, 1]] })],
    ["a v1 value that is null", SERIES, /value is null/, series({ points: [[NOW_SECOND, null]] })],
    [
      "one v1 second twice",
      SERIES,
      /comes twice/,
      series({
        points: [
          [NOW_SECOND, 1],
          [NOW_SECOND, 2],
        ],
      }),
    ],
    ["a v1 tag in need of rewriting", SERIES, /the tag "a b"/, series({ tags: ["a b"] })],
    ["a service check outside of a list", CHECK_RUN, /expected a list/, check],
    ["no service checks", CHECK_RUN, /at least one service check/, []],
    ["a service check that is text", CHECK_RUN, /\[0\]: is "up", expected an object/, ["up"]],
    ["a service check without a name", CHECK_RUN, /check is missing/, checkRun({ check: undefined })],
    ["a service check without a host", CHECK_RUN, /host_name is ""/, checkRun({ host_name: "" })],
    ["a service check without tags", CHECK_RUN, /tags is missing/, checkRun({ tags: undefined })],
    ["a status beyond UNKNOWN", CHECK_RUN, /status is 4/, checkRun({ status: 4 })],
    ["a status in words", CHECK_RUN, /status is "OK"/, checkRun({ status: "OK" })],
    ["a message that is no text", CHECK_RUN, /message is 7/, checkRun({ message: 7 })],
    ["a service check over ten minutes old", CHECK_RUN, /-601 s from now/, checkRun({ timestamp: NOW_SECOND - 601 })],
    ["a service check in milliseconds", CHECK_RUN, /s from now/, checkRun({ timestamp: NOW_SECOND * 1000 })],
    ["a good and a bad service check", CHECK_RUN, /\[1\]: status/, [check, { ...check, status: -1 }]],
    ["a list of events", EVENTS, /expected an object/, [event()]],
    ["an event without a title", EVENTS, /title is missing/, event({ title: undefined })],
    ["an event without text", EVENTS, /text is ""/, event({ text: "" })],
    ["an event of 4,001 characters", EVENTS, /has 4001 characters/, event({ text: "x".repeat(4001) })],
    ["an unknown kind of alert", EVENTS, /alert_type is "fatal", expected one of info/, event({ alert_type: "fatal" })],
    ["an unknown priority", EVENTS, /priority is "high"/, event({ priority: "high" })],
    ["a long aggregation key", EVENTS, /101 characters/, event({ aggregation_key: "x".repeat(101) })],
    ["an event over 18 hours old", EVENTS, /-64801 s from now/, event({ date_happened: NOW_SECOND - 64_801 })],
    ["a host without a name", INTAKE, /internalHostname is missing/, host({ internalHostname: undefined })],
    ["a host without a version", INTAKE, /agentVersion is missing/, host({ agentVersion: undefined })],
    ["a host without host tags", INTAKE, /host-tags: is missing/, host({ "host-tags": undefined })],
    ["host tags in a bare list", INTAKE, /host-tags: is \["a:1"\]/, host({ "host-tags": ["a:1"] })],
    ["a host tag in need of rewriting", INTAKE, /the tag "a:"/, host({ "host-tags": { system: ["a:"] } })],
    ["a host without meta", INTAKE, /meta: is missing/, host({ meta: undefined })],
    ["some other key in the body", INTAKE, /apiKey is filled in/, host({ apiKey: "another key" })],
    ["the key in the body", INTAKE, /API key is in the body/, host({ apiKey: API_KEY })],
    ["the key in a message", CHECK_RUN, /API key is in the body/, checkRun({ message: `refused ${API_KEY}` })],
  ])("%s: refused, recorded and not kept", async (_what, path, error, json) => {
    const { status, body } = await post(path, json);
    expect({ status, errors: body.errors?.join("\n") }).toEqual({ status: 400, errors: expect.stringMatching(error) });
    expect(intake.violations).toMatchObject([{ endpoint: path, status: 400, errors: body.errors }]);
    expect(JSON.stringify([body, intake.violations])).not.toContain(API_KEY);
    const { ledger, serviceChecks, events, hosts } = intake;
    expect([ledger.points, serviceChecks.count, events.count, hosts.count]).toEqual([0, 0, 0, 0]);
  });

  test.each([SERIES, CHECK_RUN, EVENTS, INTAKE])("%s asks for the key before anything else", async (path) => {
    expect(await post(path, "no payload at all", { "dd-api-key": "wrong" })).toMatchObject({ status: 403 });
    expect(await post(`${path}?api_key=${API_KEY}`, "no payload at all")).toMatchObject({ status: 403 });
    expect(intake.violationCount).toBe(2);
  });

  test.each([CHECK_RUN, EVENTS, INTAKE])("%s takes no other content type than JSON", async (path) => {
    expect(await post(path, [], { "content-type": "text/json" })).toMatchObject({ status: 400 });
  });

  test.each<[string, number, number]>([
    [SERIES, 3_200_000, 62_914_560],
    [CHECK_RUN, 2_621_440, 4_194_304],
    [EVENTS, 2_621_440, 4_194_304],
    [INTAKE, 2_621_440, 4_194_304],
  ])("%s takes a body up to its limits and says which one was passed", async (path, wireMax, rawMax) => {
    const wire = (bytes: number) => post(path, {}, {}, (text) => text.padEnd(bytes));
    const raw = (bytes: number) =>
      post(path, {}, { "content-encoding": "deflate" }, (text) => new Uint8Array(deflateSync(text.padEnd(bytes))));
    expect(await wire(wireMax + 1)).toMatchObject({
      status: 413,
      body: { errors: [expect.stringContaining(`${wireMax}`)] },
    });
    expect(await raw(rawMax + 1)).toMatchObject({
      status: 413,
      body: { errors: [expect.stringContaining(`${rawMax}`)] },
    });
    expect(await wire(wireMax)).toMatchObject({ status: 400 });
    expect(await raw(rawMax)).toMatchObject({ status: 400 });
  });
});

describe("series of version 1", () => {
  const form = { metric: "power.active", type: 3, points: [{ timestamp: NOW_SECOND, value: 21.5 }] };
  const asV2 = { series: [{ ...form, resources: [{ type: "host", name: "plant" }], tags: ["phase:l1", "site:demo"] }] };

  test.each([
    ["application/json", "identity", (text: string) => text],
    ["text/json", "deflate", (text: string) => new Uint8Array(deflateSync(text))],
    ["text/json;charset=utf-8", "gzip", (text: string) => new Uint8Array(gzipSync(text))],
  ])("are taken as %s, %s", async (type, encoding, pack) => {
    const headers = { "content-type": type, "content-encoding": encoding };
    expect(await post("/api/v1/series", series(), headers, pack)).toEqual({ status: 202, body: { status: "ok" } });
    expect(intake.violations).toEqual([]);
  });

  test("are the same points as those of version 2", async () => {
    await post("/api/v1/series", series());
    const [first] = [...intake.ledger.held()];
    await post("/api/v2/series", asV2);
    expect(intake.ledger).toMatchObject({ points: 2, distinct: 1, payloads: 2 });
    expect([...intake.ledger.held()]).toEqual([{ ...first, arrivals: 2 }]);
    expect(first).toEqual({
      metric: "power.active",
      host: "plant",
      tags: ["phase:l1", "site:demo"],
      second: NOW_SECOND,
      value: 21.5,
      payload: 1,
      arrivals: 1,
    });
  });
});

describe("service checks", () => {
  test("are kept by name, host and tags, the newest of each, and counted", async () => {
    const answer = await post("/api/v1/check_run", [
      { ...check, status: 2, message: "no answer" },
      { ...check, tags: ["a:1"], status: 1 },
      { ...check, host_name: "other" },
    ]);
    expect(answer).toEqual({ status: 202, body: { status: "ok" } });
    await post("/api/v1/check_run", checkRun({ status: 0, timestamp: NOW_SECOND + 1, tags: ["a:1", "b:2"] }));
    await post("/api/v1/check_run", checkRun({ status: 3, timestamp: NOW_SECOND - 1 }));
    const checks = [
      { status: 0, host: "plant", tags: ["a:1", "b:2"], second: NOW_SECOND + 1, message: "", arrivals: 3 },
      { status: 1, host: "plant", tags: ["a:1"], second: NOW_SECOND, message: "", arrivals: 1 },
      { status: 0, host: "other", tags: ["a:1", "b:2"], second: NOW_SECOND, message: "", arrivals: 1 },
    ].map((standing) => ({ check: "tidegate.up", ...standing }));
    expect(intake.serviceChecks.count).toBe(5);
    expect(intake.serviceChecks.latest).toEqual(checks);
    expect(await read("checks")).toEqual({ count: 5, checks });
  });

  test("are taken at exactly ten minutes of age, and without a stamp as of now", async () => {
    await post("/api/v1/check_run", checkRun({ timestamp: NOW_SECOND - 600, tags: [] }));
    await post("/api/v1/check_run", checkRun({ timestamp: undefined }));
    expect(intake.serviceChecks.latest.map(({ second }) => second)).toEqual([NOW_SECOND - 600, NOW_SECOND]);
  });
});

describe("events", () => {
  test("are kept as they came, with what was left out at its default", async () => {
    const full = {
      host: "plant",
      tags: ["site:demo"],
      alert_type: "user_update",
      priority: "low",
      aggregation_key: "press",
      source_type_name: "tidegate",
      date_happened: NOW_SECOND - 64_800,
      text: "x".repeat(4000),
    };
    expect(await post("/api/v1/events", event(full))).toMatchObject({
      status: 202,
      body: { status: "ok", event: { title: "Press stopped", date_happened: NOW_SECOND - 64_800 } },
    });
    await post("/api/v1/events", event());
    const events = [
      {
        title: "Press stopped",
        text: full.text,
        host: "plant",
        tags: ["site:demo"],
        alertType: "user_update",
        priority: "low",
        aggregationKey: "press",
        sourceTypeName: "tidegate",
        second: NOW_SECOND - 64_800,
      },
      {
        title: "Press stopped",
        text: "No stroke for 60 s.",
        host: "",
        tags: [],
        alertType: "info",
        priority: "normal",
        aggregationKey: "",
        sourceTypeName: "",
        second: NOW_SECOND,
      },
    ];
    expect(intake.events.kept).toEqual(events);
    expect(await read("events")).toEqual({ count: 2, events });
  });

  test("are all counted, and the last thousand are kept", () => {
    const blank = { text: "", host: "", tags: [], alertType: "", priority: "", aggregationKey: "", sourceTypeName: "" };
    for (let second = 0; second < 1001; second += 1) intake.events.record({ ...blank, title: `${second}`, second });
    expect(intake.events.count).toBe(1001);
    expect([intake.events.kept.length, intake.events.kept[0]?.title]).toEqual([1000, "1"]);
  });
});

describe("host metadata", () => {
  test("is kept by host, the last one, and counted", async () => {
    expect(await post("/intake/", host({ apiKey: undefined }))).toEqual({ status: 200, body: { status: "ok" } });
    await post("/intake/", host({ internalHostname: "other", "host-tags": { system: [] } }));
    await post("/intake/", host({ "host-tags": { system: ["env:test"] }, agentVersion: "1.2.4" }));
    const hosts = [
      { host: "plant", tags: ["env:test"], agentVersion: "1.2.4", meta: { "socket-hostname": "plant" }, arrivals: 2 },
      { host: "other", tags: [], agentVersion: "1.2.3", meta: { "socket-hostname": "plant" }, arrivals: 1 },
    ];
    expect(intake.hosts.all).toEqual(hosts);
    expect(intake.hosts.get("plant")).toEqual(hosts[0]);
    expect(intake.hosts.get("nowhere")).toBeUndefined();
    expect(await read("hosts")).toEqual({ count: 3, hosts });
  });
});

describe("the key", () => {
  test("is valid or forbidden, in the words of the real intake", async () => {
    expect(await validate(API_KEY)).toEqual({ status: 200, body: { valid: true } });
    expect(await validate("wrong")).toEqual({ status: 403, body: { errors: ["Forbidden"] } });
    expect(intake.violations).toMatchObject([
      { endpoint: "/api/v1/validate", errors: [expect.stringContaining("not the one")] },
    ]);
  });

  test("can be rotated while the intake runs", async () => {
    intake.apiKey = NEXT_KEY;
    expect(await post("/api/v2/series", {}, { "dd-api-key": API_KEY })).toMatchObject({ status: 403 });
    expect(await validate(API_KEY)).toMatchObject({ status: 403 });
    expect(await validate(NEXT_KEY)).toMatchObject({ status: 200 });
    expect(await post("/api/v1/series", series())).toMatchObject({ status: 202 });
  });
});

test("flushing forgets service checks, events and hosts with the rest", async () => {
  await post("/api/v1/check_run", checkRun());
  await post("/api/v1/events", event());
  await post("/intake/", host());
  await fetch(`${intake.url}/fakeintake/flushPayloads`, { method: "POST" });
  expect(await read("checks")).toEqual({ count: 0, checks: [] });
  expect(await read("events")).toEqual({ count: 0, events: [] });
  expect(await read("hosts")).toEqual({ count: 0, hosts: [] });
});
