/** Modbus ASCII and RTU over Telnet, which `modbus-serial` carries: what it does and what it is kept from. */

import * as v from "valibot";
import { beforeAll, describe, expect, test } from "vitest";
import { LineTiming } from "../../src/inputs/modbus/line-timing.ts";
import type { ModbusLink } from "../../src/inputs/modbus/link.ts";
import { createLink, placeOf } from "../../src/inputs/modbus/place.ts";
import { costOfReadsAt } from "../../src/inputs/modbus/read-cost.ts";
import { modbusSettings } from "../../src/inputs/modbus/spec.ts";
import { seconds } from "../../src/model/time.ts";
import { loadForeignPort } from "../../src/platform/foreign-port.ts";
import { type FakeDevice, FakeHost } from "../support/fake-byte-stream.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { fromHex, toHex } from "../support/hex.ts";
import { toRtu } from "../support/wire-exchange.ts";

// The package is loaded from disk, which the fake clock does not wait for.
beforeAll(() => Promise.all([loadForeignPort("asciiport"), loadForeignPort("telnetport")]));

const readTwo = fromHex("03 0000 0002");
const readOne = fromHex("03 0000 0001");

interface Setting {
  readonly clock: FakeClock;
  readonly host: FakeHost;
  readonly link: ModbusLink;
  ask(pdu?: Uint8Array, registerBytes?: number): Promise<string>;
}

function set(settings: object, device?: FakeDevice): Setting {
  const clock = new FakeClock();
  const host = new FakeHost(device);
  const place = placeOf(v.parse(modbusSettings, settings));
  const link = createLink(place, clock, { openTcp: host.open, openSerial: host.openSerial, openUdp: host.open });
  const { signal } = new AbortController();
  const ask: Setting["ask"] = async (pdu = readTwo, registerBytes = 2) =>
    toHex(await clock.until(link.request({ unit: 1, pdu, timeout: seconds(1), signal, registerBytes })));
  return { clock, host, link, ask };
}

function text(characters: string): Uint8Array {
  return Buffer.from(characters, "latin1");
}

/** A frame of ASCII; its checksum is the two's complement of the sum of its bytes. */
function toAscii(hex: string): string {
  const bytes = fromHex(hex);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  const checksum = Buffer.of(-sum & 0xff);
  return `:${Buffer.concat([bytes, checksum]).toString("hex").toUpperCase()}\r\n`;
}

/** Says whenever it is asked. */
function says(...chunks: readonly string[]): FakeDevice {
  return (_bytes, peer) => {
    for (const chunk of chunks) peer.send(text(chunk));
  };
}

const answerTwo = toAscii("01 03 04 0001 0002");
const values = "030400010002";

describe.each([{ host: "10.0.0.5" }, { serial: "/dev/ttyS1" }])("a link of ASCII at %o", (place) => {
  const settings = { ...place, framing: "ascii" };

  test("asks in hexadecimal digits and takes what answers", async () => {
    const { ask, host } = set(settings, says(answerTwo));
    expect(await ask()).toBe(values);
    expect(host.written.map((bytes) => Buffer.from(bytes).toString("latin1"))).toEqual([":010300000002FA\r\n"]);
  });

  test("takes an answer in small letters, byte by byte and behind noise", async () => {
    const { ask } = set(settings, says("\xff\x00:01", ...answerTwo.toLowerCase()));
    expect(await ask()).toBe(values);
  });

  test("passes an exception on", async () => {
    expect(await set(settings, says(toAscii("01 83 02"))).ask()).toBe("8302");
  });

  test("takes no answer whose checksum does not hold, and says that something came", async () => {
    const { ask } = set(settings, says(answerTwo.replace("0002", "0003")));
    await expect(ask()).rejects.toMatchObject({ code: "INPUT_TIMEOUT" });
    await expect(ask()).rejects.toMatchObject({ message: expect.stringContaining("bytes came back") });
  });

  test.each([":\r\n", ":01\r\n", ":\n:\r\n", ":0\r\n", ":0103\n\r\n", ":zz\r\n", `:${"01".repeat(300)}`, "::::"])(
    "bears %j, at which the package throws or waits for ever, and takes the next answer",
    async (nonsense) => {
      expect(await set(settings, says(nonsense, answerTwo)).ask()).toBe(values);
    },
  );

  test("takes the second of two answers in one piece when the first is another unit's", async () => {
    expect(await set(settings, says(toAscii("02 03 04 0007 0007") + answerTwo)).ask()).toBe(values);
  });

  test("never takes a late answer for the next one's", async () => {
    let asked = 0;
    const { ask, link } = set(settings, (bytes, peer) => {
      asked += 1;
      if (asked === 1) return;
      if (asked === 2) peer.send(text(toAscii("01 03 04 dead beef")));
      const isForTwo = Buffer.from(bytes).toString("latin1").includes("0002");
      peer.send(text(isForTwo ? answerTwo : toAscii("01 03 02 0001")));
    });
    await expect(ask()).rejects.toMatchObject({ code: "INPUT_TIMEOUT" });
    expect(await ask()).toBe(values);
    expect(link.countsOf?.(1)).toMatchObject({ late: 1, answered: 2, silent: 1 });
  });

  test("leaves out what it hears of itself", async () => {
    const { ask } = set(settings, (bytes, peer) => {
      peer.send(bytes);
      peer.send(text(answerTwo));
    });
    expect(await ask()).toBe(values);
  });

  test("reads registers of 32 bits", async () => {
    expect(await set(settings, says(toAscii("01 03 04 3fc00000"))).ask(readOne, 4)).toBe("03043fc00000");
  });

  test("refuses to write before a byte is sent", async () => {
    const { ask, host } = set(settings);
    await expect(ask(fromHex("06 0000 0001"))).rejects.toMatchObject({ code: "INPUT_WRITE_REFUSED" });
    expect(host.written).toEqual([]);
  });

  test("fails what is pending when it is closed, and hears nothing after that", async () => {
    const { ask, link, host, clock } = set(settings, (_bytes, peer) => {
      link.close();
      peer.send(text(answerTwo));
    });
    await expect(ask()).rejects.toMatchObject({ code: "INPUT_LINK_CLOSED" });
    expect(host.peers.map((peer) => peer.isClosedByGateway)).toEqual([true]);
    expect(clock.pending()).toEqual([]);
  });

  test("connects anew for the next request when the bytes below are over", async () => {
    const { ask, link, host } = set(settings, says(answerTwo));
    expect(await ask()).toBe(values);
    host.peers[0]?.hangUp();
    expect(await ask()).toBe(values);
    expect([link.connectionCount, host.written.length]).toEqual([2, 2]);
  });
});

