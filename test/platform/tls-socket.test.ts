import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer as createPlainServer, type Server } from "node:net";
import { createServer, type TlsOptions } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { seconds } from "../../src/model/time.ts";
import { openTlsSocket, type TlsSettings } from "../../src/platform/tls-socket.ts";

const read = (name: string): string => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), "utf8");
const ca = read("ca.pem");

describe("a socket with TLS", () => {
  let server: Server;
  afterEach(() => server.close());

  async function listen(made: Server): Promise<number> {
    server = made;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  function echo(options: TlsOptions = {}): Server {
    const ours = { cert: read("server.pem"), key: read("server-key.pem") };
    return createServer({ ...ours, ...options }, (socket) => {
      socket.on("error", () => socket.destroy());
      socket.pipe(socket);
    });
  }

  const open = (port: number, settings: TlsSettings, host = "127.0.0.1") =>
    openTlsSocket(host, port, seconds(5), { onData: () => undefined, onClose: () => undefined }, settings);

  test.each<[string, TlsSettings, RegExp]>([
    ["a CA that nobody named", {}, /has a certificate of a CA that is not trusted: name that CA's own .* as tls_ca/u],
    ["another name", { ca, serverName: "other.plant" }, /has a certificate of another name: .*tls_server_name/u],
  ])("is refused for %s, with what to do", async (_what, settings, said) => {
    const port = await listen(echo());
    await expect(open(port, settings)).rejects.toMatchObject({
      code: "INPUT_NOT_ALLOWED",
      message: expect.stringMatching(said),
    });
  });

  test("says that the other end speaks no TLS, whether it answers or hangs up", async () => {
    const answering = await listen(createPlainServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")));
    await expect(open(answering, { ca })).rejects.toThrow(/write mqtt:\/\/ instead of mqtts:\/\//u);
    server.close();
    const mute = await listen(createPlainServer((socket) => socket.once("data", () => socket.resetAndDestroy())));
    await expect(open(mute, { ca })).rejects.toThrow(/cut the connection before TLS was agreed on: look at the port/u);
  });

  test("says what a refused connection means, as without TLS", async () => {
    const port = await listen(echo());
    server.close();
    await once(server, "close");
    await expect(open(port, { ca })).rejects.toMatchObject({
      code: "INPUT_UNREACHABLE",
      message: expect.stringMatching(/refused the connection/u),
    });
  });

  test("gives up on who agrees to nothing", async () => {
    const port = await listen(createPlainServer(() => undefined));
    const events = { onData: () => undefined, onClose: () => undefined };
    await expect(openTlsSocket("127.0.0.1", port, seconds(0.2), events, { ca })).rejects.toThrow(
      /did not agree on TLS within 200 ms/u,
    );
  });

  test("carries bytes both ways, by address and by a name of its own", async () => {
    const port = await listen(echo());
    for (const settings of [{ ca }, { ca, serverName: "intake.test" }]) {
      const received = Promise.withResolvers<string>();
      const events = {
        onData: (bytes: Uint8Array) => received.resolve(Buffer.from(bytes).toString()),
        onClose: () => undefined,
      };
      const stream = await openTlsSocket("127.0.0.1", port, seconds(5), events, settings);
      stream.write(Buffer.from("hello"));
      expect(await received.promise).toBe("hello");
      stream.close();
    }
  });

  test("says when it is over that the other end wanted a certificate", async () => {
    const port = await listen(echo({ requestCert: true, rejectUnauthorized: true, ca }));
    const closed = Promise.withResolvers<string>();
    await openTlsSocket("127.0.0.1", port, seconds(5), { onData: () => undefined, onClose: closed.resolve }, { ca });
    expect(await closed.promise).toMatch(/wants a certificate of the gateway: name one as tls_cert/u);
  });
});
