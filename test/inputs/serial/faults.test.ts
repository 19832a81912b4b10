/** What goes wrong on a serial line, with a device that is asked and with one that speaks, and what must come of it. */

import { describe, expect, test } from "vitest";
import { millis, seconds } from "../../../src/model/time.ts";
import { readingsOf } from "../../conformance/input-suite.ts";
import { listening, rowsOf, SerialBench, SPEAKING_SENSOR, sensorFrame } from "./serial-bench.ts";

const LINES = { fields: { value: { position: 1, metric: "a" } } };
const ONE_FIELD = { request: "READ?\n", fields: { value: { metric: "a" } } };

describe("an answer that is none", () => {
  const cases = [
    ["nothing", "", "INPUT_TIMEOUT", 'did not answer "READ?\\n" within 2000 ms'],
    ["garbage with an end", "\x01\x02?\n", "INPUT_BAD_VALUE", 'found "\\x01\\x02?", expected a number'],
    ["no end", "12.5", "INPUT_BAD_REPLY", "came to no end after 4 bytes. Compare `framing`"],
    ["a wrong charset", "\xb2\xb3.\xb5\n", "INPUT_BAD_VALUE", "bytes that are no text of its charset"],
    ["a huge number", `${"9".repeat(30)}E999\n`, "INPUT_BAD_VALUE", "a number that can be kept"],
    ["a line without end", "z".repeat(5000), "INPUT_BAD_REPLY", "bytes that are no frame"],
    [
      ...["the words of a converter", "Device open failure: Value or file not found\r\n", "INPUT_BAD_VALUE"],
      'found "Device open failure: Value or file not f...", expected a number in "Device open failure: Value or file not found" for',
    ],
  ] as const;

  test.each(cases)("costs its reading, is told, and counts for no device: %s", async (_what, said, code, says) => {
    const bench = new SerialBench(ONE_FIELD);
    bench.answer(said === "" ? {} : { "READ?\n": said });
    const outcome = await bench.poll();
    expect(outcome.readings.count).toBe(0);
    expect(outcome.faults).toMatchObject([{ code, points: ["value"] }]);
    expect(outcome.faults[0]?.message).toContain(says);
    expect(outcome.isReachable).toBe(false);
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
    const { faults, isReachable } = await bench.poll();
    expect(faults).toMatchObject([{ code: "INPUT_BAD_REPLY" }]);
    expect(isReachable).toBe(true);
    expect(faults[0]?.message).toContain('answered "R\\r" with a wrong checksum');
    expect(bench.clock.monotonic() - before).toBeLessThan(200);
    expect(bench.input.counts?.().checksum_errors).toBe(1);
    bench.answer({ "R\r": "\x025\x03\x36" });
    expect(readingsOf(bench.input, await bench.poll())).toEqual({ value: 5 });
  });
});

describe("an answer that holds no value", () => {
  test("is one of the device where its pattern or its start tells", async () => {
    for (const keys of [
      { request: "R\r", fields: { value: { metric: "a", pattern: "^V(?<value>.*)$" } } },
      { request: "R\r", framing: { type: "delimiter", start: "V", end: "\r" }, fields: { value: { metric: "a" } } },
    ]) {
      const bench = new SerialBench(keys);
      bench.answer({ "R\r": "Vxx\r" });
      expect(await bench.poll()).toMatchObject({ isReachable: true, faults: [{ code: "INPUT_BAD_VALUE" }] });
    }
  });
});

