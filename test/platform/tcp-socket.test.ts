import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { seconds } from "../../src/model/time.ts";
import { openTcpSocket } from "../../src/platform/tcp-socket.ts";

const ignore = { onData: () => undefined, onClose: () => undefined };

describe("a tcp socket", () => {
  let server: Server;
  let port: number;
  let accepted: Promise<Socket>;

  beforeEach(async () => {
    server = createServer();
    accepted = once(server, "connection").then(([socket]) => socket as Socket);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
  });
  afterEach(() => server.close());

  test("says what a refused connection may mean to someone at the machine", async () => {
    server.close();
    await once(server, "close");
    await expect(openTcpSocket("127.0.0.1", port, seconds(5), ignore)).rejects.toMatchObject({
      code: "INPUT_UNREACHABLE",
      message: `127.0.0.1:${port} refused the connection: nothing listens on that port, or it serves another client already.`,
    });
  });

  test("says that a name could not be resolved", async () => {
    await expect(openTcpSocket("no-such-meter.invalid", 502, seconds(5), ignore)).rejects.toThrow(
      /has a name that could not be resolved/u,
    );
  });

  test("carries bytes both ways", async () => {
    const received = Promise.withResolvers<string>();
    const stream = await openTcpSocket("127.0.0.1", port, seconds(5), {
      onData: (bytes) => received.resolve(Buffer.from(bytes).toString("hex")),
      onClose: () => undefined,
    });
    const peer = await accepted;
    peer.once("data", (bytes) => peer.write(Buffer.concat([bytes, Buffer.of(0xff)])));
    stream.write(Uint8Array.of(1, 2));
    expect(await received.promise).toBe("0102ff");
    stream.close();
  });

  test("carries what is written in one go in its order, together or not", async () => {
    const received: Buffer[] = [];
    const over = Promise.withResolvers<void>();
    const stream = await openTcpSocket("127.0.0.1", port, seconds(5), ignore);
    const peer = await accepted;
    peer.on("data", (bytes) => {
      received.push(bytes);
      if (Buffer.concat(received).length === 6) over.resolve();
    });
    stream.write(Uint8Array.of(1));
    stream.write(Uint8Array.of(2, 3), true);
    stream.write(Uint8Array.of(4), true);
    stream.write(Uint8Array.of(5));
    await Promise.resolve();
    stream.write(Uint8Array.of(6), true);
    await over.promise;
    expect([...Buffer.concat(received)]).toEqual([1, 2, 3, 4, 5, 6]);
    stream.close();
  });

  test("tells once that the device closed the connection", async () => {
    const closed: string[] = [];
    const over = Promise.withResolvers<void>();
    await openTcpSocket("127.0.0.1", port, seconds(5), {
      onData: () => undefined,
      onClose: (reason) => {
        closed.push(reason);
        over.resolve();
      },
    });
    (await accepted).destroy();
    await over.promise;
    expect(closed).toEqual(["the device closed the connection"]);
  });

  test("tells nothing after it was closed from this side", async () => {
    const told: string[] = [];
    const stream = await openTcpSocket("127.0.0.1", port, seconds(5), {
      onData: () => told.push("data"),
      onClose: () => told.push("close"),
    });
    const peer = await accepted;
    stream.close();
    stream.close();
    stream.write(Uint8Array.of(1));
    await once(peer.resume(), "close");
    expect(told).toEqual([]);
  });
});
