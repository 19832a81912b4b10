import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Verdict } from "../../src/model/intake.ts";
import { FLAG } from "../../src/model/samples.ts";
import { seconds } from "../../src/model/time.ts";
import { answer } from "./fake-intake.ts";
import { createIntake, Forwarding } from "./forwarding.ts";

describe("a payload that is too big", () => {
  test("for the intake is halved until it fits", async () => {
    const plant = new Forwarding();
    plant.intake.pointCountMax = 30;
    plant.sample(1000, { seriesCount: 8 });
    plant.forwarder.start();
    await plant.clock.advance(seconds(1));
    expect(plant.cursor.counts.delivered).toBe(1000);
    expect(plant.intake.repeated).toEqual([]);
    plant.expectOrderPerSeries();
    plant.expectBooksToBalance();
  });

  test("even with one sample in it blames what lies between, and goes through later", async () => {
    const plant = new Forwarding();
    plant.http.react = () => answer(413, '{"errors":["Payload too large"]}');
    plant.sample(20);
    plant.forwarder.start();
    await plant.clock.advance(seconds(60));
    expect(plant.cursor.counts).toMatchObject({ delivered: 0, rejected: 0 });
    expect(plant.forwarder.state()).toMatchObject({ state: "retrying" });
    plant.http.react = plant.intake.take;
    await plant.clock.advance(seconds(120));
    expect(plant.cursor.counts).toMatchObject({ delivered: 20, rejected: 0 });
    plant.expectBooksToBalance();
  });

  test.each(["wireBytesMax", "rawBytesMax"] as const)(
    "by our own count (%s) is halved and never sent",
    async (limit) => {
      const plant = new Forwarding({ [limit]: 700 });
      plant.sample(200, { seriesCount: 10 });
      plant.forwarder.start();
      await plant.clock.advance(seconds(1));
      expect(plant.cursor.counts.delivered).toBe(200);
      expect(plant.http.requests.length).toBeGreaterThan(1);
      for (const { body = new Uint8Array() } of plant.http.requests) {
        const sent = limit === "wireBytesMax" ? body : inflateSync(body);
        expect(sent.byteLength).toBeLessThanOrEqual(700);
      }
      plant.expectOrderPerSeries();
      plant.expectBooksToBalance();
    },
  );

  test("with a single sample is not sent and holds the log until a person acts", async () => {
    const plant = new Forwarding({ rawBytesMax: 10 });
    plant.sample(3);
    plant.forwarder.start();
    await plant.clock.advance(seconds(60));
    expect(plant.http.requests).toHaveLength(0);
    expect(plant.cursor.waiting).toBe(3);
    expect(plant.forwarder.state().reason).toContain("10 before compression");
  });
});

