import { describe, expect, test } from "vitest";
import { millis, seconds } from "../../../src/model/time.ts";
import { MqttBench } from "./mqtt-bench.ts";

const once = { topic: "plant/3/temperature", payload: "21.5", qos: 1, messageId: 11 } as const;
const exactly = { topic: "plant/3/temperature", payload: "21.5", qos: 2, messageId: 21 } as const;

describe("a message that wants to be acknowledged", () => {
  test("is not, before the log has it", async () => {
    const bench = new MqttBench();
    const outcome = await bench.hear(once);
    expect(bench.values(outcome)).toEqual([["temperature line:3", 21.5]]);
    expect(bench.broker.acks("puback")).toEqual([]);
    await bench.record(outcome);
    expect(bench.broker.acks("puback")).toEqual([11]);
  });

  test("has the input ask to be polled, so that its sender does not wait", async () => {
    const bench = new MqttBench();
    await bench.poll();
    const before = bench.eagerCount;
    bench.broker.publish({ ...once, qos: 0 });
    expect(bench.eagerCount).toBe(before);
    bench.broker.publish(once);
    expect(bench.eagerCount).toBe(before + 1);
  });

  test("comes with others before the first of them is acknowledged, and all are in one poll", async () => {
    const bench = new MqttBench({ qos: 1 });
    const many = Array.from({ length: 20 }, (_, index) => ({
      ...once,
      payload: String(index),
      messageId: 100 + index,
    }));
    const outcome = await bench.hear(...many);
    expect(bench.values(outcome).map(([, value]) => value)).toEqual(many.map(({ payload }) => Number(payload)));
    await bench.record(outcome);
    expect(bench.broker.acks("puback")).toEqual(many.map(({ messageId }) => messageId));
  });

  test("is acknowledged at once where it holds nothing for the log", async () => {
    const bench = new MqttBench();
    await bench.hear({ ...once, payload: "off" }, { ...once, topic: "elsewhere", messageId: 12 });
    expect(bench.broker.acks("puback")).toEqual([11, 12]);
  });

  test("comes again when the log refused it, by a new connection, and is acknowledged then", async () => {
    const bench = new MqttBench();
    await bench.record(await bench.hear(once), false);
    expect(bench.broker.peer.isClosedByGateway).toBe(true);
    expect((await bench.poll()).faults[0]?.message).toMatch(/the log did not take its messages/u);
    bench.broker.connack = { returnCode: 0, sessionPresent: true };
    bench.broker.kept = [{ ...once, dup: true }];
    await bench.clock.advance(seconds(60));
    await bench.record(await bench.poll());
    expect(bench.broker.host.peers).toHaveLength(2);
    expect(bench.broker.acks("puback")).toEqual([11]);
  });

  test("is not acknowledged on another connection, where its number may be another's", async () => {
    const bench = new MqttBench();
    const outcome = await bench.hear(once);
    bench.broker.peer.hangUp();
    await bench.clock.advance(seconds(60));
    await bench.poll();
    await bench.record(outcome);
    expect(bench.broker.acks("puback")).toEqual([]);
  });

  test("may come in the same breath as the answer to the greeting", async () => {
    const bench = new MqttBench();
    bench.broker.connack = { returnCode: 0, sessionPresent: true };
    bench.broker.kept = [once];
    const outcome = await bench.poll();
    expect(bench.values(outcome)).toEqual([["temperature line:3", 21.5]]);
    await bench.record(outcome);
    expect(bench.broker.acks("puback")).toEqual([11]);
  });
});

