import { describe, expect, test } from "vitest";
import { checkNeighbours } from "../../src/forward/choose-set-aside.ts";
import { SampleRoutes } from "../../src/forward/series-at-intake.ts";
import { GatewayError } from "../../src/model/errors.ts";
import type { Intake } from "../../src/model/intake.ts";
import type { RetryReport } from "../../src/model/retry-report.ts";
import { millis, seconds } from "../../src/model/time.ts";
import { answer } from "./fake-intake.ts";
import { Forwarding } from "./forwarding.ts";

const ALL = (): boolean => true;

/** A plant whose intake has refused the samples of some values, one a second, and taken all others. */
async function refuse(values: readonly number[], count = 20, intake: Partial<Intake> = {}): Promise<Forwarding> {
  const plant = new Forwarding({}, { intake });
  for (const value of values) plant.intake.poison.add(value);
  plant.sample(count);
  plant.forwarder.start();
  await plant.clock.advance(seconds(10));
  expect(plant.cursor.counts.rejected).toBe(values.length);
  return plant;
}

async function retry(plant: Forwarding, matches: Parameters<Forwarding["forwarder"]["retrySetAside"]>[0] = ALL) {
  plant.forwarder.retrySetAside(matches);
  await plant.clock.advance(seconds(1));
  return plant.forwarder.retryReport() as RetryReport;
}

const UNSENT = { tooOld: 0, tooFarAhead: 0, inOrderOnly: 0, untold: 0, nameless: 0 };