describe("what is no frame of it", () => {
  test("costs nothing while good ones come, and is counted", async () => {
    const bench = await listening(SPEAKING_SENSOR);
    const broken = sensorFrame(9, 9).map((byte, index) => (index === 7 ? byte ^ 1 : byte));
    bench.say(Uint8Array.of(1, 2, 3, ...sensorFrame(10, 1), ...broken, ...sensorFrame(20, 2)));
    const { readings, faults } = await bench.poll();
    expect(faults).toEqual([]);
    expect([...readings.value.subarray(0, readings.count)]).toEqual([1, 1, 2, 2]);
    expect(bench.input.counts?.()).toMatchObject({ checksum_errors: 1, noise_bytes: 11 });
  });

  test.each([
    ["a field that is no number", "abc\r", "INPUT_BAD_VALUE", 'found "abc", expected a number for value'],
    ["a number too large", "1E999\r", "INPUT_BAD_VALUE", "a number that can be kept"],
    ["another charset", "\xff\xfe\r", "INPUT_BAD_REPLY", 'such as "\\xff\\xfe"'],
    ["a text in two bytes a letter", "\x005\x00.\x000\x00\r\x00\r", "INPUT_BAD_VALUE", "expected a number for value"],
    ["a huge number of digits", `${"9".repeat(400)}\r`, "INPUT_BAD_VALUE", "expected a number for value"],
  ])("is told of in words when nothing else comes: %s", async (_what, said, code, says) => {
    const bench = await listening(LINES);
    bench.say(said);
    const { faults, readings } = await bench.poll();
    expect(readings.count).toBe(0);
    expect(faults).toMatchObject([{ code, points: ["value"] }]);
    expect(faults[0]?.message).toContain(says);
    bench.say(`5\r`);
    expect((await bench.poll()).faults).toEqual([]);
  });

  test("may be an endless line, of which no more is held than the limit", async () => {
    const bench = await listening(LINES);
    for (let chunk = 0; chunk < 200; chunk += 1) bench.say("z".repeat(997));
    expect((await bench.poll()).readings.count).toBe(0);
    bench.say("\r7\r");
    expect(rowsOf((await bench.poll()).readings)).toEqual([[0, 7, 0]]);
    expect(bench.input.counts?.()).toMatchObject({ cut_short: 1, noise_bytes: 199_400 });
  });

  test("may be another kind of frame, which concerns nobody", async () => {
    const bench = await listening({ fields: { w: { position: 2, metric: "a", when: { position: 1, equals: "W" } } } });
    bench.say("H 1\rW 2\rX 3\r");
    expect(rowsOf((await bench.poll()).readings)).toEqual([[0, 2, 0]]);
    bench.say("H 1\r");
    const { faults } = await bench.poll();
    expect(faults[0]?.message).toContain('nothing of what is read was found, such as "H 1"');
  });
});

describe("a flood", () => {
  test("of 10,000 frames a second fills the mailbox, asks to be polled, and is counted beyond", async () => {
    const bench = await listening(LINES);
    let calls = 0;
    bench.input.onEager?.(() => {
      calls += 1;
    });
    const second = "5\r\n".repeat(10_000);
    bench.say(second);
    expect(calls).toBe(0);
    bench.say("5\r\n");
    expect(calls).toBeGreaterThan(0);
    bench.say(second);
    bench.say(second);
    const { readings, dropped, faults } = await bench.poll();
    expect(readings.count).toBe(20_000);
    expect(dropped).toEqual({ backpressure: 10_001 });
    expect(faults).toMatchObject([{ code: "INPUT_FLOODED" }]);
    expect((await bench.poll()).readings.count).toBe(0);
  });

  test("of 10,000 answers a second to one request costs nothing but the noise it is", async () => {
    const bench = new SerialBench(ONE_FIELD);
    bench.answer({ "READ?\n": "5\n".repeat(10_000) });
    for (let poll = 0; poll < 3; poll += 1) {
      expect(readingsOf(bench.input, await bench.poll())).toEqual({ value: 5 });
      await bench.clock.advance(seconds(1));
    }
    expect(bench.clock.pending()).toEqual([]);
  });
});

