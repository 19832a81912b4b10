import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { millis, seconds } from "../../src/model/time.ts";
import { createHttpClient, type HttpClient, type HttpRoute } from "../../src/platform/http-client.ts";
import { type Manner, WebProxy } from "../support/web-proxy.ts";

const read = (name: string): string => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), "utf8");

const CA = read("ca.pem");
const TLS = { key: read("server-key.pem"), cert: read("server.pem") };

const USER = "gate:planted%21%";
const BASIC = `Basic ${Buffer.from("gate:planted!%").toString("base64")}`;

const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  ends.push(() => server.close());
  return (server.address() as AddressInfo).port;
};

/** An intake that answers 202 with what it was asked for. */
async function openIntake(isSecure: boolean): Promise<{ url: URL; connections: () => number }> {
  const answer: Parameters<typeof createServer>[1] = ({ method, url, headers }, response) => {
    response.writeHead(202).end(`${method} ${url} ${headers.host} ${headers["proxy-authorization"]}`);
  };
  const server = isSecure ? createSecureServer(TLS, answer) : createServer(answer);
  let connections = 0;
  server.on(isSecure ? "secureConnection" : "connection", () => {
    connections += 1;
  });
  const port = await listen(server);
  ends.push(() => server.closeAllConnections());
  return { url: new URL(`http${isSecure ? "s" : ""}://127.0.0.1:${port}/api?page=1`), connections: () => connections };
}

async function openProxy(manner?: Manner, tls?: typeof TLS): Promise<WebProxy> {
  const proxy = await WebProxy.listen(manner, tls);
  ends.push(() => proxy[Symbol.dispose]());
  return proxy;
}

/** Something that listens where a proxy is expected, and does what it is told with each connection. */
async function openOddity(treat: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket.on("error", () => undefined));
    treat(socket);
  });
  const port = await listen(server);
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
  });
  return port;
}

function open(route: HttpRoute): HttpClient {
  const client = createHttpClient(route);
  ends.push(() => client.close());
  return client;
}

const get = (client: HttpClient, url: URL | string, timeout = seconds(60), signal?: AbortSignal) =>
  client.send({ method: "GET", url: new URL(url), headers: { "dd-api-key": "planted" }, timeout }, signal);

/** What a client says of a request that must fail; nothing secret may be in it. */
async function failureOf(port: number, url: string, timeout = seconds(60), user = `${USER}@`): Promise<string> {
  const sent = get(open({ proxy: `http://${user}127.0.0.1:${port}` }), url, timeout);
  await expect(sent).rejects.toMatchObject({ code: "INTAKE_UNREACHABLE" });
  const failure = await sent.catch((error: unknown) => error as Error);
  const told = `${failure}\n${String((failure as Error).cause)}`;
  expect(told).not.toMatch(/planted|page=1|Basic/u);
  return String(failure).replaceAll(`127.0.0.1:${port}`, "PROXY");
}

const SECURE = "https://intake.test/api?page=1";
const PLAIN = "http://intake.test/api?page=1";

const onFirstWords =
  (answer: string, isEnd = false) =>
  (socket: Socket) => {
    socket.once("data", () => (isEnd ? socket.end(answer) : socket.write(answer)));
  };

