import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createInfluxIntake } from "../../../src/forward/intakes/influx/intake.ts";
import type { InfluxConfig } from "../../../src/model/config.ts";
import { millis, seconds } from "../../../src/model/time.ts";
import { createDecimalSeries, HOST, sortHeld, toBatch, toHeld } from "../known-points.ts";
import type { PeerServer } from "../peer-server.ts";
import { heldBy, openVictoriaMetrics } from "./server.ts";

let server: PeerServer;

beforeAll(async () => {
  server = await openVictoriaMetrics();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** It takes nothing older than its retention and nothing from the future, so the points are of now. */
const nowSecond = Math.floor(Date.now() / 1000);

describe("VictoriaMetrics", () => {
  test.each<[digits: number, target: InfluxConfig["target"]]>([
    [10, { version: 1, database: "plant" }],
    [11, { version: 2, org: "works", bucket: "plant", token: "planted-token" }],
  ])(
    "holds decimals of %i digits that come as line protocol, and once when they come again",
    async (digits, target) => {
      const config: InfluxConfig = {
        name: "peer",
        kind: "influx",
        url: server.url,
        target,
        flushInterval: seconds(10),
        timeout: seconds(20),
        maxAge: millis(Number.POSITIVE_INFINITY),
      };
      const intake = createInfluxIntake(config, { hostname: HOST, tags: [], version: "0.0.0" });
      const known = createDecimalSeries(nowSecond, digits);
      const { path, headers, body } = intake.encode(toBatch(known), (id) => known[id]?.series ?? expect.unreachable());
      for (let times = 1; times <= 2; times += 1) {
        const request = { method: "POST", headers, body: new Uint8Array(body) };
        const response = await fetch(`${intake.url}${path}`, request);
        const answer = { status: response.status, headers: {}, body: await response.text() };
        expect(intake.judge(answer)).toEqual({ kind: "accepted" });
        // It adds the name of the field to that of the measurement, and the database as a label.
        const held = (await heldBy(server, "digits", String(digits))).map((point) => ({
          ...point,
          metric: point.metric.replace(/_value$/u, ""),
          tags: point.tags.filter((tag) => tag !== "db:plant"),
        }));
        expect(sortHeld(held)).toEqual(toHeld(known));
      }
    },
  );
});
