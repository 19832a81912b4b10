/** HTTP requests out. The only file that makes one. Errors are built from method, host, path and status only. */

import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { GatewayError } from "../model/errors.ts";
import type { Millis } from "../model/time.ts";

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
  /** Limits: the first 4,096 characters; the rest is read and thrown away. */
  readonly body: string;
}

/** Sends a request and waits for the whole answer. Redirects are answers, not followed. */
export interface HttpClient {
  /** Errors: `INTAKE_UNREACHABLE` for everything short of a complete answer, an abort included. */
  send(request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse>;
  close(): void;
}

const BODY_CHARACTERS_MAX = 4096;

/** Makes a client that keeps connections open between requests. */
export function createHttpClient(): HttpClient {
  const plain = new HttpAgent({ keepAlive: true, maxSockets: 4 });
  const secure = new HttpsAgent({ keepAlive: true, maxSockets: 4 });
  return {
    send: (request, signal) => send(request, request.url.protocol === "https:" ? secure : plain, signal),
    close: () => {
      plain.destroy();
      secure.destroy();
    },
  };
}

function send(request: HttpRequest, agent: HttpAgent | HttpsAgent, signal?: AbortSignal): Promise<HttpResponse> {
  const make = request.url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const place = `${request.method} ${request.url.protocol}//${request.url.host}${request.url.pathname}`;
    const fail = (what: string, cause?: unknown): void => {
      reject(new GatewayError("INTAKE_UNREACHABLE", `${place}: ${what}`, cause === undefined ? {} : { cause }));
    };
    const deadline = AbortSignal.timeout(request.timeout);
    const outgoing = make(request.url, {
      method: request.method,
      agent,
      headers: { ...request.headers, "content-length": String(request.body?.byteLength ?? 0) },
      signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
    });
    const failFrom = (cause: unknown): void => {
      if (deadline.aborted) fail(`no complete answer within ${request.timeout} ms`);
      else if (signal?.aborted === true) fail("given up because the gateway stops");
      else fail(cause instanceof Error ? cause.message || String(Reflect.get(cause, "code")) : String(cause), cause);
    };
    let hasAnswer = false;
    outgoing.once("error", failFrom);
    outgoing.once("close", () => {
      if (!hasAnswer) failFrom("the connection ended without an answer");
    });
    outgoing.once("response", (incoming) => {
      hasAnswer = true;
      incoming.setEncoding("utf8");
      let body = "";
      incoming.on("data", (text: string) => {
        if (body.length < BODY_CHARACTERS_MAX) body += text.slice(0, BODY_CHARACTERS_MAX - body.length);
      });
      incoming.once("error", failFrom);
      incoming.once("aborted", () => fail("the answer broke off"));
      incoming.once("end", () => {
        const headers: Record<string, string> = {};
        for (const [name, value] of Object.entries(incoming.headers)) {
          if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
        }
        resolve({ status: incoming.statusCode ?? 0, headers, body });
      });
    });
    outgoing.end(request.body);
  });
}
