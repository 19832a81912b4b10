import { describe, expect, test } from "vitest";
import { Marker } from "../src/filter/marking/marker.ts";
import { readStates } from "../src/filter/marking/saved-states.ts";
import { Stretch } from "../src/filter/marking/stretch.ts";
import type { WatchedSeries } from "../src/filter/marking/watched-series.ts";
import { LearnedStates } from "../src/gateway-learned.ts";
import { GatewayError } from "../src/model/errors.ts";
import { seriesKey } from "../src/model/series.ts";
import { millis, seconds } from "../src/model/time.ts";
import { BEGIN, momentOf, specOf, type Wish } from "./filter/marking/watching.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { makeFakeDetector } from "./support/fake-detector.ts";
import { createKeepingLogger } from "./support/keeping-logger.ts";

const DAY = seconds(86_400);

/** So many watched series. */
function watch(count: number, wish?: Wish): readonly WatchedSeries[] {
  const listener = { began: () => undefined, ended: () => undefined, forgotten: () => undefined };
  const marker = new Marker({ listener, make: makeFakeDetector });
  return Array.from({ length: count }, (_, index) => marker.watch(specOf(index + 1, wish), momentOf(BEGIN)));
}

/** A file that keeps what was written last, unless it refuses it. */
function createFile() {
  const file = {
    bytes: undefined as Uint8Array | undefined,
    isRefusing: false,
    /** What a write waits for; undefined for nothing. */
    disk: undefined as Promise<void> | undefined,
    writing: 0,
    read: () => Promise.resolve(file.bytes),
    replace: async (bytes: Uint8Array) => {
      if (file.isRefusing) throw new GatewayError("STORE_FAILED", "the disk is full");
      expect(file.writing).toBe(0);
      file.writing += 1;
      await file.disk;
      file.writing -= 1;
      file.bytes = bytes;
    },
  };
  return file;
}

