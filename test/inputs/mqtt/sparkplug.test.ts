import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { encodePayload, type PlainMetric } from "../../../hardware-sim/brokers/sparkplug-payload.ts";
import { decodeSparkplug } from "../../../src/decode/sparkplug.ts";
import type { PollOutcome } from "../../../src/model/input.ts";
import { FLAG } from "../../../src/model/samples.ts";
import { millis, seconds } from "../../../src/model/time.ts";
import { MqttBench } from "./mqtt-bench.ts";

const ENTRY = { topic: "spBv1.0/Plant 1/#", payload: "sparkplug" };

function fixture(name: string): Uint8Array {
  return readFileSync(new URL(`../../fixtures/sparkplug/${name}`, import.meta.url));
}

/** Speaks as one edge node does. */
class Edge {
  readonly bench: MqttBench;
  seq = 0;

  constructor(written: Readonly<Record<string, unknown>> = {}) {
    this.bench = new MqttBench({ topics: [ENTRY], ...written });
  }

  /** Publishes a message and polls. Numbers go on by themselves. */
  say(verb: string, metrics: readonly PlainMetric[], device?: string, seq = this.seq): Promise<PollOutcome> {
    this.seq = (seq + 1) % 256;
    const topic = ["spBv1.0/Plant 1", verb, "edge", ...(device === undefined ? [] : [device])].join("/");
    const payload = encodePayload({ at: this.bench.clock.now(), ...(verb === "NDEATH" ? {} : { seq }), metrics });
    return this.bench.hear({ topic, payload });
  }

  /** What was asked of the node. */
  asked(): string[] {
    return this.bench.broker.packets("publish").map(({ topic, payload }) => {
      const { metrics, seq } = decodeSparkplug(Buffer.from(payload));
      return `${topic}: ${metrics.map(({ name }) => name).join()}${seq === undefined ? "" : " with a number"}`;
    });
  }
}

const birth = [
  { name: "bdSeq", type: 8, long: 3 },
  { name: "Motor/Temp", alias: 7, type: 10, double: 40.5 },
  { name: "Running", alias: 8, type: 11, boolean: true },
] as const;

