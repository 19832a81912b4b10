import { describe, expect, test } from "vitest";
import { FLAG } from "../../../src/model/samples.ts";
import { millis, seconds } from "../../../src/model/time.ts";
import { readingsOf } from "../../conformance/input-suite.ts";
import { SerialBench, SPEAKING_SENSOR, sensorFrame } from "./serial-bench.ts";

const LINES = { fields: { value: { position: 1, metric: "a" } } };

/** Values with the moments they came at, counted from the first. */
function rowsOf({
  point,
  at,
  value,
  count,
}: {
  point: Uint16Array;
  at: Float64Array;
  value: Float64Array;
  count: number;
}) {
  return Array.from({ length: count }, (_, row) => [point[row], value[row], (at[row] ?? 0) - (at[0] ?? 0)]);
}

async function listening(keys: Readonly<Record<string, unknown>>, settings = {}): Promise<SerialBench> {
  const bench = new SerialBench(keys, settings);
  await bench.open();
  await bench.clock.advance(seconds(1));
  return bench;
}

describe("a device that speaks by itself", () => {
  test("has every frame taken, with the moment it came", async () => {
    const bench = await listening(LINES);
    for (const text of ["1\r\n2\r", "\n", "3\r\n"]) {
      bench.say(text);
      await bench.clock.advance(millis(500));
    }
    const { readings, faults } = await bench.poll();
    expect(faults).toEqual([]);
    expect(rowsOf(readings)).toEqual([
      [0, 1, 0],
      [0, 2, 0],
      [0, 3, 1000],
    ]);
    expect((await bench.poll()).readings.count).toBe(0);
  });

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

  test("has the rest of a line left out that began before it was listened to, and none that began later", async () => {
    const bench = new SerialBench(LINES);
    await bench.open();
    await bench.clock.advance(millis(20));
    bench.say("23.4\r\n");
    bench.say("123.4\r\n");
    expect(rowsOf((await bench.poll()).readings)).toEqual([[0, 123.4, 0]]);
    const fresh = await listening(LINES);
    fresh.say("123.4\r\n");
    expect(rowsOf((await fresh.poll()).readings)).toEqual([[0, 123.4, 0]]);
  });

  test("has nothing left out where a checksum tells, however soon it speaks", async () => {
    const bench = new SerialBench(SPEAKING_SENSOR);
    await bench.open();
    bench.say(sensorFrame(5, 6).subarray(3));
    bench.say(sensorFrame(1234, -5));
    expect(readingsOf(bench.input, await bench.poll())).toEqual({ flow: 123.4, level: -5 });
  });

  test("may end its frames by silence", async () => {
    const bench = await listening({ ...LINES, framing: { type: "silence", gap: 40 } });
    bench.say("1");
    await bench.clock.advance(millis(30));
    bench.say("2");
    await bench.clock.advance(millis(50));
    bench.say("34");
    await bench.clock.advance(millis(50));
    const { readings } = await bench.poll();
    expect([...readings.value.subarray(0, readings.count)]).toEqual([12, 34]);
  });

  test("that stops within a frame for a second begins a new one", async () => {
    const bench = await listening(LINES);
    bench.say("99");
    await bench.clock.advance(millis(1500));
    bench.say("1\r\n");
    expect(rowsOf((await bench.poll()).readings)).toEqual([[0, 1, 0]]);
    expect(bench.input.counts?.().cut_short).toBe(1);
  });

  test("says of a field that there is none, or that it has not settled, and of others all the same", async () => {
    const bench = await listening({
      fields: {
        weight: { position: 2, metric: "a", status: { position: 1, words: { S: "stable", U: "unstable", O: "none" } } },
        stable: { position: 1, metric: "b", words: { S: 1, U: 0, O: "none" } },
      },
    });
    bench.say("U 5\r");
    const moving = await bench.poll();
    expect(readingsOf(bench.input, moving)).toEqual({ weight: 5, stable: 0 });
    expect([...moving.readings.flags.subarray(0, 2)]).toEqual([FLAG.suspect, 0]);
    bench.say("O\r");
    expect(await bench.poll()).toMatchObject({ absent: 2, faults: [], isReachable: true });
  });

  test("is waited for by the first poll, and by one that is all there is", async () => {
    const bench = new SerialBench(SPEAKING_SENSOR, { silent_after: 30 }, { isSingle: true });
    const polled = bench.poll();
    bench.clock.after("the device speaks", seconds(20), () => bench.say(sensorFrame(10, 1)));
    expect(readingsOf(bench.input, await polled)).toEqual({ flow: 1, level: 1 });
  });

  test("may be silent for as long as it is said to be, and is a fault from then on", async () => {
    const bench = await listening(SPEAKING_SENSOR, { silent_after: 60 });
    bench.say(sensorFrame(1, 1));
    await bench.poll();
    await bench.clock.advance(seconds(40));
    expect(await bench.poll()).toMatchObject({ faults: [], isReachable: true });
    await bench.clock.advance(seconds(20));
    const { faults, isReachable } = await bench.poll();
    expect(isReachable).toBe(false);
    expect(faults).toMatchObject([{ code: "INPUT_TIMEOUT", points: ["flow", "level"] }]);
    expect(faults[0]?.message).toMatch(/^\/dev\/ttyAMA0 has sent no frame for \d+ s\. Check that it is switched on/u);
    bench.say(sensorFrame(2, 2));
    expect(await bench.poll()).toMatchObject({ faults: [], isReachable: true });
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
