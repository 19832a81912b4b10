/** A web proxy on loopback that does what one does and keeps count; what becomes of a CONNECT can be replaced. */

import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";

/** What becomes of a CONNECT, or of whatever else a client says first. */
export type Manner = (socket: Duplex, target: string) => void;

/** One running proxy. Everything that goes through it ends with its scope. */
export class WebProxy implements Disposable {
  /** First line and `proxy-authorization` of each request. */
  readonly asked: { readonly line: string; readonly authorization: string | undefined }[] = [];
  /** Connections that clients made to it, the ended ones among them. */
  connections = 0;
  /** Settles when a client has ended its connection; a manner that passes nothing on must let the bytes run. */
  readonly ended = Promise.withResolvers<void>();
  readonly #server: ReturnType<typeof createServer> | ReturnType<typeof createSecureServer>;
  readonly #sockets = new Set<Duplex>();

  private constructor(manner: Manner, tls: { readonly key: string; readonly cert: string } | undefined) {
    const forward = (asked: IncomingMessage, answer: ServerResponse): void => this.#forward(asked, answer);
    this.#server = tls === undefined ? createServer(forward) : createSecureServer(tls, forward);
    this.#server.on("connection", (socket: Socket) => {
      this.connections += 1;
      this.#hold(socket);
      for (const event of ["end", "close"]) socket.once(event, () => this.ended.resolve());
    });
    this.#server.on("connect", (asked: IncomingMessage, socket: Duplex) => {
      this.#note(asked);
      this.#hold(socket);
      manner(socket, asked.url ?? "");
    });
  }

  /** Opens a proxy; leaving `manner` out means one that opens the way it is asked for. */
  static async listen(manner?: Manner, tls?: { readonly key: string; readonly cert: string }): Promise<WebProxy> {
    const proxy: WebProxy = new WebProxy(manner ?? ((socket, target) => proxy.openWay(socket, target)), tls);
    await new Promise<void>((resolve) => {
      proxy.#server.listen(0, "127.0.0.1", resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Answers 200 and passes bytes both ways. */
  openWay(socket: Duplex, target: string): void {
    const { hostname, port } = new URL(`tcp://${target}`);
    const onward = connect(Number(port), hostname, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
    this.#hold(onward);
    onward.once("close", () => socket.destroy());
    socket.once("close", () => onward.destroy());
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #forward(asked: IncomingMessage, answer: ServerResponse): void {
    this.#note(asked);
    const { "proxy-authorization": _, ...headers } = asked.headers;
    const onward = request(asked.url ?? "", { method: asked.method, headers }, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers);
      given.pipe(answer);
    });
    onward.once("error", () => answer.writeHead(502).end());
    asked.pipe(onward);
  }

  #note({ method, url, headers }: IncomingMessage): void {
    this.asked.push({ line: `${method} ${url}`, authorization: headers["proxy-authorization"] });
  }

  /** An end the other side did not announce is no error here. */
  #hold(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
  }
}
