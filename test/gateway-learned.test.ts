import { describe, expect, test } from "vitest";
import { Marker } from "../src/filter/marking/marker.ts";
import { readStates } from "../src/filter/marking/saved-states.ts";
import type { WatchedSeries } from "../src/filter/marking/watched-series.ts";
import { LearnedStates } from "../src/gateway-learned.ts";
import { seriesKey } from "../src/model/series.ts";
import { seconds } from "../src/model/time.ts";
import { BEGIN, momentOf, specOf } from "./filter/marking/watching.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { makeFakeDetector } from "./support/fake-detector.ts";
import { createKeepingLogger } from "./support/keeping-logger.ts";

const DAY = seconds(86_400);

/** So many watched series. */
function watch(count: number): readonly WatchedSeries[] {
  const listener = { began: () => undefined, ended: () => undefined, forgotten: () => undefined };
  const marker = new Marker({ listener, make: makeFakeDetector });
  return Array.from({ length: count }, (_, index) => marker.watch(specOf(index + 1), momentOf(BEGIN)));
}

function createStates(fileBytesMax?: number) {
  const file: { bytes: Uint8Array | undefined } = { bytes: undefined };
  const clock = new FakeClock();
  const logger = createKeepingLogger();
  const learned = {
    read: () => Promise.resolve(file.bytes),
    replace: (bytes: Uint8Array) => {
      file.bytes = bytes;
      return Promise.resolve();
    },
  };
  const create = () =>
    new LearnedStates({ learned, clock, logger, ...(fileBytesMax === undefined ? {} : { fileBytesMax }) });
  const namesInFile = () => readStates(file.bytes ?? new Uint8Array()).series.map(({ name }) => name.split("\n")[0]);
  return { create, clock, logger, namesInFile };
}

describe("what is known of series", () => {
  test("goes on to be kept for one that comes late, and is given out once", async () => {
    const { create, namesInFile } = createStates();
    await create().save(watch(2));
    const states = create();
    await states.open();
    const [first] = watch(1);
    const name = seriesKey(specOf(2).series);
    await states.save(first === undefined ? [] : [first]);
    expect(namesInFile()).toEqual(["metric.1", "metric.2"]);
    expect(states.take(name)?.settings).toBe("ensemble||");
    expect(states.take(name)).toBeUndefined();
  });

  test("is forgotten a week after its series was gone", async () => {
    const { create, clock, namesInFile } = createStates();
    const [one, other] = watch(2);
    if (one === undefined || other === undefined) throw new Error("two are watched");
    const states = create();
    states.rest(other);
    await clock.advance(seconds(6 * 86_400));
    await states.save([one]);
    expect(namesInFile()).toEqual(["metric.1", "metric.2"]);
    await clock.advance(DAY);
    await clock.advance(seconds(1));
    await states.save([one]);
    expect(namesInFile()).toEqual(["metric.1"]);
  });

  test("is saved as far as there is room, and others have their turn between", async () => {
    const whole = createStates();
    await whole.create().save(watch(100));
    expect(whole.namesInFile()).toHaveLength(100);
    expect(whole.clock.turnCount).toBeGreaterThan(10);

    const { create, logger, namesInFile } = createStates(1000);
    const states = create();
    await states.save(watch(100));
    await states.save(watch(100));
    expect(namesInFile().length).toBeGreaterThan(3);
    expect(namesInFile().length).toBeLessThan(50);
    expect(logger.lines).toEqual([
      `warn ${100 - namesInFile().length} series learn anew after a restart: there is no room for what is known of them beside the others`,
    ]);
  });
});