describe("a sample that the intake refuses", () => {
  test.each([0, 1, 499, 500, 998])(
    "at place %i of 1000 is found in few requests, all others arrive once",
    async (place) => {
      const plant = new Forwarding();
      plant.intake.poison.add(place + 1);
      plant.sample(1000, { seriesCount: 10 });
      plant.forwarder.start();
      await plant.clock.advance(seconds(1));
      expect(plant.cursor.counts).toMatchObject({ delivered: 999, rejected: 1 });
      expect(plant.http.requests.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(1000)) + 1);
      expect(plant.cursor.setAside).toEqual([
        {
          sequence: place,
          series: place % 10,
          at: expect.any(Number),
          value: place + 1,
          answer: `400: {"errors":["bad value ${place + 1}"]}`,
        },
      ]);
      expect(plant.intake.repeated).toEqual([]);
      expect(plant.lines).toHaveLength(1);
      plant.expectOrderPerSeries();
      plant.expectBooksToBalance();
    },
  );

  test("as the last one is set aside when a later one was accepted", async () => {
    const plant = new Forwarding();
    plant.intake.poison.add(100);
    plant.sample(100);
    plant.forwarder.start();
    await plant.clock.advance(seconds(1));
    expect(plant.cursor.counts).toMatchObject({ delivered: 99, rejected: 0 });
    expect(plant.cursor.waiting).toBe(1);
    expect(plant.forwarder.state().state).toBe("retrying");
    await plant.clock.advance(seconds(5));
    plant.sample(1, { firstValue: 101 });
    await plant.clock.advance(seconds(60));
    expect(plant.cursor.counts).toMatchObject({ delivered: 100, rejected: 1 });
    expect(plant.cursor.waiting).toBe(0);
    expect(plant.forwarder.state().state).toBe("delivering");
    expect(plant.intake.repeated).toEqual([]);
    plant.expectBooksToBalance();
  });

  test("does not take an earlier value of its second with it", async () => {
    const plant = new Forwarding();
    plant.intake.poison.add(2);
    const second = Math.floor(plant.clock.now() / 1000) * 1000 - 1000;
    plant.cursor.push(0, second, 1);
    plant.cursor.push(0, second + 1, 2);
    plant.cursor.push(1, second, 3);
    plant.forwarder.start();
    await plant.clock.advance(seconds(1));
    expect(plant.cursor.counts).toMatchObject({ delivered: 2, collapsed: 0, rejected: 1 });
    plant.expectBooksToBalance();
  });

  test("comes in a run, as of a device that is refused as a whole, and each is set aside", async () => {
    const plant = new Forwarding();
    for (let value = 1; value <= 40; value += 1) plant.intake.poison.add(value);
    plant.sample(1000, { seriesCount: 100 });
    plant.forwarder.start();
    await plant.clock.advance(seconds(1));
    expect(plant.cursor.counts).toMatchObject({ delivered: 960, rejected: 40 });
    plant.expectOrderPerSeries();
    plant.expectBooksToBalance();
  });

  test.each(["any", "per-series"] as const)(
    "is set aside though more follow it than a payload holds that do not go, by order %s",
    async (order) => {
      const plant = new Forwarding({ pointCountMax: 30 }, { intake: { order } });
      const { cursor, clock, intake, forwarder, http } = plant;
      const asked: number[] = [];
      const read = cursor.read.bind(cursor);
      cursor.read = async (countMax) => {
        asked.push(countMax);
        return await read(countMax);
      };
      intake.poison.add(0);
      http.react = () => "unreachable";
      forwarder.start();
      for (let value = 0; value < 300; value += 1) {
        cursor.push(0, clock.now(), value, value % 299 === 0 ? 0 : FLAG.ordinary);
        await clock.advance(seconds(1));
      }
      http.react = intake.take;
      for (let value = 300; value < 350; value += 1) {
        cursor.push(0, clock.now(), value);
        cursor.publish();
        await clock.advance(seconds(10));
      }
      await clock.advance(seconds(60));
      expect(cursor.setAside.map(({ value }) => value)).toEqual([0]);
      expect(cursor.counts).toMatchObject({ delivered: 51, thinned: 298, rejected: 1 });
      expect(cursor.waiting).toBe(0);
      expect(asked.at(-1)).toBe(30);
      plant.expectBooksToBalance();
    },
  );

  test("comes in a run longer than a payload, and each is set aside", async () => {
    const plant = new Forwarding({ pointCountMax: 10 }, { intake: { order: "per-series" } });
    plant.sample(100);
    for (let value = 21; value <= 60; value += 1) plant.intake.poison.add(value);
    plant.forwarder.start();
    await plant.clock.advance(seconds(300));
    expect(plant.cursor.counts).toMatchObject({ delivered: 60, rejected: 40 });
    expect(plant.cursor.waiting).toBe(0);
    plant.expectBooksToBalance();
  });

  test("keeps at most 500 characters of the answer", async () => {
    const plant = new Forwarding();
    plant.http.react = (request) => {
      const given = plant.intake.take(request);
      return given.status === 400 ? answer(400, `{"errors":["${"long ".repeat(300)}"]}`) : given;
    };
    plant.intake.poison.add(1);
    plant.sample(2);
    plant.forwarder.start();
    await plant.clock.advance(seconds(1));
    expect(plant.cursor.setAside[0]?.answer.length).toBeGreaterThan(400);
    expect(plant.cursor.setAside[0]?.answer.length).toBeLessThanOrEqual(500);
  });
});

