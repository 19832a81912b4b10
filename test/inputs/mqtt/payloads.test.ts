import { describe, expect, test } from "vitest";
import { FLAG } from "../../../src/model/samples.ts";
import { seconds } from "../../../src/model/time.ts";
import { MqttBench, TEMPERATURES } from "./mqtt-bench.ts";

const topic = "plant/3/temperature";

describe("a plain message that is no reading", () => {
  test.each([
    ["text", "warm", /^plant\/3\/temperature on mqtt:\/\/broker:1883 has warm, where a number was expected\./u],
    ["a number too large", "1e999", /has 1e999, which is too large for a number/u],
    ["another alphabet", Uint8Array.of(0xfe, 0xff, 0x31), /has \?\?1, where a number/u],
    ["an unending line", "x".repeat(10_000), /has x{40}\.\.\. \(10000 characters\), where/u],
    ["line breaks and bells", "a\r\n\u0007b", /has a\?\?\?b, where/u],
    ["JSON", '{"v":1}', /has \{"v":1\}, where/u],
  ])("is told of, with broker and topic, and has no reading: %s", async (_what, payload, said) => {
    const bench = new MqttBench();
    const outcome = await bench.hear({ topic, payload });
    expect(outcome).toMatchObject({ isReachable: true, faults: [{ code: "INPUT_BAD_VALUE", points: [topic] }] });
    expect(outcome.faults[0]?.message).toMatch(said);
    expect(bench.rows(outcome)).toEqual([]);
  });

  test("is told of until a good one comes on the same topic", async () => {
    const bench = new MqttBench();
    expect((await bench.hear({ topic, payload: "warm" })).faults).toHaveLength(1);
    expect((await bench.poll()).faults).toHaveLength(1);
    expect((await bench.hear({ topic: "plant/4/temperature", payload: "20" })).faults).toHaveLength(1);
    expect((await bench.hear({ topic, payload: "20" })).faults).toEqual([]);
  });

  test("is forgotten when nothing more comes there", async () => {
    const bench = new MqttBench();
    await bench.hear({ topic, payload: "warm" });
    await bench.clock.advance(seconds(601));
    expect((await bench.poll()).faults).toEqual([]);
  });

  test("is told of once for many topics, the others in number", async () => {
    const bench = new MqttBench();
    const many = Array.from({ length: 3000 }, (_, index) => ({ topic: `plant/${index}/temperature`, payload: "x" }));
    const { faults } = await bench.hear(...many);
    expect(faults).toHaveLength(21);
    expect(faults.at(-1)?.message).toMatch(/^980 more values/u);
  });

  test("that is larger than wanted is passed over and told of", async () => {
    const bench = new MqttBench({ max_message_bytes: 256 });
    const outcome = await bench.hear({ topic, payload: "1".repeat(5000), qos: 1, messageId: 3 });
    expect(outcome.faults[0]?.message).toMatch(
      /has a message of 5000 bytes, and is passed over\. Raise `max_message_bytes`/u,
    );
    expect(bench.broker.acks("puback")).toEqual([3]);
    expect(bench.rows(outcome)).toEqual([]);
  });

  test("of a topic that is no UTF-8 is passed over and told of", async () => {
    const bench = new MqttBench();
    await bench.poll();
    const name = Buffer.concat([Buffer.from("plant/"), Buffer.of(0xe9), Buffer.from("/temperature")]);
    bench.broker.peer.send(Buffer.concat([Buffer.of(0x30, name.length + 4, 0, name.length), name, Buffer.from("20")]));
    const outcome = await bench.poll();
    expect(outcome.faults[0]?.message).toMatch(/^plant\/\?\/temperature on mqtt:\/\/broker:1883 is no UTF-8/u);
    expect(bench.rows(outcome)).toEqual([]);
  });
});

