import { describe, expect, test } from "vitest";
import { seconds } from "../../src/model/time.ts";
import { API_KEY, Forwarding } from "./forwarding.ts";

describe("a forwarder while all is well", () => {
  test("is idle and plans nothing while the log is empty", async () => {
    const { forwarder, clock, http } = new Forwarding();
    forwarder.start();
    await clock.advance(seconds(60));
    expect(http.requests).toHaveLength(0);
    expect(clock.pending()).toEqual([]);
    expect(forwarder.state()).toMatchObject({ state: "idle", reason: "", attempts: 0, next_attempt_in_ms: null });
  });

  test("sends what is in the log already at once", async () => {
    const plant = new Forwarding();
    plant.sample(5);
    plant.forwarder.start();
    await plant.clock.advance(seconds(0));
    expect(plant.cursor.counts.delivered).toBe(5);
    plant.expectBooksToBalance();
  });

  test("posts to the series route with the key in a header and nowhere else", async () => {
    const plant = new Forwarding();
    plant.sample(1);
    plant.forwarder.start();
    await plant.clock.advance(seconds(0));
    const request = plant.http.requests[0];
    expect(request?.method).toBe("POST");
    expect(request?.url.href).toBe("http://intake.test:8126/api/v2/series");
    expect(request?.headers["dd-api-key"]).toBe(API_KEY);
    expect(request?.timeout).toBe(seconds(20));
    expect(plant.lines.join("\n")).not.toContain(API_KEY);
  });

  test("sends a sample that comes after a long silence at once, and the next ones at the pace of flushes", async () => {
    const plant = new Forwarding();
    plant.forwarder.start();
    await plant.clock.advance(seconds(60));
    plant.sample(1);
    await plant.clock.advance(seconds(0));
    expect(plant.http.requests).toHaveLength(1);
    for (let count = 2; count <= 10; count += 1) {
      await plant.clock.advance(seconds(1));
      plant.sample(1, { firstValue: count });
    }
    expect(plant.http.requests).toHaveLength(1);
    expect(plant.forwarder.state().next_attempt_in_ms).toBe(1000);
    await plant.clock.advance(seconds(1));
    expect(plant.http.requests).toHaveLength(2);
    expect(plant.intake.held.size).toBe(10);
    plant.expectBooksToBalance();
  });

  test("goes on at once while a full batch waits", async () => {
    const plant = new Forwarding({ pointCountMax: 100 });
    plant.sample(950, { seriesCount: 7 });
    plant.forwarder.start();
    await plant.clock.advance(seconds(0));
    expect(plant.http.requests).toHaveLength(10);
    expect(plant.cursor.counts.delivered).toBe(950);
    plant.expectOrderPerSeries();
    plant.expectBooksToBalance();
  });

  test("passes samples that are too old without sending them", async () => {
    const plant = new Forwarding();
    plant.cursor.push(0, plant.clock.now() - 3_580_001, 1);
    plant.cursor.push(0, plant.clock.now() - 3_580_000, 2);
    plant.forwarder.start();
    await plant.clock.advance(seconds(0));
    expect(plant.cursor.counts).toMatchObject({ tooOld: 1, delivered: 1 });
    plant.cursor.push(1, plant.clock.now() - 7_200_000, 3);
    plant.cursor.publish();
    await plant.clock.advance(seconds(10));
    expect(plant.http.requests).toHaveLength(1);
    expect(plant.cursor.counts).toMatchObject({ tooOld: 2, delivered: 1 });
    plant.expectBooksToBalance();
  });

  test("counts a second value of a second that was sent before as collapsed, and the intake holds the last", async () => {
    const plant = new Forwarding();
    const second = Math.floor(plant.clock.now() / 1000) * 1000;
    plant.cursor.push(0, second + 100, 1);
    plant.forwarder.start();
    await plant.clock.advance(seconds(0));
    plant.cursor.push(0, second + 200, 2);
    plant.cursor.push(0, second + 300, 3);
    plant.cursor.publish();
    await plant.clock.advance(seconds(10));
    expect(plant.cursor.counts).toMatchObject({ delivered: 1, collapsed: 2 });
    expect([...plant.intake.held.values()].map(({ value }) => value)).toEqual([3]);
    plant.expectBooksToBalance();
  });

  test("counts rows that the log could not read", async () => {
    const plant = new Forwarding();
    for (const sequence of [0, 4, 9]) plant.cursor.unreadable.add(sequence);
    plant.sample(10);
    plant.forwarder.start();
    await plant.clock.advance(seconds(0));
    expect(plant.cursor.counts).toMatchObject({ unreadable: 3, delivered: 7 });
    plant.expectBooksToBalance();
  });

  test("tells what it sent", async () => {
    const plant = new Forwarding();
    plant.sample(3);
    plant.forwarder.start();
    await plant.clock.advance(seconds(0));
    expect(plant.forwarder.state()).toEqual({
      name: "main",
      url: "http://intake.test:8126",
      state: "delivering",
      reason: "",
      payloads: 1,
      attempts: 1,
      wire_bytes: plant.http.requests[0]?.body?.byteLength,
      last_accepted_at: plant.clock.now(),
      next_attempt_in_ms: 10_000,
      backfill: null,
    });
  });
});

describe("a forwarder that stops", () => {
  test("sends what is left, and no more after that", async () => {
    const plant = new Forwarding({ pointCountMax: 10 });
    plant.forwarder.start();
    await plant.clock.advance(seconds(1));
    plant.sample(25);
    await plant.clock.until(plant.forwarder.stop(seconds(5)));
    expect(plant.cursor.counts.delivered).toBe(25);
    expect(plant.cursor.listenerCount).toBe(0);
    expect(plant.clock.pending()).toEqual([]);
    plant.sample(1, { firstValue: 99 });
    await plant.clock.advance(seconds(60));
    expect(plant.http.requests).toHaveLength(3);
    plant.expectBooksToBalance();
  });

  test("gives up the request in flight at its deadline and leaves the cursor where acceptance ended", async () => {
    const plant = new Forwarding({ pointCountMax: 10 });
    plant.http.react = (request) => (plant.http.requests.length <= 2 ? plant.intake.take(request) : "silence");
    plant.sample(50);
    plant.forwarder.start();
    await plant.clock.advance(seconds(1));
    const stoppedAt = plant.clock.monotonic();
    await plant.clock.until(plant.forwarder.stop(seconds(5)));
    expect(plant.clock.monotonic() - stoppedAt).toBe(5000);
    expect(plant.http.requests).toHaveLength(3);
    expect(plant.cursor.position).toBe(20);
    expect(plant.lines).toEqual([]);
    plant.expectBooksToBalance();
  });

  test("does not wait for the next try of an intake that fails", async () => {
    const plant = new Forwarding();
    plant.http.react = () => "unreachable";
    plant.sample(5);
    plant.forwarder.start();
    await plant.clock.advance(seconds(30));
    const stoppedAt = plant.clock.monotonic();
    await plant.clock.until(plant.forwarder.stop(seconds(5)));
    expect(plant.clock.monotonic()).toBe(stoppedAt);
    expect(plant.cursor.waiting).toBe(5);
  });

  test("may stop before it started", async () => {
    const { forwarder, clock } = new Forwarding();
    await forwarder.stop(seconds(5));
    expect(clock.pending()).toEqual([]);
  });
});
