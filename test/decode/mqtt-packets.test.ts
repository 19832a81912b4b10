import { describe, expect, test } from "vitest";
import { MqttFrames } from "../../src/decode/mqtt-frames.ts";
import {
  decodePacket,
  encodeAck,
  encodeConnect,
  encodeDisconnect,
  encodePing,
  encodePublish,
  encodeSubscribe,
  encodeUnsubscribe,
  type MqttPacket,
  type MqttVersion,
} from "../../src/decode/mqtt-packets.ts";
import { fromHex, toHex } from "../support/hex.ts";

/** Cuts bytes into packets, whatever the chunks, and decodes them. */
function read(version: MqttVersion, bytesMax: number, ...chunks: readonly string[]) {
  const packets: { packet: MqttPacket; cutBytes: number }[] = [];
  const frames = new MqttFrames(bytesMax, (head, body, cutBytes) => {
    packets.push({ packet: decodePacket(head, body.slice(), version), cutBytes });
  });
  for (const chunk of chunks) frames.push(fromHex(chunk));
  return packets;
}

function readOne(version: MqttVersion, bytes: string): unknown {
  const packet = read(version, 1000, bytes)[0]?.packet;
  return packet?.kind === "publish" ? { ...packet, payload: Buffer.from(packet.payload).toString() } : packet;
}

const who = { clientId: "tide", keepAliveS: 30, sessionExpiryS: 604_800, receiveMax: 1000 };

describe("a packet that is sent", () => {
  // The bytes were made by mqtt-packet 9.0.2.
  test.each([
    [
      "a greeting with user and password",
      encodeConnect({ ...who, version: "3.1.1", isClean: false, username: "u", password: "pw" }),
      "1017 00044d515454 04c0001e 000474696465 000175 00027077",
    ],
    [
      "a greeting that begins anew",
      encodeConnect({ ...who, version: "3.1.1", isClean: true }),
      "1010 00044d515454 0402001e 000474696465",
    ],
    [
      "a greeting of version 5",
      encodeConnect({ ...who, version: "5", isClean: false }),
      "1019 00044d515454 0500001e 08 1100093a80 2103e8 000474696465",
    ],
    ["a subscription", encodeSubscribe("3.1.1", 1, ["a/+", "b/#"], 1), "820e 0001 0003612f2b01 0003622f2301"],
    ["a subscription of version 5", encodeSubscribe("5", 1, ["a/+"], 2), "8209 0001 00 0003612f2b02"],
    ["the end of a subscription", encodeUnsubscribe("3.1.1", 7, ["a/+"]), "a207 0007 0003612f2b"],
    ["the end of one of version 5", encodeUnsubscribe("5", 7, ["a/+"]), "a208 0007 00 0003612f2b"],
    ["an acknowledgement", encodeAck("puback", 513), "4002 0201"],
    ["the first of two acknowledgements", encodeAck("pubrec", 513), "5002 0201"],
    ["the second of two", encodeAck("pubcomp", 513), "7002 0201"],
    ["a message", encodePublish("3.1.1", "t/ü", Buffer.from("21.5")), "300a 0004742fc3bc 32312e35"],
    ["a message of version 5", encodePublish("5", "t/ü", Buffer.from("21.5")), "300b 0004742fc3bc 00 32312e35"],
    ["a ping", encodePing(), "c000"],
    ["a farewell", encodeDisconnect(), "e000"],
  ])("is %s, byte by byte as others write it", (_what, bytes, expected) => {
    expect(toHex(bytes)).toBe(expected.replaceAll(" ", ""));
  });

  test("has a length of two bytes where it is long", () => {
    const bytes = encodePublish("3.1.1", "t", Buffer.alloc(200));
    expect(toHex(bytes.subarray(0, 6))).toBe("30cb01000174");
    expect(bytes).toHaveLength(206);
  });
});