describe("a plain message", () => {
  test("is a reading of the moment it came, with the named levels as tags", async () => {
    const bench = new MqttBench();
    const outcome = await bench.hear({ topic, payload: "21.5" });
    expect(bench.rows(outcome)).toEqual([
      { series: "temperature line:3", value: 21.5, at: bench.clock.now(), flags: 0 },
    ]);
    expect(bench.input.points).toEqual([
      { name: topic, metric: "temperature", unit: "degC", tags: ["line:3"], isBare: true },
    ]);
  });

  test("is one of several in a poll, none of which stands for another", async () => {
    const bench = new MqttBench();
    const outcome = await bench.hear(...["1", "2", "3"].map((payload) => ({ topic, payload })));
    expect(bench.values(outcome).map(([, value]) => value)).toEqual([1, 2, 3]);
    expect(bench.values(await bench.poll())).toEqual([]);
  });

  test("names its metric by a level, fit to be one", async () => {
    const bench = new MqttBench({
      topics: [{ topic: "plant/{line}/{what}", metric: "plant.{what}", tags: ["hall:2"] }],
    });
    const outcome = await bench.hear({ topic: "plant/A 3,x/oil pressure-1", payload: "5" });
    expect(bench.values(outcome)).toEqual([["plant.oil_pressure_1 hall:2 line:A_3_x", 5]]);
  });

  test("says of itself that it is no value, which is neither a reading nor a fault", async () => {
    const bench = new MqttBench();
    const outcome = await bench.hear({ topic, payload: "unavailable" }, { topic, payload: "" });
    expect(outcome).toMatchObject({ absent: 2, faults: [] });
    expect(outcome.readings.count).toBe(0);
  });

  test("has words for states, and is scaled", async () => {
    const bench = new MqttBench({
      topics: [
        { topic: "state", metric: "machine.state", states: { 0: "idle", 1: "running" } },
        { topic: "tenths", metric: "temperature", unit: "degC", scale: 0.1 },
      ],
    });
    const outcome = await bench.hear(
      ...[
        { topic: "state", payload: "running" },
        { topic: "state", payload: "0" },
        { topic: "tenths", payload: "215" },
      ],
    );
    expect(bench.values(outcome).map(([, value]) => value)).toEqual([1, 0, 21.5]);
    expect(bench.input.points[0]?.states).toEqual({ 0: "idle", 1: "running" });
    const { faults } = await bench.hear({ topic: "state", payload: "asleep" });
    expect(faults[0]?.message).toMatch(/has asleep, where a number or idle, running was expected/u);
  });

  test("of a metric of the catalogue has its unit where none is said", async () => {
    const bench = new MqttBench({ topics: [{ topic: "{what}", metric: "{what}" }] });
    await bench.hear({ topic: "humidity", payload: "40" }, { topic: "mine", payload: "4" });
    expect(bench.input.points.map(({ metric, unit }) => [metric, unit])).toEqual([
      ["humidity", "%"],
      ["mine", ""],
    ]);
  });

  test("of a unit that does not fit the metric it names is told of", async () => {
    const bench = new MqttBench({ topics: [{ topic: "{what}", metric: "{what}", unit: "bar" }] });
    const outcome = await bench.hear({ topic: "humidity", payload: "40" }, { topic: "pressure", payload: "2" });
    expect(bench.values(outcome)).toEqual([["pressure", 2]]);
    expect(outcome.faults[0]?.message).toMatch(/becomes humidity, which has %, and bar does not fit it/u);
  });

  test("that would be the same series as another topic's is told of, and does not mix with it", async () => {
    const bench = new MqttBench({ topics: [{ ...TEMPERATURES, topic: "plant/+/temperature" }] });
    const outcome = await bench.hear({ topic, payload: "20" }, { topic: "plant/4/temperature", payload: "90" });
    expect(bench.values(outcome)).toEqual([["temperature", 20]]);
    expect(outcome.faults[0]?.message).toMatch(
      /^plant\/4\/temperature on .* becomes the same series as plant\/3\/temperature: temperature with the same tags/u,
    );
  });

  test("goes by the first entry that fits it", async () => {
    const bench = new MqttBench({
      topics: [
        { topic, metric: "first" },
        { topic: "plant/#", metric: "second" },
      ],
    });
    const outcome = await bench.hear({ topic, payload: "1" }, { topic: "plant/x", payload: "2" });
    expect(bench.values(outcome)).toEqual([
      ["first", 1],
      ["second", 2],
    ]);
  });
});

describe("a message that the broker had kept", () => {
  const retained = { topic, payload: "19", retain: true };

  test("is passed over, as nobody knows how old it is", async () => {
    expect((await new MqttBench().hear(retained)).readings.count).toBe(0);
  });

  test("is used where that is wanted, and flagged as stale", async () => {
    const bench = new MqttBench({ topics: [{ ...TEMPERATURES, retained: "use" }] });
    expect(bench.rows(await bench.hear(retained))).toMatchObject([{ value: 19, flags: FLAG.stale }]);
  });

  test("is used where it says its moment, unless that is not wanted", async () => {
    const json = { topic: "j", payload: "json", time: "$.at", fields: [{ path: "$.v", metric: "x" }] };
    const message = { topic: "j", payload: '{"v":1,"at":"2026-11-22T05:00:00Z"}', retain: true };
    const bench = new MqttBench({ topics: [json] });
    expect(bench.rows(await bench.hear(message))).toMatchObject([{ at: Date.UTC(2026, 10, 22, 5), flags: 0 }]);
    const other = new MqttBench({ topics: [{ ...json, retained: "ignore" }] });
    expect((await other.hear(message)).readings.count).toBe(0);
  });
});