describe("a Sparkplug node", () => {
  test("of another's making is heard: its birth, and data that names its metric by alias alone", async () => {
    const bench = new MqttBench({ topics: [{ topic: "spBv1.0/#", payload: "sparkplug" }] });
    bench.clock.jumpWall(millis(0));
    const born = await bench.hear({ topic: "spBv1.0/g/NBIRTH/n", payload: fixture("NBIRTH_V1.bin") });
    expect(bench.rows(born)).toEqual([
      { series: "Temperature group:g node:n", value: 21.5, at: 1_750_855_643_474, flags: 0 },
    ]);
    const told = await bench.hear({ topic: "spBv1.0/g/NDATA/n", payload: fixture("NDATA_V1.bin") });
    expect(bench.values(told)).toEqual([["Temperature group:g node:n", 22.5]]);
    expect(told.faults).toEqual([]);
    const died = await bench.hear({ topic: "spBv1.0/g/NDEATH/n", payload: fixture("NDEATH_V1.bin") });
    expect(died.readings.count).toBe(0);
  });

  test("becomes metrics by the names of its own, with group, node and device as tags", async () => {
    const edge = new Edge();
    expect(edge.bench.values(await edge.say("NBIRTH", birth))).toEqual([
      ["Motor.Temp group:Plant_1 node:edge", 40.5],
      ["Running group:Plant_1 node:edge", 1],
    ]);
    const born = await edge.say("DBIRTH", [{ name: "Level", alias: 20, type: 7, int: 5 }], "tank 1");
    expect(edge.bench.values(born)).toEqual([["Level device:tank_1 group:Plant_1 node:edge", 5]]);
    const told = await edge.say("DDATA", [{ alias: 20, int: 4_294_967_295 }], "tank 1");
    expect(edge.bench.values(told)).toEqual([["Level device:tank_1 group:Plant_1 node:edge", 4_294_967_295]]);
    expect(edge.asked()).toEqual([]);
  });

  test("becomes the metrics of the catalogue where fields say so, and nothing else of it is kept", async () => {
    const fields = [
      { name: "Motor/Temp", metric: "motor.temperature", unit: "degC", tags: ["side:drive"] },
      { name: "Mode", metric: "machine.state", states: { 0: "off", 4: "auto" } },
    ];
    const edge = new Edge({ topics: [{ ...ENTRY, fields }] });
    const outcome = await edge.say("NBIRTH", [...birth, { name: "Mode", type: 12, text: "auto" }]);
    expect(edge.bench.values(outcome)).toEqual([
      ["motor.temperature group:Plant_1 node:edge side:drive", 40.5],
      ["machine.state group:Plant_1 node:edge", 4],
    ]);
    const { faults } = await edge.say("NDATA", [{ name: "Mode", type: 12, text: "lost" }]);
    expect(faults[0]?.message).toMatch(/has lost in Mode, where off, auto was expected\. Correct `states`/u);
  });

  test("is heard in the unit it names, where that is one we know", async () => {
    const edge = new Edge();
    await edge.say("NBIRTH", [
      { name: "temperature", type: 9, float: 20, unit: "°C" },
      { name: "own", type: 9, float: 1, unit: "furlong" },
    ]);
    expect(edge.bench.input.points.map(({ metric, unit }) => [metric, unit])).toEqual([
      ["temperature", "degC"],
      ["own", ""],
    ]);
  });

  test("says which values are none, which are of long ago, and when each was", async () => {
    const edge = new Edge();
    await edge.say("NBIRTH", birth);
    const at = edge.bench.clock.now() - 60_000;
    const outcome = await edge.say("NDATA", [
      { alias: 7, double: 41, at, isHistorical: true },
      { alias: 8, isNull: true },
    ]);
    expect(edge.bench.rows(outcome)).toMatchObject([{ value: 41, at, flags: FLAG.historical }]);
    expect(outcome).toMatchObject({ absent: 1, faults: [] });
  });

  test("is taken when it came, where its clock is not believable", async () => {
    const edge = new Edge();
    const outcome = await edge.say("NBIRTH", [{ name: "x", type: 10, double: 1, at: 5000 }]);
    expect(edge.bench.rows(outcome)).toMatchObject([{ value: 1, at: edge.bench.clock.now() }]);
    expect(outcome.faults[0]?.message).toMatch(/has 5000 as the moment of x/u);
  });

  test("keeps the age it had when it was sent while our own clock is wrong, whatever the node's clock says", async () => {
    const edge = new Edge();
    const { clock } = edge.bench;
    clock.setTrusted(false);
    const sentAt = clock.now();
    clock.jumpWall(seconds(-40 * 86_400));
    const rows = async (sent: number, at: number | undefined): Promise<readonly number[]> => {
      const metric = { name: "x", type: 10, double: 1, ...(at === undefined ? {} : { at }) };
      const payload = encodePayload({ at: sent, seq: 0, metrics: [metric] });
      const outcome = await edge.bench.hear({ topic: "spBv1.0/Plant 1/NBIRTH/edge", payload });
      expect(outcome.faults).toEqual([]);
      return edge.bench.rows(outcome).map((row) => clock.now() - row.at);
    };
    expect(await rows(sentAt, sentAt - 90_000)).toEqual([90_000]);
    expect(await rows(sentAt, sentAt)).toEqual([0]);
    expect(await rows(sentAt, sentAt + 5000)).toEqual([0]);
    expect(await rows(sentAt, 5000)).toEqual([0]);
    expect(await rows(sentAt, undefined)).toEqual([0]);
  });

  test("with an integer beyond what a double holds exactly has no wrong reading of it", async () => {
    const edge = new Edge();
    const outcome = await edge.say("NBIRTH", [{ name: "x", type: 8, long: 2n ** 63n }]);
    expect(outcome.readings.count).toBe(0);
    expect(outcome.faults[0]?.message).toMatch(/has in x a number beyond what a double holds exactly/u);
  });

  test.each([
    ["text", Buffer.from('{"Temp":20}')],
    ["a message cut off", fixture("NBIRTH_V1.bin").subarray(0, 60)],
  ])("that sends %s is told of, and nothing of it is kept", async (_what, payload) => {
    const edge = new Edge();
    const outcome = await edge.bench.hear({ topic: "spBv1.0/Plant 1/NBIRTH/edge", payload });
    expect(outcome.readings.count).toBe(0);
    expect(outcome.faults).toMatchObject([{ code: "INPUT_BAD_REPLY", points: ["spBv1.0/Plant 1/NBIRTH/edge"] }]);
    expect(outcome.faults[0]?.message).toMatch(/is no Sparkplug B of \d+ bytes/u);
  });

  test("is not read where others write to it, or hosts speak of themselves", async () => {
    const edge = new Edge({ topics: [{ topic: "spBv1.0/#", payload: "sparkplug" }] });
    const state = await edge.bench.hear({ topic: "spBv1.0/STATE/scada", payload: '{"online":true}' });
    const command = await edge.say("NCMD", [{ name: "Running", type: 11, boolean: true }]);
    for (const { readings, faults } of [state, command]) expect([readings.count, faults]).toEqual([0, []]);
  });
});

