import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Intake, IntakeResponse } from "../../../src/model/intake.ts";
import { seconds } from "../../../src/model/time.ts";
import { createKnownIntake } from "../known-intake.ts";
import { createDecimalSeries, HOST, type KnownSeries, sortHeld, toBatch, toHeld } from "../known-points.ts";
import type { PeerServer } from "../peer-server.ts";
import { createRemoteWriteIntake, sortWritten, toWritten } from "../remote-write-samples.ts";
import { interruptServer, SampleStream } from "../sample-stream.ts";
import { exportSeries, heldBy, openVictoriaMetrics } from "./server.ts";

let server: PeerServer;

beforeAll(async () => {
  server = await openVictoriaMetrics();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** It takes nothing older than its retention and nothing from the future, so the points are of now. */
const nowSecond = Math.floor(Date.now() / 1000);

/** The gateway's intake in one version; of its own for each set of series, as one log numbers its series once. */
function openIntake(seriesApi: "v1" | "v2"): Intake {
  return createKnownIntake({
    url: `${server.url}/datadog`,
    apiKey: "0123456789abcdef0123456789abcdef",
    seriesApi,
  });
}

/** Sends known points and gives the answer as the gateway would see it. */
async function send(intake: Intake, known: readonly KnownSeries[]): Promise<IntakeResponse> {
  const { path, headers, body } = intake.encode(toBatch(known), (id) => known[id]?.series ?? expect.unreachable());
  const request = { method: "POST", headers, body: new Uint8Array(body) };
  const response = await fetch(`${intake.url}${path}`, request);
  return { status: response.status, headers: {}, body: await response.text() };
}

describe("VictoriaMetrics", () => {
  test("does not know series of version 2, and the gateway holds them", async () => {
    const intake = openIntake("v2");
    const answer = await send(intake, createDecimalSeries(nowSecond, 3));
    expect(answer.status).toBe(400);
    expect(intake.judge(answer)).toMatchObject({ kind: "hold" });
    expect(await heldBy(server, "digits", "3")).toEqual([]);
  });

  test("holds every decimal of up to eleven digits as it was sent, and once when it is sent again", async () => {
    const intake = openIntake("v1");
    const known = createDecimalSeries(nowSecond, 11);
    for (let times = 1; times <= 2; times += 1) {
      expect(intake.judge(await send(intake, known))).toEqual({ kind: "accepted" });
      expect(sortHeld(await heldBy(server, "digits", "11"))).toEqual(toHeld(known));
    }
  });

  /** With an odd number of decimals it cuts a double after the thirteenth digit instead of rounding it. */
  test("holds every decimal of twelve digits as it was sent, when read with twelve digits", async () => {
    const intake = openIntake("v1");
    const known = createDecimalSeries(nowSecond, 12);
    expect(intake.judge(await send(intake, known))).toEqual({ kind: "accepted" });
    const held = await heldBy(server, "digits", "12");
    const read = held.map((point) => ({ ...point, value: Number(point.value.toPrecision(12)) }));
    expect(sortHeld(read)).toEqual(toHeld(known));
  });

  test("holds every sample once after it was stopped, halted and restarted in the middle of a stream", async () => {
    await using stream = await SampleStream.open(openIntake("v1"), (nowSecond - 3000) * 1000);
    await interruptServer(server, stream);
    const sent = stream.sent.map(({ series: { metric, tags }, at, value }) => {
      return { metric, host: HOST, tags: [...tags], second: at / 1000, value };
    });
    expect(sortHeld(await heldBy(server, "check", "modbus"))).toEqual(sortHeld(sent));
    expect(stream.cursor.counts).toMatchObject({ delivered: sent.length, rejected: 0 });
  });

  test.each(["any order", "order"])(
    "holds every sample of remote write once, in %s, through the same",
    async (order) => {
      await using own = await openVictoriaMetrics();
      const window = order === "order" ? {} : { outOfOrderWindow: seconds(3600) };
      const intake = createRemoteWriteIntake({ url: `${own.url}/api/v1/write`, ...window });
      await using stream = await SampleStream.open(intake, Date.now() - 60_000);
      await interruptServer(own, stream);
      const exported = await exportSeries(own, "check", "modbus");
      const written = exported.flatMap(({ metric: labels, timestamps, values }) =>
        timestamps.map((at, index) => ({ labels, at, value: values[index] ?? Number.NaN })),
      );
      expect(sortWritten(written)).toEqual(toWritten(stream.sent));
      expect(stream.cursor.counts).toMatchObject({ delivered: stream.sent.length, rejected: 0 });
    },
  );
});
