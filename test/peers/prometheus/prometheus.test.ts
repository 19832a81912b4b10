import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { compressSnappy } from "../../../src/forward/intakes/prometheus/snappy.ts";
import { seconds } from "../../../src/model/time.ts";
import { createRemoteWriteIntake, toWritten } from "../remote-write-samples.ts";
import { interruptServer, SampleStream, type StreamedSample } from "../sample-stream.ts";
import { openPrometheus, writtenTo } from "./server.ts";

const HOUR = 3_600_000;
const MODBUS = 'check="modbus"';

/** A moment a minute ago: what a stream begins with is then never in the future. */
const recently = (): number => Date.now() - 60_000;

describe("Prometheus without an out-of-order window", () => {
  test("holds every sample once after it was stopped, halted and restarted in the middle of a stream", async () => {
    await using server = await openPrometheus();
    await using stream = await SampleStream.open(
      createRemoteWriteIntake({ url: `${server.url}/api/v1/write` }),
      recently(),
    );
    await interruptServer(server, stream);
    expect(await writtenTo(server, MODBUS)).toEqual(toWritten(stream.sent));
    expect(stream.cursor.counts).toMatchObject({ delivered: stream.sent.length, rejected: 0 });
    expect(stream.logger.lines.join("\n")).toContain("it knows remote write 1.0 only; that is spoken from now on");
  });

  test("refuses what another writer has overtaken, which is set aside, and holds all else", async () => {
    await using server = await openPrometheus();
    const intake = createRemoteWriteIntake({ url: `${server.url}/api/v1/write`, version: "1.0" });
    const start = recently();
    await using stream = await SampleStream.open(intake, start);
    await stream.put(1);
    await stream.drained();
    const [{ series } = expect.unreachable()] = stream.sent;
    await writeAhead(intake, series, start + 10_000);
    await stream.put(5);
    await stream.drained();
    const isRefused = (sample: StreamedSample, row: number): boolean => sample.series === series && row > 0;
    const refused = stream.sent.filter(isRefused);
    expect(refused).toHaveLength(5);
    expect(stream.cursor.counts).toMatchObject({ delivered: stream.sent.length - 5, rejected: 5 });
    expect(new Set(stream.refusals)).toEqual(new Set(["400: out of order sample"]));
    const others = stream.sent.filter((sample, row) => !isRefused(sample, row));
    expect(await writtenTo(server, MODBUS)).toEqual(toWritten([...others, { series, at: start + 10_000, value: -1 }]));
  });
});

describe("Prometheus with an out-of-order window", () => {
  test("holds every sample once after it was stopped, halted and restarted in the middle of a stream", async () => {
    await using server = await openPrometheus("1h");
    const url = `${server.url}/api/v1/write`;
    await using stream = await SampleStream.open(
      createRemoteWriteIntake({ url, outOfOrderWindow: seconds(3600) }),
      recently(),
    );
    await interruptServer(server, stream);
    expect(await writtenTo(server, MODBUS)).toEqual(toWritten(stream.sent));
    expect(stream.cursor.counts).toMatchObject({ delivered: stream.sent.length, rejected: 0 });
  });

  test("takes what comes later within it, and refuses with 500 what is too old, which is set aside", async () => {
    await using server = await openPrometheus("1h");
    const url = `${server.url}/api/v1/write`;
    const intake = createRemoteWriteIntake({ url, outOfOrderWindow: seconds(3600), maxAge: seconds(86_400) });
    await using stream = await SampleStream.open(intake, recently());
    await stream.put(2);
    await stream.drained();
    const [{ series } = expect.unreachable()] = stream.sent;
    const slow = (instance: string) => ({ ...series, tags: ["check:modbus", `instance:${instance}`] });
    const tooOld = { series: slow("slowest"), at: Date.now() - 2 * HOUR, value: 7 };
    await stream.put(2);
    await stream.add([tooOld, { series: slow("slow"), at: Date.now() - HOUR / 2, value: 8 }]);
    await stream.put(2);
    await stream.drained();
    expect(new Set(stream.refusals)).toEqual(new Set(["500: too old sample"]));
    expect(stream.cursor.counts).toMatchObject({ delivered: stream.sent.length - 1, rejected: 1 });
    expect(await writtenTo(server, MODBUS)).toEqual(toWritten(stream.sent.filter((sample) => sample !== tooOld)));
  });
});

describe("a Prometheus that does not take remote write", () => {
  test("is held to be mended by a person", async () => {
    await using server = await openPrometheus();
    const intake = createRemoteWriteIntake({ url: `${server.url}/api/v1/other` });
    const response = await fetch(intake.url, { method: "POST" });
    expect(intake.judge({ status: response.status, headers: {}, body: await response.text() })).toMatchObject({
      kind: "hold",
      reason: expect.stringContaining("404"),
    });
  });
});

describe("python-snappy", () => {
  test("gives back what was compressed", () => {
    const lines = Array.from({ length: 5000 }, (_, row) => `${row % 7} power_active_watts ${Math.sin(row)}\n`);
    const raw = Buffer.from(lines.join(""));
    const program = "import snappy, sys; sys.stdout.buffer.write(snappy.decompress(sys.stdin.buffer.read()))";
    const input = compressSnappy(raw);
    expect(input.length).toBeLessThan(raw.length);
    expect(Buffer.compare(execFileSync("/usr/bin/python3", ["-c", program], { input }), raw)).toBe(0);
  });
});

/** Writes a sample as another writer would that has the same series. */
async function writeAhead(
  intake: ReturnType<typeof createRemoteWriteIntake>,
  series: StreamedSample["series"],
  at: number,
): Promise<void> {
  const points = { series: Uint32Array.of(0), moment: Float64Array.of(at), value: Float64Array.of(-1), count: 1 };
  const other = createRemoteWriteIntake({ url: intake.url, version: "1.0" });
  const { headers, body } = other.encode(points, () => series);
  const response = await fetch(other.url, { method: "POST", headers, body: new Uint8Array(body) });
  expect(response.status).toBe(204);
}
