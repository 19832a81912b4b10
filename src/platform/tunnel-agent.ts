/**
 * Connections to secure intakes through a proxy: a CONNECT, and TLS with the intake inside of what it opens.
 *
 * Node's own agents do this too, but once the proxy has agreed nothing bounds the handshake, and an aborted request
 * waits for the proxy all the same.
 */

import { type ClientRequestArgs, request as httpRequest } from "node:http";
import { type AgentOptions, Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { isIPv6 } from "node:net";
import type { Duplex } from "node:stream";
import type { SecureContext } from "node:tls";
import { ProxyFailure, proxyRefused, proxyUnreachable, type WebProxy } from "./proxy.ts";
import { watchConnection } from "./watch-connection.ts";

/** What a request hands to the agent beside what every request does. */
export interface TunnelOptions {
  /** Ends the opening of the tunnel, at whatever point it is. */
  readonly opening?: AbortSignal;
}

type Opened = (error: Error | null, stream: Duplex) => void;

/**
 * An agent whose connections lead through a proxy. One that is being opened belongs to one request and ends with it,
 * so that there are never more connections than requests at a time, and those kept for later ones.
 */
export class TunnelAgent extends HttpsAgent {
  readonly #proxy: WebProxy;
  readonly #secureContext: SecureContext | undefined;

  /** `secureContext` holds whom to trust, for the intake and for a proxy that speaks TLS itself. */
  constructor(proxy: WebProxy, secureContext: SecureContext | undefined, options: AgentOptions) {
    super({ ...options, ...(secureContext === undefined ? {} : { secureContext }) });
    this.#proxy = proxy;
    this.#secureContext = secureContext;
  }

  /** Opens the tunnel; the connection comes by `opened`. */
  override createConnection(options: ClientRequestArgs & TunnelOptions, opened?: Opened): undefined {
    const fail = (failure: Error): void => opened?.(failure, undefined as never);
    const host = options.host ?? "";
    const target = `${isIPv6(host) ? `[${host}]` : host}:${options.port ?? 443}`;
    const connect = this.#ask(target, options.opening);
    const isConnected = watchConnection(connect);
    const failFrom = (cause: Error): void => fail(this.#toFailure(cause, isConnected()));
    connect.on("error", failFrom);
    connect.once("connect", ({ statusCode = 0 }, socket, head) => {
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy();
        fail(proxyRefused(this.#proxy, target, statusCode));
        return;
      }
      if (head.length > 0) socket.unshift(head);
      opened?.(null, super.createConnection({ ...options, socket } as ClientRequestArgs) as Duplex);
    });
    connect.once("response", ({ statusCode = 0 }) => {
      connect.destroy();
      fail(proxyRefused(this.#proxy, target, statusCode));
    });
    connect.end();
  }

  #ask(target: string, signal: AbortSignal | undefined) {
    const { isSecure, host, port, headers } = this.#proxy;
    return (isSecure ? httpsRequest : httpRequest)({
      method: "CONNECT",
      host,
      port,
      path: target,
      headers: { host: target, connection: "keep-alive", ...headers },
      agent: false,
      ...(signal === undefined ? {} : { signal }),
      ...(this.#secureContext === undefined ? {} : { secureContext: this.#secureContext }),
    });
  }

  #toFailure(cause: Error, wasReached: boolean): Error {
    const why = cause.message || String(Reflect.get(cause, "code"));
    if (!wasReached) return proxyUnreachable(this.#proxy, why);
    return new ProxyFailure(
      `${this.#proxy.label} broke off before it opened a way (${why}); see that it is a web proxy`,
    );
  }
}