describe("a message that is to come once", () => {
  test("is acknowledged in two steps, the first when the log has it", async () => {
    const bench = new MqttBench({ qos: 2 });
    const outcome = await bench.hear(exactly);
    expect(bench.broker.acks("pubrec")).toEqual([]);
    await bench.record(outcome);
    expect(bench.broker.acks("pubrec")).toEqual([21]);
    expect(bench.broker.acks("pubcomp")).toEqual([21]);
  });

  test("is taken once, though the broker did not hear of it and sends it again", async () => {
    const bench = new MqttBench({ qos: 2 });
    const outcome = await bench.hear(exactly);
    bench.broker.peer.hangUp();
    await bench.record(outcome);
    bench.broker.connack = { returnCode: 0, sessionPresent: true };
    bench.broker.kept = [{ ...exactly, dup: true }];
    await bench.clock.advance(seconds(60));
    const again = await bench.poll();
    expect(bench.values(again)).toEqual([]);
    expect(bench.broker.acks("pubrec")).toEqual([21]);
    expect(bench.broker.acks("pubcomp")).toEqual([21]);
  });

  test("is taken once, though it comes again before the log has it, and is acknowledged where it came last", async () => {
    const bench = new MqttBench({ qos: 2 });
    const outcome = await bench.hear(exactly);
    bench.broker.peer.hangUp();
    bench.broker.connack = { returnCode: 0, sessionPresent: true };
    bench.broker.kept = [{ ...exactly, dup: true }];
    await bench.clock.advance(seconds(60));
    expect(bench.values(await bench.poll())).toEqual([]);
    expect(bench.broker.acks("pubrec")).toEqual([]);
    await bench.record(outcome);
    expect(bench.broker.acks("pubrec")).toEqual([21]);
  });

  test("is another one where the broker has forgotten the session, whatever its number", async () => {
    const bench = new MqttBench({ qos: 2 });
    const outcome = await bench.hear(exactly);
    bench.broker.peer.hangUp();
    await bench.clock.advance(seconds(60));
    await bench.poll();
    const other = await bench.hear({ ...exactly, payload: "30" });
    expect(bench.values(other)).toEqual([["temperature line:3", 30]]);
    await bench.record(outcome);
    expect(bench.broker.acks("pubrec")).toEqual([]);
    await bench.record(other);
    expect(bench.broker.acks("pubrec")).toEqual([21]);
  });

  test("is another one once the broker has let go of its number", async () => {
    const bench = new MqttBench({ qos: 2 });
    await bench.record(await bench.hear(exactly));
    expect(bench.values(await bench.hear({ ...exactly, payload: "30" }))).toEqual([["temperature line:3", 30]]);
  });
});

describe("a flood", () => {
  test("costs readings beyond the room there is, each counted, and nothing else", async () => {
    const bench = new MqttBench();
    await bench.poll();
    const chunk = Array.from({ length: 1000 }, (_, index) => ({ ...once, qos: 0 as const, payload: String(index) }));
    bench.broker.flood(30, chunk);
    expect(bench.eagerCount).toBeGreaterThan(0);
    const outcome = await bench.poll();
    expect([outcome.readings.count, outcome.dropped]).toEqual([20_000, { backpressure: 10_000 }]);
    expect(outcome.faults.map(({ code }) => code)).toEqual(["INPUT_FLOODED"]);
    expect(outcome.isReachable).toBe(true);
    const after = await bench.hear({ ...once, qos: 0 });
    expect([after.readings.count, after.faults, after.dropped]).toEqual([1, [], {}]);
  });

  test("of messages that want to be acknowledged costs none: the broker keeps what there is no room for", async () => {
    const bench = new MqttBench();
    await bench.poll();
    const chunk = Array.from({ length: 1000 }, (_, index) => ({
      ...once,
      payload: String(index),
      messageId: index + 1,
    }));
    bench.broker.flood(20, chunk);
    bench.broker.publish({ ...once, messageId: 30_000 });
    const outcome = await bench.poll();
    expect([outcome.readings.count, outcome.dropped]).toEqual([20_000, {}]);
    expect(bench.broker.peer.isClosedByGateway).toBe(true);
    expect(outcome.faults[0]?.message).toMatch(/more came than there is room for, and the broker is to send it again/u);
  });

  test("of topics nobody has seen costs no more series than there may be", async () => {
    const bench = new MqttBench({}, { seriesMax: 100 });
    await bench.poll();
    const many = Array.from({ length: 6000 }, (_, index) => ({
      ...once,
      qos: 0 as const,
      topic: `plant/${index}/temperature`,
    }));
    const outcome = await bench.hear(...many);
    expect([outcome.readings.count, bench.input.points.length]).toEqual([100, 100]);
    expect(outcome.dropped).toEqual({ "series-limit": 5900 });
    expect(outcome.faults.map(({ code }) => code)).toEqual(["INPUT_SERIES_LIMIT"]);
    await bench.clock.advance(millis(1));
  });
});
