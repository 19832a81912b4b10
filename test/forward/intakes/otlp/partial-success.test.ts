import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { createOtlpIntake } from "../../../../src/forward/intakes/otlp/intake.ts";
import { OTLP_ENCODINGS, type OtlpEncoding } from "../../../../src/model/config.ts";
import { millis, seconds } from "../../../../src/model/time.ts";
import type { HttpRequest, HttpResponse } from "../../../../src/platform/http-client.ts";
import { Forwarding, IDENTITY } from "../../forwarding.ts";
import { decodeMetricsRequest, parseMetricsRequest } from "./metrics-request.ts";

/** A server that takes OTLP, holds one value for each series and moment, and rejects the values it is told to. */
class Receiver {
  readonly held = new Map<string, number>();
  readonly poison: ReadonlySet<number>;
  readonly #encoding: OtlpEncoding;

  constructor(encoding: OtlpEncoding, poison: ReadonlySet<number>) {
    this.#encoding = encoding;
    this.poison = poison;
  }

  readonly take = ({ body }: HttpRequest): HttpResponse => {
    const raw = gunzipSync(body ?? new Uint8Array());
    const { resourceMetrics } = this.#encoding === "json" ? parseMetricsRequest(raw) : decodeMetricsRequest(raw);
    let rejected = 0;
    for (const { name, gauge } of resourceMetrics.flatMap(({ scopeMetrics: [scope] }) => scope?.metrics ?? [])) {
      for (const { timeUnixNano, asDouble } of gauge.dataPoints) {
        if (this.poison.has(asDouble)) rejected += 1;
        else this.held.set(`${name} ${timeUnixNano}`, asDouble);
      }
    }
    return this.#answer(rejected);
  };

  /** Shape: fewer than 128 rejected, so that they fit a byte. */
  #answer(rejected: number): HttpResponse {
    if (this.#encoding === "json") {
      const partialSuccess = rejected === 0 ? {} : { rejectedDataPoints: String(rejected), errorMessage: "no" };
      return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ partialSuccess }) };
    }
    const body = rejected === 0 ? "" : `\n\x06\b${String.fromCharCode(rejected)}\x12\x02no`;
    return { status: 200, headers: { "content-type": "application/x-protobuf" }, body };
  }
}

describe("points that a server rejects without saying which", () => {
  test.each(OTLP_ENCODINGS)("are found and set aside, and all others are taken, in %s", async (encoding) => {
    const receiver = new Receiver(encoding, new Set([2, 50, 51, 100]));
    const intake = createOtlpIntake(
      {
        name: "otel",
        kind: "otlp",
        url: "http://otel.test:4318",
        encoding,
        headers: {},
        isInOrder: false,
        flushInterval: seconds(10),
        timeout: seconds(20),
        maxAge: millis(Number.POSITIVE_INFINITY),
      },
      IDENTITY,
    );
    const forwarding = new Forwarding({}, { intake });
    forwarding.http.react = receiver.take;
    forwarding.sample(100, { seriesCount: 3 });
    forwarding.forwarder.start();
    await forwarding.clock.advance(seconds(60));
    expect(forwarding.cursor.counts).toMatchObject({ delivered: 96, rejected: 4 });
    expect([...receiver.held.values()].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, index) => index + 1).filter((value) => !receiver.poison.has(value)),
    );
    expect(forwarding.cursor.setAside).toMatchObject(
      [2, 50, 51, 100].map((value) => ({ value, answer: "200: 1 points rejected: no" })),
    );
    await forwarding.forwarder.stop(millis(0));
  });
});