describe("a proxy", () => {
  test.each([
    ["never says a word", SECURE, () => undefined],
    ["hears the request and keeps silent", SECURE, (socket: Socket) => socket.resume()],
    ["begins an answer and never ends it", SECURE, onFirstWords("HTTP/1.1 200 Connec")],
  ])("that %s costs the request its own time and no more", async (_, url, treat) => {
    const failure = await failureOf(await openOddity(treat), url, millis(50));
    expect(failure).toContain(
      "GET https://intake.test/api: proxy PROXY opened no way to intake.test within 50 ms; see",
    );
  });

  test("that opens a way on which nothing comes costs the request its own time and no more", async () => {
    const port = await openOddity(onFirstWords("HTTP/1.1 200 Connection established\r\n\r\n"));
    expect(await failureOf(port, SECURE, millis(50))).toContain("no complete answer within 50 ms, through proxy PROXY");
  });

  test("that keeps silent before a plain intake costs the request its own time and no more", async () => {
    const port = await openOddity((socket) => socket.resume());
    expect(await failureOf(port, PLAIN, millis(50))).toContain("no complete answer within 50 ms, through proxy PROXY");
  });

  test.each([
    [
      SECURE,
      "HTTP/1.1 407 Who?\r\ncontent-length: 2\r\n\r\nno",
      "answered 407 when asked for intake.test:443: it refuses the user",
    ],
    [
      SECURE,
      "HTTP/1.1 403 Forbidden\r\n\r\n",
      "answered 403 when asked for intake.test:443: it forbids the way; have its keeper allow",
    ],
    [
      SECURE,
      "HTTP/1.1 502 Bad Gateway\r\n\r\n",
      "answered 502 when asked for intake.test:443: it does not reach the intake",
    ],
    [
      SECURE,
      "HTTP/1.1 503 Busy\r\nconnection: close\r\n\r\n<html>",
      "answered 503 when asked for intake.test:443: it does not reach",
    ],
    [
      SECURE,
      "HTTP/1.1 404 Not Found\r\n\r\n",
      "answered 404 when asked for intake.test:443: it does not serve as a proxy",
    ],
    [SECURE, "SSH-2.0-OpenSSH_9.2\r\n", "broke off before it opened a way (Parse Error: Expected HTTP/"],
    [
      SECURE,
      `HTTP/1.1 200 Yes\r\nx: ${"y".repeat(20_000)}`,
      "broke off before it opened a way (Parse Error: Header overflow)",
    ],
    [SECURE, "", "broke off before it opened a way (socket hang up)"],
    [SECURE, "HTTP/1.1 200 Connec", "broke off before it opened a way (socket hang up)"],
    [SECURE, "HTTP/1.1 200 Yes\r\n\r\n", "through proxy PROXY"],
    [SECURE, "HTTP/1.1 200 Yes\r\n\r\nHTTP/1.1 202 Accepted\r\n\r\n", "through proxy PROXY"],
    [PLAIN, "HTTP/1.1 407 Who?\r\n\r\n", "answered 407 when asked for intake.test: it refuses the user"],
    [PLAIN, "", "socket hang up, through proxy PROXY"],
    [PLAIN, "HTTP/1.1 202 Yes\r\ncontent-length: 9\r\n\r\n", "the answer broke off, through proxy PROXY"],
  ])("before %s that answers %j and ends is told of with what to do", async (url, answer, text) => {
    const failure = await failureOf(await openOddity(onFirstWords(answer, true)), url);
    expect(failure).toContain("proxy PROXY");
    expect(failure).toContain(text);
  });

  test("that wants to know who asks is told of with how to say it", async () => {
    const port = await openOddity(onFirstWords("HTTP/1.1 407 Who?\r\n\r\n", true));
    expect(await failureOf(port, SECURE, seconds(60), "")).toContain(
      "it wants a user and a password; put USER:PASSWORD@ before the host in its address",
    );
  });

  test.each([SECURE, PLAIN])("that is not there is told of, with %s", async (url) => {
    const proxy = await WebProxy.listen();
    const { port } = proxy;
    proxy[Symbol.dispose]();
    expect(await failureOf(port, url)).toContain(
      "proxy PROXY could not be reached (connect ECONNREFUSED PROXY); check the address under proxy",
    );
  });

  test("gives a plain intake's requests on, and says who we are to nobody else", async () => {
    const intake = await openIntake(false);
    const proxy = await openProxy();
    const client = open({ proxy: `http://${USER}@127.0.0.1:${proxy.port}` });
    const { host, href } = intake.url;
    for (const _ of [1, 2]) {
      expect(await get(client, intake.url)).toMatchObject({ status: 202, body: `GET /api?page=1 ${host} undefined` });
    }
    expect(proxy.asked).toEqual([1, 2].map(() => ({ line: `GET ${href}`, authorization: BASIC })));
    expect(proxy.connections).toBe(1);
  });

  test("opens one way for the requests to a secure intake that follow each other", async () => {
    const intake = await openIntake(true);
    const proxy = await openProxy();
    const client = open({ proxy: `http://${USER}@127.0.0.1:${proxy.port}`, ca: CA });
    const { host } = intake.url;
    for (const _ of [1, 2, 3]) {
      // A way outlives the request that opened it, with the signal of that request.
      const stopping = new AbortController();
      const response = await get(client, intake.url, seconds(60), stopping.signal);
      expect(response).toMatchObject({ status: 202, body: `GET /api?page=1 ${host} undefined` });
      stopping.abort();
    }
    expect(proxy.asked).toEqual([{ line: `CONNECT ${host}`, authorization: BASIC }]);
    expect([proxy.connections, intake.connections()]).toEqual([1, 1]);
  });

  test("opens no more ways than there are requests at a time, and the next requests use them again", async () => {
    const intake = await openIntake(true);
    const proxy = await openProxy();
    const client = open({ proxy: `http://127.0.0.1:${proxy.port}`, ca: CA });
    for (const _ of [1, 2]) await Promise.all([1, 2, 3, 4].map(() => get(client, intake.url)));
    expect(proxy.connections).toBe(4);
    expect(proxy.asked[0]?.authorization).toBeUndefined();
  });

  test("may speak TLS itself", async () => {
    const proxy = await openProxy(undefined, TLS);
    const client = open({ proxy: `https://localhost:${proxy.port}`, ca: CA });
    for (const isSecure of [true, false]) {
      const intake = await openIntake(isSecure);
      expect(await get(client, intake.url)).toMatchObject({ status: 202 });
    }
  });

  test("may answer in pieces", async () => {
    const intake = await openIntake(true);
    const proxy: WebProxy = await openProxy((socket, target) => {
      const write = socket.write.bind(socket);
      socket.write = (text: string) => {
        socket.write = write;
        const pieces = [...text];
        const next = (): void => {
          const piece = pieces.shift();
          if (piece !== undefined) write(piece, next);
        };
        next();
        return true;
      };
      proxy.openWay(socket, target);
    });
    const client = open({ proxy: `http://127.0.0.1:${proxy.port}`, ca: CA });
    expect(await get(client, intake.url)).toMatchObject({ status: 202 });
  });

  test("that keeps silent is left at once when the gateway stops", async () => {
    const stopping = new AbortController();
    const proxy = await openProxy((socket) => {
      socket.resume();
      stopping.abort();
    });
    const sent = get(open({ proxy: `http://127.0.0.1:${proxy.port}` }), SECURE, seconds(60), stopping.signal);
    await expect(sent).rejects.toThrow("given up because the gateway stops");
    await proxy.ended.promise;
  });

  test("is left too when the way is open and the intake keeps silent", async () => {
    const stopping = new AbortController();
    const proxy = await openProxy((socket) => {
      socket.write("HTTP/1.1 200 Yes\r\n\r\n");
      socket.on("data", () => stopping.abort());
    });
    const sent = get(open({ proxy: `http://127.0.0.1:${proxy.port}` }), SECURE, seconds(60), stopping.signal);
    await expect(sent).rejects.toThrow("given up because the gateway stops");
    await proxy.ended.promise;
  });

  test("is left when the client is closed", async () => {
    const intake = await openIntake(true);
    const proxy = await openProxy();
    const client = open({ proxy: `http://127.0.0.1:${proxy.port}`, ca: CA });
    await get(client, intake.url);
    client.close();
    await proxy.ended.promise;
  });
});

describe("a certificate", () => {
  test.each([true, false])("nobody trusts leads to ca_file, through a proxy: %o", async (hasProxy) => {
    const intake = await openIntake(true);
    const proxy = `http://127.0.0.1:${(await openProxy()).port}`;
    const sent = get(open(hasProxy ? { proxy } : {}), intake.url);
    await expect(sent).rejects.toThrow("; where its certificate comes from a CA of your own, name that in ca_file");
  });

  test("of a CA of one's own is trusted where that is named, for its own hosts", async () => {
    const intake = await openIntake(true);
    const client = open({ ca: CA });
    expect(await get(client, intake.url)).toMatchObject({ status: 202 });
    const other = new URL(intake.url.href.replace("127.0.0.1", "127.0.0.2"));
    await expect(get(client, other)).rejects.toMatchObject({ code: "INTAKE_UNREACHABLE" });
  });
});
