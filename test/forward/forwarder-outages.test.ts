import { describe, expect, test } from "vitest";
import { seconds } from "../../src/model/time.ts";
import { answer, decodePayload } from "./fake-intake.ts";
import { API_KEY, Forwarding } from "./forwarding.ts";

describe("an intake that cannot be reached", () => {
  test("costs nothing: what was sampled meanwhile arrives once, in order, when it is back", async () => {
    const plant = new Forwarding({ pointCountMax: 100 });
    plant.http.react = () => "unreachable";
    plant.forwarder.start();
    for (let minute = 0; minute < 30; minute += 1) {
      plant.sample(40, { seriesCount: 4, firstValue: 1 + minute * 40 });
      await plant.clock.advance(seconds(60));
    }
    expect(plant.forwarder.state()).toMatchObject({ state: "retrying", payloads: 0, last_accepted_at: null });
    expect(plant.forwarder.state().reason).toContain("refused the connection");
    plant.http.react = plant.intake.take;
    await plant.clock.advance(seconds(120));
    expect(plant.forwarder.state()).toMatchObject({ state: "delivering", reason: "" });
    expect(plant.cursor.counts.delivered).toBe(1200);
    expect(plant.intake.repeated).toEqual([]);
    plant.expectOrderPerSeries();
    plant.expectBooksToBalance();
  });

  test("is tried less and less often, never less than once in 64 s", async () => {
    const plant = new Forwarding();
    const triedAt: number[] = [];
    plant.http.react = () => {
      triedAt.push(plant.clock.monotonic());
      return "unreachable";
    };
    plant.sample(1);
    plant.forwarder.start();
    await plant.clock.advance(seconds(900));
    const waits = triedAt.slice(1).map((at, index) => at - (triedAt[index] ?? 0));
    const longest = [4, 8, 16, 32, 64, 64, 64];
    longest.map(seconds).forEach((most, index) => {
      expect(waits[index]).toBeLessThanOrEqual(most);
      expect(waits[index]).toBeGreaterThanOrEqual(most / 2);
    });
  });

  test("is logged when it begins, every ten minutes while it lasts, and when it ends", async () => {
    const plant = new Forwarding();
    plant.http.react = () => "unreachable";
    plant.sample(1);
    plant.forwarder.start();
    await plant.clock.advance(seconds(1500));
    expect(plant.lines).toHaveLength(3);
    plant.http.react = plant.intake.take;
    await plant.clock.advance(seconds(64));
    expect(plant.lines).toHaveLength(4);
    expect(plant.lines[3]).toContain("INFO  Intake main is delivering again");
  });

  test("is asked with smaller payloads the more often it failed", async () => {
    const plant = new Forwarding({ pointCountMax: 1024 });
    plant.http.react = (request) => (decodePayload(request.body).length > 64 ? "silence" : plant.intake.take(request));
    plant.sample(300);
    plant.forwarder.start();
    await plant.clock.advance(seconds(600));
    expect(plant.cursor.counts.delivered).toBe(300);
    plant.expectBooksToBalance();
  });
});

describe("an answer that is lost", () => {
  test("makes the same points go again, and they count once", async () => {
    const plant = new Forwarding();
    plant.http.react = (request) => {
      const given = plant.intake.take(request);
      return plant.http.requests.length === 1 ? { lost: given } : given;
    };
    plant.sample(12, { seriesCount: 3 });
    plant.forwarder.start();
    await plant.clock.advance(seconds(30));
    expect(plant.http.requests).toHaveLength(2);
    expect(plant.http.requests[1]?.body).toEqual(plant.http.requests[0]?.body);
    expect(plant.intake.repeated).toHaveLength(12);
    expect(plant.cursor.counts).toMatchObject({ delivered: 12, collapsed: 0 });
    plant.expectBooksToBalance();
  });
});

describe("an intake that asks for time", () => {
  test("is given the seconds of its Retry-After", async () => {
    const plant = new Forwarding();
    plant.http.react = () => answer(429, '{"errors":["Too many requests"]}', { "retry-after": "120" });
    plant.sample(5);
    plant.forwarder.start();
    await plant.clock.advance(seconds(0));
    plant.http.react = plant.intake.take;
    const wait = plant.forwarder.state().next_attempt_in_ms ?? 0;
    expect(wait).toBeGreaterThanOrEqual(120_000);
    expect(wait).toBeLessThanOrEqual(122_000);
    await plant.clock.advance(seconds(119));
    expect(plant.http.requests).toHaveLength(1);
    await plant.clock.advance(seconds(3));
    expect(plant.cursor.counts.delivered).toBe(5);
    plant.expectBooksToBalance();
  });
});