describe("a Sparkplug birth that was missed", () => {
  test("is asked for, once, by the command for that, which has no number", async () => {
    const edge = new Edge();
    const outcome = await edge.say("NDATA", [{ alias: 7, double: 41 }]);
    expect(outcome.readings.count).toBe(0);
    expect(outcome.faults[0]?.message).toMatch(
      /of which only the node's birth says what they are.*It is asked to say it again/u,
    );
    expect(edge.asked()).toEqual(["spBv1.0/Plant 1/NCMD/edge: Node Control/Rebirth"]);
    await edge.say("NDATA", [{ alias: 7, double: 41 }]);
    expect(edge.asked()).toHaveLength(1);
    expect(edge.bench.values(await edge.say("NBIRTH", birth, undefined, 0))).toHaveLength(2);
    const after = await edge.say("NDATA", [{ alias: 7, double: 42 }]);
    expect(edge.bench.values(after)).toEqual([["Motor.Temp group:Plant_1 node:edge", 42]]);
    expect(after.faults).toEqual([]);
  });

  test("is asked for again after pauses that grow, while none comes", async () => {
    const edge = new Edge({ keep_alive: 3600 });
    for (let minute = 0; minute < 30; minute += 1) {
      await edge.say("NDATA", [{ alias: 7, double: 41 }]);
      await edge.bench.clock.advance(seconds(60));
    }
    expect(edge.asked()).toHaveLength(5);
  });

  test("is asked of no node where nothing may be written", async () => {
    const edge = new Edge({ rebirth: false });
    const outcome = await edge.say("NDATA", [{ alias: 7, double: 41 }]);
    expect(edge.asked()).toEqual([]);
    expect(outcome.faults[0]?.message).toMatch(/Set `rebirth: true`/u);
  });

  test("does not matter to values that have name and type", async () => {
    const edge = new Edge();
    const outcome = await edge.say("NDATA", [{ name: "x", type: 10, double: 1 }]);
    expect(edge.bench.values(outcome)).toEqual([["x group:Plant_1 node:edge", 1]]);
    expect(edge.asked()).toEqual([]);
  });

  test("of many nodes is asked for a few at a time", async () => {
    const bench = new MqttBench({ topics: [ENTRY] });
    const payload = encodePayload({ at: bench.clock.now(), seq: 4, metrics: [{ alias: 1, double: 1 }] });
    await bench.hear(
      ...Array.from({ length: 25 }, (_, node) => ({ topic: `spBv1.0/Plant 1/NDATA/n${node}`, payload })),
    );
    expect(bench.broker.packets("publish")).toHaveLength(10);
    await bench.poll();
    await bench.poll();
    expect(bench.broker.packets("publish")).toHaveLength(25);
  });
});