describe("a line that is lost", () => {
  test("is told of at once, and is opened again sooner than at the next interval", async () => {
    const bench = await listening(SPEAKING_SENSOR);
    bench.say(sensorFrame(1, 1));
    await bench.poll();
    let calls = 0;
    bench.input.onEager?.(() => {
      calls += 1;
    });
    bench.host.refuseCount = 2;
    bench.host.peers[0]?.hangUp("the port was unplugged");
    expect(calls).toBe(1);
    const waits: number[] = [];
    for (let poll = 0; poll < 2; poll += 1) {
      const { faults, isReachable, pollAgainAt } = await bench.poll();
      expect(faults).toMatchObject([{ code: "INPUT_UNREACHABLE", points: ["flow", "level"] }]);
      expect(isReachable).toBe(false);
      waits.push((pollAgainAt ?? 0) - bench.clock.monotonic());
    }
    expect(waits).toEqual([1000, 2000]);
    const polled = bench.poll();
    bench.clock.after("the device speaks", millis(500), () => bench.say(sensorFrame(2, 2)));
    expect(await polled).toMatchObject({ faults: [], isReachable: true });
  });

  test("on which somebody else speaks does not reach the device, which is told with the words", async () => {
    const bench = await listening(LINES, { host: "a", port: 4001 });
    await bench.clock.advance(seconds(1));
    const words = "Device open failure: Value or file not found";
    for (const isNew of [true, false]) {
      if (isNew) bench.say(`${words}\r`);
      const { faults, isReachable } = await bench.poll();
      expect(isReachable).toBe(false);
      expect(faults.map(({ message }) => message).join()).toContain(isNew ? 'found "Device' : `such as "${words}"`);
      await bench.clock.advance(millis(100));
    }
    bench.say("5\r");
    expect(await bench.poll()).toMatchObject({ faults: [], isReachable: true });
    bench.say("broken\r");
    expect(await bench.poll()).toMatchObject({ faults: [{ code: "INPUT_BAD_VALUE" }], isReachable: true });
  });

  test("that ends with the words of somebody else is told of with them", async () => {
    const bench = new SerialBench(LINES, { host: "a", port: 4001 });
    await bench.open();
    bench.say("Device open failure: no such port\r");
    bench.host.peers[0]?.hangUp("the other end closed the connection");
    const { faults, isReachable } = await bench.poll();
    expect(isReachable).toBe(false);
    expect(faults[0]?.message).toContain('it said "Device open failure: no such port" and the other end closed');
  });

  test("gives what had come before", async () => {
    const bench = await listening(LINES);
    bench.say("5\r");
    bench.host.peers[0]?.hangUp("the port was unplugged");
    bench.host.refuseCount = 1;
    const { readings } = await bench.poll();
    expect(rowsOf(readings)).toEqual([[0, 5, 0]]);
  });

  test("over a network without a word is opened again once it counts as silent", async () => {
    const bench = await listening(SPEAKING_SENSOR, { host: "a", port: 4001, silent_after: 10 });
    await bench.clock.advance(seconds(10));
    expect(await bench.poll()).toMatchObject({ isReachable: false });
    await bench.poll();
    expect(bench.host.peers).toHaveLength(2);
    expect(bench.host.peers[0]?.isClosedByGateway).toBe(true);
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

describe("a clock that jumps", () => {
  test("keeps the order and the count of what it said when the wall clock jumps", async () => {
    const bench = await listening(LINES);
    bench.say("1\r");
    bench.clock.jumpWall(millis(-3_600_000));
    bench.say("2\r");
    bench.clock.jumpWall(millis(7_200_000));
    bench.say("3\r");
    expect(rowsOf((await bench.poll()).readings)).toEqual([
      [0, 1, 0],
      [0, 2, -3_600_000],
      [0, 3, 3_600_000],
    ]);
  });

  test("lengthens no wait for an answer, and stamps it as it is", async () => {
    const bench = new SerialBench(ONE_FIELD, { timeout: 2 });
    bench.host.play((_bytes, peer) => {
      bench.clock.jumpWall(seconds(-86_400));
      bench.clock.after("the device answers", millis(300), () => peer.send(Buffer.from("5\n")));
    });
    const before = bench.clock.monotonic();
    const { readings } = await bench.poll();
    expect([readings.count, readings.at[0]]).toEqual([1, bench.clock.now()]);
    expect(bench.clock.monotonic() - before).toBeLessThan(1000);
    bench.host.play(() => bench.clock.jumpWall(seconds(400 * 86_400)));
    expect(await bench.poll()).toMatchObject({ isReachable: false, faults: [{ code: "INPUT_TIMEOUT" }] });
    expect(bench.clock.monotonic() - before).toBeLessThan(6000);
  });
});
