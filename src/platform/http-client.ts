/** HTTP requests out. Errors are built from method, host, path, status and proxy; they hold no key and no password. */

import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { createSecureContext, getCACertificates } from "node:tls";
import { GatewayError } from "../model/errors.ts";
import type { Millis } from "../model/time.ts";
import { ProxyFailure, parseProxy, proxyRefused, proxySilent, proxyUnreachable, type WebProxy } from "./proxy.ts";
import { TunnelAgent, type TunnelOptions } from "./tunnel-agent.ts";
import { watchConnection } from "./watch-connection.ts";

/** A request to an intake. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** From the first byte sent to the last byte received. */
  readonly timeout: Millis;
}

/** What came back. */
export interface HttpResponse {
  readonly status: number;
  /** Lowercase names; repeated headers joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Text is read as UTF-8; of a body in protobuf each character stands for a byte.
   *
   * Limits: the first 4,096 characters; the rest is read and thrown away.
   */
  readonly body: string;
}

/** Sends a request and waits for the whole answer. Redirects are answers, not followed. */
export interface HttpClient {
  /** Errors: `INTAKE_UNREACHABLE` for everything short of a complete answer, an abort included. */
  send(request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse>;
  close(): void;
}

/** How the other side is reached. */
export interface HttpRoute {
  /** The address of a web proxy, with user and password where it wants them; leaving it out means none. */
  readonly proxy?: string;
  /** Certificates in PEM that are trusted beside those the system trusts. */
  readonly ca?: string;
}

/** Opens a client for a route; who opened it closes it. */
export type OpenHttpClient = (route: HttpRoute) => HttpClient;

const BODY_CHARACTERS_MAX = 4096;

const POOL = { keepAlive: true, maxSockets: 4, maxFreeSockets: 4 };

/** Tunnels are as many as requests; a queue for them would give one request's tunnel the end of another. */
const TUNNEL_POOL = { keepAlive: true, maxFreeSockets: 4 };

/** The ways of a client: what each kind of address is sent by. */
interface Ways {
  readonly proxy: WebProxy | undefined;
  readonly plain: HttpAgent;
  readonly secure: HttpsAgent;
}

/** Makes a client that keeps connections open between requests, through a proxy too. */
export const createHttpClient: OpenHttpClient = ({ proxy: address, ca }) => {
  const proxy = address === undefined ? undefined : parseProxy(address);
  // A context is made once: with the list of certificates instead, each connection would read all of them again.
  const secureContext =
    ca === undefined ? undefined : createSecureContext({ ca: [...getCACertificates("default"), ca] });
  const trust = secureContext === undefined ? {} : { secureContext };
  const ways: Ways = {
    proxy,
    plain: proxy?.isSecure === true ? new HttpsAgent({ ...POOL, ...trust }) : new HttpAgent(POOL),
    secure:
      proxy === undefined ? new HttpsAgent({ ...POOL, ...trust }) : new TunnelAgent(proxy, secureContext, TUNNEL_POOL),
  };
  return {
    send: (request, signal) => send(request, ways, signal),
    close: () => {
      ways.plain.destroy();
      ways.secure.destroy();
    },
  };
};

function send(request: HttpRequest, ways: Ways, signal?: AbortSignal): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const deadline = AbortSignal.timeout(request.timeout);
    const ended = signal === undefined ? deadline : AbortSignal.any([deadline, signal]);
    const outgoing = begin(request, ways, ended);
    const isConnected = watchConnection(outgoing);
    const fail = (what: string, cause?: unknown): void => {
      const { method, url } = request;
      const place = `${method} ${url.protocol}//${url.host}${url.pathname}`;
      reject(new GatewayError("INTAKE_UNREACHABLE", `${place}: ${what}`, cause === undefined ? {} : { cause }));
    };
    const failFrom = (cause: unknown): void => {
      const isLate = deadline.aborted;
      if (!isLate && signal?.aborted === true) fail("given up because the gateway stops");
      else fail(describeFailure(cause, request, { ...ways, isLate, isConnected: isConnected() }), cause);
    };
    let hasAnswer = false;
    outgoing.once("error", failFrom);
    outgoing.once("close", () => {
      if (!hasAnswer) failFrom("the connection ended without an answer");
    });
    outgoing.once("response", (incoming) => {
      hasAnswer = true;
      const status = incoming.statusCode ?? 0;
      if (status === 407 && ways.proxy !== undefined) {
        fail(proxyRefused(ways.proxy, request.url.host, status).message);
        outgoing.destroy();
        return;
      }
      incoming.setEncoding(isBinary(incoming.headers["content-type"]) ? "latin1" : "utf8");
      let body = "";
      incoming.on("data", (text: string) => {
        if (body.length < BODY_CHARACTERS_MAX) body += text.slice(0, BODY_CHARACTERS_MAX - body.length);
      });
      incoming.once("error", failFrom);
      incoming.once("aborted", () => failFrom("the answer broke off"));
      incoming.once("end", () => {
        const headers: Record<string, string> = {};
        for (const [name, value] of Object.entries(incoming.headers)) {
          if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
        }
        resolve({ status, headers, body });
      });
    });
    outgoing.end(request.body);
  });
}