describe("a packet that comes", () => {
  test.each([
    ["of a type that only clients send", "3.1.1", "c000", /type 12/u],
    ["with a quality of service of 3", "3.1.1", "360700037 42f31020178".replace(" ", ""), /quality of service of 3/u],
    ["with the number 0", "3.1.1", "32080003742f3100003231", /the number 0/u],
    ["without a topic", "3.1.1", "30030000ff", /without a topic/u],
    ["with a topic longer than itself", "3.1.1", "3003ffff41", /fewer bytes/u],
    ["with properties longer than itself", "5", "3007000174ff010000", /fewer bytes|properties beyond/u],
    ["with a property nobody knows", "5", "3006000174027f00", /property 127/u],
    ["with an alias for a topic, which was not allowed", "5", "300a0003742f320323000378", /topic alias/u],
    ["that is too short", "3.1.1", "200100", /fewer bytes/u],
  ] as const)("is refused %s", (_what, version, bytes, said) => {
    expect(() => readOne(version, bytes)).toThrow(expect.objectContaining({ code: "INPUT_BAD_REPLY" }));
    expect(() => readOne(version, bytes)).toThrow(said);
  });

  // The bytes were made by mqtt-packet 9.0.2.
  test.each([
    ["3.1.1", "20020100", { kind: "connack", isSessionPresent: true, reason: 0, properties: new Map() }],
    ["3.1.1", "20020005", { kind: "connack", isSessionPresent: false, reason: 5, properties: new Map() }],
    ["5", "20020001", { kind: "connack", isSessionPresent: false, reason: 1, properties: new Map() }],
    [
      "5",
      "202100001e13000a120001782100141f000568656c6c6f27000003e82501280122000a",
      {
        kind: "connack",
        isSessionPresent: false,
        reason: 0,
        properties: new Map<number, unknown>([
          ...([
            [19, 10],
            [18, "x"],
            [33, 20],
            [31, "hello"],
            [39, 1000],
            [37, 1],
            [40, 1],
            [34, 10],
          ] as const),
        ]),
      },
    ],
    ["3.1.1", "900400010180", { kind: "suback", packetId: 1, reasons: [1, 128], text: "" }],
    ["5", "900a0001051f00026e6f0187", { kind: "suback", packetId: 1, reasons: [1, 135], text: "no" }],
    ["3.1.1", "b0020007", { kind: "unsuback", packetId: 7 }],
    ["5", "b00400070000", { kind: "unsuback", packetId: 7 }],
    ["3.1.1", "62020009", { kind: "pubrel", packetId: 9 }],
    ["5", "62020009", { kind: "pubrel", packetId: 9 }],
    ["3.1.1", "d000", { kind: "pingresp" }],
    ["5", "e00a8e081f000574616b656e", { kind: "disconnect", reason: 142, text: "taken" }],
    ["5", "e000", { kind: "disconnect", reason: 0, text: "" }],
    [
      "3.1.1",
      "3b0b0003742f31020132312e35",
      {
        ...{ kind: "publish", topic: "t/1", payload: "21.5", qos: 1, isRetained: true, isRepeated: true },
        packetId: 513,
      },
    ],
    [
      "5",
      "342d0003742f32000924020000003c010126000161000162260001630001640bac02030004746578740900027a7a78",
      { kind: "publish", topic: "t/2", payload: "x", qos: 2, isRetained: false, isRepeated: false, packetId: 9 },
    ],
  ] as const)("is read as others mean it, in version %s: %s", (version, bytes, expected) => {
    expect(readOne(version, bytes)).toEqual(expected);
  });
});

describe("a stream of packets", () => {
  const message = "320b0003742f31020132312e35";
  const whole = `20020000${message}d000`;

  test("is cut into its packets wherever the chunks end", () => {
    const expected = read("3.1.1", 1000, whole).map(({ packet }) => packet.kind);
    expect(expected).toEqual(["connack", "publish", "pingresp"]);
    for (let cut = 2; cut < whole.length; cut += 2) {
      const found = read("3.1.1", 1000, whole.slice(0, cut), whole.slice(cut));
      expect(found.map(({ packet }) => packet.kind)).toEqual(expected);
    }
    const single = read("3.1.1", 1000, ...(whole.match(/../gu) ?? []));
    expect(single.map(({ packet }) => packet.kind)).toEqual(expected);
  });

  test("keeps the beginning of a message that is too large, and goes on behind it", () => {
    const large = `3090030001 74${"41".repeat(397)}`.replaceAll(" ", "");
    for (const chunks of [[large + message], [large.slice(0, 20), large.slice(20, 500), large.slice(500) + message]]) {
      const found = read("3.1.1", 100, ...chunks);
      expect(found.map(({ cutBytes }) => cutBytes)).toEqual([300, 0]);
      expect(found.map(({ packet }) => packet.kind === "publish" && packet.topic)).toEqual(["t", "t/1"]);
    }
  });

  test("ends at any other packet that is too large, and at a length that has no end", () => {
    expect(() => read("3.1.1", 100, "90ff7f")).toThrow(/16383 bytes, where 100 are the most/u);
    expect(() => read("3.1.1", 100, "30ffffffff")).toThrow(/length of more than four bytes/u);
  });
});
