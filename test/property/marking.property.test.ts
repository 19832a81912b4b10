import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createDetector, restoreDetector } from "../../src/filter/detectors/create-detector.ts";
import { Marker } from "../../src/filter/marking/marker.ts";
import { joinStates, packSeries, readStates, unpackSeries } from "../../src/filter/marking/saved-states.ts";
import type { MakeDetector } from "../../src/filter/marking/watched-series.ts";
import { FLAG, SampleBuilder } from "../../src/model/samples.ts";
import { epochMillis, seconds } from "../../src/model/time.ts";
import { BEGIN, momentOf, specOf } from "../filter/marking/watching.ts";
import { makeFakeDetector } from "../support/fake-detector.ts";
import { rowsOf } from "../support/samples.ts";

const POST = seconds(20);

interface Row {
  readonly id: number;
  readonly step: number;
  readonly value: number;
  readonly flags: number;
}

/** Of one of three series, the third of which nobody watches: a step in time, a value, and flags it comes with. */
const row: fc.Arbitrary<Row> = fc.record({
  id: fc.integer({ min: 1, max: 3 }),
  step: fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(1000, 5000, 10_000) },
    { weight: 1, arbitrary: fc.constantFrom(0, -3000, 60_000, 4_000_000, 90_000_000) },
  ),
  value: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 4 }) }, fc.integer({ min: 5, max: 12 })),
  flags: fc.oneof(
    { weight: 12, arbitrary: fc.constant(0) },
    fc.constantFrom(FLAG.suspect, FLAG.stale, FLAG.historical, FLAG.clockUntrusted),
  ),
});
const rows = fc.array(row, { minLength: 5, maxLength: 80 });

const WISH = { post: POST, window: seconds(60), hasExpected: true, limits: [-11, 11] as const };
const MARKS = FLAG.anomalous | FLAG.context | FLAG.onset;

/** Nothing is said of what is from the past, nor of what is not believed and within the limits. */
function isJudged(value: number, flags: number): boolean {
  if ((flags & FLAG.historical) !== 0) return false;
  return (flags & (FLAG.suspect | FLAG.stale)) === 0 || Math.abs(value) > WISH.limits[1];
}

function watchAll(make: MakeDetector): { marker: Marker; steps: string[]; begunAt: number[] } {
  const steps: string[] = [];
  const begunAt: number[] = [];
  const marker = new Marker({
    make,
    listener: {
      began: ({ spec, stretch }) => {
        steps.push(`began ${spec.id}`);
        begunAt.push(stretch.facts.begunAt);
      },
      ended: ({ spec }, { begunAt, lastOddAt }) => void steps.push(`ended ${spec.id} ${begunAt} ${lastOddAt}`),
      forgotten: () => undefined,
    },
  });
  return { marker, steps, begunAt };
}

/** Has rows pass one by one, as polls give them. */
function passAll(marker: Marker, all: readonly Row[], from = BEGIN): { out: number[][]; until: number; made: number } {
  const target = new SampleBuilder();
  let [at, made] = [from, 0];
  for (const { id, step, value, flags } of all) {
    at += step;
    const batch = new SampleBuilder(1);
    batch.push(id, at, value, flags);
    made += marker.pass(batch, target, momentOf(at));
  }
  return { out: rowsOf(target), until: at, made };
}

describe("a marker", () => {
  test("lets each row by once, in the order of its series, and changes nothing of it but marks", () => {
    fc.assert(
      fc.property(rows, (all) => {
        const { marker } = watchAll(makeFakeDetector);
        for (const id of [1, 2]) marker.watch(specOf(id, WISH), momentOf(BEGIN));
        const { out, made } = passAll(marker, all);
        expect(out).toHaveLength(all.length + made);
        let at = BEGIN;
        const came = all.map(({ id, step, value, flags }) => {
          at += step;
          return [id, at, value, flags];
        });
        const own = out.filter(([id = 0]) => id < 100);
        expect(own.map(([id, moment, value, flags = 0]) => [id, moment, value, flags & ~MARKS])).toEqual(came);
        for (const [id, , value = 0, flags = 0] of own) {
          if (id === 3 || !isJudged(value, flags)) expect(flags & MARKS).toBe(0);
        }
        for (const id of [101, 102, 201, 202]) {
          const moments = out.filter(([series]) => series === id).map(([, moment = 0]) => moment);
          expect(moments).toEqual(moments.toSorted((one, other) => one - other));
        }
      }),
      { numRuns: 150 },
    );
  });

  test("has an onset where it goes in full anew, and context behind what is odd for exactly as long as it is told", () => {
    fc.assert(
      fc.property(rows, fc.constantFrom("alarm" as const, "watch" as const), (all, sensitivity) => {
        const { marker, begunAt } = watchAll(makeFakeDetector);
        marker.watch(specOf(1, { ...WISH, sensitivity }), momentOf(BEGIN));
        const { out } = passAll(marker, all);
        const own = out.filter(([id, , value = 0, flags = 0]) => id === 1 && isJudged(value, flags));
        const begun = new Set(begunAt);
        let [latest, lastOddAt, wasFull] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, false];
        for (const [, at = 0, , flags = 0] of own) {
          if (at < latest) continue;
          latest = at;
          const [isOdd, isOnset] = [(flags & FLAG.anomalous) !== 0, (flags & FLAG.onset) !== 0];
          if (isOnset) expect([isOdd, wasFull]).toEqual([true, false]);
          // Of rows of one moment the later one may be the odd one.
          if (isOdd && begun.delete(at)) expect(isOnset || wasFull).toBe(true);
          if (isOdd) lastOddAt = at;
          else expect((flags & FLAG.context) !== 0).toBe(at - lastOddAt <= POST);
          wasFull = (flags & (FLAG.anomalous | FLAG.context)) !== 0;
        }
        expect(begun.size).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  const real: MakeDetector = (kind, settings, saved) =>
    saved === undefined
      ? { detector: createDetector(kind, { ...settings, learningSpan: 0 }), isRestored: false }
      : restoreDetector(kind, { ...settings, learningSpan: 0 }, saved);

  test.each([
    ["fake detectors", makeFakeDetector],
    ["real ones", real],
  ])("goes on from what was saved as if nothing had been, with %s", (_, make) => {
    fc.assert(
      fc.property(rows, rows, (before, after) => {
        const wish = { ...WISH, detector: "basic" as const, sensitivity: "watch" as const };
        const whole = watchAll(make);
        whole.marker.watch(specOf(1, wish), momentOf(BEGIN));
        // A restart does not know which of the rows came last: those that came late are no part of this.
        const [one, other] = [before, after].map((part) =>
          part.map((each) => ({ ...each, step: Math.abs(each.step) })),
        );
        const first = passAll(whole.marker, one ?? []);
        const saved = whole.marker.get(1)?.save(epochMillis(first.until));
        if (saved === undefined) throw new Error("it watches series 1");
        const [packed] = readStates(joinStates([packSeries("one", saved)])).series;
        const resumed = watchAll(make);
        resumed.marker.watch(specOf(1, wish), momentOf(first.until), packed && unpackSeries(packed));
        expect(resumed.marker.get(1)?.isRestored).toBe(true);
        const told = whole.steps.length;
        const went = passAll(whole.marker, other ?? [], first.until);
        expect(passAll(resumed.marker, other ?? [], first.until)).toEqual(went);
        expect(resumed.steps).toEqual(whole.steps.slice(told));
        expect(resumed.marker.get(1)?.save(epochMillis(0))).toEqual(whole.marker.get(1)?.save(epochMillis(0)));
      }),
      { numRuns: 60 },
    );
  });
});
