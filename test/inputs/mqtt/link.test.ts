import { describe, expect, test } from "vitest";
import { seconds } from "../../../src/model/time.ts";
import { fromHex } from "../../support/hex.ts";
import { createMemory, MqttBench, TEMPERATURES } from "./mqtt-bench.ts";

const warm = { topic: "plant/3/temperature", payload: "21.5" } as const;

/** Codes and words of the faults of a poll. */
async function faultsOf(bench: MqttBench): Promise<string[]> {
  return (await bench.poll()).faults.map(({ code, message }) => `${code} ${message}`);
}

describe("a broker that cannot be used", () => {
  test("is told of by name where nobody listens, and tried again after pauses that grow to a minute", async () => {
    const bench = new MqttBench();
    bench.broker.host.refuseCount = 100;
    const pauses: number[] = [];
    for (let turn = 0; turn < 10; turn += 1) {
      const outcome = await bench.poll();
      expect(outcome).toMatchObject({ isReachable: false, faults: [{ code: "INPUT_UNREACHABLE", points: [] }] });
      expect(outcome.faults[0]?.message).toContain("broker:1883 refused the connection");
      const pause = (outcome.pollAgainAt ?? 0) - bench.clock.monotonic();
      pauses.push(pause);
      await bench.clock.advance(seconds(pause / 1000));
    }
    expect(bench.broker.host.refuseCount).toBe(90);
    for (const [index, pause] of pauses.entries()) {
      const whole = Math.min(60_000, 1000 * 2 ** (index + 1));
      expect(pause).toBeGreaterThanOrEqual(whole / 2);
      expect(pause).toBeLessThanOrEqual(whole);
    }
  });

  test("is left alone until its pause is over, however often it is polled", async () => {
    const bench = new MqttBench();
    bench.broker.host.refuseCount = 10;
    for (let turn = 0; turn < 5; turn += 1) await bench.poll();
    expect(bench.broker.host.refuseCount).toBe(9);
  });

  test.each([
    ["3.1.1", 1, /does not speak this version of MQTT/u],
    ["3.1.1", 2, /does not take the client id/u],
    ["3.1.1", 4, /does not know this user or password: check `username` and `password`/u],
    ["3.1.1", 5, /does not allow this user to connect/u],
    ["3.1.1", 99, /gives 99 as its reason/u],
    [5, 134, /does not know this user or password/u],
    [5, 138, /has banned this client/u],
  ])("says why it refuses, in version %s by %i", async (version, returnCode, said) => {
    const bench = new MqttBench({ version, username: "u", password: "geheim" });
    bench.broker.connack = { returnCode, sessionPresent: false };
    const [fault] = await faultsOf(bench);
    expect(fault).toMatch(/^INPUT_NOT_ALLOWED mqtt:\/\/broker:1883 /u);
    expect(fault).toMatch(said);
    expect(fault).not.toContain("geheim");
  });

  test("is told of where it takes the connection and says nothing", async () => {
    const bench = new MqttBench({ timeout: 3 });
    bench.broker.isSilent = true;
    expect(await faultsOf(bench)).toEqual([
      "INPUT_TIMEOUT mqtt://broker:1883 did not answer as a broker does within 3 s. Look whether a broker runs there.",
    ]);
    expect(bench.clock.pending()).toEqual([]);
  });

  test("is told of where something else answers on its port", async () => {
    const bench = new MqttBench();
    bench.broker.host.play((_bytes, peer) => peer.send(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")));
    const [fault] = await faultsOf(bench);
    expect(fault).toMatch(/^INPUT_BAD_REPLY mqtt:\/\/broker:1883 does not speak MQTT as expected: /u);
  });

  test("is told of where it refuses a topic, and the others are heard all the same", async () => {
    const other = { topic: "secret/{what}", metric: "temperature", unit: "degC" };
    const bench = new MqttBench({ topics: [TEMPERATURES, other] });
    bench.broker.refused.add("secret/+");
    const outcome = await bench.hear(warm);
    expect(bench.values(outcome)).toEqual([["temperature line:3", 21.5]]);
    expect(outcome).toMatchObject({ isReachable: true, faults: [{ code: "INPUT_NOT_ALLOWED", points: ["secret/+"] }] });
    expect(outcome.faults[0]?.message).toMatch(/^mqtt:\/\/broker:1883 refuses the topic secret\/\+: it /u);
  });
});

describe("a connection", () => {
  test("is made once, subscribes to what is configured, and greets with what is set", async () => {
    const bench = new MqttBench({ username: "u", password: "p", qos: 2, keep_alive: 40 });
    await bench.poll();
    await bench.poll();
    expect(bench.broker.packets("connect")).toMatchObject([
      { clean: false, keepalive: 40, username: "u", password: Buffer.from("p"), protocolVersion: 4 },
    ]);
    expect(bench.broker.packets("connect")[0]?.clientId).toMatch(/^tidegate[\da-f]{15}$/u);
    expect(bench.broker.packets("subscribe").map(({ subscriptions }) => subscriptions)).toMatchObject([
      [{ topic: "plant/+/temperature", qos: 2 }],
    ]);
  });

  test("asks a broker of version 5 to keep its session for a week", async () => {
    const bench = new MqttBench({ version: 5 });
    await bench.poll();
    const [connect] = bench.broker.packets("connect");
    expect(connect).toMatchObject({ protocolVersion: 5, clean: false });
    expect(connect?.properties).toMatchObject({ sessionExpiryInterval: 604_800, receiveMaximum: 1000 });
  });

  test("has a name of its own and no session where it is polled but once, so that the other stays", async () => {
    const always = new MqttBench();
    const single = new MqttBench({ listen: 1 }, { isSingle: true });
    await always.poll();
    await single.poll();
    const [one, other] = [always, single].map(({ broker }) => broker.packets("connect")[0]);
    expect(other?.clean).toBe(true);
    expect(one?.clientId).not.toBe(other?.clientId);
  });

  test("asks whether the broker is there after silence, and is made again where it is not", async () => {
    const bench = new MqttBench({ keep_alive: 30 });
    await bench.poll();
    await bench.clock.advance(seconds(31));
    expect(bench.broker.pingCount).toBe(1);
    expect((await bench.poll()).isReachable).toBe(true);
    bench.broker.isSilent = true;
    await bench.clock.advance(seconds(59.2));
    expect(await faultsOf(bench)).toEqual([
      "INPUT_TIMEOUT mqtt://broker:1883 was not heard of for 60 s, though it was asked: the connection is gone.",
    ]);
    bench.broker.isSilent = false;
    await bench.clock.advance(seconds(2));
    expect((await bench.hear(warm)).isReachable).toBe(true);
  });

  test("on which bytes come and never a whole packet is made again after ten questions without an answer", async () => {
    const bench = new MqttBench({ keep_alive: 30 });
    await bench.poll();
    const send = (bytes: Uint8Array): void => bench.broker.peer.send(bytes);
    // The beginning of a message of 256 MB: a length that was damaged on its way.
    send(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f));
    bench.broker.isSilent = true;
    let intervals = 0;
    for (; bench.input.isConnected && intervals < 50; intervals += 1) {
      bench.broker.publish(warm);
      await bench.clock.advance(seconds(30));
    }
    expect(intervals).toBe(11);
    expect(await faultsOf(bench)).toEqual([
      "INPUT_BAD_REPLY mqtt://broker:1883 sent bytes for 5 min and no whole message was among them, nor an answer: the " +
        "connection is made anew.",
    ]);
    bench.broker.isSilent = false;
    await bench.clock.advance(seconds(2));
    expect(bench.values(await bench.hear(warm))).toEqual([["temperature line:3", 21.5]]);
  });

  test("that is slow with a large message, and answers nothing before it is whole, is left alone", async () => {
    const bench = new MqttBench({ keep_alive: 30 });
    await bench.poll();
    bench.broker.isSilent = true;
    const message = Uint8Array.of(0x30, 90, 0, 1, 0x61, ...new Uint8Array(87));
    for (let turn = 0; turn < 36; turn += 1) {
      const start = (turn % 9) * 10 + (turn % 9 === 0 ? 0 : 2);
      bench.broker.peer.send(message.subarray(start, (turn % 9) * 10 + 12));
      await bench.clock.advance(seconds(30));
    }
    expect(bench.input.isConnected).toBe(true);
    expect(bench.broker.pingCount).toBe(36);
  });

  test("that is cut is told of at once and made again, with what was heard before", async () => {
    const bench = new MqttBench();
    await bench.poll();
    bench.broker.publish(warm);
    const eagerCount = bench.eagerCount;
    bench.broker.peer.hangUp();
    expect(bench.eagerCount).toBe(eagerCount + 1);
    const outcome = await bench.poll();
    expect(bench.values(outcome)).toEqual([["temperature line:3", 21.5]]);
    expect(outcome).toMatchObject({ isReachable: false, faults: [{ code: "INPUT_LINK_CLOSED" }] });
    await bench.clock.advance(seconds(2));
    expect(await bench.poll()).toMatchObject({ isReachable: true, faults: [] });
    expect(bench.broker.host.peers).toHaveLength(2);
  });

  test("that is cut again and again is told of with what two clients of one name do to each other", async () => {
    const bench = new MqttBench({ client_id: "hall" });
    for (let turn = 0; turn < 5; turn += 1) {
      await bench.poll();
      bench.broker.peer.hangUp();
      await bench.clock.advance(seconds(61));
      bench.clock.pending();
    }
    await bench.poll();
    bench.broker.peer.hangUp();
    expect((await bench.poll()).faults[0]?.message).toMatch(
      /again and again\. If another client has the id hall, give each a `client_id` of its own/u,
    );
  });

  test("that a broker of version 5 gives to another client is told of in its words", async () => {
    const bench = new MqttBench({ version: 5 });
    await bench.poll();
    bench.broker.send({ cmd: "disconnect", reasonCode: 142 });
    bench.broker.peer.hangUp();
    expect((await faultsOf(bench))[0]).toMatch(/has given the connection to another client of the same id/u);
  });

  test("that sends damage is closed, and the message before it counts", async () => {
    const bench = new MqttBench();
    await bench.poll();
    bench.broker.publish(warm);
    bench.broker.peer.send(fromHex("3600"));
    const outcome = await bench.poll();
    expect(bench.values(outcome)).toHaveLength(1);
    expect(outcome.faults[0]?.code).toBe("INPUT_BAD_REPLY");
    expect(bench.broker.peer.isClosedByGateway).toBe(true);
  });

  test("ends subscriptions that the broker remembers and nobody wants any more", async () => {
    const memory = createMemory();
    const before = new MqttBench({ topics: [TEMPERATURES, { ...TEMPERATURES, topic: "old/#" }] }, { memory });
    await before.poll();
    const after = new MqttBench({}, { memory });
    after.broker.connack = { returnCode: 0, sessionPresent: true };
    await after.poll();
    expect(after.broker.packets("unsubscribe").map(({ unsubscriptions }) => unsubscriptions)).toEqual([["old/#"]]);
  });

  test("says farewell when it is stopped", async () => {
    const bench = new MqttBench();
    await bench.poll();
    await bench.input[Symbol.asyncDispose]();
    await bench.clock.advance(seconds(1));
    expect(bench.broker.packets("disconnect")).toHaveLength(1);
    expect(bench.clock.pending()).toEqual([]);
  });

  test("with TLS is opened as such, on its own port", async () => {
    const bench = new MqttBench({ broker: "mqtts://broker" });
    expect(bench.input.bus).toBe("mqtts://broker:8883");
    expect((await bench.poll()).isReachable).toBe(true);
  });
});

describe("a check", () => {
  test("ends as soon as every topic has had a message", async () => {
    const bench = new MqttBench({}, { isSingle: true });
    bench.broker.kept = [warm];
    const began = bench.clock.monotonic();
    const outcome = await bench.poll();
    expect(bench.values(outcome)).toHaveLength(1);
    expect(outcome.faults).toEqual([]);
    expect(bench.clock.monotonic() - began).toBeLessThan(1000);
  });

  test("says of which topics nothing came, and that what the broker had kept was passed over", async () => {
    const other = { topic: "silent/{x}", metric: "temperature", unit: "degC" };
    const bench = new MqttBench({ topics: [TEMPERATURES, other], listen: 8 }, { isSingle: true });
    bench.broker.kept = [{ ...warm, retain: true }];
    const outcome = await bench.poll();
    expect(outcome.faults).toMatchObject([{ code: "INPUT_TIMEOUT", points: ["silent/+"] }]);
    expect(outcome.faults[0]?.message).toMatch(/No message came on silent\/\+ at mqtt:\/\/broker:1883 within 8 s\./u);
    expect(outcome.faults[0]?.message).toMatch(/1 messages that the broker had kept were passed over/u);
  });
});