describe("the time on a line of ASCII", () => {
  const line = { baud: 9600, parity: "even", stopBits: 1, dataBits: 7 } as const;

  test("is that of two characters for each byte and of the marks", () => {
    // ":010300000002FA\r\n" has 17 characters of 10 bits.
    expect(new LineTiming(line, "ascii").wireTime(8)).toBeCloseTo((17 * 10 * 1000) / 9600, 6);
  });

  test("is what the plan reckons with", () => {
    const read = { functionCode: 3, count: 2 } as const;
    const place = { kind: "ascii-serial", serial: "/dev/ttyS1", line } as const;
    // The answer, ":01030400010002F5\r\n", has 19.
    const { bytes, duration } = costOfReadsAt(place)(read);
    expect(bytes).toBe(17 + 19);
    expect(duration).toBeCloseTo(((17 + 19 + 3.5) * 10 * 1000) / 9600 + 10, 6);
  });
});

describe("a link through a Telnet port", () => {
  const settings = { host: "10.0.0.5", port: 2217, framing: "telnet" };
  const greeting = "fffb00fffd00";

  function sayTelnet(...chunks: readonly Uint8Array[]): FakeDevice {
    return (bytes, peer) => {
      if (bytes[0] !== 0xff) for (const chunk of chunks) peer.send(chunk);
    };
  }

  test("asks for all eight bits, then for registers", async () => {
    const answer = toRtu({ unit: 1, pdu: fromHex(values) });
    const { ask, host } = set(settings, sayTelnet(answer));
    expect(await ask()).toBe(values);
    expect(host.written.map(toHex)).toEqual([greeting, "010300000002c40b"]);
  });

  test("doubles a byte of 255 and takes a doubled one for one", async () => {
    // The request for holding register 255 of unit 1, and minus one as its answer.
    const { ask, host } = set(settings, sayTelnet(fromHex("01 03 02 ffff ffff b9f4")));
    expect(await ask(fromHex("03 00ff 0001"))).toBe("0302ffff");
    expect(toHex(host.written[1] ?? new Uint8Array())).toBe("010300ffff0001b43a");
  });

  test("leaves out what the server negotiates, and refuses it", async () => {
    const answer = toRtu({ unit: 1, pdu: fromHex(values) });
    const { ask, host } = set(settings, sayTelnet(fromHex("fffb01 fffd03 fffa2c01ffff0102fff0 fffb00"), answer));
    expect(await ask()).toBe(values);
    expect(host.written.slice(2).map(toHex)).toEqual(["fffe01", "fffc03"]);
  });

  test("never takes a late answer for the next one's, of whatever length it is", async () => {
    let asked = 0;
    const { ask, link } = set(settings, (bytes, peer) => {
      if (bytes[0] === 0xff) return;
      asked += 1;
      if (asked === 1) return;
      const isForTwo = bytes[5] === 2;
      const answer = toRtu({ unit: 1, pdu: fromHex(isForTwo ? values : "03 02 0001") });
      const late = toRtu({ unit: 1, pdu: fromHex("03 04 deadbeef") });
      peer.send(asked === 2 ? Buffer.concat([late, answer]) : answer);
    });
    await expect(ask()).rejects.toMatchObject({ code: "INPUT_TIMEOUT" });
    expect(await ask()).toBe(values);
    expect(link.countsOf?.(1)).toMatchObject({ late: 1, answered: 2, silent: 1 });
  });

  test("takes no answer whose checksum does not hold", async () => {
    const answer = toRtu({ unit: 1, pdu: fromHex(values) });
    answer[4] = (answer[4] ?? 0) ^ 1;
    await expect(set(settings, sayTelnet(answer)).ask()).rejects.toMatchObject({ code: "INPUT_BAD_REPLY" });
  });

  test("closes what is below", async () => {
    const { ask, link, host } = set(settings, sayTelnet(toRtu({ unit: 1, pdu: fromHex(values) })));
    await ask();
    link.close();
    expect(host.peers[0]?.isClosedByGateway).toBe(true);
  });
});
