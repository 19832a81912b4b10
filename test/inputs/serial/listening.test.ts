import { describe, expect, test } from "vitest";
import { FLAG } from "../../../src/model/samples.ts";
import { millis, seconds } from "../../../src/model/time.ts";
import { readingsOf } from "../../conformance/input-suite.ts";
import { listening, rowsOf, SerialBench, SPEAKING_SENSOR, sensorFrame } from "./serial-bench.ts";

const LINES = { fields: { value: { position: 1, metric: "a" } } };

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