/** Source: OpenTelemetry, OTLP Specification, OTLP/HTTP Response; IANA, Media Types, application/protobuf. */
function isBinary(contentType = ""): boolean {
  return /^application\/(?:x-)?protobuf\b/iu.test(contentType);
}

/** Begins a request. To a plain intake behind a proxy it goes to the proxy itself, with the whole address as path. */
function begin({ method, url, headers, body }: HttpRequest, ways: Ways, ended: AbortSignal): ClientRequest {
  const { proxy, plain, secure } = ways;
  const isSecure = url.protocol === "https:";
  const sent = { ...headers, "content-length": String(body?.byteLength ?? 0) };
  const options: RequestOptions & TunnelOptions = {
    method,
    agent: isSecure ? secure : plain,
    headers: sent,
    signal: ended,
    opening: ended,
  };
  if (isSecure) return httpsRequest(url, options);
  if (proxy === undefined) return httpRequest(url, options);
  return (proxy.isSecure ? httpsRequest : httpRequest)({
    ...options,
    host: proxy.host,
    port: proxy.port,
    path: url.href,
    headers: { host: url.host, ...sent, ...proxy.headers },
  });
}

/** What is known where a request fails. */
interface FailureFacts {
  readonly proxy: WebProxy | undefined;
  readonly isLate: boolean;
  /** Whether there was a connection; through a proxy to a secure intake, one through it. */
  readonly isConnected: boolean;
}

function describeFailure(cause: unknown, { url, timeout }: HttpRequest, facts: FailureFacts): string {
  const { proxy, isLate, isConnected: wasConnected } = facts;
  if (cause instanceof ProxyFailure && !isLate) return cause.message;
  if (isLate && proxy !== undefined && !wasConnected) return proxySilent(proxy, url.host, timeout).message;
  const via = proxy === undefined ? "" : `, through ${proxy.label}`;
  if (isLate) return `no complete answer within ${timeout} ms${via}`;
  const what = cause instanceof Error ? cause.message || String(Reflect.get(cause, "code")) : String(cause);
  if (proxy !== undefined && !wasConnected) return proxyUnreachable(proxy, what).message;
  return `${what}${via}${isDistrust(cause) ? DISTRUST : ""}`;
}

const DISTRUST = "; where its certificate comes from a CA of your own, name that in ca_file";

/** Source: Node documentation, TLS, X509 certificate error codes. */
const DISTRUST_CODES: readonly unknown[] = [
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
];

function isDistrust(cause: unknown): boolean {
  return cause instanceof Error && DISTRUST_CODES.includes(Reflect.get(cause, "code"));
}
