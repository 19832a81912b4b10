import { describe, expect, test } from "vitest";
import { createInput } from "../../../src/inputs/serial/input.ts";
import { FLAG } from "../../../src/model/samples.ts";
import { millis } from "../../../src/model/time.ts";
import { readingsOf } from "../../conformance/input-suite.ts";
import { ASKED_SCALE, SerialBench, serialInstance } from "./serial-bench.ts";

const ONE_FIELD = { request: "READ?\n", fields: { value: { metric: "a" } } };
const WELL = { "W\r\n": "S 1250.5 g\r\n", "T\r\n": "T 0.5\r\n" };
const { signal } = new AbortController();

describe("a device that is asked", () => {
  test("is asked each request once a poll, however many fields are read from its answer", async () => {
    const bench = new SerialBench({
      request: "ALL\r",
      separator: ",",
      fields: { a: { position: 1, metric: "a" }, b: { position: 2, metric: "b" }, c: { request: "C\r", metric: "c" } },
    });
    bench.answer({ "ALL\r": "1,2\r\n", "C\r": "3\r\n" });
    expect(readingsOf(bench.input, await bench.poll())).toEqual({ a: 1, b: 2, c: 3 });
    expect(bench.asked).toEqual(["ALL\r", "C\r"]);
    expect(bench.input.counts?.()).toMatchObject({ requests: 2, timeouts: 0, late: 0, noise_bytes: 0 });
  });

  test("has readings that have not settled marked, and none where it says that there is none", async () => {
    const bench = new SerialBench(ASKED_SCALE);
    bench.answer({ ...WELL, "W\r\n": "D 3 kg\r\n" });
    const { readings } = await bench.poll();
    expect([...readings.flags.subarray(0, 2)]).toEqual([FLAG.suspect, 0]);
    bench.answer({ ...WELL, "W\r\n": "O\r\n" });
    const overloaded = await bench.poll();
    expect(overloaded).toMatchObject({ faults: [], absent: 1, isReachable: true });
    expect(readingsOf(bench.input, overloaded)).toEqual({ tare: 0.5 });
  });

  test("may send its answer in pieces that take longer together than the timeout", async () => {
    const bench = new SerialBench(ONE_FIELD, { timeout: 1 });
    await bench.open();
    const polled = bench.input.poll(signal);
    await bench.clock.advance(millis(100));
    for (const piece of ["1", "2", ".", "5"]) {
      bench.say(piece);
      await bench.clock.advance(millis(400));
    }
    bench.say("\n");
    expect(readingsOf(bench.input, await bench.clock.until(polled))).toEqual({ value: 12.5 });
  });

  test("is not heard twice where its adapter hears what it sends", async () => {
    const bench = new SerialBench(ONE_FIELD);
    bench.answer({ "READ?\n": "READ?\n7\n" });
    expect(readingsOf(bench.input, await bench.poll())).toEqual({ value: 7 });
  });

  test("has a late answer never taken for that of the next request", async () => {
    const bench = new SerialBench(
      { fields: { a: { request: "A\r", metric: "a" }, b: { request: "B\r", metric: "b" } } },
      { timeout: 1 },
    );
    bench.host.play((bytes, peer) => {
      const isFirst = Buffer.from(bytes).toString() === "A\r";
      const said = isFirst ? "111\r" : "222\r";
      bench.clock.after("the device answers", millis(isFirst ? 1500 : 100), () => peer.send(Buffer.from(said)));
    });
    const outcome = await bench.poll();
    expect(readingsOf(bench.input, outcome)).toEqual({ b: 222 });
    expect(outcome.faults).toMatchObject([{ code: "INPUT_TIMEOUT", points: ["a"] }]);
    expect(bench.input.counts?.()).toMatchObject({ late: 1, timeouts: 1 });
  });

  test("costs two timeouts when it is dead, not one for each of its requests", async () => {
    const fields = Object.fromEntries([..."abcdef"].map((name) => [name, { request: `${name}\r`, metric: name }]));
    const bench = new SerialBench({ fields }, { timeout: 1 });
    const before = bench.clock.monotonic();
    const outcome = await bench.poll();
    expect(bench.asked).toHaveLength(2);
    expect(outcome.isReachable).toBe(false);
    expect(outcome.faults.flatMap(({ points }) => points).sort()).toEqual([..."abcdef"]);
    expect(bench.clock.monotonic() - before).toBeLessThan(3200);
  });

  test("is left alone for as long as it wants between an answer and the next request", async () => {
    const bench = new SerialBench({ ...ASKED_SCALE, pause: 250 });
    const at: number[] = [];
    bench.host.play((bytes, peer) => {
      at.push(bench.clock.monotonic());
      peer.send(Buffer.from(Buffer.from(bytes).toString() === "W\r\n" ? "S 1 kg\r\n" : "T 1\r\n"));
    });
    await bench.poll();
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(250);
  });

  test("that speaks all the time is not asked, and the message says what to do", async () => {
    const bench = new SerialBench(ONE_FIELD, { timeout: 1 });
    await bench.open();
    const chatter = (): void => {
      bench.say("12.");
      bench.clock.after("the device talks", millis(10), chatter);
    };
    chatter();
    const { faults } = await bench.poll();
    expect(faults).toMatchObject([{ code: "INPUT_BAD_REPLY" }]);
    expect(faults[0]?.message).toContain("was not silent for 1000 ms, so nothing could be asked. Leave out `request`");
    expect(bench.asked).toEqual([]);
  });

  test("whose parts are polled at intervals of their own has one connection, which the last to leave closes", async () => {
    const bench = new SerialBench(ASKED_SCALE);
    bench.answer(WELL);
    const other = createInput(serialInstance(ASKED_SCALE), { clock: bench.clock, links: bench.links });
    await bench.poll();
    await bench.clock.until(other.poll(signal));
    expect(bench.host.peers).toHaveLength(1);
    await bench.input[Symbol.asyncDispose]();
    expect(bench.host.peers[0]?.isClosedByGateway).toBe(false);
    await other[Symbol.asyncDispose]();
    expect(bench.host.peers[0]?.isClosedByGateway).toBe(true);
  });
});