function createStates(fileBytesMax?: number) {
  const learned = createFile();
  const stretches = createFile();
  const clock = new FakeClock();
  const logger = createKeepingLogger();
  const create = () =>
    new LearnedStates({ learned, stretches, clock, logger, ...(fileBytesMax === undefined ? {} : { fileBytesMax }) });
  const namesIn = ({ bytes }: ReturnType<typeof createFile>) =>
    readStates(bytes ?? new Uint8Array()).series.map(({ name }) => name.split("\n")[0]);
  const namesInFile = () => namesIn(learned);
  return { create, clock, logger, namesInFile, learned, stretches, stretchNames: () => namesIn(stretches) };
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

describe("the stretches of series", () => {
  const NAME = seriesKey(specOf(1).series);

  /** Saves all of a series, or keeps its stretch, one after the other, and gives when the stretch was told of then. */
  async function keepInTurn(...turns: readonly (readonly [what: "all" | "stretch", wish?: Wish])[]) {
    const { create, clock } = createStates();
    const states = create();
    for (const [index, [what, wish]] of turns.entries()) {
      const [watched] = watch(1, wish) as [WatchedSeries];
      watched.stretch.toldAt = index;
      if (what === "stretch") states.noteStretch(watched);
      await (what === "all" ? states.save([watched]) : states.keepStretches());
      await clock.advance(seconds(60));
    }
    const next = create();
    await next.open();
    const saved = next.take(NAME);
    expect(next.take(NAME)).toBeUndefined();
    if (saved === undefined) return undefined;
    expect(saved.detector.length).toBeGreaterThan(0);
    return new Stretch(saved.slots).toldAt;
  }

  test("are those that were kept last, with what the detector knew before", async () => {
    expect(await keepInTurn(["all"], ["stretch"])).toBe(1);
    expect(await keepInTurn(["stretch"], ["all"])).toBe(1);
  });

  test("are of no use where nothing is known of the detector, or where that was another one", async () => {
    expect(await keepInTurn(["stretch"])).toBeUndefined();
    expect(await keepInTurn(["all"], ["stretch", { detector: "basic" }])).toBe(0);
  });

  test("are kept once a minute at most, those that changed last where there are many", async () => {
    const { create, clock, stretchNames } = createStates();
    const series = watch(300);
    const states = create();
    for (const each of series.slice(0, 2)) states.noteStretch(each);
    await states.keepStretches();
    for (const each of series) states.noteStretch(each);
    await clock.advance(seconds(59));
    await states.keepStretches();
    expect(stretchNames()).toEqual(["metric.1", "metric.2"]);
    await clock.advance(seconds(1));
    await states.keepStretches();
    expect(stretchNames()).toEqual(series.slice(100).map(({ spec }) => spec.series.metric));
  });

  test("are kept after those that were saved with the rest are forgotten, by a slow disk too", async () => {
    const { create, clock, stretches, stretchNames } = createStates();
    const states = create();
    const series = watch(2);
    const [watched] = series as [WatchedSeries];
    states.noteStretch(watched);
    await states.keepStretches();
    await clock.advance(seconds(60));
    const disk = Promise.withResolvers<void>();
    stretches.disk = disk.promise;
    const saved = states.save(series);
    await clock.advance(seconds(1));
    expect(stretches.writing).toBe(1);
    states.noteStretch(watched);
    const kept = states.keepStretches();
    disk.resolve();
    await Promise.all([saved, kept]);
    expect(stretchNames()).toEqual(["metric.1"]);
    await clock.advance(seconds(60));
    await states.save(series);
    expect(stretchNames()).toEqual([]);
  });

  test("that end while all is saved are kept after it", async () => {
    const { create, clock, learned, stretchNames } = createStates();
    const states = create();
    const series = watch(2);
    const [watched] = series as [WatchedSeries];
    const disk = Promise.withResolvers<void>();
    learned.disk = disk.promise;
    const saved = states.save(series);
    await clock.advance(seconds(1));
    states.noteStretch(watched);
    disk.resolve();
    await saved;
    await states.keepStretches();
    expect(stretchNames()).toEqual(["metric.1"]);
  });

  test("wait for another time where the disk does not take them", async () => {
    const { create, clock, stretches, stretchNames } = createStates();
    const states = create();
    stretches.isRefusing = true;
    for (const each of watch(1)) states.noteStretch(each);
    await states.keepStretches();
    stretches.isRefusing = false;
    await clock.advance(seconds(60));
    await states.keepStretches();
    expect(stretchNames()).toEqual(["metric.1"]);
  });

  test.each(["all", "stretch"])(
    "kept by a clock that was days behind (%s) are as long ago once it is set",
    async (what) => {
      const { create, clock, namesInFile } = createStates();
      const states = create();
      const [watched] = watch(1) as [WatchedSeries];
      await states.save([watched]);
      clock.jumpWall(millis(-3 * DAY));
      clock.setTrusted(false);
      watched.stretch.toldAt = clock.now() - 5000;
      states.noteStretch(watched);
      await (what === "all" ? states.save([watched]) : states.keepStretches());
      clock.jumpWall(millis(3 * DAY));
      clock.setTrusted(true);
      const next = create();
      await next.open();
      await next.save([]);
      expect(namesInFile()).toEqual(["metric.1"]);
      const listener = { began: () => undefined, ended: () => undefined, forgotten: () => undefined };
      const now = { wall: clock.now(), monotonic: clock.monotonic() };
      const resumed = new Marker({ listener, make: makeFakeDetector }).watch(specOf(1), now, next.take(NAME));
      expect(resumed.stretch.toldAt).toBe(clock.now() - 5000);
    },
  );

  test("are not taken for later than all that was saved after them", async () => {
    const { create, clock } = createStates();
    const states = create();
    const [watched] = watch(1) as [WatchedSeries];
    clock.setTrusted(false);
    watched.stretch.toldAt = 1;
    states.noteStretch(watched);
    await states.keepStretches();
    clock.setTrusted(true);
    watched.stretch.toldAt = 2;
    await states.save([watched]);
    const next = create();
    await next.open();
    expect(new Stretch(next.take(NAME)?.slots ?? new Float64Array()).toldAt).toBe(2);
  });
});
