import { describe, expect, test } from "vitest";
import { QualityFilter } from "../../src/filter/quality.ts";
import { GatewayError } from "../../src/model/errors.ts";
import type { Log, Tally } from "../../src/model/log.ts";
import { DEFAULT_VERDICTS } from "../../src/model/quality.ts";
import type { SampleBatch } from "../../src/model/samples.ts";
import { type MonotonicMillis, seconds } from "../../src/model/time.ts";
import { type PassSamples, Recorder } from "../../src/sampling/recorder.ts";
import { settle } from "../support/fake-clock.ts";
import { createKeepingLogger } from "../support/keeping-logger.ts";
import { batchOf, rowsOf } from "../support/samples.ts";

function openRecorder() {
  const told: Tally[] = [];
  const appended: number[][] = [];
  const state = { isFull: false };
  const log: Pick<Log, "append"> = {
    append: (batch: SampleBatch, tally: Tally) => {
      if (state.isFull) return Promise.reject(new GatewayError("STORE_FAILED", "the disk is full"));
      told.push(tally);
      appended.push(...rowsOf(batch));
      return Promise.resolve();
    },
  };
  const filter = new QualityFilter();
  filter.setRules(1, { range: [0, 100], verdicts: DEFAULT_VERDICTS }, seconds(1));
  filter.setRules(4, { spike: 5, verdicts: DEFAULT_VERDICTS }, seconds(1));
  filter.setCounter(2, { wrapsAt: undefined, perMillisMax: Number.POSITIVE_INFINITY, resolution: 1 }, 3);
  const pass: PassSamples = (batch, target, dropped) => filter.pass(batch, target, dropped, 0 as MonotonicMillis);
  const logger = createKeepingLogger();
  const recorder = new Recorder(log, pass, logger, filter);
  return { recorder, told, appended, state, logger };
}

describe("the recorder", () => {
  test("calls a batch kept only once a sample that waited in the filter is in the log", async () => {
    const { recorder, appended, state } = openRecorder();
    const answers: [string, boolean][] = [];
    const record = (name: string, ...rows: readonly (readonly [number, number, number])[]): void => {
      void recorder.record(batchOf(...rows)).then((isKept) => answers.push([name, isKept]));
    };
    record("sane", [4, 1000, 50]);
    record("wild", [1, 2000, 50], [4, 2000, 90]);
    record("other", [1, 3000, 50]);
    await settle();
    expect(answers).toEqual([
      ["sane", true],
      ["other", true],
    ]);
    record("next", [4, 3000, 91]);
    await settle();
    expect(answers.slice(2).sort()).toEqual([
      ["next", true],
      ["wild", true],
    ]);
    expect(appended.filter(([series]) => series === 4)).toHaveLength(3);

    record("wild again", [4, 4000, 10]);
    state.isFull = true;
    record("refused", [4, 5000, 11]);
    await settle();
    expect(answers.slice(4).sort()).toEqual([
      ["refused", false],
      ["wild again", false],
    ]);
  });

  test("appends what passes and tells the log of all it sampled and dropped", async () => {
    const { recorder, told, appended } = openRecorder();
    void recorder.record(batchOf([1, 10, 50], [1, 11, 500], [1, 12, Number.NaN]));
    await recorder.settle();
    expect(appended).toEqual([[1, 10, 50, 0]]);
    expect(told).toEqual([{ sampled: 3, dropped: { "out-of-range": 1, "not-a-number": 1 } }]);
  });

  test("counts what the filter made among what was sampled", async () => {
    const { recorder, told, appended } = openRecorder();
    void recorder.record(batchOf([2, 10, 50], [2, 11, 58]));
    await recorder.settle();
    expect(appended).toEqual([
      [2, 10, 50, 0],
      [2, 11, 58, 0],
      [3, 11, 8, 0],
    ]);
    expect(told).toEqual([{ sampled: 3, dropped: {} }]);
  });

  test("tells the log of a poll whose every sample was dropped", async () => {
    const { recorder, told } = openRecorder();
    void recorder.record(batchOf([1, 10, 500]));
    await recorder.settle();
    expect(told).toEqual([{ sampled: 1, dropped: { "out-of-range": 1 } }]);
  });

  test("counts samples that the log refuses as dropped by backpressure, and tells it when it takes some again", async () => {
    const { recorder, told, state, logger } = openRecorder();
    state.isFull = true;
    void recorder.record(batchOf([1, 10, 50], [1, 11, 500]));
    void recorder.record(batchOf([1, 12, 60]));
    await recorder.settle();
    await settle();
    expect(recorder.untold).toEqual({ sampled: 3, dropped: { "out-of-range": 1, backpressure: 2 } });
    state.isFull = false;
    void recorder.record(batchOf([1, 13, 70]));
    await recorder.settle();
    expect(told).toEqual([{ sampled: 4, dropped: { "out-of-range": 1, backpressure: 2 } }]);
    expect(recorder.untold).toEqual({ sampled: 0, dropped: {} });
    expect(logger.lines).toHaveLength(2);
  });
});
