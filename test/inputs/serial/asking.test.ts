import { describe, expect, test } from "vitest";
import { createInput } from "../../../src/inputs/serial/input.ts";
import { FLAG } from "../../../src/model/samples.ts";
import { millis, seconds } from "../../../src/model/time.ts";
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

describe("an answer that is none", () => {
  const cases = [
    ["nothing", "", "INPUT_TIMEOUT", 'did not answer "READ?\\n" within 2000 ms'],
    ["garbage with an end", "\x01\x02?\n", "INPUT_BAD_VALUE", 'found "\\x01\\x02?", expected a number'],
    ["no end", "12.5", "INPUT_BAD_REPLY", "came to no end after 4 bytes. Compare `framing`"],
    ["a wrong charset", "\xb2\xb3.\xb5\n", "INPUT_BAD_VALUE", "bytes that are no text of its charset"],
    ["a huge number", `${"9".repeat(30)}E999\n`, "INPUT_BAD_VALUE", "a number that can be kept"],
    ["a line without end", "z".repeat(5000), "INPUT_BAD_REPLY", "bytes that are no frame"],
  ] as const;

  test.each(cases)("costs its reading and is told in words: %s", async (_what, said, code, says) => {
    const bench = new SerialBench(ONE_FIELD);
    bench.answer(said === "" ? {} : { "READ?\n": said });
    const outcome = await bench.poll();
    expect(outcome.readings.count).toBe(0);
    expect(outcome.faults).toMatchObject([{ code, points: ["value"] }]);
    expect(outcome.faults[0]?.message).toContain(says);
    expect(outcome.isReachable).toBe(code !== "INPUT_TIMEOUT");
    bench.answer({ "READ?\n": "5\n" });
    const next = await bench.poll();
    expect(next.faults).toEqual([]);
    expect(readingsOf(bench.input, next)).toEqual({ value: 5 });
    expect(bench.clock.pending()).toEqual([]);
  });

  test("has a wrong checksum, and is given up once the line is silent", async () => {
    const checked = {
      ...{ request: "R\r", framing: { type: "delimiter", start: "\x02", end: "\x03", after_end: 1 } },
      ...{ checksum: { type: "xor8", from: 1 }, fields: { value: { metric: "a" } } },
    };
    const bench = new SerialBench(checked, { timeout: 10 });
    bench.answer({ "R\r": "\x025\x03!" });
    const before = bench.clock.monotonic();
    const { faults } = await bench.poll();
    expect(faults).toMatchObject([{ code: "INPUT_BAD_REPLY" }]);
    expect(faults[0]?.message).toContain('answered "R\\r" with a wrong checksum');
    expect(bench.clock.monotonic() - before).toBeLessThan(200);
    expect(bench.input.counts?.().checksum_errors).toBe(1);
    bench.answer({ "R\r": "\x025\x03\x36" });
    expect(readingsOf(bench.input, await bench.poll())).toEqual({ value: 5 });
  });
});

describe("a connection", () => {
  test("that ended between two polls costs no reading", async () => {
    const bench = new SerialBench(ONE_FIELD, { host: "a", port: 4001 });
    bench.answer({ "READ?\n": "5\n" });
    await bench.poll();
    bench.host.peers[0]?.hangUp();
    expect(readingsOf(bench.input, await bench.poll())).toEqual({ value: 5 });
    expect(bench.host.peers).toHaveLength(2);
  });

  test("that ends at the first bytes of a poll is made anew once", async () => {
    const bench = new SerialBench(ONE_FIELD, { host: "a", port: 4001 });
    bench.answer({ "READ?\n": "5\n" });
    await bench.poll();
    let isFirst = true;
    bench.host.play((_bytes, peer) => {
      if (isFirst) peer.hangUp();
      else peer.send(Buffer.from("6\n"));
      isFirst = false;
    });
    expect(readingsOf(bench.input, await bench.poll())).toEqual({ value: 6 });
    expect(bench.host.peers).toHaveLength(2);
  });

  test("over a network is given up after three timeouts in a row, that of a port is not", async () => {
    for (const [settings, count] of [
      [{ host: "a", port: 4001 }, 2],
      [{}, 1],
    ] as const) {
      const bench = new SerialBench(ONE_FIELD, settings);
      for (let poll = 0; poll < 4; poll += 1) {
        await bench.poll();
        await bench.clock.advance(seconds(15));
      }
      expect(bench.host.peers).toHaveLength(count);
    }
  });

  test("that ends as soon as it is made is a fault, and made anew by the next poll", async () => {
    const bench = new SerialBench(ONE_FIELD);
    bench.host.closesAtOnce = true;
    expect(await bench.poll()).toMatchObject({ isReachable: false, faults: [{ code: "INPUT_LINK_CLOSED" }] });
    bench.host.closesAtOnce = false;
    bench.answer({ "READ?\n": "5\n" });
    expect(readingsOf(bench.input, await bench.poll())).toEqual({ value: 5 });
  });
});