describe("Sparkplug messages that are missing", () => {
  test("have the births asked for, when they have not come within five seconds", async () => {
    const edge = new Edge();
    await edge.say("NBIRTH", birth);
    await edge.say("NDATA", [{ alias: 7, double: 1 }], undefined, 3);
    await edge.bench.clock.advance(seconds(4));
    await edge.bench.poll();
    expect(edge.asked()).toEqual([]);
    await edge.bench.clock.advance(seconds(2));
    await edge.bench.poll();
    expect(edge.asked()).toHaveLength(1);
  });

  test("are not missing when they only changed places", async () => {
    const edge = new Edge();
    await edge.say("NBIRTH", birth);
    for (const seq of [2, 1, 4, 3, 5]) await edge.say("NDATA", [{ alias: 7, double: seq }], undefined, seq);
    await edge.bench.clock.advance(seconds(20));
    await edge.bench.poll();
    expect(edge.asked()).toEqual([]);
  });

  test("are none where the number begins again after 255", async () => {
    const edge = new Edge();
    await edge.say("NBIRTH", birth);
    for (let count = 1; count < 300; count += 1) await edge.say("NDATA", [{ alias: 7, double: 1 }]);
    await edge.bench.clock.advance(seconds(20));
    await edge.bench.poll();
    expect(edge.asked()).toEqual([]);
  });
});

describe("a Sparkplug death", () => {
  test("is a service check of the node and its devices, as their births are, said again each minute", async () => {
    const edge = new Edge();
    const born = await edge.say("NBIRTH", birth);
    expect(born.serviceChecks).toMatchObject([
      { name: "mqtt.sparkplug_online", status: 0, tags: ["group:Plant_1", "node:edge"] },
    ]);
    await edge.say("DBIRTH", [], "tank");
    expect((await edge.bench.poll()).serviceChecks).toEqual([]);
    const died = await edge.say("NDEATH", [{ name: "bdSeq", type: 8, long: 3 }]);
    expect(died.serviceChecks?.map(({ status, tags }) => [status, tags.at(-1)])).toEqual([
      [2, "node:edge"],
      [2, "device:tank"],
    ]);
    await edge.bench.clock.advance(seconds(61));
    expect((await edge.bench.poll()).serviceChecks).toHaveLength(2);
  });

  test("of a device leaves the node and its other devices alone", async () => {
    const edge = new Edge();
    await edge.say("NBIRTH", birth);
    await edge.say("DBIRTH", [], "tank");
    const outcome = await edge.say("DDEATH", [], "tank");
    expect(outcome.serviceChecks?.map(({ status, tags }) => [status, tags.at(-1)])).toEqual([[2, "device:tank"]]);
  });

  test("of an earlier session says nothing of this one", async () => {
    const edge = new Edge();
    await edge.say("NBIRTH", birth);
    const outcome = await edge.say("NDEATH", [{ name: "bdSeq", type: 8, long: 2 }], undefined, 1);
    expect(outcome.serviceChecks).toEqual([]);
    const after = await edge.say("NDATA", [{ alias: 7, double: 1 }], undefined, 1);
    expect(edge.bench.values(after)).toHaveLength(1);
  });

  test("ends what aliases stand for: the next node may mean others by them", async () => {
    const edge = new Edge();
    await edge.say("NBIRTH", birth);
    await edge.say("NDEATH", [{ name: "bdSeq", type: 8, long: 3 }]);
    const outcome = await edge.say("NDATA", [{ alias: 7, double: 1 }]);
    expect(outcome.readings.count).toBe(0);
    expect(edge.asked()).toHaveLength(1);
  });
});
