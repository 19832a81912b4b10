import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { seconds } from "../../src/model/time.ts";
import { createHttpClient } from "../../src/platform/http-client.ts";

const servers: Server[] = [];

async function serve(listener: RequestListener): Promise<URL> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v2/series?page=1`);
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

describe("the http client", () => {
  test("names method, host and path of what could not be reached, and no header or query", async () => {
    const url = await serve(() => undefined);
    servers.splice(0).at(0)?.close();
    const sent = createHttpClient({}).send({
      method: "POST",
      url,
      headers: { "dd-api-key": "planted" },
      timeout: seconds(5),
    });
    await expect(sent).rejects.toMatchObject({ code: "INTAKE_UNREACHABLE" });
    const error = await sent.catch((reason: unknown) => String(reason));
    expect(error).toContain(`POST http://${url.host}/api/v2/series`);
    expect(error).not.toMatch(/planted|page=1/u);
  });

  test("sends the body as it is and brings back status, headers and body", async () => {
    const url = await serve((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        response.writeHead(202, { "x-ratelimit-reset": "7" });
        response.end(`${request.headers["content-length"]} ${Buffer.concat(parts).toString("hex")}`);
      });
    });
    const client = createHttpClient({});
    const body = Uint8Array.of(0x78, 0x9c, 0x00);
    const response = await client.send({ method: "POST", url, headers: {}, body, timeout: seconds(5) });
    expect(response).toMatchObject({ status: 202, body: "3 789c00", headers: { "x-ratelimit-reset": "7" } });
    client.close();
  });

  test("leaves nothing behind on a connection that is used for many requests", async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end();
    });
    const sockets = new Set<Socket>();
    const note = (message: unknown): void => {
      sockets.add((message as { readonly socket: Socket }).socket);
    };
    subscribe("net.client.socket", note);
    const client = createHttpClient({});
    for (let left = 3; left > 0; left -= 1) {
      await client.send({ method: "GET", url, headers: {}, timeout: seconds(5) });
    }
    unsubscribe("net.client.socket", note);
    expect(ports.size).toBe(1);
    expect([...sockets].map((socket) => socket.listenerCount("connect"))).toEqual([0]);
    client.close();
  });

  test("gives a redirect back as an answer", async () => {
    const url = await serve((_, response) => response.writeHead(302, { location: "http://portal.example/" }).end());
    const client = createHttpClient({});
    const response = await client.send({ method: "GET", url, headers: {}, timeout: seconds(5) });
    expect(response).toMatchObject({ status: 302, headers: { location: "http://portal.example/" } });
    client.close();
  });

  test("keeps the first part of a body that never seems to end", async () => {
    const url = await serve((_, response) => response.end("x".repeat(1_000_000)));
    const client = createHttpClient({});
    const response = await client.send({ method: "GET", url, headers: {}, timeout: seconds(5) });
    expect(response.body).toHaveLength(4096);
    client.close();
  });

  test.each([
    ["application/x-protobuf", "\n\u0003\b\u0083\u0001"],
    ["application/protobuf; charset=binary", "\n\u0003\b\u0083\u0001"],
    ["application/json", "\n\u0003\b\ufffd\u0001"],
  ])("gives a body of %s as %j", async (type, body) => {
    const url = await serve((_, response) => {
      response.writeHead(200, { "content-type": type }).end(Uint8Array.of(0x0a, 3, 8, 0x83, 1));
    });
    const response = await createHttpClient({}).send({ method: "POST", url, headers: {}, timeout: seconds(5) });
    expect(response.body).toBe(body);
  });

  test("takes an answer that breaks off for no answer", async () => {
    const url = await serve((_, response) => {
      response.writeHead(202, { "content-length": "100" });
      response.write("{");
      response.socket?.destroy();
    });
    const client = createHttpClient({});
    const sent = client.send({ method: "GET", url, headers: {}, timeout: seconds(5) });
    await expect(sent).rejects.toMatchObject({ code: "INTAKE_UNREACHABLE" });
    client.close();
  });

  test("takes an answer that turns to another protocol for no answer, and does not wait for ever", async () => {
    const url = await serve(() => undefined);
    servers.at(-1)?.on("upgrade", () => undefined);
    servers.at(-1)?.once("connection", (socket) => {
      socket.on("error", () => undefined);
      socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: portal\r\n\r\n");
    });
    const client = createHttpClient({});
    const sent = client.send({ method: "GET", url, headers: {}, timeout: seconds(5) });
    await expect(sent).rejects.toMatchObject({ code: "INTAKE_UNREACHABLE" });
    client.close();
  });

  test("reads an answer to its end where the connection ends with it", async () => {
    const url = await serve((_, response) => {
      response.socket?.end("HTTP/1.1 202 Accepted\r\nconnection: close\r\n\r\nthe rest");
    });
    const client = createHttpClient({});
    const response = await client.send({ method: "GET", url, headers: {}, timeout: seconds(5) });
    expect(response).toMatchObject({ status: 202, body: "the rest" });
    client.close();
  });

  test("gives up at once when it is told to", async () => {
    const stopping = new AbortController();
    const url = await serve(() => stopping.abort());
    const client = createHttpClient({});
    const sent = client.send({ method: "GET", url, headers: {}, timeout: seconds(60) }, stopping.signal);
    await expect(sent).rejects.toThrow("given up because the gateway stops");
    client.close();
  });
});