describe("an intake that needs a person", () => {
  test("refuses the key: everything is kept, it is knocked at slowly, and all arrives once the key is right", async () => {
    const plant = new Forwarding();
    plant.http.react = () => answer(403, `{"errors":["Forbidden: ${API_KEY}"]}`);
    plant.sample(20, { seriesCount: 2 });
    plant.forwarder.start();
    await plant.clock.advance(seconds(1200));
    expect(plant.http.requests.length).toBeLessThan(12);
    expect(plant.cursor.waiting).toBe(20);
    const { state, reason } = plant.forwarder.state();
    expect(state).toBe("holding");
    expect(reason).toContain("the intake answered 403: the API key is refused; correct `api_key` in tidegate.yaml");
    expect(`${reason}${plant.lines.join()}`).not.toContain(API_KEY);
    plant.http.react = plant.intake.take;
    await plant.clock.advance(seconds(300));
    expect(plant.forwarder.state()).toMatchObject({ state: "delivering", reason: "" });
    expect(plant.cursor.counts.delivered).toBe(20);
    expect(plant.intake.repeated).toEqual([]);
    plant.expectBooksToBalance();
  });

  test("is hidden behind a portal that says 200 to everything: nothing is taken for delivered", async () => {
    const plant = new Forwarding();
    plant.http.react = () => answer(200, "<html><title>Welcome to the guest network</title></html>");
    plant.sample(20);
    plant.forwarder.start();
    await plant.clock.advance(seconds(600));
    expect(plant.cursor.waiting).toBe(20);
    expect(plant.forwarder.state()).toMatchObject({ state: "holding", payloads: 0 });
    expect(plant.forwarder.state().reason).toContain("Welcome to the guest network");
    plant.http.react = plant.intake.take;
    await plant.clock.advance(seconds(300));
    expect(plant.cursor.counts.delivered).toBe(20);
    plant.expectBooksToBalance();
  });

  test("is hidden behind a proxy that says 400 in its own words: no sample is blamed", async () => {
    const plant = new Forwarding();
    plant.http.react = () => answer(400, "<html>400 Bad Request</html>");
    plant.sample(20);
    plant.forwarder.start();
    await plant.clock.advance(seconds(600));
    expect(plant.forwarder.state().state).toBe("holding");
    expect(plant.cursor.waiting).toBe(20);
  });

  test("lets what becomes too old meanwhile go, and counts it", async () => {
    const plant = new Forwarding();
    plant.http.react = () => answer(403, "");
    plant.sample(20);
    plant.forwarder.start();
    await plant.clock.advance(seconds(4500));
    expect(plant.cursor.counts.tooOld).toBe(20);
    expect(plant.forwarder.state().state).toBe("holding");
    plant.expectBooksToBalance();
  });
});

describe("a log that fails", () => {
  test("to commit makes the same points go again; they count once", async () => {
    const plant = new Forwarding();
    plant.cursor.failCommits(3);
    plant.sample(10);
    plant.forwarder.start();
    await plant.clock.advance(seconds(1));
    expect(plant.forwarder.state()).toMatchObject({ state: "retrying", reason: "the log fails: the disk is full" });
    await plant.clock.advance(seconds(60));
    expect(plant.http.requests).toHaveLength(4);
    expect(plant.cursor.counts).toMatchObject({ delivered: 10, collapsed: 0 });
    plant.expectBooksToBalance();
  });

  test("to commit is not worn out by trying", async () => {
    const plant = new Forwarding();
    plant.cursor.failCommits(1000);
    plant.sample(10);
    plant.forwarder.start();
    await plant.clock.advance(seconds(600));
    expect(plant.http.requests.length).toBeLessThan(25);
    expect(plant.cursor.waiting).toBe(10);
  });

  test("to read is tried again at the pace of flushes, because that costs nothing", async () => {
    const plant = new Forwarding();
    plant.cursor.failReads(100);
    plant.sample(10);
    plant.forwarder.start();
    await plant.clock.advance(seconds(600));
    expect(plant.forwarder.state().reason).toMatch(/^the log fails: /u);
    plant.cursor.failReads(0);
    await plant.clock.advance(seconds(10));
    expect(plant.cursor.counts.delivered).toBe(10);
    plant.expectBooksToBalance();
  });

  test("to hold what is on its way to the intake loses nothing that arrives", async () => {
    const plant = new Forwarding({ pointCountMax: 10 });
    plant.http.react = (request) => {
      plant.cursor.trimTo(14);
      return plant.intake.take(request);
    };
    plant.sample(30);
    plant.forwarder.start();
    await plant.clock.advance(seconds(1));
    expect(plant.cursor.counts).toMatchObject({ logFull: 4, delivered: 26 });
    plant.expectBooksToBalance();
  });
});

