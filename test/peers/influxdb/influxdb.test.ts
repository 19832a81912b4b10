import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createInfluxIntake } from "../../../src/forward/intakes/influx/intake.ts";
import type { InfluxConfig } from "../../../src/model/config.ts";
import type { Intake, PointBatch, Verdict } from "../../../src/model/intake.ts";
import type { Series } from "../../../src/model/series.ts";
import { millis, seconds } from "../../../src/model/time.ts";
import { createDecimalSeries, createDoubleSeries, HOST, type KnownSeries, toBatch } from "../known-points.ts";
import type { PeerServer } from "../peer-server.ts";
import { interruptServer, SampleStream, type StreamedSample } from "../sample-stream.ts";
import { held, openInfluxServer, query } from "./server.ts";

const LAST_SECOND = 1_795_323_600;

let server: PeerServer;

beforeAll(async () => {
  server = await openInfluxServer();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

function createIntake(target: InfluxConfig["target"], url = server.url): Intake {
  const config: InfluxConfig = {
    name: "influx",
    kind: "influx",
    url,
    target,
    flushInterval: seconds(10),
    timeout: seconds(20),
    maxAge: millis(Number.POSITIVE_INFINITY),
  };
  return createInfluxIntake(config, { hostname: HOST, tags: [], version: "0.0.0" });
}

/** An intake of a database of its own. */
async function openDatabase(database: string, retentionPolicy?: string): Promise<Intake> {
  await query(server.url, `CREATE DATABASE "${database}"`);
  return createIntake({ version: 1, database, ...(retentionPolicy === undefined ? {} : { retentionPolicy }) });
}

/** Sends points as the gateway does, and judges the answer. */
async function send(intake: Intake, points: PointBatch, seriesOf: (id: number) => Series): Promise<Verdict> {
  const { path, headers, body } = intake.encode(points, seriesOf);
  const response = await fetch(`${intake.url}${path}`, { method: "POST", headers, body: new Uint8Array(body) });
  return intake.judge({
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: (await response.text()).slice(0, 4096),
  });
}

const LEVEL: Series = { metric: "level", tags: [], kind: "gauge", unit: "%" };
const pointAt = (at: number): PointBatch => ({
  series: Uint32Array.of(0),
  moment: Float64Array.of(at),
  value: Float64Array.of(2),
  count: 1,
});

const keyOf = (measurement: string, instance: string | undefined, at: number): string =>
  `${measurement} ${instance} ${String(at).padStart(15, "0")}`;

/** What was put into a log, as it should be held. */
function toHeldKeys(sent: readonly StreamedSample[]): readonly (readonly [string, number])[] {
  const entries = sent.map(({ series: { metric, tags }, at, value }) => {
    const instance = tags.find((tag) => tag.startsWith("instance:"))?.slice("instance:".length);
    return [keyOf(metric, instance, at), value] as const;
  });
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

async function heldKeys(database: string): Promise<readonly (readonly [string, number])[]> {
  const entries = (await held(server.url, database)).map(
    ({ measurement, tags, at, value }) => [keyOf(measurement, tags["instance"], at), value] as const,
  );
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

describe("InfluxDB", () => {
  test("holds every value to the last bit, and once when it is sent again", async () => {
    const intake = await openDatabase("exact");
    const known: readonly KnownSeries[] = [...createDecimalSeries(LAST_SECOND, 12), createDoubleSeries(LAST_SECOND)];
    const seriesOf = (id: number): Series => known[id]?.series ?? expect.unreachable();
    for (let times = 1; times <= 2; times += 1) {
      expect(await send(intake, toBatch(known), seriesOf)).toEqual({ kind: "accepted" });
      const values = new Map<string, number>();
      for (const { measurement, tags, at, value } of await held(server.url, "exact")) {
        expect(tags["host"]).toBe(HOST);
        values.set(keyOf(measurement, tags["instance"], at), value);
      }
      const expected = known.flatMap(({ series: { metric, tags }, points }) => {
        const instance = tags.find((tag) => tag.startsWith("instance:"))?.slice("instance:".length);
        return points.map(([second, value]) => [keyOf(metric, instance, second * 1000), value] as const);
      });
      expect(values).toEqual(new Map(expected));
    }
  });

  test("holds names as they are, whatever characters they are made of", async () => {
    const intake = await openDatabase("names");
    const values = [
      "a,b",
      "a b",
      "a=b",
      '"a"',
      "a'b",
      "a\\b",
      "a\\\\b",
      "#a",
      "a:b/c.d_e",
      "zürich",
      "\u{1f642}",
      "温度",
    ];
    const series = values.map(
      (value, index): Series => ({ ...LEVEL, metric: value, tags: [`${value}k:${value}`, `i:${index}`] }),
    );
    const count = values.length;
    const points: PointBatch = {
      series: Uint32Array.from({ length: count }, (_, id) => id),
      moment: new Float64Array(count).fill(LAST_SECOND * 1000),
      value: Float64Array.from({ length: count }, (_, id) => id),
      count,
    };
    expect(await send(intake, points, (id) => series[id] ?? expect.unreachable())).toEqual({ kind: "accepted" });
    const found = new Map(
      (await held(server.url, "names")).map(({ measurement, tags, value }) => [value, { measurement, tags }]),
    );
    expect(found).toEqual(
      new Map(
        values.map((value, id) => {
          const measurement = value.replace(/^#/u, "_");
          // A tag splits at its first colon.
          const [key = "", ...rest] = `${value}k:${value}`.split(":");
          return [id, { measurement, tags: { host: HOST, i: String(id), [key]: rest.join(":") } }];
        }),
      ),
    );
  });

  test("holds what no escape can carry under the name it is spelled by", async () => {
    const intake = await openDatabase("spelled");
    const tags = [
      "a:end\\",
      "b\\:end\\\\",
      "c:line\nbreak",
      "d",
      "f:a\\,b",
      "g:a\\\\ b",
      "h\\=i:a\\=b",
      "time:noon",
      "value:much",
      "e:1",
      "e:2",
    ];
    expect(await send(intake, pointAt(1000), () => ({ ...LEVEL, tags }))).toEqual({ kind: "accepted" });
    expect(await held(server.url, "spelled")).toEqual([
      {
        measurement: "level",
        tags: {
          a: "end/",
          "b/": "end//",
          c: "line_break",
          d: "true",
          e: "1,2",
          f: "a/,b",
          g: "a// b",
          "h/=i": "a/=b",
          host: HOST,
          time_: "noon",
          value_: "much",
        },
        at: 1000,
        value: 2,
      },
    ]);
  });

  test("has every sample once after it was stopped, halted and restarted in the middle of a stream", async () => {
    await using stream = await SampleStream.open(await openDatabase("stream"), LAST_SECOND * 1000);
    await interruptServer(server, stream);
    expect(await heldKeys("stream")).toEqual(toHeldKeys(stream.sent));
    expect(stream.cursor.counts).toMatchObject({ delivered: stream.sent.length, rejected: 0 });
  });

  test("refuses what is of another type than before, which is set aside while all else goes", async () => {
    const intake = await openDatabase("conflict");
    const foreign = `power.active,host=other value=1i ${LAST_SECOND * 1000}\n`;
    await fetch(`${server.url}/write?db=conflict&precision=ms`, { method: "POST", body: foreign });
    await using stream = await SampleStream.open(intake, LAST_SECOND * 1000);
    await stream.put(3);
    await stream.drained();
    const isRefused = ({ series }: StreamedSample): boolean => series.metric === "power.active";
    const refused = stream.sent.filter(isRefused);
    expect(refused).toHaveLength(30);
    expect(stream.cursor.counts).toMatchObject({ delivered: stream.sent.length - 30, rejected: 30 });
    const own = (await heldKeys("conflict")).filter(([key]) => !key.startsWith("power.active undefined"));
    expect(own).toEqual(toHeldKeys(stream.sent.filter((sample) => !isRefused(sample))));
  });

  test("has no such database or retention policy until it is created, and the gateway holds until then", async () => {
    const missing = createIntake({ version: 1, database: "later" });
    const later = createIntake({ version: 1, database: "later", retentionPolicy: "hour" });
    const level = (): Series => LEVEL;
    const sent = pointAt(Date.now());
    expect(await send(missing, sent, level)).toMatchObject({
      kind: "hold",
      reason: expect.stringMatching(/CREATE DATABASE/u),
    });
    await query(server.url, 'CREATE DATABASE "later"');
    expect(await send(missing, sent, level)).toEqual({ kind: "accepted" });
    expect(await send(later, sent, level)).toMatchObject({
      kind: "hold",
      reason: expect.stringMatching(/retention policy/u),
    });
    await query(server.url, 'CREATE RETENTION POLICY "hour" ON "later" DURATION 1h REPLICATION 1');
    expect(await send(later, sent, level)).toEqual({ kind: "accepted" });
    expect(await send(later, pointAt(Date.now() - 7_200_000), level)).toMatchObject({
      kind: "rejected",
      reason: expect.stringMatching(/^400: older than the server keeps, set max_age to that: .*dropped=1/u),
    });
    expect(await held(server.url, "later", "hour")).toHaveLength(1);
  });
});

describe("InfluxDB with users, and with little room for a request", () => {
  test("lets nobody in without a password, with a wrong one or without rights, and the gateway holds", async () => {
    await using guarded = await openInfluxServer(["auth-enabled = true"]);
    const admin = { u: "root", p: "planted-root" };
    await query(guarded.url, `CREATE USER root WITH PASSWORD '${admin.p}' WITH ALL PRIVILEGES`);
    for (const text of ["CREATE DATABASE plant", "CREATE USER gate WITH PASSWORD 'planted-gate'"]) {
      const search = new URLSearchParams({ ...admin, q: text });
      expect((await fetch(`${guarded.url}/query?${search}`, { method: "POST" })).ok).toBe(true);
    }
    const judge = (password?: string): Promise<Verdict> => {
      const login = password === undefined ? {} : { login: { username: "gate", password } };
      return send(createIntake({ version: 1, database: "plant", ...login }, guarded.url), pointAt(1000), () => LEVEL);
    };
    const refused = { kind: "hold", reason: expect.stringMatching(/the user or token is refused/u) };
    expect(await judge()).toMatchObject(refused);
    expect(await judge("wrong-password")).toMatchObject(refused);
    expect(await judge("planted-gate")).toMatchObject(refused);
    const search = new URLSearchParams({ ...admin, q: "GRANT WRITE ON plant TO gate" });
    await fetch(`${guarded.url}/query?${search}`, { method: "POST" });
    expect(await judge("planted-gate")).toEqual({ kind: "accepted" });
  });

  test("says that a payload is too big, which is then halved", async () => {
    await using small = await openInfluxServer(["max-body-size = 400"]);
    await query(small.url, "CREATE DATABASE plant");
    const intake = createIntake({ version: 1, database: "plant" }, small.url);
    const known = createDecimalSeries(LAST_SECOND, 12);
    const seriesOf = (id: number): Series => known[id]?.series ?? expect.unreachable();
    expect(await send(intake, toBatch(known), seriesOf)).toMatchObject({ kind: "split" });
    expect(await send(intake, pointAt(1000), () => LEVEL)).toEqual({ kind: "accepted" });
  });
});