describe("sending once more what was set aside", () => {
  test("has nothing to say before anyone asked, and nothing to do where nothing is", async () => {
    const plant = await refuse([]);
    expect(plant.forwarder.retryReport()).toBeUndefined();
    const requests = plant.http.requests.length;
    expect(await retry(plant)).toMatchObject({ isRunning: false, chosen: 0, reason: "" });
    expect(plant.http.requests).toHaveLength(requests);
  });

  test("brings what the intake takes now, at once, in one request", async () => {
    const plant = await refuse([3, 4, 11]);
    plant.intake.poison.clear();
    const requests = plant.http.requests.length;
    const report = await retry(plant);
    expect(report).toEqual({
      ...{ intake: "main", isRunning: false, chosen: 3, delivered: 3, collapsed: 0, refused: 0 },
      ...{ unsent: UNSENT, reason: "" },
    });
    expect(plant.http.requests).toHaveLength(requests + 1);
    expect(plant.cursor.counts).toMatchObject({ delivered: 20, rejected: 0 });
    expect([...plant.intake.held.values()].filter(({ value }) => [3, 4, 11].includes(value))).toHaveLength(3);
    expect(plant.lines.join()).toContain("of 3 samples it took 3 and refused 0 again.");
    plant.expectBooksToBalance();
  });

  test("keeps what is refused again, with the new answer", async () => {
    const plant = await refuse([3, 4, 11]);
    plant.intake.poison.delete(4);
    const { take } = plant.intake;
    plant.http.react = (request) => {
      const { status, body } = take(request);
      return answer(status, body.replace("bad", "still a bad"));
    };
    expect(await retry(plant)).toMatchObject({ chosen: 3, delivered: 1, refused: 2 });
    expect(plant.cursor.setAside.map(({ value, answer: said }) => [value, said])).toEqual([
      [3, '400: {"errors":["still a bad value 3"]}'],
      [11, '400: {"errors":["still a bad value 11"]}'],
    ]);
    plant.expectBooksToBalance();
  });

  test("is about the series that match", async () => {
    const plant = new Forwarding();
    for (const value of [1, 2]) plant.intake.poison.add(value);
    plant.sample(20, { seriesCount: 2 });
    plant.forwarder.start();
    await plant.clock.advance(seconds(10));
    plant.intake.poison.clear();
    expect(await retry(plant, ({ metric }) => metric === "metric.1")).toMatchObject({ chosen: 1, delivered: 1 });
    expect(plant.cursor.setAside.map(({ series }) => series)).toEqual([0]);
  });

  test("does not send what is older than the intake takes, and says so", async () => {
    const plant = await refuse([3]);
    plant.intake.poison.clear();
    await plant.clock.advance(seconds(3600));
    const requests = plant.http.requests.length;
    expect(await retry(plant)).toMatchObject({ delivered: 0, unsent: { ...UNSENT, tooOld: 1 } });
    expect(plant.http.requests).toHaveLength(requests);
    expect(plant.cursor.setAside).toHaveLength(1);
  });

  test("does not send into the future what a clock had stamped that was put back since", async () => {
    const plant = await refuse([3]);
    plant.intake.poison.clear();
    plant.clock.jumpWall(millis(-120_000));
    const requests = plant.http.requests.length;
    expect(await retry(plant)).toMatchObject({ delivered: 0, unsent: { ...UNSENT, tooFarAhead: 1 } });
    expect(plant.http.requests).toHaveLength(requests);
    await plant.clock.advance(seconds(120));
    expect(await retry(plant)).toMatchObject({ delivered: 1, unsent: UNSENT });
  });

  test("does not send an older sample of a series to an intake that takes them in order only", async () => {
    const plant = await refuse([3], 20, { order: "per-series" });
    plant.intake.poison.clear();
    expect(await retry(plant)).toMatchObject({ delivered: 0, unsent: { ...UNSENT, inOrderOnly: 1 } });
    expect(plant.cursor.setAside).toHaveLength(1);
  });

  test("leaves what nobody knows any more what it is", async () => {
    const plant = await refuse([3]);
    plant.intake.poison.clear();
    plant.cursor.namelessSeries.add(0);
    expect(await retry(plant)).toMatchObject({ chosen: 1, delivered: 0, unsent: { ...UNSENT, nameless: 1 } });
    expect(await retry(plant, ({ metric }) => metric === "metric.0")).toMatchObject({ chosen: 0 });
  });

  test("gives up after fifty refusals in a row, and leaves the rest as it is", async () => {
    const plant = new Forwarding();
    for (let value = 1; value < 120; value += 2) plant.intake.poison.add(value);
    plant.sample(120);
    plant.forwarder.start();
    await plant.clock.advance(seconds(10));
    const report = await retry(plant);
    expect(report).toMatchObject({ chosen: 60, delivered: 0, refused: 50 });
    expect(report.reason).toMatch(/^50 were refused one by one, the last with "400: .*bad value 99/u);
    expect(plant.cursor.setAside).toHaveLength(60);
    plant.expectBooksToBalance();
  });

  test("ends when the intake is away, and the lanes go on by themselves", async () => {
    const plant = await refuse([3, 4]);
    plant.intake.poison.clear();
    plant.http.react = () => answer(503, "");
    expect(await retry(plant)).toMatchObject({
      isRunning: false,
      delivered: 0,
      reason: expect.stringContaining("503"),
    });
    plant.sample(1);
    await plant.clock.advance(seconds(10));
    expect(plant.forwarder.state().state).toBe("retrying");
    const requests = plant.http.requests.length;
    plant.forwarder.retrySetAside(ALL);
    await plant.clock.advance(millis(1));
    expect(plant.forwarder.retryReport()?.reason).toMatch(/^it is retrying: .*503/u);
    expect(plant.http.requests).toHaveLength(requests);
    plant.http.react = plant.intake.take;
    await plant.clock.advance(seconds(60));
    expect(await retry(plant)).toMatchObject({ delivered: 2 });
    plant.expectBooksToBalance();
  });

  test("ends when the log cannot be written, and what was taken goes again", async () => {
    const plant = await refuse([3]);
    plant.intake.poison.clear();
    plant.cursor.failCommits(1);
    expect(await retry(plant)).toMatchObject({ delivered: 0, reason: "the disk is full" });
    expect(plant.cursor.setAside).toHaveLength(1);
    expect(await retry(plant)).toMatchObject({ delivered: 1 });
    plant.expectBooksToBalance();
  });

  test("ends where the log cannot be read", async () => {
    const plant = await refuse([3]);
    plant.cursor.readSetAside = () => Promise.reject(new GatewayError("STORE_FAILED", "the disk does not answer"));
    expect(await retry(plant)).toMatchObject({ isRunning: false, reason: "the disk does not answer" });
  });

  test("lets live samples go first between its requests", async () => {
    const plant = await refuse(
      Array.from({ length: 16 }, (_, index) => index + 1),
      40,
    );
    plant.http.delayOf = () => seconds(4);
    plant.forwarder.retrySetAside(ALL);
    await plant.clock.advance(seconds(3));
    plant.sample(1, { firstValue: 1000 });
    await plant.clock.advance(seconds(16));
    expect(plant.forwarder.retryReport()?.isRunning).toBe(true);
    expect([...plant.intake.held.values()].some(({ value }) => value === 1000)).toBe(true);
  });
});

describe("of several samples of a series and second", () => {
  /** Pushes readings of one second, and lets the intake answer. */
  async function push(poison: readonly number[], values: readonly number[]): Promise<Forwarding> {
    const plant = new Forwarding();
    for (const value of poison) plant.intake.poison.add(value);
    const at = Math.floor(plant.clock.now() / 1000) * 1000 - 5000;
    for (const [index, value] of values.entries()) plant.cursor.push(0, at + index * 100, value);
    plant.cursor.push(1, at + 1000, 99);
    plant.cursor.publish();
    plant.forwarder.start();
    await plant.clock.advance(seconds(10));
    plant.intake.poison.clear();
    return plant;
  }

  function heldValue(plant: Forwarding): number | undefined {
    return [...plant.intake.held.values()].find(({ value }) => value !== 99)?.value;
  }

  test("a refused one does not take the place of a later one", async () => {
    const plant = await push([1], [1]);
    plant.cursor.push(0, (plant.cursor.samples.at[0] ?? 0) + 100, 2);
    plant.cursor.push(1, (plant.cursor.samples.at[0] ?? 0) + 2000, 99);
    plant.cursor.publish();
    await plant.clock.advance(seconds(10));
    const requests = plant.http.requests.length;
    expect(await retry(plant)).toMatchObject({ chosen: 1, delivered: 0, collapsed: 1, refused: 0 });
    expect(plant.http.requests).toHaveLength(requests);
    expect([heldValue(plant), plant.cursor.setAside]).toEqual([2, []]);
    plant.expectBooksToBalance();
  });

  test("a refused one takes the place of an earlier one, and counts as collapsed", async () => {
    const plant = await push([2], [1, 2]);
    expect([heldValue(plant), plant.cursor.counts.rejected]).toEqual([1, 1]);
    expect(await retry(plant)).toMatchObject({ delivered: 0, collapsed: 1 });
    expect(heldValue(plant)).toBe(2);
    plant.expectBooksToBalance();
  });

  test("of which all were refused, the last one goes and the others give way", async () => {
    const plant = await push([1, 2, 3], [1, 2, 3]);
    expect(plant.cursor.counts.rejected).toBe(3);
    expect(await retry(plant)).toMatchObject({ chosen: 3, delivered: 1, collapsed: 2 });
    expect(heldValue(plant)).toBe(3);
    plant.expectBooksToBalance();
  });

  test("none goes where the log no longer holds what came after", async () => {
    const plant = await push([1], [1]);
    plant.cursor.head = 1;
    expect(await retry(plant)).toMatchObject({ delivered: 0, unsent: { ...UNSENT, untold: 1 } });
    expect(plant.cursor.setAside).toHaveLength(1);
  });

  test("none goes while an earlier one still waits in a gap, because that would take its place", async () => {
    const plant = await push([2], [1, 2]);
    const [sample] = plant.cursor.setAside;
    if (sample === undefined) expect.unreachable("it was refused");
    const moment = Math.floor(sample.at / 1000) * 1000;
    const gap = { ...plant.cursor, position: 0, end: 1 };
    const { page, series } = plant.cursor;
    const log = { page, series, head: () => 0 };
    const routes = new SampleRoutes(plant.cursor);
    const check = async (gaps: readonly unknown[]) =>
      await checkNeighbours(
        [{ sample, moment, before: [] }],
        1000,
        { gaps: gaps as [] },
        (of) => of === 1,
        log,
        routes,
      );
    expect(await check([gap])).toEqual({ chosen: [], unsent: [["untold", 1]], collapsed: [] });
    expect((await check([])).chosen).toMatchObject([{ isOverwriting: true }]);
  });

  test("it goes all the same to an intake that keeps milliseconds", async () => {
    const plant = await refuse([3], 20, { resolution: millis(1) });
    plant.intake.poison.clear();
    plant.cursor.head = 20;
    expect(await retry(plant)).toMatchObject({ delivered: 1, unsent: UNSENT });
  });
});
