import { execFileSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { zstdDecompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { createKnownIntake } from "../known-intake.ts";
import { createDecimalSeries, createDoubleSeries, HOST, type KnownSeries, toBatch } from "../known-points.ts";

const DEFINITION = fileURLToPath(new URL("metric-payload.proto", import.meta.url));
const LAST_SECOND = 1_795_323_600;

/** What `protoc` reads in a payload, as the text of its own form. */
function decode(known: readonly KnownSeries[]): string {
  const intake = createKnownIntake({
    url: "http://intake.test",
    apiKey: "0123456789abcdef0123456789abcdef",
    hostTagsOnSeries: false,
    encoding: "protobuf",
    compression: "zstd",
  });
  const { body } = intake.encode(toBatch(known), (id) => known[id]?.series ?? expect.unreachable());
  const words = ["--decode=datadog.agentpayload.MetricPayload", `--proto_path=${dirname(DEFINITION)}`, DEFINITION];
  return execFileSync("protoc", words, { input: zstdDecompressSync(body), encoding: "utf8" });
}

/** The points of each series, in the order in which they came; a value that is left out is 0. */
function readPoints(text: string): readonly (readonly [second: number, value: number])[][] {
  return text
    .split(/^series \{$/mu)
    .slice(1)
    .map((series) =>
      [...series.matchAll(/ {2}points \{\n(?: {4}value: (\S+)\n)? {4}timestamp: (\d+)\n {2}\}/gu)].map(
        ([, value = "0", second]) => [Number(second), Number(value)] as const,
      ),
    );
}

describe("protoc", () => {
  test("reads every point as it was meant", () => {
    const known = [...createDecimalSeries(LAST_SECOND, 12), createDoubleSeries(LAST_SECOND)];
    expect(readPoints(decode(known))).toEqual(known.map(({ points }) => points));
  });

  test("reads all that is constant of a series, and no field that is not defined", () => {
    const [first] = createDecimalSeries(LAST_SECOND, 3);
    if (first === undefined) return expect.unreachable();
    const text = decode([{ ...first, points: first.points.slice(0, 1) }]);
    const [tags] = [first.series.tags.map((tag) => `  tags: "${tag.replace("ü", "\\303\\274")}"\n`).join("")];
    expect(text.replace(/ {2}points \{[^}]*\}\n/u, "")).toBe(
      `series {\n  resources {\n    type: "host"\n    name: "${HOST}"\n  }\n  metric: "peer.decimals"\n${tags}` +
        `  type: GAUGE\n  unit: "watt"\n  source_type_name: "tidegate"\n}\n`,
    );
  });
});
