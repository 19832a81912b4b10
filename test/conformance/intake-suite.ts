import { describe, expect, test } from "vitest";
import type { Intake, IntakeResponse, Payload, PointBatch, Verdict } from "../../src/model/intake.ts";
import type { Series, SeriesId } from "../../src/model/series.ts";
import type { Millis } from "../../src/model/time.ts";

/** One point as a decoder of the test's own reads it from a payload. */
export interface DecodedPoint {
  readonly metric: string;
  /** Units: milliseconds since 1970. */
  readonly moment: number;
  readonly value: number;
}

/** What the suite must know of an intake. */
export interface IntakeSubject {
  readonly create: () => Intake;
  /** Gives the bytes before compression. */
  readonly decompress: (payload: Payload) => Uint8Array;
  readonly decode: (raw: Uint8Array) => readonly DecodedPoint[];
  /** What the intake calls a metric; leaving it out means what the gateway calls it. */
  readonly nameOf?: (series: Series) => string;
  /** Answers that accept. One that nobody can tell from a stranger's is believed all the same, by its status. */
  readonly accepting: readonly IntakeResponse[];
  /** Answers that refuse what was sent. */
  readonly refusing: readonly IntakeResponse[];
  /** What must be seen in headers only. */
  readonly secret: string;
}

const KINDS: readonly Verdict["kind"][] = ["accepted", "retry", "split", "hold", "rejected"];
const FIRST_MOMENT = 1_795_323_600_000;

/** Holds an intake to the contract that every intake keeps. */
export function intakeSuite(name: string, subject: IntakeSubject): void {
  const { create, decompress, decode, accepting, refusing, secret, nameOf = ({ metric }) => metric } = subject;

  describe(`the ${name} intake`, () => {
    const intake = create();
    const { resolution } = intake;
    const judge = (status: number, body: string): Verdict => intake.judge({ status, headers: {}, body });

    test("gives up nothing because of an answer that someone else wrote", () => {
      const believed: string[] = [];
      const strangers = ["<html><body>Sign in</body></html>", "", "OK", "null", "[]", "{", '"errors"', '{"errors":['];
      for (let status = 100; status <= 599; status += 1) {
        for (const body of strangers) {
          if (accepting.some((own) => own.status === status && own.body === body)) continue;
          const { kind } = judge(status, body);
          if (kind === "accepted" || kind === "rejected") believed.push(`${status} ${body}`);
        }
      }
      expect(believed).toEqual([]);
    });

    test("has a verdict for every status, with a reason for all but acceptance", () => {
      const unexplained: string[] = [];
      const bodies = new Set(["", "<html></html>", ...[...accepting, ...refusing].map(({ body }) => body)]);
      for (let status = 100; status <= 599; status += 1) {
        for (const body of bodies) {
          const verdict = judge(status, body);
          const isExplained = verdict.kind === "accepted" || verdict.reason.includes(String(status));
          if (!KINDS.includes(verdict.kind) || !isExplained) unexplained.push(`${status} ${body}`);
        }
      }
      expect(unexplained).toEqual([]);
    });

    test("accepts by its own answers only with a status that says so", () => {
      for (const response of accepting) {
        expect(intake.judge(response)).toEqual({ kind: "accepted" });
        for (const status of [302, 400, 403, 404, 429, 500]) {
          expect(judge(status, response.body).kind).not.toBe("accepted");
        }
      }
    });

    test("refuses by its own answers, and says with what", () => {
      for (const response of refusing) {
        expect(intake.judge(response)).toMatchObject({
          kind: "rejected",
          reason: expect.stringContaining(`${response.status}`),
        });
      }
    });

    test("never tells its secret, not even when the answer does", () => {
      const telling: string[] = [];
      for (let status = 100; status <= 599; status += 1) {
        for (const body of [secret, `{"errors":["${secret}"]}`]) {
          if (JSON.stringify(judge(status, body)).includes(secret)) telling.push(`${status} ${body}`);
        }
      }
      expect(telling).toEqual([]);
      const payload = intake.encode(pointsOf(1, 1, resolution), seriesOf);
      expect(`${payload.path}${intake.url}${Buffer.from(decompress(payload)).toString("latin1")}`).not.toContain(
        secret,
      );
      expect(Object.values(payload.headers)).toContainEqual(expect.stringContaining(secret));
    });

    test("encodes every point once, in order, exactly", () => {
      const points = pointsOf(7, 11, resolution);
      const expected = Array.from({ length: points.count }, (_, row) => ({
        metric: nameOf(seriesOf(points.series[row] ?? -1)),
        moment: points.moment[row],
        value: points.value[row],
      }));
      expect(decode(decompress(intake.encode(points, seriesOf)))).toEqual(expected);
    });

    test.each([0, -0.1, 1e-7, 5e-324, 1e21, 1.797_693_134_862_315_7e308, 230.1, 4_294_967_295, 9_007_199_254_740_991])(
      "keeps the value %d to the last bit",
      (value) => {
        const points = { ...pointsOf(1, 1, resolution), value: Float64Array.of(value) };
        expect(decode(decompress(intake.encode(points, seriesOf)))[0]?.value).toBe(value);
      },
    );

    test("counts the bytes before compression", () => {
      const payload = intake.encode(pointsOf(3, 5, resolution), seriesOf);
      expect(payload.rawBytes).toBe(decompress(payload).byteLength);
    });

    test("encodes the same points to the same bytes", () => {
      const points = pointsOf(3, 5, resolution);
      expect(intake.encode(points, seriesOf)).toEqual(create().encode(points, seriesOf));
    });

    test("keeps its limits with as many points as it allows, spread over a hundred series", () => {
      const { limits } = intake;
      const payload = intake.encode(pointsOf(100, limits.pointCountMax / 100, resolution), seriesOf);
      expect(payload.body.byteLength).toBeLessThanOrEqual(limits.wireBytesMax);
      expect(payload.rawBytes).toBeLessThanOrEqual(limits.rawBytesMax);
    });
  });
}

function pointsOf(seriesCount: number, pointCount: number, resolution: Millis): PointBatch {
  const count = seriesCount * pointCount;
  const points = {
    series: new Uint32Array(count),
    moment: new Float64Array(count),
    value: new Float64Array(count),
    count,
  };
  for (let row = 0; row < count; row += 1) {
    points.series[row] = Math.floor(row / pointCount);
    points.moment[row] = FIRST_MOMENT + (row % pointCount) * resolution;
    points.value[row] = row / 7;
  }
  return points;
}

function seriesOf(id: SeriesId): Series {
  return { metric: `power.active.${id}`, tags: ["check:modbus", "phase:l1"], kind: "gauge", unit: "W" };
}
