import { once } from "node:events";
import { connect, type Socket } from "node:net";
import mqttPacket, { type Packet } from "mqtt-packet";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FloorMessage, MqttBroker } from "../../hardware-sim/brokers/mqtt-broker.ts";

/** A client on another's encoder and decoder. */
class Client {
  readonly packets: Packet[] = [];
  readonly #socket: Socket;
  readonly #version: 4 | 5;

  constructor(port: number, version: 4 | 5) {
    this.#version = version;
    const parser = mqttPacket.parser({ protocolVersion: version });
    parser.on("packet", (packet) => this.packets.push(packet));
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.on("data", (bytes) => void parser.parse(bytes));
  }

  send(packet: object): void {
    this.#socket.write(mqttPacket.generate(packet as Packet, { protocolVersion: this.#version }));
  }

  greet(clean = false): void {
    const hello = { protocolId: "MQTT", protocolVersion: this.#version, clientId: "c", keepalive: 10, clean };
    this.send({ cmd: "connect", ...hello });
  }

  /** Waits until so many packets of a kind came. */
  async heard(cmd: Packet["cmd"], count: number): Promise<Packet[]> {
    for (;;) {
      const found = this.packets.filter((packet) => packet.cmd === cmd);
      if (found.length >= count) return found;
      await once(this.#socket, "data");
    }
  }

  async close(): Promise<void> {
    this.#socket.destroy();
    await once(this.#socket, "close");
  }
}

describe.each([4, 5] as const)("a broker of the plant, spoken to in version %i", (version) => {
  let broker: MqttBroker;
  let sent: FloorMessage[];
  let client: Client;
  beforeEach(async () => {
    sent = [];
    broker = new MqttBroker({
      onSent: (m) => sent.push(m),
      onSubscribed: () => undefined,
      onPublished: () => undefined,
    });
    await broker.open();
    client = new Client(broker.port, version);
  });
  afterEach(() => broker.close());

  const say = (topic: string, payload: string, qos: 0 | 1): void =>
    broker.publish({ topic, payload: Buffer.from(payload), qos });

  test("hands over what was subscribed to, and answers a ping", async () => {
    client.greet();
    client.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "a/+", qos: 2 }] });
    expect(await client.heard("suback", 1)).toMatchObject([{ messageId: 1, granted: [1] }]);
    for (const topic of ["a/b", "a/b/c", "b"]) say(topic, "1", 1);
    client.send({ cmd: "pingreq" });
    await client.heard("pingresp", 1);
    expect(client.packets).toMatchObject([
      { cmd: "connack", sessionPresent: false },
      { cmd: "suback" },
      { cmd: "publish", topic: "a/b", qos: 1, dup: false },
      { cmd: "pingresp" },
    ]);
  });

  test("sends twenty ahead, and again what was not acknowledged", async () => {
    client.greet();
    client.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "#", qos: 1 }] });
    await client.heard("suback", 1);
    for (let count = 1; count <= 25; count += 1) say("a", String(count), 1);
    const [first] = await client.heard("publish", 20);
    expect(sent).toHaveLength(20);
    client.send({ cmd: "puback", messageId: first?.messageId });
    await client.heard("publish", 21);
    await client.close();
    client = new Client(broker.port, version);
    client.greet();
    const again = await client.heard("publish", 20);
    expect(client.packets[0]).toMatchObject({ cmd: "connack", sessionPresent: true });
    const payloads = again.map((packet) => packet.cmd === "publish" && [packet.payload.toString(), packet.dup]);
    expect(payloads).toEqual(Array.from({ length: 20 }, (_, index) => [String(index + 2), true]));
    expect(sent).toHaveLength(41);
  });

  test("forgets a client that begins anew", async () => {
    client.greet();
    client.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "#", qos: 1 }] });
    await client.heard("suback", 1);
    client = new Client(broker.port, version);
    client.greet(true);
    await client.heard("connack", 1);
    expect(client.packets[0]).toMatchObject({ sessionPresent: false });
    say("a", "1", 1);
    expect(sent).toEqual([]);
  });
});
