import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { IntakeServer } from "../../../hardware-sim/intake/intake-server.ts";
import { epochMillis } from "../../../src/model/time.ts";
import { createKnownIntake, createKnownNotes } from "../known-intake.ts";
import {
  createDecimalSeries,
  createDoubleSeries,
  type HeldPoint,
  HOST,
  type KnownSeries,
  sortHeld,
  toBatch,
  toHeld,
} from "../known-points.ts";
import { createOfficialClient, type OfficialClient } from "./official-client.ts";

const API_KEY = "0123456789abcdef0123456789abcdef";
const NOW_SECOND = 1_795_323_262;
const KNOWN: readonly KnownSeries[] = [...createDecimalSeries(NOW_SECOND, 12), createDoubleSeries(NOW_SECOND)];

let intake: IntakeServer;
let client: OfficialClient;

beforeEach(async () => {
  intake = new IntakeServer({ apiKey: API_KEY, now: () => NOW_SECOND * 1000 + 400 });
  await intake.open();
  client = createOfficialClient(intake.url, API_KEY);
});

afterEach(async () => {
  await intake[Symbol.asyncDispose]();
});

function held(): readonly HeldPoint[] {
  const points = [...intake.ledger.held()].map(({ metric, host, tags, second, value }) => ({
    metric,
    host,
    tags,
    second,
    value,
  }));
  return sortHeld(points);
}

function seriesV2(): object[] {
  return KNOWN.map(({ series: { metric, tags }, points }) => ({
    metric,
    type: 3,
    resources: [{ type: "host", name: HOST }],
    tags: [...tags].reverse(),
    points: points.map(([timestamp, value]) => ({ timestamp, value })),
  }));
}

function seriesV1(): object[] {
  return KNOWN.map(({ series: { metric, tags }, points }) => ({ metric, type: "gauge", host: HOST, tags, points }));
}

function packed(contentEncoding: string, series: readonly object[]): object {
  return { contentEncoding, body: { series } };
}

async function sendOurs(): Promise<number> {
  const { path, headers, body } = createKnownIntake({ url: intake.url, apiKey: API_KEY }).encode(
    toBatch(KNOWN),
    (id) => KNOWN[id]?.series ?? expect.unreachable(),
  );
  const response = await fetch(`${intake.url}${path}`, { method: "POST", headers, body: new Uint8Array(body) });
  return response.status;
}

describe("the official client and the simulated intake", () => {
  test("a wrong key is refused in a way that the client understands", async () => {
    const stranger = createOfficialClient(intake.url, "f".repeat(32));
    await expect(stranger.metricsV2.submitMetrics({ body: { series: seriesV2() } })).rejects.toMatchObject({
      code: 403,
    });
    await expect(stranger.authentication.validate()).rejects.toMatchObject({
      code: 403,
      body: { errors: ["Forbidden"] },
    });
    expect(intake.ledger.points).toBe(0);
  });

  test("the right key is valid", async () => {
    expect(await client.authentication.validate()).toMatchObject({ valid: true });
  });

  test("service checks arrive as they were sent", async () => {
    const check = { check: "tidegate.up", hostName: HOST, status: 2, tags: ["b:2", "a:1"], message: "no answer" };
    await client.serviceChecks.submitServiceCheck({ body: [{ ...check, timestamp: NOW_SECOND - 600 }] });
    expect(intake.serviceChecks.latest).toEqual([
      {
        check: "tidegate.up",
        host: HOST,
        status: 2,
        tags: ["a:1", "b:2"],
        message: "no answer",
        second: NOW_SECOND - 600,
        arrivals: 1,
      },
    ]);
    expect(intake.violations).toEqual([]);
  });

  test("an event arrives as it was sent, and the client understands the answer", async () => {
    const answer = await client.events.createEvent({
      body: {
        title: "Press stopped",
        text: "%%% \n**No stroke** for 60 s. \n%%%",
        host: HOST,
        tags: ["line:1"],
        alertType: "warning",
        priority: "low",
        aggregationKey: "press",
        sourceTypeName: "tidegate",
        dateHappened: NOW_SECOND - 64_800,
      },
    });
    expect(answer).toMatchObject({
      status: "ok",
      event: { title: "Press stopped", dateHappened: NOW_SECOND - 64_800 },
    });
    expect(intake.events.kept).toEqual([
      {
        title: "Press stopped",
        text: "%%% \n**No stroke** for 60 s. \n%%%",
        host: HOST,
        tags: ["line:1"],
        alertType: "warning",
        priority: "low",
        aggregationKey: "press",
        sourceTypeName: "tidegate",
        second: NOW_SECOND - 64_800,
      },
    ]);
    expect(intake.violations).toEqual([]);
  });
});

describe("events of the official client and of our encoder", () => {
  test("ours is held as the very one of the client, and answered alike", async () => {
    const happened = { title: "Press stopped", text: "%%% \n**No stroke** for 60 s. \n%%%", tags: ["line:1"] };
    const body = { ...happened, alertType: "warning", priority: "low", aggregationKey: "press", host: HOST };
    await client.events.createEvent({
      body: { ...body, sourceTypeName: "press-watch", dateHappened: NOW_SECOND - 60 },
    });
    const at = epochMillis((NOW_SECOND - 60) * 1000 + 900);
    const about = { alertType: "warning", priority: "low", aggregationKey: "press", source: "press-watch" } as const;
    const {
      path,
      headers,
      body: ours,
    } = createKnownNotes({ url: intake.url, apiKey: API_KEY }).encodeEvent({ ...happened, ...about, at }, false);
    const response = await fetch(`${intake.url}${path}`, { method: "POST", headers, body: new Uint8Array(ours) });
    expect(response.status).toBe(202);
    const [theirs, held] = intake.events.kept;
    expect(held).toEqual(theirs);
    expect(intake.violations).toEqual([]);
  });
});

describe("series of the official client and of our encoder", () => {
  test("ours are held as they are known", async () => {
    expect(await sendOurs()).toBe(202);
    expect(held()).toEqual(toHeld(KNOWN));
    expect(intake.violations).toEqual([]);
  });

  test.each<[string, string, () => Promise<object>]>([
    ["/api/v2/series", "application/json", () => client.metricsV2.submitMetrics({ body: { series: seriesV2() } })],
    ["/api/v2/series", "deflate", () => client.metricsV2.submitMetrics(packed("deflate", seriesV2()))],
    ["/api/v2/series", "gzip", () => client.metricsV2.submitMetrics(packed("gzip", seriesV2()))],
    ["/api/v1/series", "text/json", () => client.metricsV1.submitMetrics({ body: { series: seriesV1() } })],
    ["/api/v1/series", "deflate", () => client.metricsV1.submitMetrics(packed("deflate", seriesV1()))],
    ["/api/v1/series", "gzip", () => client.metricsV1.submitMetrics(packed("gzip", seriesV1()))],
  ])("those of the client, by %s as %s, are the very points of ours", async (path, encoding, sendTheirs) => {
    await sendTheirs();
    const response = await fetch(`${intake.url}/fakeintake/payloads?endpoint=${path}`);
    expect(await response.json()).toMatchObject({ payloads: [{ encoding }] });
    const theirs = held();
    expect(theirs).toEqual(toHeld(KNOWN));
    expect(await sendOurs()).toBe(202);
    expect(held()).toEqual(theirs);
    expect(intake.ledger).toMatchObject({ distinct: theirs.length, points: 2 * theirs.length, payloads: 2 });
    expect(intake.violations).toEqual([]);
  });
});