describe("a sample whose fault the answer names", () => {
  const SURE: Verdict = { kind: "rejected", reason: "400: out of order sample", isSure: true };

  test("is set aside without waiting for another to be accepted, however many there are", async () => {
    const plant = new Forwarding({}, { intake: { judge: () => SURE } });
    plant.sample(120);
    plant.forwarder.start();
    await plant.clock.advance(seconds(1));
    expect(plant.cursor.counts).toMatchObject({ delivered: 0, rejected: 120 });
    expect(plant.cursor.setAside.map(({ value }) => value)).toEqual(Array.from({ length: 120 }, (_, at) => at + 1));
    expect(plant.cursor.waiting).toBe(0);
    expect(plant.forwarder.state().state).not.toBe("holding");
  });

  test("says nothing for one that was refused without a word of it", async () => {
    const plant = new Forwarding(
      {},
      {
        intake: {
          judge: ({ body }) =>
            body.includes("bad value 1") ? { kind: "rejected", reason: "400: cannot decode" } : SURE,
        },
      },
    );
    plant.intake.poison.add(1);
    plant.sample(20);
    plant.forwarder.start();
    await plant.clock.advance(seconds(1));
    expect(plant.cursor.counts.rejected).toBe(0);
    expect(plant.cursor.waiting).toBe(20);
  });

  test("before it was sent is never sent, and all others arrive", async () => {
    const plain = createIntake();
    const plant = new Forwarding(
      {},
      {
        intake: {
          encode: (points, seriesOf) => ({
            ...plain.encode(points, seriesOf),
            ...(points.series.subarray(0, points.count).includes(3) ? { refusal: "series 3 is series 2" } : {}),
          }),
        },
      },
    );
    plant.sample(40, { seriesCount: 4 });
    plant.forwarder.start();
    await plant.clock.advance(seconds(1));
    expect(plant.cursor.counts).toMatchObject({ delivered: 30, rejected: 10 });
    expect(new Set(plant.cursor.setAside.map((each) => `${each.series} ${each.answer}`))).toEqual(
      new Set(["3 not sent: series 3 is series 2"]),
    );
    expect(plant.intake.taken.map(({ metric }) => metric)).not.toContain("metric.3");
    plant.expectBooksToBalance();
  });
});

describe("an intake that refuses everything", () => {
  test("is doubted instead of the samples: nothing is set aside, and all arrive when it is well", async () => {
    const plant = new Forwarding();
    plant.http.react = () => answer(400, '{"errors":["cannot decode"]}');
    plant.sample(1000, { seriesCount: 10 });
    plant.forwarder.start();
    await plant.clock.advance(seconds(0));
    await plant.clock.advance(seconds(600));
    expect(plant.http.requests.length).toBeLessThan(1000);
    expect(plant.cursor.counts.rejected).toBe(0);
    expect(plant.cursor.waiting).toBe(1000);
    const { state, reason } = plant.forwarder.state();
    expect(state).toBe("holding");
    expect(reason).toMatch(/refused 50 samples one by one, the first of metric\.0 with .*cannot decode/u);
    plant.http.react = plant.intake.take;
    await plant.clock.advance(seconds(400));
    expect(plant.cursor.counts).toMatchObject({ delivered: 1000, rejected: 0 });
    expect(plant.intake.repeated).toEqual([]);
    plant.expectBooksToBalance();
  });

  test("in the middle of a slice costs none of the rest", async () => {
    const plant = new Forwarding({ pointCountMax: 100 });
    plant.http.react = (request) =>
      plant.http.requests.length <= 2 ? plant.intake.take(request) : answer(400, '{"errors":["cannot decode"]}');
    plant.sample(250);
    plant.forwarder.start();
    await plant.clock.advance(seconds(600));
    expect(plant.cursor.counts).toMatchObject({ delivered: 200, rejected: 0 });
    expect(plant.cursor.waiting).toBe(50);
    plant.expectBooksToBalance();
  });
});
