import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { seconds } from "../../src/model/time.ts";
import type { ByteStream } from "../../src/platform/byte-stream.ts";
import { openUdpPort } from "../../src/platform/udp-port.ts";
import { fromHex, toHex } from "../support/hex.ts";

const request = fromHex("12ff 0000 0006 01 03 0000 0001");
const answer = "12ff00000005010302002a";

describe("a port of UDP", () => {
  let device: Socket;
  let stream: ByteStream | undefined;

  beforeEach(async () => {
    device = createSocket("udp4");
    device.bind(0, "127.0.0.1");
    await once(device, "listening");
  });
  afterEach(() => {
    stream?.close();
    device.close();
  });

  /** Asks once, has the device say `datagrams`, and gives what came until the first that is the answer. */
  async function hear(...datagrams: readonly string[]): Promise<string[]> {
    const heard: string[] = [];
    const over = Promise.withResolvers<void>();
    stream = await openUdpPort("localhost", device.address().port, seconds(5), {
      onData: (bytes) => {
        heard.push(toHex(bytes));
        if (toHex(bytes) === answer) over.resolve();
      },
      onClose: (reason) => over.reject(new Error(reason)),
    });
    const asked = once(device, "message") as Promise<[Buffer, RemoteInfo]>;
    stream.write(request);
    const [bytes, { port, address }] = await asked;
    expect(toHex(bytes)).toBe(toHex(request));
    for (const datagram of [...datagrams, answer]) device.send(fromHex(datagram), port, address);
    await over.promise;
    return heard;
  }

  test("keeps all sixteen bits of a transaction id, of which the package uses eight", async () => {
    expect(await hear()).toEqual([answer]);
  });

  test("hands on answers to other transactions, for their master to judge", async () => {
    expect(await hear("11ff 0000 0005 01 03 02 dead")).toEqual(["11ff00000005010302dead", answer]);
  });

  test.each([
    ["has fewer bytes than it says", "12ff 0000 0005 01 03 02 00"],
    ["has more bytes than it says", "12ff 0000 0005 01 03 02 002b 00"],
    ["is of another protocol", "12ff 0001 0005 01 03 02 002b"],
    ["has no header", "12ff"],
    ["is longer than a frame can be", `12ff 0000 0103 01 03 fe ${"00".repeat(256)}`],
  ])("leaves out a datagram that %s", async (_what, datagram) => {
    expect(await hear(datagram)).toEqual([answer]);
  });

  test("leaves out what another sender says", async () => {
    const other = createSocket("udp4");
    const heard: string[] = [];
    stream = await openUdpPort("127.0.0.1", device.address().port, seconds(5), {
      onData: (bytes) => heard.push(toHex(bytes)),
      onClose: () => undefined,
    });
    const asked = once(device, "message") as Promise<[Buffer, RemoteInfo]>;
    stream.write(request);
    const [, { port }] = await asked;
    await new Promise((resolve) => other.send(fromHex(answer.replace("2a", "2b")), port, "127.0.0.1", resolve));
    device.send(fromHex(answer), port, "127.0.0.1");
    await expect.poll(() => heard).toEqual([answer]);
    other.close();
  });

  test("closes once, says nothing of it and sends nothing more", async () => {
    const told: string[] = [];
    stream = await openUdpPort("127.0.0.1", device.address().port, seconds(5), {
      onData: () => told.push("data"),
      onClose: () => told.push("close"),
    });
    stream.close();
    stream.close();
    stream.write(request);
    expect(told).toEqual([]);
  });

  test("refuses an address of IPv6 and a name that means nothing", async () => {
    const ignore = { onData: () => undefined, onClose: () => undefined };
    await expect(openUdpPort("::1", 502, seconds(5), ignore)).rejects.toMatchObject({
      code: "INPUT_UNREACHABLE",
      message: expect.stringContaining("name one of IPv4"),
    });
    await expect(openUdpPort("no-such-meter.invalid", 502, seconds(5), ignore)).rejects.toMatchObject({
      code: "INPUT_UNREACHABLE",
      message: expect.stringContaining("could not be resolved"),
    });
  });
});