describe("a clock that is wrong", () => {
  test("keeps samples that are stamped too far ahead, and what came after them, until it is right", async () => {
    const plant = new Forwarding();
    plant.sample(3);
    plant.clock.jumpWall(seconds(-3600));
    plant.sample(2, { firstValue: 10 });
    plant.forwarder.start();
    await plant.clock.advance(seconds(600));
    expect(plant.http.requests).toHaveLength(0);
    expect(plant.forwarder.state()).toMatchObject({
      state: "holding",
      reason: expect.stringContaining("ahead of the clock"),
    });
    expect(plant.cursor.waiting).toBe(5);
    plant.clock.jumpWall(seconds(3600));
    await plant.clock.advance(seconds(300));
    expect(plant.forwarder.state()).toMatchObject({ state: "delivering", reason: "" });
    expect(plant.cursor.counts).toMatchObject({ delivered: 3, tooOld: 2 });
    plant.expectBooksToBalance();
  });

  test.each([1, 60, 599])("sends nothing that is stamped %i s ahead before its time has come", async (ahead) => {
    const plant = new Forwarding();
    plant.sample(3);
    plant.cursor.push(0, plant.clock.now() + ahead * 1000, 9);
    plant.cursor.push(0, plant.clock.now() + ahead * 1000 + 1000, 10);
    const sentAhead: number[] = [];
    plant.http.react = (request) => {
      for (const { second } of decodePayload(request.body)) {
        if (second * 1000 > plant.clock.now()) sentAhead.push(second);
      }
      return plant.intake.take(request);
    };
    plant.forwarder.start();
    await plant.clock.advance(seconds(0));
    expect(plant.cursor.counts.delivered).toBe(3);
    expect(plant.forwarder.state()).toMatchObject({
      state: "retrying",
      reason: expect.stringContaining(`a sample of metric.0 is stamped ${ahead} s ahead of the clock`),
    });
    await plant.clock.advance(seconds(ahead + 30));
    expect(plant.cursor.counts.delivered).toBe(5);
    expect(sentAhead).toEqual([]);
    expect(plant.forwarder.state()).toMatchObject({ state: "delivering", reason: "" });
    plant.expectBooksToBalance();
  });

  test("sends nothing ahead of a clock that is put back between two parts of what waits", async () => {
    const plant = new Forwarding();
    plant.sample(30);
    const sentAhead: number[] = [];
    plant.http.react = (request) => {
      const points = decodePayload(request.body);
      if (points.length > 15) return answer(413, "too big");
      for (const { second } of points) if (second * 1000 > plant.clock.now()) sentAhead.push(second);
      const answered = plant.intake.take(request);
      if (plant.intake.taken.length === 15) plant.clock.jumpWall(seconds(-20));
      return answered;
    };
    plant.forwarder.start();
    await plant.clock.advance(seconds(120));
    expect(sentAhead).toEqual([]);
    expect(plant.cursor.counts.delivered).toBe(30);
    plant.expectBooksToBalance();
  });

  test("does not keep what came before the first sample that is too far ahead", async () => {
    const plant = new Forwarding();
    plant.sample(3);
    plant.cursor.push(0, plant.clock.now() + 601_000, 9);
    plant.forwarder.start();
    await plant.clock.advance(seconds(0));
    expect(plant.cursor.counts.delivered).toBe(3);
    expect(plant.forwarder.state().state).toBe("holding");
    await plant.clock.advance(seconds(60));
    expect(plant.forwarder.state()).toMatchObject({ state: "retrying", reason: expect.stringContaining("ahead of") });
    await plant.clock.advance(seconds(600));
    expect(plant.cursor.counts.delivered).toBe(4);
    plant.expectBooksToBalance();
  });

  test("went back: the intake holds each second once, in order, and the rest counts as collapsed", async () => {
    const plant = new Forwarding();
    plant.sample(60);
    plant.forwarder.start();
    await plant.clock.advance(seconds(30));
    plant.clock.jumpWall(seconds(-60));
    for (let second = 0; second < 90; second += 1) {
      await plant.clock.advance(seconds(1));
      plant.sample(1, { firstValue: 100 + second });
    }
    await plant.clock.advance(seconds(30));
    expect(plant.cursor.waiting).toBe(0);
    expect(plant.cursor.counts.collapsed).toBeGreaterThan(20);
    plant.expectOrderPerSeries();
    plant.expectBooksToBalance();
  });

  test("is not set at all: nothing goes, since nobody could tell its age", async () => {
    const plant = new Forwarding();
    plant.clock.setTrusted(false);
    plant.sample(3);
    plant.forwarder.start();
    await plant.clock.advance(seconds(60));
    expect(plant.http.requests).toHaveLength(0);
    expect(plant.forwarder.state().reason).toContain("the wall clock is not set");
    plant.clock.setTrusted(true);
    await plant.clock.advance(seconds(300));
    expect(plant.cursor.counts.delivered).toBe(3);
  });
});

describe("samples near the age limit of the intake", () => {
  test("do not go when they may be too old on arrival: the intake would accept and lose them", async () => {
    const plant = new Forwarding();
    for (const age of [3599, 3581, 3579]) plant.cursor.push(0, plant.clock.now() - age * 1000, age);
    plant.forwarder.start();
    await plant.clock.advance(seconds(0));
    expect(plant.cursor.counts).toMatchObject({ delivered: 1, tooOld: 2 });
    plant.expectBooksToBalance();
  });
});
