import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { IntakeServer } from "../../hardware-sim/intake/intake-server.ts";

const API_KEY = "0123456789abcdef0123456789abcdef";
const APP_KEY = "0123456789abcdef0123456789abcdef01234567";
const NOW_SECOND = 1_795_323_262;
const DAY = 86_400;
const PATH = "/api/v2/metrics/historical-metrics-configurations";

let intake: IntakeServer;

beforeEach(async () => {
  intake = new IntakeServer({ apiKey: API_KEY, appKey: APP_KEY, now: () => NOW_SECOND * 1000 });
  await intake.open();
});

afterEach(async () => {
  await intake[Symbol.asyncDispose]();
});

async function ask(method: string, path: string, json?: unknown, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${intake.url}${path}`, {
    method,
    headers: { "dd-api-key": API_KEY, "dd-application-key": APP_KEY, "content-type": "application/json", ...headers },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  const body = await response.text();
  return { status: response.status, body: body === "" ? undefined : JSON.parse(body) };
}

const turnOn = (id: string, headers?: Readonly<Record<string, string>>) =>
  ask("POST", PATH, { data: { type: "historical_metrics_configurations", id } }, headers);

const send = (metric: string, age: number) => {
  const points = [{ timestamp: NOW_SECOND - age, value: 1 }];
  const resources = [{ type: "host", name: "plant" }];
  return ask("POST", "/api/v2/series", { series: [{ metric, type: 3, points, resources, tags: [] }] });
};

describe("history", () => {
  test.each([
    ["without an application key", { "dd-application-key": "" }, 403],
    ["with one of another account", { "dd-application-key": "other" }, 403],
    ["with an API key of another account", { "dd-api-key": "other" }, 403],
    ["in another form than JSON", { "content-type": "text/json" }, 400],
  ])("is not turned on %s", async (_, headers, status) => {
    await send("voltage", 0);
    expect((await turnOn("voltage", headers)).status).toBe(status);
    expect([intake.history.metrics, intake.violationCount]).toEqual([[], 1]);
  });

  test("is not turned on for a metric of which no point came, for none, or by another type", async () => {
    const answers = [await turnOn("voltage"), await turnOn(""), await ask("POST", PATH, { data: { id: "voltage" } })];
    expect(answers.map(({ status }) => status)).toEqual([404, 400, 400]);
    expect(answers[0]?.body.errors).toMatchObject([{ status: "404", detail: "there is no metric voltage" }]);
  });

  test("lets old points of its metric in, and of no other, until it is turned off", async () => {
    await send("voltage", 0);
    await send("current", 0);
    expect((await send("voltage", DAY)).status).toBe(400);
    expect((await turnOn("voltage")).status).toBe(201);
    expect((await turnOn("voltage")).status).toBe(200);
    expect((await ask("GET", `${PATH}/voltage`)).body.data).toMatchObject({ id: "voltage" });
    expect((await send("voltage", DAY)).status).toBe(202);
    expect((await send("voltage", 457 * DAY)).status).toBe(400);
    expect((await send("current", DAY)).status).toBe(400);
    expect((await ask("DELETE", `${PATH}/voltage`)).status).toBe(204);
    expect((await ask("GET", `${PATH}/voltage`)).status).toBe(404);
    expect((await send("voltage", 2 * DAY)).status).toBe(400);
  });

  test("of the whole account lets old points of every metric in, each counted once for ever", async () => {
    await using wide = new IntakeServer({ apiKey: API_KEY, hasHistory: true, now: () => NOW_SECOND * 1000 });
    await wide.open();
    const narrow = intake;
    intake = wide;
    expect((await send("voltage", DAY)).status).toBe(202);
    expect((await send("voltage", DAY)).status).toBe(202);
    intake = narrow;
    expect(wide.ledger).toMatchObject({ points: 2, distinct: 1 });
  });
});