describe("a JSON message", () => {
  const entry = {
    ...{ topic: "plant/{machine}/data", payload: "json", time: "$.at" },
    fields: [
      { path: "$.temp", metric: "temperature", unit: "degC" },
      { path: "$.p.main", metric: "pressure", unit: "bar", tags: ["serial:{$.meta.id}"] },
      { path: "sensors[{sensor}].v", metric: "my.{kind}", tags: [] },
    ],
  };
  const fields = [entry.fields[0], entry.fields[1], { path: "sensors[{sensor}].v", metric: "my.level" }];
  const create = (): MqttBench => new MqttBench({ topics: [{ ...entry, fields }] });
  const at = "2026-11-22T05:59:58Z";

  test("gives every field that is there, at the moment it says", async () => {
    const bench = create();
    const payload = JSON.stringify({
      at,
      temp: "21.5",
      p: { main: 2 },
      meta: { id: "A 7" },
      sensors: [{ v: 1 }, {}, { v: 3 }],
    });
    const outcome = await bench.hear({ topic: "plant/press/data", payload });
    const moment = Date.parse(at);
    expect(bench.rows(outcome)).toEqual([
      { series: "temperature machine:press", value: 21.5, at: moment, flags: 0 },
      { series: "pressure machine:press serial:A_7", value: 2, at: moment, flags: 0 },
      { series: "my.level machine:press sensor:0", value: 1, at: moment, flags: 0 },
      { series: "my.level machine:press sensor:2", value: 3, at: moment, flags: 0 },
    ]);
    expect(outcome.faults).toEqual([]);
  });

  test.each([
    ["is cut off", '{"temp":2', /has a message that is no JSON: \{"temp":2\./u],
    ["is empty", "", /has a message that is no JSON: nothing\./u],
    ["holds what JSON does not know", '{"temp":NaN}', /no JSON/u],
    ["is nested without end", "[".repeat(100_000), /no JSON: \[{40}\.\.\. \(100000 characters\)/u],
  ])("that %s is told of and has no reading", async (_what, payload, said) => {
    const bench = create();
    const outcome = await bench.hear({ topic: "plant/press/data", payload });
    expect(outcome.faults[0]?.message).toMatch(said);
    expect(outcome.readings.count).toBe(0);
  });

  test("with a bad field keeps the good ones, and the fault names the place", async () => {
    const bench = create();
    const payload = JSON.stringify({ at, temp: "hot", sensors: [{ v: 1 }, { v: {} }] });
    const outcome = await bench.hear({ topic: "plant/press/data", payload });
    expect(bench.values(outcome)).toEqual([["my.level machine:press sensor:0", 1]]);
    expect(outcome.faults.map(({ points }) => points)).toEqual([
      ["plant/press/data $.temp"],
      ["plant/press/data sensors[1].v"],
    ]);
  });

  test("without what a tag asks for has no reading of that field", async () => {
    const bench = create();
    const outcome = await bench.hear({ topic: "plant/press/data", payload: JSON.stringify({ at, p: { main: 2 } }) });
    expect(outcome.readings.count).toBe(0);
    expect(outcome.faults[0]?.message).toMatch(/without what `metric` or `tags` of this topic ask for/u);
  });

  test.each([
    ["the year 1970", "1970-01-01T00:00:05Z"],
    ["a day ahead", "2026-11-23T06:00:00Z"],
    ["no date at all", "soon"],
    ["nothing", undefined],
  ])("that says %s as its moment is taken when it came, and told of", async (_what, moment) => {
    const bench = create();
    const outcome = await bench.hear({ topic: "plant/press/data", payload: JSON.stringify({ at: moment, temp: 20 }) });
    expect(bench.rows(outcome)).toMatchObject([{ value: 20, at: bench.clock.now() }]);
    expect(outcome.faults[0]?.message).toMatch(/the moment at which it came is taken instead/u);
  });

  test("is taken when it came while our own clock is wrong, to be put right with all that it stamped", async () => {
    const bench = create();
    bench.clock.setTrusted(false);
    bench.clock.jumpWall(seconds(-40 * 86_400));
    const outcome = await bench.hear({ topic: "plant/press/data", payload: JSON.stringify({ at, temp: 20 }) });
    expect(bench.rows(outcome)).toMatchObject([{ value: 20, at: bench.clock.now() }]);
    expect(outcome.faults).toEqual([]);
  });

  test("keeps its moment when our clock is put back or forward", async () => {
    const bench = create();
    const message = { topic: "plant/press/data", payload: JSON.stringify({ at, temp: 20 }) };
    await bench.hear(message);
    bench.clock.jumpWall(seconds(3600));
    expect(bench.rows(await bench.hear(message))).toMatchObject([{ at: Date.parse(at) }]);
    bench.clock.jumpWall(seconds(-3700));
    expect(bench.rows(await bench.hear(message))).toMatchObject([{ at: Date.parse(at) }]);
    expect((await bench.poll()).isReachable).toBe(true);
  });
});
